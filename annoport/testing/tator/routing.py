"""From a request to its endpoint: throttling, tokens, bodies, and the 400 for every failure."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from annoport.testing.tator.answers import NO_CREDENTIALS, TatorError, html, json_error
from annoport.testing.tator.backend import Backend
from annoport.testing.tator.call import Call, Methods, Routes
from annoport.testing.tator.endpoints.images import RENDERED, error_image
from annoport.testing.tator.endpoints.temporary_files import serve_media
from annoport.testing.tator.state import Row

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_OPEN = {
    ("POST", "/rest/Token"),
    ("GET", "/rest/User/GetCurrent"),
    ("GET", "/rest/User/Exists"),
    ("POST", "/rest/Users"),
    ("POST", "/rest/Projects"),
}
"""Operations that may be called without a token; some of them fail then in their own way."""


def application(backend: Backend, table: Routes) -> ASGIApp:
    """Return the endpoints of `table` and the web server's files as an ASGI application."""
    routes = [
        Route(path, _endpoint(backend, path, handlers), methods=_METHODS)
        for path, handlers in table.items()
    ]

    async def web_file(request: Request) -> Response:
        try:
            return serve_media(backend, request, _sender(backend, request))
        except TatorError:
            return html(403)

    async def schema(_request: Request) -> Response:
        if backend.schema is None:
            return html(404)
        return Response(backend.schema, media_type="application/vnd.oai.openapi")

    async def no_route(_request: Request, _error: Exception) -> Response:
        return html(404)

    app = Starlette(
        routes=[
            *routes,
            Route("/media/{path:path}", web_file),
            *(Route(path, schema) for path in ("/schema", "/schema/")),
        ],
        exception_handlers={404: no_route},
    )
    app.router.redirect_slashes = False
    return app


def _endpoint(
    backend: Backend, path: str, handlers: Methods
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await _handled(backend, path, handlers, request)
        except TatorError as error:
            if path in RENDERED:
                return error_image(request, error)
            return json_error(error)

    return endpoint


async def _handled(backend: Backend, path: str, handlers: Methods, request: Request) -> Response:
    user = _sender(backend, request)
    _throttle(backend, user)
    handler = handlers.get(request.method)
    if handler is None:
        raise _wrong_method(backend, path, request.method)
    if user is None and (request.method, path) not in _OPEN:
        raise TatorError(NO_CREDENTIALS)
    call = Call(backend=backend, request=request, user=user, body=_decoded(await request.body()))
    backend.jobs.settle()
    try:
        return handler(call)
    except TatorError:
        raise
    except Exception as error:
        # The real server also turns whatever its own code raises into a 400.
        raise TatorError(str(error), details=str(error.__cause__)) from error


def _sender(backend: Backend, request: Request) -> Row | None:
    """Return the user who sent a request, None without a token; TatorError for a bad one.

    Only the scheme `Token` counts; any other one is ignored.
    """
    words = request.headers.get("authorization", "").split()
    if not words or words[0].lower() != "token":
        return None
    if len(words) == 1:
        raise TatorError("Invalid token header. No credentials provided.")
    if len(words) > 2:
        raise TatorError("Invalid token header. Token string should not contain spaces.")
    if words[1] != backend.token:
        raise TatorError("Invalid token.")
    return backend.tables.users.get(1)


def _throttle(backend: Backend, user: Row | None) -> None:
    now = backend.clock.monotonic()
    if user is None:
        backend.throttle.check("", backend.anonymous_per_second, now)
    else:
        backend.throttle.check(user["username"], backend.requests_per_second, now)


def _wrong_method(backend: Backend, path: str, method: str) -> TatorError:
    template = re.sub(r"{(\w+):int}", r"<int:\1>", path)
    template = re.sub(r"{(\w+)}", r"<str:\1>", template)
    return TatorError(f"Operation {method.lower()} not found for {backend.url}{template}")


def _decoded(body: bytes) -> object:
    if not body:
        return None
    try:
        decoded: object = json.loads(body)
    except ValueError:
        text = body.decode(errors="replace")
        raise TatorError(
            "Request body validation error",
            details=f"Failed to deserialize value with application/json mimetype: {text}",
        ) from None
    return decoded
