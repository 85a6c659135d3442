"""Fetching an upstream document, from a file or from a live server.

Live documents are untrusted: their size, the time they take and their redirects are limited.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import httpx
import stamina

from annoport.core.redact import MASK, without_query
from generator.errors import GeneratorError, UnreachableError

# Otherwise each pause before another attempt would print a line to standard error.
logging.getLogger("stamina").addHandler(logging.NullHandler())

MAX_BYTES = 50 * 2**20
DEFAULT_TIMEOUT = 120.0
_CONNECT_TIMEOUT = 10.0
_READ_TIMEOUT = 30.0
_ATTEMPTS = 3
_LONGEST_PAUSE = 10.0
_NOT_MODIFIED = 304
_PASSING_STATUSES = frozenset({429, 500, 502, 503, 504})


@attrs.frozen(kw_only=True)
class Fetched:
    """A document as it arrived; `content` is None where the server says that it has not changed."""

    content: bytes | None
    etag: str | None = None


class _TooLateError(httpx.ReadTimeout):
    """The document did not arrive within the time that all attempts share."""


def is_url(source: str) -> bool:
    """Whether a source from the command line is a URL rather than a file."""
    return re.match("https?:", source, re.IGNORECASE) is not None


def masked(source: str) -> str:
    """Return a source as messages may name it: a URL's user info and query may be secret."""
    if not is_url(source):
        return source
    if not _is_sound(source):
        # There is no telling where its host begins.
        return f"{source.partition(':')[0]}://{MASK}"
    return without_query(source) + (f"?{MASK}" if "?" in source else "")


def _is_sound(url: str) -> bool:
    try:
        parts = urlsplit(url)
        complete = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    # A password may contain ? or #, which then seems to end the host.
    cut = "@" not in parts.netloc and re.match("[^/]+//[^/]*@", url)
    return complete and not cut and url.isprintable() and " " not in url


def _check(url: str) -> None:
    if not _is_sound(url):
        raise GeneratorError(f"{masked(url)}: not a URL; expected https://HOST/PATH")
    if "@" in urlsplit(url).netloc:
        raise GeneratorError(
            f"{masked(url)}: the URL contains a user name or password, which would end up in "
            "files and logs; download the document and name the file instead"
        )


def fetch(
    source: str, *, accept: str, etag: str | None = None, timeout: float = DEFAULT_TIMEOUT
) -> Fetched:
    """Read a file, or GET a URL.

    Args:
        source: A file or a URL.
        accept: The Accept header to send.
        etag: The entity tag of an earlier fetch, to get the document only if it has changed.
        timeout: Seconds for everything, failed attempts included.

    Returns:
        The document, or a `Fetched` without content if the server says that it has not changed.

    Raises:
        UnreachableError: The server cannot be reached, answers with an error, or takes too long.
        GeneratorError: There is no such file or URL, the URL contains a password, or the document
            is too large.
    """
    if not is_url(source):
        return _read(source)
    _check(source)
    name = masked(source)
    headers = {"Accept": accept} | ({"If-None-Match": etag} if etag else {})
    deadline = time.monotonic() + timeout
    try:
        for attempt in stamina.retry_context(on=_pause, attempts=_ATTEMPTS, timeout=timeout):
            with attempt:
                return _get(source, headers, deadline)
    except httpx.HTTPStatusError as error:
        raise UnreachableError(
            f"{name}: the server answered {error.response.status_code}"
        ) from error
    except httpx.TimeoutException as error:
        raise UnreachableError(f"{name}: no document arrived within {timeout:g} seconds") from error
    except httpx.InvalidURL as error:
        raise GeneratorError(f"{name}: not a URL: {error}") from error
    except httpx.HTTPError as error:
        raise UnreachableError(f"{name}: {error or type(error).__name__}") from error
    raise AssertionError("retry_context returns a result or raises")


def _read(source: str) -> Fetched:
    path = Path(source)
    try:
        if not path.is_file():
            raise GeneratorError(f"{source}: no such file")
        if path.stat().st_size > MAX_BYTES:
            raise _too_large(source)
        return Fetched(content=path.read_bytes())
    except OSError as error:
        raise GeneratorError(f"{source}: cannot be read: {error.strerror}") from error


def _too_large(source: str) -> GeneratorError:
    return GeneratorError(f"{masked(source)}: larger than {MAX_BYTES // 2**20} MiB; not a spec")


def _pause(error: Exception) -> bool | float:
    """Whether another attempt may help, or how many seconds the server asks us to wait."""
    if isinstance(error, httpx.HTTPStatusError):
        if error.response.status_code not in _PASSING_STATUSES:
            return False
        wanted = error.response.headers.get("Retry-After", "")
        return min(float(wanted), _LONGEST_PAUSE) if wanted.isdecimal() else True
    return isinstance(error, httpx.TransportError) and not isinstance(error, _TooLateError)


def _get(url: str, headers: dict[str, str], deadline: float) -> Fetched:
    left = max(deadline - time.monotonic(), 0.001)
    timeout = httpx.Timeout(min(_READ_TIMEOUT, left), connect=min(_CONNECT_TIMEOUT, left))
    with (
        httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=5) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        if response.status_code == _NOT_MODIFIED and "If-None-Match" in headers:
            return Fetched(content=None, etag=headers["If-None-Match"])
        response.raise_for_status()
        content = b"".join(_limited(url, response, deadline))
        return Fetched(content=content, etag=response.headers.get("ETag"))


def _limited(url: str, response: httpx.Response, deadline: float) -> Iterator[bytes]:
    """Yield the chunks of a body until they are too many or come too late."""
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BYTES:
            raise _too_large(url)
        if time.monotonic() > deadline:
            raise _TooLateError("too late", request=response.request)
        yield chunk
