"""Endpoints that describe the server."""

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


async def document(call: Call) -> Response:
    """GET /openapi.json: the beginning of the document; what it says of each path is left out."""
    info = {"title": "EcoTaxa", "version": call.backend.version}
    return answer({"openapi": "3.0.2", "info": info, "paths": {}})


ROUTES: Routes = {
    "/openapi.json": {"GET": document},
    "/status": {"GET": status},
    "/noop": {"GET": nothing},
}
