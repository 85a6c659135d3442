"""What the sync and async transports share; besides them, no other module knows httpx.

The connections use httpx's transports rather than `httpx.Client`, which logs whole URLs,
including the signatures of presigned ones.
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
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Mapping
from typing import Generic, TypeAlias, TypeVar

import httpx

from annoport.core.errors import (
    AnnoportError,
    ConfigurationError,
    DecodeError,
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
"""From this status on, the connection is not used again.

Some servers silently close it after such an answer, and the next request on it is lost.
"""

# Below the 5 s after which uvicorn closes an idle connection: a request that is sent while its
# connection is being closed is lost.
_IDLE_SECONDS = 4.0
_LIMITS = httpx.Limits(
    max_connections=100, max_keepalive_connections=20, keepalive_expiry=_IDLE_SECONDS
)
# At DEBUG, httpcore logs the headers of answers: the cookies of a login, a signed redirect.
for _name in ("httpcore.http11", "httpcore.http2", "httpcore.proxy"):
    logging.getLogger(_name).addFilter(HeaderMask())

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_UNSENDABLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)


@functools.cache
def _default_headers() -> Mapping[str, str]:
    import importlib.metadata  # slow, since it imports zipfile, csv and email

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
    """Return a context that trusts the usual authorities or SSL_CERT_FILE.

    Cached, because making it takes 0.1 s.
    """
    return httpx.create_ssl_context()


@functools.cache
def _wary_context() -> ssl.SSLContext:
    """Return a context that trusts nobody, for routes without TLS: httpx requires some context."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy_for(scheme: str, host: str) -> str | None:
    """Return the proxy that the environment (HTTPS_PROXY, NO_PROXY ...) sets for a host."""
    if urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def connection_user() -> object:
    """Return who may use a connection: the process that made it.

    A forked process inherits the connection, and would read answers meant for its parent.
    """
    return os.getpid()


def async_connection_user() -> object:
    """Return who may use a connection: the event loop that made it, in its process."""
    import anyio.lowlevel

    return os.getpid(), anyio.lowlevel.current_token()


class Pools(Generic[TransportT]):
    """The connection pools that lead to each host, made on first use.

    Args:
        factory: Makes a pool.
        user: Returns who is asking for a connection; each user gets pools of its own.
    """

    def __init__(self, factory: Callable[..., TransportT], user: Callable[[], object]) -> None:
        self._factory = factory
        self._current_user = user
        self._begin(None)

    def _begin(self, user: object) -> None:
        """Start without connections; those of another user are not ours to close."""
        self._user = user
        self._lock = threading.Lock()
        self._by_host: dict[tuple[str, str], TransportT] = {}
        self._pools: dict[tuple[str, str | None], TransportT] = {}

    def to(self, url: httpx.URL) -> TransportT:
        """Return the pool that leads to `url`.

        Raises:
            ConfigurationError: The environment sets a proxy that cannot be used.
            httpx.UnsupportedProtocol: `url` is neither http nor https.
        """
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
                except (ImportError, ValueError) as error:  # no socksio, or no proxy URL
                    raise ConfigurationError(
                        f"cannot use the proxy for {host} that the environment sets "
                        f"({scheme.upper()}_PROXY or ALL_PROXY): {error}"
                    ) from None
                self._pools[key] = pool
            return self._by_host.setdefault((scheme, host), self._pools[key])

    def clear(self) -> list[TransportT]:
        """Forget all pools and return those that are ours to close."""
        ours = self._current_user() == self._user
        pools = list(self._pools.values()) if ours else []
        self._begin(None)
        return pools


def headers_of(request: Request) -> httpx.Headers:
    """Return the headers to send: those of the request, and our defaults for the others."""
    own = {name.lower(): text for name, text in request.headers.items()}
    # By default, httpx writes ASCII only; a header value may be Latin-1.
    return httpx.Headers({**_default_headers(), **own}, encoding="latin-1")


def extensions(timeout: Timeouts) -> dict[str, dict[str, float | None]]:
    """Return the timeouts of one request in the form that httpx expects."""
    return {
        "timeout": {
            "connect": timeout.connect,
            "read": timeout.read,
            "write": timeout.write,
            "pool": timeout.pool,
        }
    }


def failure(request: Request, error: Exception) -> AnnoportError:
    """Return our error for an error of httpx."""
    place = f"{request.method} {redact_url(request.url)}"
    reason = _reason(error)
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        step = "get a free connection" if isinstance(error, httpx.PoolTimeout) else "connect"
        return UnsentTimeoutError(f"{place}: could not {step} in time")
    if isinstance(error, httpx.TimeoutException):
        step = "send the request" if isinstance(error, httpx.WriteTimeout) else "read the answer"
        return TimeoutError(f"{place}: could not {step} in time")
    if isinstance(error, _UNSENDABLE):
        return ConfigurationError(f"{place}: the request cannot be sent ({reason})")
    if isinstance(error, _UNSENT):
        return UnsentError(f"{place}: could not connect to the server ({reason})")
    return TransportError(f"{place}: the exchange with the server was interrupted ({reason})")


def _reason(error: BaseException) -> str:
    """Return what went wrong; for socket errors, only the underlying error says so."""
    found: BaseException | None = error
    while found is not None:
        if str(found):
            return str(found)
        found = found.__cause__ or found.__context__
    return type(error).__name__


def answer_of(
    request: Request, response: httpx.Response, raw: bytes, url: str, started: float
) -> RawResponse:
    """Return a complete answer with its body decoded.

    Args:
        request: The request that was sent.
        response: The status and headers.
        raw: The body as received.
        url: The absolute URL of the request.
        started: When the request was sent, in seconds of `time.perf_counter`.

    Raises:
        TransportError: The body is truncated or damaged.
        DecodeError: The body has an encoding that was not requested.
    """
    headers = Headers(response.headers.multi_items())
    with naming(request):
        content = decode_content(raw, headers.get("content-encoding", ""))
    return RawResponse(
        status=response.status_code,
        headers=headers,
        content=content,
        url=url,
        elapsed=time.perf_counter() - started,
        method=request.method,
    )


@contextlib.contextmanager
def naming(request: Request) -> Generator[None]:
    """Add the request to the message of an error in decoding its answer."""
    try:
        yield
    except (TransportError, DecodeError) as error:
        raise type(error)(f"{request.method} {redact_url(request.url)}: {error}") from None


def hang_up(response: httpx.Response) -> None:
    """Shut down the connection of an answer that was read, so that the pool discards it.

    It is only shut down, not closed: the pool checks whether idle sockets are readable, which
    raises an error for a closed one under trio. An HTTP/2 connection is left open, since it may
    carry other answers.
    """
    if response.extensions.get("http_version") not in (b"HTTP/1.0", b"HTTP/1.1"):
        return
    network = response.extensions.get("network_stream")
    connected = None if network is None else network.get_extra_info("socket")
    if connected is not None:
        with contextlib.suppress(OSError):  # the server has closed it already
            connected.shutdown(socket.SHUT_RDWR)


def join(pieces: Iterable[bytes]) -> bytes:
    """Return all pieces joined into one."""
    return b"".join(pieces)


async def async_join(pieces: AsyncIterable[bytes]) -> bytes:
    """Return all pieces joined into one."""
    return b"".join([piece async for piece in pieces])


def content_of(request: Request) -> bytes | StreamedBody | None:
    """Return the body in the form that the sync transport of httpx expects."""
    return request.content


def async_content_of(request: Request) -> bytes | AsyncStreamedBody | None:
    """Return the body in the form that the async transport of httpx expects."""
    body = request.content
    return AsyncStreamedBody(body) if isinstance(body, StreamedBody) else body


class AsyncStreamedBody:
    """A streamed body for async code; its files are read in a worker thread."""

    def __init__(self, body: StreamedBody) -> None:
        """Keep `body`; nothing is read yet."""
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body block by block."""
        import anyio.to_thread

        blocks = iter(self._body)
        # An empty block is not the end: the fields and files of a form may be empty.
        while (block := await anyio.to_thread.run_sync(next, blocks, None)) is not None:
            yield block
