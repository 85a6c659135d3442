"""The paths of the fake CVAT, and what happens to every request before its endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from annoport.testing.cvat import accounts, data, labeled_data, projects, transfers, uploads
from annoport.testing.cvat.answers import (
    MEDIA_TYPE,
    Refused,
    answer,
    detail,
    gzipped,
    not_routed,
    refuse_detail,
)
from annoport.testing.cvat.call import Call, Handler
from annoport.testing.cvat.exports import EXPORT_FORMATS, IMPORT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from annoport.testing.cvat.fake import FakeCvat

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_OPEN = frozenset(("/api/server/about", "/api/auth/login", "/api/auth/logout"))

Methods = dict[str, Handler]


async def about(call: Call) -> Response:
    """GET /api/server/about."""
    return answer(
        {
            "name": "Computer Vision Annotation Tool",
            "description": "A fake server for tests.",
            "version": call.fake.version,
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


async def removed(call: Call) -> Response:
    """GET of an export as old releases had it."""
    return labeled_data.gone(call.request.url.path)


_TUS: Methods = {"HEAD": uploads.offset, "PATCH": uploads.append}
_ANNOTATIONS: Methods = {
    "GET": labeled_data.retrieve,
    "PUT": labeled_data.replace,
    "PATCH": labeled_data.change,
    "DELETE": labeled_data.remove,
    "POST": labeled_data.load,
}
_DOWNLOAD: Methods = {"GET": transfers.download, "HEAD": transfers.download_head}

_SERVER: dict[str, Methods] = {
    "server/about": {"GET": about},
    "server/annotation/formats": {"GET": formats},
    "auth/login": {"POST": accounts.login},
    "auth/logout": {"POST": accounts.logout},
    "auth/access_tokens": {"GET": accounts.access_tokens, "POST": accounts.create_access_token},
    "auth/access_tokens/self": {"GET": accounts.this_access_token},
    "auth/access_tokens/{id:int}": {
        "GET": accounts.access_token,
        "DELETE": accounts.revoke_access_token,
    },
    "users": {"GET": accounts.users},
    "users/self": {"GET": accounts.myself},
    "users/{id:int}": {"GET": accounts.user},
    "organizations": {"GET": accounts.organizations, "POST": accounts.create_organization},
    "organizations/{id:int}": {
        "GET": accounts.organization,
        "PATCH": accounts.update_organization,
        "DELETE": accounts.remove_organization,
    },
    "memberships": {"GET": accounts.memberships},
    "memberships/{id:int}": {"GET": accounts.membership},
    "labels": {"GET": projects.labels},
    "labels/{id:int}": {
        "GET": projects.label,
        "PATCH": projects.update_label,
        "DELETE": projects.remove_label,
    },
    "requests": {"GET": transfers.requests},
    "requests/{rq_id}": {"GET": transfers.request},
    "requests/{rq_id}/cancel": {"POST": transfers.cancel},
}
_PROJECTS: dict[str, Methods] = {
    "projects": {"GET": projects.projects, "POST": projects.create_project},
    "projects/{id:int}": {
        "GET": projects.project,
        "PATCH": projects.update_project,
        "DELETE": projects.remove_project,
    },
    "projects/{id:int}/annotations": {"GET": removed},
    "projects/{id:int}/dataset[/]": {"GET": removed, "POST": transfers.import_dataset},
    "projects/{id:int}/dataset/export": {"POST": transfers.export_dataset},
    "projects/{id:int}/dataset/download": _DOWNLOAD,
    "projects/{id:int}/dataset/{file_id}": _TUS,
    "projects/{id:int}/backup": {"GET": removed},
    "projects/{id:int}/backup/export": {"POST": transfers.export_backup},
    "projects/{id:int}/backup/download": _DOWNLOAD,
    "projects/backup[/]": {"POST": transfers.import_backup},
    "projects/backup/{file_id}": _TUS,
}
_TASKS: dict[str, Methods] = {
    "tasks": {"GET": projects.tasks, "POST": projects.create_task},
    "tasks/{id:int}": {
        "GET": projects.task,
        "PATCH": projects.update_task,
        "DELETE": projects.remove_task,
    },
    "tasks/{id:int}/status": {"GET": data.status},
    "tasks/{id:int}/preview": {"GET": data.preview},
    "tasks/{id:int}/data/meta": {"GET": data.meta, "PATCH": data.change_meta},
    "tasks/{id:int}/data[/]": {"GET": data.retrieve, "POST": data.create},
    "tasks/{id:int}/data/{file_id}": _TUS,
    "tasks/{id:int}/annotations[/]": _ANNOTATIONS,
    "tasks/{id:int}/annotations/{file_id}": _TUS,
    "tasks/{id:int}/dataset": {"GET": removed},
    "tasks/{id:int}/dataset/export": {"POST": transfers.export_dataset},
    "tasks/{id:int}/dataset/download": _DOWNLOAD,
    "tasks/{id:int}/backup": {"GET": removed},
    "tasks/{id:int}/backup/export": {"POST": transfers.export_backup},
    "tasks/{id:int}/backup/download": _DOWNLOAD,
    "tasks/backup[/]": {"POST": transfers.import_backup},
    "tasks/backup/{file_id}": _TUS,
}
_JOBS: dict[str, Methods] = {
    "jobs": {"GET": projects.jobs},
    "jobs/{id:int}": {
        "GET": projects.job,
        "PATCH": projects.update_job,
        "DELETE": projects.keep_job,
    },
    "jobs/{id:int}/preview": {"GET": data.preview},
    "jobs/{id:int}/data/meta": {"GET": data.meta, "PATCH": data.change_meta},
    "jobs/{id:int}/data": {"GET": data.retrieve},
    "jobs/{id:int}/annotations[/]": _ANNOTATIONS,
    "jobs/{id:int}/annotations/{file_id}": _TUS,
    "jobs/{id:int}/dataset": {"GET": removed},
    "jobs/{id:int}/dataset/export": {"POST": transfers.export_dataset},
    "jobs/{id:int}/dataset/download": _DOWNLOAD,
}


def application(fake: FakeCvat) -> ASGIApp:
    """Return the endpoints of `fake` as an ASGI application."""
    table = {**_SERVER, **_PROJECTS, **_TASKS, **_JOBS}
    routes = [
        Route(path, _Endpoint(fake, methods).respond, methods=list(_METHODS))
        for pattern, methods in table.items()
        for path in _paths(pattern)
    ]
    app = Starlette(routes=[*routes, Route("/{rest:path}", _nowhere, methods=list(_METHODS))])
    app.router.redirect_slashes = False
    return app


def _paths(pattern: str) -> Iterator[str]:
    """Yield the paths of a pattern; `[/]` at its end is a slash that may be left out."""
    yield f"/api/{pattern.removesuffix('[/]')}"
    if pattern.endswith("[/]"):
        yield f"/api/{pattern.removesuffix('[/]')}/"


async def _nowhere(request: Request) -> Response:  # noqa: ARG001  # the same for every request
    return not_routed()


class _Endpoint:
    """One path: checks a request as the server does, then runs the handler of its method."""

    def __init__(self, fake: FakeCvat, methods: Methods) -> None:
        self._fake = fake
        self._methods = methods

    async def respond(self, request: Request) -> Response:
        """Answer a request to the path."""
        try:
            response = await self._answer(request)
        except Refused as refused:
            response = refused.response
        return gzipped(request, response)

    async def _answer(self, request: Request) -> Response:
        if not _accepts(request.headers.get("accept", "*/*")):
            return detail("Could not satisfy the request Accept header.", 406)
        self._fake.queue.settle()
        user = self._fake.accounts.identify(request)
        if user is None:
            if request.url.path not in _OPEN:
                refuse_detail("Authentication credentials were not provided.", 401)
            throttled = self._fake.accounts.throttle()
            if throttled is not None:
                return throttled
        handler = self._methods.get(request.method)
        if handler is None and request.method == "HEAD":
            handler = self._methods.get("GET")
        if handler is None:
            return detail(f'Method "{request.method}" not allowed.', 405)
        call = Call(request, self._fake, user)
        if user is not None:
            call.organization()
        return await handler(call)


def _accepts(accept: str) -> bool:
    offered = {part.partition(";")[0].strip() for part in accept.split(",")}
    return bool(offered & {"*/*", "application/*", MEDIA_TYPE})
