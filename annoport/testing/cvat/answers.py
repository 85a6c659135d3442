"""Responses in the shapes that CVAT gives them."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, NoReturn

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

Json = dict[str, Any]

MEDIA_TYPE = "application/vnd.cvat+json"
_HTML = "text/html; charset=utf-8"
_GZIP_FROM = 200  # bytes; smaller bodies are not compressed


class Refused(Exception):  # noqa: N818  # an answer, not a fault of the program
    """A request that ends with an error answer."""

    def __init__(self, response: Response) -> None:
        """Hold the answer."""
        super().__init__(response.status_code)
        self.response = response


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return `body` as CVAT's own JSON media type."""
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(content, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def empty(status: int, headers: dict[str, str] | None = None) -> Response:
    """Return a response without a body."""
    return Response(status_code=status, headers={**(headers or {}), "content-length": "0"})


def text(body: str, status: int) -> Response:
    """Return a plain sentence, which the server labels as HTML."""
    return Response(body, status_code=status, headers={"content-type": _HTML})


def page(title: str, sentence: str, status: int) -> Response:
    """Return one of the HTML pages of the web framework."""
    body = (
        f'\n<!doctype html>\n<html lang="en">\n<head>\n  <title>{title}</title>\n</head>\n'
        f"<body>\n  <h1>{title}</h1><p>{sentence}</p>\n</body>\n</html>\n"
    )
    return text(body, status)


def not_routed() -> Response:
    """Return the page for an unknown path."""
    return page("Not Found", "The requested resource was not found on this server.", 404)


def server_error() -> Response:
    """Return the page for an unhandled exception."""
    return page("Server Error (500)", "", 500)


def gone(what: str) -> Response:
    """Return the 410 for exports that took a single request in old releases."""
    sentence = "This endpoint is no longer supported.\n"
    return text(f"{sentence}Use POST dataset/export or backup/export for {what}.\n", 410)


def detail(message: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return an error of the form `{"detail": ...}`."""
    return answer({"detail": message}, status, headers)


def refuse_detail(message: str, status: int) -> NoReturn:
    """Refuse with `{"detail": ...}`."""
    raise Refused(detail(message, status))


def refuse_list(message: str) -> NoReturn:
    """Refuse with a 400 of the form `["..."]`."""
    raise Refused(answer([message], 400))


def refuse_field(name: str, message: str) -> NoReturn:
    """Refuse with a 400 of the form `{"field": ["..."]}`."""
    raise Refused(answer({name: [message]}, 400))


def unknown(kind: str) -> NoReturn:
    """Refuse with the 404 for an unknown id; `kind` is the model's name, e.g. "Task"."""
    refuse_detail(f"No {kind} matches the given query.", 404)


def gzipped(request: Request, response: Response) -> Response:
    """Compress the body of `response` with gzip if the client accepts that, as the server does."""
    body = getattr(response, "body", b"")
    if "gzip" not in request.headers.get("accept-encoding", "") or len(body) < _GZIP_FROM:
        return response
    response.body = gzip.compress(body, mtime=0)
    response.headers["content-encoding"] = "gzip"
    response.headers["content-length"] = str(len(response.body))
    return response
