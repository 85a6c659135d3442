"""Endpoints that tell whether the server is up."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import answer
from annoport.testing.ecotaxa.call import Call, Routes


async def status(call: Call) -> Response:  # noqa: ARG001  # every endpoint takes its call
    """GET /status."""
    return Response("UP!", media_type="text/plain")


async def nothing(call: Call) -> Response:  # noqa: ARG001  # every endpoint takes its call
    """GET /noop."""
    return answer(None)


ROUTES: Routes = {"/status": {"GET": status}, "/noop": {"GET": nothing}}
