"""The images of objects, which are no part of the contract."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import crash
from annoport.testing.ecotaxa.call import Call, Routes


async def image(call: Call) -> Response:
    """GET /vault/...: anybody gets it, always whole; a traceback where there is none."""
    path = call.request.path_params["path"]
    found = call.state.picture_at(path)
    if found is None:
        crash(f"FileNotFoundError: [Errno 2] No such file or directory: '/srv/vault/{path}'")
    kind = "image/jpeg" if path.endswith(".jpg") else "image/png"
    return Response(found.content, media_type=kind)


ROUTES: Routes = {"/vault/{path:path}": {"GET": image}}
