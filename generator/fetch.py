"""Getting an upstream document, from a file or from a live server.

Live documents are untrusted: their size, the time they take and the redirects are limited.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import attrs
import httpx
import stamina

from generator.errors import GeneratorError, UnreachableError

MAX_BYTES = 50 * 1024 * 1024
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_ATTEMPTS = 3


@attrs.frozen(kw_only=True)
class Fetched:
    """A document as it came; `content` is None where the server says it has not changed."""

    origin: str
    content: bytes | None
    etag: str | None = None


def is_url(source: str) -> bool:
    """Whether a command-line source is a URL and not a file."""
    return urlsplit(source).scheme in {"http", "https"}


def fetch(source: str, *, accept: str, etag: str | None = None) -> Fetched:
    """Read a file, or GET a URL.

    etag: what an earlier fetch gave, to ask only for a changed document.
    Raises UnreachableError if the server cannot be reached or does not answer with success.
    """
    if not is_url(source):
        path = Path(source)
        if not path.is_file():
            raise GeneratorError(f"{source}: no such file")
        return Fetched(origin=source, content=path.read_bytes())
    headers = {"Accept": accept} | ({"If-None-Match": etag} if etag else {})
    try:
        for attempt in stamina.retry_context(on=_passing, attempts=_ATTEMPTS, timeout=None):
            with attempt:
                return _get(source, headers)
    except httpx.HTTPError as error:
        raise UnreachableError(f"{source}: {error or type(error).__name__}") from error
    raise AssertionError("retry_context gives a result or raises")


def _passing(error: Exception) -> bool:
    """Whether trying again may help."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {429, 502, 503, 504}
    return isinstance(error, httpx.TransportError)


def _get(url: str, headers: dict[str, str]) -> Fetched:
    with (
        httpx.Client(timeout=_TIMEOUT, follow_redirects=True, max_redirects=5) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return Fetched(origin=url, content=None, etag=headers.get("If-None-Match"))
        response.raise_for_status()
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MAX_BYTES:
                raise GeneratorError(f"{url}: larger than {MAX_BYTES // 2**20} MiB; not a spec")
        return Fetched(origin=url, content=bytes(content), etag=response.headers.get("ETag"))
