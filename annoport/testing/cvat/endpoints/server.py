"""Endpoints that describe the server."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import answer
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.exports import EXPORT_FORMATS, IMPORT_FORMATS


async def about(call: Call) -> Response:
    """GET /api/server/about."""
    return answer(
        {
            "name": "Computer Vision Annotation Tool",
            "description": "A fake server for tests.",
            "version": call.backend.version,
            "logo_url": f"{call.base}/static/logo.svg",
            "subtitle": "Fake server",
        }
    )


async def formats(call: Call) -> Response:  # noqa: ARG001  # every endpoint takes its call
    """GET /api/server/annotation/formats."""
    described = {
        kind: [
            {
                "name": name,
                "ext": "ZIP",
                "version": name.rpartition(" ")[2],
                "enabled": True,
                "dimension": "2d",
            }
            for name in names
        ]
        for kind, names in (("importers", IMPORT_FORMATS), ("exporters", EXPORT_FORMATS))
    }
    return answer(described)


ROUTES: Routes = {"server/about": {"GET": about}, "server/annotation/formats": {"GET": formats}}
