"""From a request to its endpoint, with the checks that EcoTaxa makes first."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp

from annoport.testing.ecotaxa.answers import Refused, answer, refuse
from annoport.testing.ecotaxa.backend import Backend
from annoport.testing.ecotaxa.call import Call, Handler, Methods, Routes
from annoport.testing.ecotaxa.state import User

LONGEST_ADDRESS = 8_150
"""Characters of a path with its query that the server in front of EcoTaxa lets through."""

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def application(backend: Backend, table: Routes) -> ASGIApp:
    """Return the endpoints of `table` as an ASGI application."""
    # Images are at the root too.
    roots = {path: methods for path, methods in table.items() if path.startswith("/vault/")}
    addresses = {**{f"{backend.base_path}{path}": table[path] for path in table}, **roots}
    routes = [
        Route(path, _Endpoint(backend, methods).respond, methods=list(_METHODS))
        for path, methods in addresses.items()
    ]
    stray = _Stray(backend, routes)
    app = Starlette(routes=[*routes, Route("/{rest:path}", stray.respond, methods=list(_METHODS))])
    app.router.redirect_slashes = False
    return app


class _Endpoint:
    """A path: checks the token, then runs the handler for the method."""

    def __init__(self, backend: Backend, methods: Methods) -> None:
        self._backend = backend
        self._methods = methods

    async def respond(self, request: Request) -> Response:
        """Answer a request to the path."""
        if len(request.url.path) + len(request.url.query) > LONGEST_ADDRESS:
            return Response("<html><title>414 Request-URI Too Large</title></html>", 414)
        handler = self._methods.get(request.method)
        if handler is None:
            return answer({"detail": "Method Not Allowed"}, 405)
        with self._backend.minding(f"{request.method} {request.url.path}"):
            return await self._answer(handler, request)

    async def _answer(self, handler: Handler, request: Request) -> Response:
        try:
            self._backend.jobs.settle()
            return await handler(Call(request, self._backend, _identify(self._backend, request)))
        except Refused as refused:
            return refused.response


class _Stray:
    """Any other path: a redirect if only a slash is wrong, otherwise a 404."""

    def __init__(self, backend: Backend, routes: list[Route]) -> None:
        self._backend = backend
        self._routes = routes

    async def respond(self, request: Request) -> Response:
        """Redirect to the public address of the server, or answer 404."""
        path = request.url.path
        other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        scope = {**request.scope, "path": other}
        if not any(route.matches(scope)[0] is Match.FULL for route in self._routes):
            return answer({"detail": "Not Found"}, 404)
        public = self._backend.public_base(request)
        query = f"?{request.url.query}" if request.url.query else ""
        location = f"{public}{other.removeprefix(self._backend.base_path)}{query}"
        return Response(status_code=307, headers={"location": location})


def _identify(backend: Backend, request: Request) -> User | None:
    """Return who sent a request, None without a token; Refused with 401 for a wrong one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.cookies.get("session", "")
    if not token:
        return None
    number = backend.owner_of(token)
    if number is None:
        refuse(401, "Could not validate credentials")
    return backend.state.users[number]
