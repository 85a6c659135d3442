"""A fake platform of a single file."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from annoport.testing import Fake
from annoport.testing.payloads import zip_payload
from annoport.testing.ranges import Link, answer_validated


class OneFile(Fake):
    """A server of a single file."""

    name = "one file"

    def __init__(self) -> None:
        self.link = Link()
        self.served = 0
        self.payload = zip_payload([("a.txt", b"text")], pad_to=5_000)

    async def _serve(self, request: Request) -> Response:
        self.served += 1
        headers = {"content-type": "application/zip", "etag": f'"{self.payload.digest}"'}
        return answer_validated(request, self.payload, self.link, headers=headers)

    def app(self) -> ASGIApp:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            response = await self._serve(Request(scope, receive))
            await response(scope, receive, send)

        return serve
