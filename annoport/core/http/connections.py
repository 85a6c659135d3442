"""What the transports of sync and async code share; with them, the only modules that know httpx.

The connections stand on httpx's transports rather than on `httpx.Client`, which logs whole URLs,
signatures of presigned ones included.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from typing import Generic, TypeAlias, TypeVar

import httpx

from annoport.core.errors import (
    AnnoportError,
    ConfigurationError,
    TimeoutError,  # noqa: A004 (a builtin TimeoutError too)
    TransportError,
    UnsentError,
    UnsentTimeoutError,
)
from annoport.core.http.encodings import ACCEPTED, decode_content
from annoport.core.http.multipart import StreamedBody
from annoport.core.http.options import Timeouts
from annoport.core.http.request import Request
from annoport.core.http.response import Headers, RawResponse
from annoport.core.redact import HeaderMask, redact_url

HttpClient: TypeAlias = httpx.Client
AsyncHttpClient: TypeAlias = httpx.AsyncClient

TransportT = TypeVar("TransportT", bound=httpx.HTTPTransport | httpx.AsyncHTTPTransport)

HTTPX_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
DOUBTFUL_STATUS = 500
"""From here on the connection is not used again.

Some servers close theirs after such an answer without saying so, and the next request is lost.
"""

# Below the 5 s after which uvicorn closes an idle connection: a request on a connection that
# the server is closing is lost.
_IDLE_SECONDS = 4.0
_LIMITS = httpx.Limits(
    max_connections=100, max_keepalive_connections=20, keepalive_expiry=_IDLE_SECONDS
)
# At DEBUG, httpcore logs the headers of answers: cookies of a login, signatures of a redirect.
for _name in ("httpcore.http11", "httpcore.http2", "httpcore.proxy"):
    logging.getLogger(_name).addFilter(HeaderMask())

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_UNSENDABLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)


@functools.cache
def _default_headers() -> Mapping[str, str]:
    import importlib.metadata  # it brings zipfile, csv and email along

    try:
        version = importlib.metadata.version("annoport")
    except importlib.metadata.PackageNotFoundError:  # run from a source tree
        version = "unknown"
    return {
        "user-agent": f"annoport/{version} python-httpx/{httpx.__version__}",
        "accept-encoding": ACCEPTED,
    }


@functools.cache
def _trusting_context() -> ssl.SSLContext:
    """Trusts the usual authorities (or SSL_CERT_FILE); takes 0.1 s to make, so made once."""
    return httpx.create_ssl_context()


@functools.cache
def _wary_context() -> ssl.SSLContext:
    """Trusts nobody: for routes without TLS, which must be given some context."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy_for(scheme: str, host: str) -> str | None:
    """The proxy that the environment (HTTPS_PROXY, NO_PROXY ...) prescribes for a host."""
    if urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def connection_user() -> object:
    """Who may use a connection: the process that made it.

    A forked process inherits it, and would read answers that are not its own.
    """
    return os.getpid()


def async_connection_user() -> object:
    """Who may use a connection: the event loop that made it, in its process."""
    import anyio.lowlevel

    return os.getpid(), anyio.lowlevel.current_token()


class Pools(Generic[TransportT]):
    """The connection pool for each host, made on first use.

    factory: makes a pool. user: tells who is asking; another one gets pools of its own.
    """

    def __init__(self, factory: Callable[..., TransportT], user: Callable[[], object]) -> None:
        self._factory = factory
        self._current_user = user
        self._begin(None)

    def _begin(self, user: object) -> None:
        """Begin without a connection; those of another user are not ours to close."""
        self._user = user
        self._lock = threading.Lock()
        self._by_host: dict[tuple[str, str], TransportT] = {}
        self._pools: dict[tuple[str, str | None], TransportT] = {}

    def to(self, url: httpx.URL) -> TransportT:
        """The pool that leads to `url`."""
        user = self._current_user()
        if user != self._user:
            self._begin(user)
        key = (url.scheme, url.host)
        found = self._by_host.get(key)
        return self._find(*key) if found is None else found

    def _find(self, scheme: str, host: str) -> TransportT:
        if scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"{scheme!r} is neither http nor https")
        with self._lock:
            key = (scheme, _proxy_for(scheme, host))
            if key not in self._pools:
                context = _trusting_context() if scheme == "https" else _wary_context()
                try:
                    pool = self._factory(verify=context, limits=_LIMITS, proxy=key[1])
                except (ImportError, ValueError) as error:  # a SOCKS proxy, or no kind of proxy
                    raise ConfigurationError(
                        f"the proxy that the environment sets for {host} is of no use: {error}"
                    ) from None
                self._pools[key] = pool
            return self._by_host.setdefault((scheme, host), self._pools[key])

    def clear(self) -> list[TransportT]:
        """Forget all pools, and hand over those that are ours to close."""
        ours = self._current_user() == self._user
        pools = list(self._pools.values()) if ours else []
        self._begin(None)
        return pools


def headers_of(request: Request) -> httpx.Headers:
    """The headers to send: ours where the request has none of its own."""
    own = {name.lower(): text for name, text in request.headers.items()}
    # Told nothing, httpx writes ASCII only; a header value may be Latin-1.
    return httpx.Headers({**_default_headers(), **own}, encoding="latin-1")


def extensions(timeout: Timeouts) -> dict[str, dict[str, float | None]]:
    """How httpx takes its time limits for one request."""
    return {
        "timeout": {
            "connect": timeout.connect,
            "read": timeout.read,
            "write": timeout.write,
            "pool": timeout.pool,
        }
    }


def failure(request: Request, error: Exception) -> AnnoportError:
    """Our error for one of httpx."""
    place = f"{request.method} {redact_url(request.url)}"
    reason = _reason(error)
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        step = "a free connection" if isinstance(error, httpx.PoolTimeout) else "a connection"
        return UnsentTimeoutError(f"{place}: no {step} in time")
    if isinstance(error, httpx.TimeoutException):
        step = "send the request" if isinstance(error, httpx.WriteTimeout) else "read the answer"
        return TimeoutError(f"{place}: could not {step} in time")
    if isinstance(error, _UNSENDABLE):
        return ConfigurationError(f"{place}: this request cannot be sent ({reason})")
    if isinstance(error, _UNSENT):
        return UnsentError(f"{place}: no connection to the server ({reason})")
    return TransportError(f"{place}: the exchange broke off ({reason})")


def _reason(error: BaseException) -> str:
    """What went wrong; errors of sockets say it only in the error that caused them."""
    found: BaseException | None = error
    while found is not None:
        if str(found):
            return str(found)
        found = found.__cause__ or found.__context__
    return type(error).__name__


def answer_of(
    request: Request, response: httpx.Response, raw: bytes, url: str, started: float
) -> RawResponse:
    """A whole answer. raw: the body as received. started: when, of time.perf_counter()."""
    headers = Headers(response.headers.multi_items())
    try:
        content = decode_content(raw, headers.get("content-encoding", ""))
    except TransportError as error:
        raise TransportError(f"{request.method} {redact_url(request.url)}: {error}") from None
    return RawResponse(
        status=response.status_code,
        headers=headers,
        content=content,
        url=url,
        elapsed=time.perf_counter() - started,
        method=request.method,
    )


def hang_up(response: httpx.Response) -> None:
    """End the connection of an answer that was read, so that the pool throws it away.

    Only shut down, not closed: the pool asks idle sockets whether they can be read, which is an
    error on a closed one under trio. A connection of HTTP/2 carries other answers, too; it stays.
    """
    if response.extensions.get("http_version") not in (b"HTTP/1.0", b"HTTP/1.1"):
        return
    network = response.extensions.get("network_stream")
    connected = None if network is None else network.get_extra_info("socket")
    if connected is not None:
        with contextlib.suppress(OSError):  # the server was quicker
            connected.shutdown(socket.SHUT_RDWR)


def join(pieces: Iterable[bytes]) -> bytes:
    """All pieces in one."""
    return b"".join(pieces)


async def async_join(pieces: AsyncIterable[bytes]) -> bytes:
    """All pieces in one."""
    return b"".join([piece async for piece in pieces])


def content_of(request: Request) -> bytes | StreamedBody | None:
    """The body, as httpx's sync transport takes it."""
    return request.content


def async_content_of(request: Request) -> bytes | AsyncStreamedBody | None:
    """The body, as httpx's async transport takes it."""
    body = request.content
    return AsyncStreamedBody(body) if isinstance(body, StreamedBody) else body


class AsyncStreamedBody:
    """A streamed body for async sending; its files are read in a worker thread."""

    def __init__(self, body: StreamedBody) -> None:
        """Nothing is read yet."""
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Read it."""
        import anyio.to_thread

        blocks = iter(self._body)
        # An empty block is no end: fields of forms and files may be empty.
        while (block := await anyio.to_thread.run_sync(next, blocks, None)) is not None:
            yield block
