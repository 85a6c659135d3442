"""Small servers for tests, over real loopback sockets."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, TypeAlias

import attrs
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from annoport.testing.fake import Fake
from annoport.testing.server import FakeServer
from tests.core.listening import listening

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

Answer: TypeAlias = "Callable[[Request], Awaitable[Response] | Response]"


class Scripted(Fake):
    """Answers every request by one function."""

    name = "scripted"

    def __init__(self, answer: Answer, base_path: str = "") -> None:
        self._answer = answer
        self.base_path = base_path  # type: ignore[misc]  # one instance a test, so its own value

    def app(self) -> ASGIApp:
        async def endpoint(request: Request) -> Response:
            answer = self._answer(request)
            return answer if isinstance(answer, Response) else await answer

        return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])


def serve(answer: Answer, base_path: str = "") -> FakeServer[Scripted]:
    """Serve what `answer` gives for each request."""
    return FakeServer(Scripted(answer, base_path))


def thing(_: Request) -> Response:
    """The answer that fits GET_THING."""
    return JSONResponse({"id": 1, "name": "whale"})


Behaviour: TypeAlias = Callable[[socket.socket], bool | None]
"""Answers one request on a socket; true keeps the connection open for the next one."""


@attrs.define
class RawServer:
    """Behaves as badly as it is told: behaviour by behaviour, one for each request.

    requests: the heads of the requests, with the number of the connection that each came on.
    """

    url: str
    requests: list[tuple[int, bytes]] = attrs.Factory(list[tuple[int, bytes]])

    @property
    def connections(self) -> list[int]:
        """On which connection each request came."""
        return [number for number, _ in self.requests]


@contextlib.contextmanager
def raw(*behaviours: Behaviour) -> Generator[RawServer]:
    """Serve one request after the other; the last behaviour answers all that follow."""
    server = RawServer("")

    def converse(connection: socket.socket, number: int) -> None:
        while head := _read_request(connection):
            server.requests.append((number, head))
            behave = behaviours[min(len(server.requests), len(behaviours)) - 1]
            if not behave(connection):
                return

    with listening(converse) as url:
        server.url = url
        yield server


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(65536)
        if not block:
            return b""
        data += block
    head, _, body = data.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        while not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(65536)
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            missing = int(line.partition(b":")[2]) - len(body)
            while missing > 0:
                missing -= len(connection.recv(65536))
    return head


def says(status: str, body: bytes = b"", *, keep: bool = True, **headers: str) -> Behaviour:
    """A whole answer: `says("200 OK", b"{}", content_type="application/json")`."""

    def behave(connection: socket.socket) -> bool:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return keep

    return behave


def sends(data: bytes) -> Behaviour:
    """These bytes as they are, and the end of the connection."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(data)

    return behave


def hangs_up(_: socket.socket) -> None:
    """Close the connection without a word."""


def thing_json() -> Behaviour:
    """The answer that fits GET_THING and ADD_THING."""
    return says("200 OK", b'{"id":1,"name":"whale"}', content_type="application/json")
