"""Answers in the shapes that Tator gives them; nearly all of its failures are 400."""

from __future__ import annotations

import json
from collections.abc import Iterable

from starlette.responses import JSONResponse, Response

NO_CREDENTIALS = "Authentication credentials were not provided."
NO_PERMISSION = "You do not have permission to perform this action."
_TITLES = {404: "Not Found", 500: "Server Error"}
_GATEWAY = {502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable"}


class TatorError(Exception):
    """A request that ends with an error answer.

    details: the cause as text; 403 and 404 do not send it.
    """

    def __init__(self, message: str, *, status: int = 400, details: str = "None") -> None:
        """Hold what the answer consists of."""
        super().__init__(message)
        self.message = message
        self.status = status
        self.details = details

    def body(self) -> dict[str, str]:
        """Return the JSON body of the answer."""
        if self.status in (403, 404):
            return {"message": self.message}
        return {"message": self.message, "details": self.details}


def not_found(entity: str) -> TatorError:
    """Return the error for an unknown id of `entity`."""
    return TatorError(f"No {entity} matches the given query.", status=404)


def forbidden() -> TatorError:
    """Return the error for a row that the user may not see or change."""
    return TatorError(NO_PERMISSION, status=403)


def throttled(seconds: int = 1) -> TatorError:
    """Return the error for too many requests, also a 400."""
    unit = "second" if seconds == 1 else "seconds"
    return TatorError(f"Request was throttled. Expected available in {seconds} {unit}.")


class Problem:
    """A violation of a schema, printed as the server prints it."""

    def __init__(self, message: str) -> None:
        """Keep the message."""
        self.message = message

    def __repr__(self) -> str:
        """Return the message in angle brackets."""
        return f"<ValidationError: {self.message!r}>"


def invalid_body(body: object, problems: Iterable[str], *, schema: str = "object") -> TatorError:
    """Return the error for a body that violates its schema; it repeats the whole body."""
    found = tuple(Problem(problem) for problem in problems)
    return TatorError(
        "Request body validation error",
        details=f"Value {body!r} not valid for schema of type {schema}: {found!r}",
    )


def no_match(body: object) -> TatorError:
    """Return the error for a body that fits none of several schemas."""
    return invalid_body(
        body, [f"{body!r} is not valid under any of the given schemas"], schema="any"
    )


def html_page(status: int) -> str:
    """Return the page that the web server sends with a status."""
    if status in _GATEWAY:
        title = _GATEWAY[status]
        return f"<html>\n<head><title>{title}</title></head>\n<body>{title}</body>\n</html>\n"
    title = _TITLES.get(status, "Error")
    return (
        f'<html lang="en">\n<head><title>{title}</title><meta charset="UTF-8" /></head>\n'
        f'<body><h1 class="h1">{title}</h1></body>\n</html>\n'
    )


def html(status: int) -> Response:
    """Return the HTML answer for an unknown path, or for a crash."""
    return Response(html_page(status), status_code=status, media_type="text/html")


def json_error(error: TatorError) -> Response:
    """Return the JSON answer for an error."""
    return Response(
        json.dumps(error.body()), status_code=error.status, media_type="application/json"
    )


def unknown_job() -> TatorError:
    """Return the error for an unknown job, which has no message."""
    return TatorError("", status=404)


def cluster_error(host: str, port: int, path: str) -> TatorError:
    """Return the error for an internal service that cannot be reached."""
    return TatorError(
        f"HTTPConnectionPool(host='{host}', port={port}): Max retries exceeded with url: {path} "
        "(Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at "
        "0x7f0000000000>: Failed to establish a new connection: [Errno 111] Connection refused'))"
    )


def reply(body: object, status: int = 200) -> Response:
    """Answer with JSON."""
    return JSONResponse(body, status_code=status)


def said(message: str, status: int = 200, **more: object) -> Response:
    """Answer with a message, and with more fields if given."""
    return reply({"message": message, **more}, status)
