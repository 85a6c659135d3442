"""From a request to its handler: throttling, tokens, bodies, and the 400 for everything."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from annoport.testing.tator import (
    accounts,
    entries,
    files,
    jobs,
    leaves,
    marks,
    media,
    pictures,
    projects,
)
from annoport.testing.tator.calls import Call, Handler, Routes
from annoport.testing.tator.errors import NO_CREDENTIALS, TatorError, html, json_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from annoport.testing.tator.fake import FakeTator
    from annoport.testing.tator.rows import Row

_ROUTES: Routes = {
    **accounts.ROUTES,
    **entries.ROUTES,
    **files.ROUTES,
    **jobs.ROUTES,
    **leaves.ROUTES,
    **marks.ROUTES,
    **media.ROUTES,
    **pictures.ROUTES,
    **projects.ROUTES,
}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def platform(fake: FakeTator) -> ASGIApp:
    """Return the platform's own host as an ASGI application."""
    routes = [
        Route(path, _endpoint(fake, path, handlers), methods=_METHODS)
        for path, handlers in _ROUTES.items()
    ]

    async def web_file(request: Request) -> Response:
        try:
            return files.serve_media(fake, request, accounts.session(fake, request))
        except TatorError:
            return html(403)

    async def no_route(_request: Request, _error: Exception) -> Response:
        return html(404)

    app = Starlette(
        routes=[*routes, Route("/media/{path:path}", web_file)], exception_handlers={404: no_route}
    )
    app.router.redirect_slashes = False
    return app


def _endpoint(
    fake: FakeTator, path: str, handlers: dict[str, Handler]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await _handled(fake, path, handlers, request)
        except TatorError as error:
            if path in pictures.PICTURES:
                return pictures.error_picture(request, error)
            return json_error(error)

    return endpoint


async def _handled(
    fake: FakeTator, path: str, handlers: dict[str, Handler], request: Request
) -> Response:
    user = accounts.session(fake, request)
    _throttle(fake, user)
    handler = handlers.get(request.method)
    if handler is None:
        raise _wrong_method(fake, path, request.method)
    if user is None and (request.method, path) not in accounts.OPEN:
        raise TatorError(NO_CREDENTIALS)
    call = Call(fake=fake, request=request, user=user, body=_decoded(await request.body()))
    fake.board.settle(fake)
    try:
        return handler(call)
    except TatorError:
        raise
    except Exception as error:
        # The real server, too, turns whatever its own code raises into a 400.
        raise TatorError(str(error), details=str(error.__cause__)) from error


def _throttle(fake: FakeTator, user: Row | None) -> None:
    now = fake.clock.monotonic()
    if user is None:
        fake.throttle.check("", fake.anonymous_per_second, now)
    else:
        fake.throttle.check(user["username"], fake.requests_per_second, now)


def _wrong_method(fake: FakeTator, path: str, method: str) -> TatorError:
    template = re.sub(r"{(\w+):int}", r"<int:\1>", path)
    template = re.sub(r"{(\w+)}", r"<str:\1>", template)
    return TatorError(f"Operation {method.lower()} not found for {fake.url}{template}")


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
