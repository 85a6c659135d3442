"""From a request to its endpoint, with the checks that CVAT makes first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from annoport.testing.cvat import releases
from annoport.testing.cvat.answers import (
    MEDIA_TYPE,
    Refused,
    answer,
    detail,
    gzipped,
    not_routed,
    refuse_detail,
)
from annoport.testing.cvat.backend import Backend
from annoport.testing.cvat.call import Call, Methods, Routes

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_OPEN = frozenset(("/api/server/about", "/api/auth/login", "/api/auth/logout"))


def merged(tables: Iterable[Routes]) -> Routes:
    """Return one table; a path may occur in several of `tables`, with different methods."""
    routes: Routes = {}
    for table in tables:
        for path, methods in table.items():
            routes[path] = {**routes.get(path, {}), **methods}
    return routes


def application(backend: Backend, table: Routes) -> ASGIApp:
    """Return the endpoints of `table` as an ASGI application."""
    routes = [
        Route(path, endpoint.respond, methods=list(_METHODS))
        for pattern, methods in table.items()
        if (endpoint := _Endpoint(backend, pattern, methods)).methods
        for path in _paths(pattern)
    ]
    app = Starlette(routes=[*routes, Route("/{rest:path}", _nowhere, methods=list(_METHODS))])
    app.router.redirect_slashes = False
    return app


def _paths(pattern: str) -> Iterator[str]:
    """Yield the paths of a pattern, two if it ends with the optional slash `[/]`."""
    yield f"/api/{pattern.removesuffix('[/]')}"
    if pattern.endswith("[/]"):
        yield f"/api/{pattern.removesuffix('[/]')}/"


async def _nowhere(request: Request) -> Response:  # noqa: ARG001  # the same for every request
    return not_routed()


class _Endpoint:
    """A path: checks a request as the server does, then runs the handler for its method.

    methods: the handlers of those methods that the release of the server has.
    """

    def __init__(self, backend: Backend, pattern: str, methods: Methods) -> None:
        is_since = backend.is_since
        lacked = releases.lacked(releases.OPERATIONS.get(pattern, {}), is_since)
        self.methods = {name: run for name, run in methods.items() if name not in lacked}
        self._backend = backend
        self._ignored = {
            method: releases.lacked(names, is_since)
            for method, names in releases.ARGUMENTS.get(pattern, {}).items()
        }
        self._fields = releases.lacked(releases.FIELDS.get(pattern, {}), is_since)
        self._unsaid = releases.lacked(releases.ANSWERS.get(pattern, {}), is_since)

    async def respond(self, request: Request) -> Response:
        """Answer a request to the path."""
        with self._backend.minding(f"{request.method} {request.url.path}"):
            try:
                response = await self._answer(request)
            except Refused as refused:
                response = refused.response
            return gzipped(request, response)

    async def _answer(self, request: Request) -> Response:
        if not _accepts(request.headers.get("accept", "*/*")):
            return detail("Could not satisfy the request Accept header.", 406)
        self._backend.queue.settle()
        user = self._backend.accounts.identify(request)
        if user is None:
            if request.url.path not in _OPEN:
                refuse_detail("Authentication credentials were not provided.", 401)
            throttled = self._backend.accounts.throttle()
            if throttled is not None:
                return throttled
        handler = self.methods.get(request.method)
        if handler is None and request.method == "HEAD":
            handler = self.methods.get("GET")
        if handler is None:
            return detail(f'Method "{request.method}" not allowed.', 405)
        ignored = self._ignored.get(request.method, frozenset())
        call = Call(request, self._backend, user, ignored, self._fields)
        if user is not None:
            call.organization()
        return self._said(await handler(call))

    def _said(self, response: Response) -> Response:
        """Return an answer without what the release of the server does not say."""
        if not self._unsaid or response.media_type != MEDIA_TYPE:
            return response
        told = releases.without(json.loads(bytes(response.body)), self._unsaid)
        return answer(told, response.status_code, _own_headers(response))


def _own_headers(response: Response) -> dict[str, str]:
    """Return the headers of an answer that are not about its body."""
    about_body = {"content-length", "content-type"}
    return {name: text for name, text in response.headers.items() if name not in about_body}


def _accepts(accept: str) -> bool:
    offered = {part.partition(";")[0].strip() for part in accept.split(",")}
    return bool(offered & {"*/*", "application/*", MEDIA_TYPE})
