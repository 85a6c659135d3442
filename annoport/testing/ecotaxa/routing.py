"""The paths of the fake EcoTaxa, and what happens to every request before its endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Match, Route

from annoport.testing.ecotaxa import projects, tus, work
from annoport.testing.ecotaxa.answers import Refused, answer
from annoport.testing.ecotaxa.call import Call, Handler, identify

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from annoport.testing.ecotaxa.fake import FakeEcotaxa

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

Methods = dict[str, Handler]


async def status(call: Call) -> Response:  # noqa: ARG001  # every endpoint takes its call
    """GET /status."""
    return Response("UP!", media_type="text/plain")


async def nothing(call: Call) -> Response:  # noqa: ARG001  # every endpoint takes its call
    """GET /noop."""
    return answer(None)


_TABLE: dict[str, Methods] = {
    "/login": {"POST": projects.login},
    "/status": {"GET": status},
    "/noop": {"GET": nothing},
    "/users": {"GET": projects.users},
    "/users/me": {"GET": projects.myself},
    "/users/{user_id}": {"GET": projects.user},
    "/projects": {"GET": projects.projects},
    "/projects/search": {"GET": projects.search_projects},
    "/projects/create": {"POST": projects.create_project},
    "/projects/{project_id}": {
        "GET": projects.project,
        "PUT": projects.update_project,
        "DELETE": projects.remove_project,
    },
    "/projects/{project_id}/stats": {"GET": projects.project_stats},
    "/project_set/projects": {"GET": projects.project_columns},
    "/project_set/taxo_stats": {"GET": projects.taxo_stats},
    "/taxa": {"GET": projects.root_taxa},
    "/taxon/{taxon_id}": {"GET": projects.taxon},
    "/taxon_set/search": {"GET": projects.search_taxa},
    "/taxon_set/query": {"GET": projects.taxa},
    "/samples/search": {"GET": projects.search_samples},
    "/sample/{sample_id}": {"GET": projects.sample},
    "/acquisition/{acquisition_id}": {"GET": projects.acquisition},
    "/object/{object_id}": {"GET": projects.thing},
    "/object/{object_id}/history": {"GET": projects.history},
    "/object_set/": {"DELETE": projects.remove_things},
    "/object_set/classify": {"POST": projects.classify},
    "/object_set/export": {"POST": work.export_old},
    "/object_set/export/general": {"POST": work.export_general},
    "/object_set/export/summary": {"POST": work.export_summary},
    "/object_set/export/backup": {"POST": work.export_backup},
    "/object_set/{project_id}/query": {"POST": projects.query},
    "/object_set/{project_id}/summary": {"POST": projects.summary},
    "/file_import/{project_id}": {"POST": work.import_file},
    "/simple_import/{project_id}": {"POST": work.simple_import},
    "/jobs/": {"GET": work.jobs},
    "/jobs/{job_id}/": {"GET": work.job},
    "/jobs/{job_id}": {"DELETE": work.erase},
    "/jobs/{job_id}/answer": {"POST": work.reply},
    "/jobs/{job_id}/restart": {"GET": work.restart},
    "/jobs/{job_id}/log": {"GET": work.log},
    "/jobs/{job_id}/file": {"GET": work.file},
    "/user_files/create/": {"POST": work.make_directory},
    "/user_files/mv/": {"POST": work.move},
    "/user_files/rm/": {"POST": work.remove},
    "/user_files/upload/": {"POST": tus.create},
    "/user_files/upload/{upload_id}": {"HEAD": tus.offset, "PATCH": tus.append},
    "/user_files/": {"POST": work.upload, "GET": work.listing},
    "/user_files/{sub_path:path}": {"GET": work.listing},
}


def application(fake: FakeEcotaxa) -> ASGIApp:
    """Return the endpoints of `fake` as an ASGI application."""
    routes = [
        Route(f"{fake.base_path}{path}", _Endpoint(fake, methods).respond, methods=list(_METHODS))
        for path, methods in _TABLE.items()
    ]
    stray = _Stray(fake, routes)
    app = Starlette(routes=[*routes, Route("/{rest:path}", stray.respond, methods=list(_METHODS))])
    app.router.redirect_slashes = False
    return app


class _Endpoint:
    """One path: checks the token, then runs the handler of the method."""

    def __init__(self, fake: FakeEcotaxa, methods: Methods) -> None:
        self._fake = fake
        self._methods = methods

    async def respond(self, request: Request) -> Response:
        """Answer a request to the path."""
        handler = self._methods.get(request.method)
        if handler is None:
            return answer({"detail": "Method Not Allowed"}, 405)
        try:
            self._fake.jobs.settle()
            return await handler(Call(request, self._fake, identify(self._fake, request)))
        except Refused as refused:
            return refused.response


class _Stray:
    """Any other path: a redirect if a slash is all that is wrong, else a 404."""

    def __init__(self, fake: FakeEcotaxa, routes: list[Route]) -> None:
        self._fake = fake
        self._routes = routes

    async def respond(self, request: Request) -> Response:
        """Redirect to the public address of the server, or say that there is nothing."""
        path = request.url.path
        other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        scope = {**request.scope, "path": other}
        if not any(route.matches(scope)[0] is Match.FULL for route in self._routes):
            return answer({"detail": "Not Found"}, 404)
        public = self._fake.public_base(request)
        query = f"?{request.url.query}" if request.url.query else ""
        location = f"{public}{other.removeprefix(self._fake.base_path)}{query}"
        return Response(status_code=307, headers={"location": location})
