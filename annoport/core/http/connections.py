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
    ClosedClientError,
    ConfigurationError,
    DecodeError,
    TransportError,
)
from annoport.core.http import tls
from annoport.core.http.encodings import ACCEPTED, decode_content
from annoport.core.http.multipart import StreamedBody
from annoport.core.http.options import Timeouts
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request
from annoport.core.http.response import Headers, RawResponse
from annoport.core.http.tls import Authorities, Trust
from annoport.core.redact import HeaderMask, redact_url
from annoport.core.support.version import VERSION

HttpClient: TypeAlias = httpx.Client
AsyncHttpClient: TypeAlias = httpx.AsyncClient

TransportT = TypeVar("TransportT", bound=httpx.HTTPTransport | httpx.AsyncHTTPTransport)

# The async transport lets some errors of TLS through as they are.
HTTPX_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError)
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

_POOL_LOCK = "_optional_thread_lock"
"""The attribute of httpcore's pools that holds their lock."""

_Key: TypeAlias = tuple[object, ...]


@functools.cache
def _default_headers() -> Mapping[str, str]:
    return {
        "user-agent": f"annoport/{VERSION} python-httpx/{httpx.__version__}",
        "accept-encoding": ACCEPTED,
    }


@functools.lru_cache(maxsize=16)
def _shared_context(authorities: Authorities) -> ssl.SSLContext:
    """Return a context that trusts some authorities.

    Cached, because making it takes 0.1 s. A change of the file is a change of the argument.
    """
    return _new_context(authorities)


def _new_context(authorities: Authorities) -> ssl.SSLContext:
    if authorities.setting:
        return tls.load(authorities)
    return httpx.create_ssl_context(trust_env=False)


def _context(trust: Trust, authorities: Authorities, *, shows: bool) -> ssl.SSLContext:
    """Return the context for connections to one origin.

    Args:
        trust: Whom to trust.
        authorities: Where the certificates that it trusts come from now.
        shows: Whether the origin is one that our own certificate is for.
    """
    if isinstance(trust.verify, ssl.SSLContext):
        return trust.verify
    if trust.verify is False:
        context = tls.trusting_everybody()
    elif shows and trust.cert is not None:
        context = _new_context(authorities)
    else:
        return _shared_context(authorities)
    return tls.show(context, trust.cert) if shows and trust.cert is not None else context


@functools.cache
def _wary_context() -> ssl.SSLContext:
    """Return a context that trusts nobody, for routes without TLS: httpx requires some context."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy(url: str, trust: Trust) -> httpx.Proxy:
    if not url.startswith("https:"):
        return httpx.Proxy(url)
    return httpx.Proxy(url, ssl_context=_context(trust, trust.authorities(), shows=False))


def proxy_for(scheme: str, host: str) -> str | None:
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
        base: The platform's address, which alone is shown a certificate of ours.
        trust: Whom to trust.
    """

    def __init__(
        self,
        factory: Callable[..., TransportT],
        user: Callable[[], object],
        base: BaseUrl,
        trust: Trust,
    ) -> None:
        self._factory = factory
        self._current_user = user
        self._base = base
        self._trust = trust
        self._closed = False
        self._begin(None)

    def _begin(self, user: object) -> None:
        """Start without connections; those of another user are not ours to close."""
        self._user = user
        self._lock = threading.Lock()
        self._by_host: dict[_Key, TransportT] = {}
        self._pools: dict[_Key, TransportT] = {}
        self._given_up: list[TransportT] = []

    def to(self, url: httpx.URL) -> TransportT:
        """Return the pool that leads to `url`.

        Raises:
            ClosedClientError: Another thread has closed the client during the call.
            ConfigurationError: The environment sets a proxy that cannot be used, or names
                certificates that cannot be.
            httpx.UnsupportedProtocol: `url` is neither http nor https.
        """
        if self._closed:
            raise ClosedClientError("the client was closed during this call: create a new client")
        user = self._current_user()
        if user != self._user:
            self._begin(user)
        # Found out for each request: after an error, somebody in a notebook sets SSL_CERT_FILE.
        authorities = self._trust.authorities() if url.scheme == "https" else None
        key = (url.scheme, url.host, url.port, authorities)
        found = self._by_host.get(key)
        return self._find(key, url, authorities) if found is None else found

    def _find(self, key: _Key, url: httpx.URL, authorities: Authorities | None) -> TransportT:
        if url.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"{url.scheme!r} is neither http nor https")
        proxy = proxy_for(url.scheme, url.host)
        shows = self._base.owns(str(url))
        with self._lock:
            way = (url.scheme, proxy, authorities, shows and self._trust.cert is not None)
            pool = self._pools.get(way)
            if pool is None:
                if authorities is None:
                    context = _wary_context()
                else:
                    context = _context(self._trust, authorities, shows=shows)
                pool = self._pools[way] = self._open(url, proxy, context)
            return self._by_host.setdefault(key, pool)

    def _open(self, url: httpx.URL, proxy: str | None, context: ssl.SSLContext) -> TransportT:
        try:
            through = None if proxy is None else _proxy(proxy, self._trust)
            pool = self._factory(verify=context, limits=_LIMITS, proxy=through)
        except (ImportError, ValueError) as error:  # no socksio, or no proxy URL
            raise ConfigurationError(
                f"cannot use the proxy for {url.host} that the environment sets "
                f"({url.scheme.upper()}_PROXY or ALL_PROXY): {error}"
            ) from None
        let_interrupts_pass(pool)
        return pool

    def give_up(self) -> None:
        """Make no more use of the connections, which an interrupt may have left in any state.

        Those of other threads go on with what they do. All are closed with the client.
        """
        with self._lock:
            self._given_up += self._pools.values()
            self._by_host, self._pools = {}, {}

    @property
    def are_closed(self) -> bool:
        """Whether they were forgotten for good, perhaps during a call."""
        return self._closed

    def clear(self) -> list[TransportT]:
        """Forget all pools for good, and return those that are ours to close."""
        self._closed = True
        ours = self._current_user() == self._user
        pools = [*self._given_up, *self._pools.values()] if ours else []
        self._begin(None)
        return pools


def let_interrupts_pass(transport: httpx.HTTPTransport | httpx.AsyncHTTPTransport) -> None:
    """Let nobody wait for ever for a pool's lock that an interrupted request has not released.

    httpcore's own lock has `__enter__` and `__exit__` in Python, and an interrupt may fall inside
    them. The thread that holds this one need not wait for it. The async lock does nothing.

    Args:
        transport: What has the pool; if a new version has none with such a lock, it stays as it is.
    """
    pool = getattr(transport, "_pool", None)
    if isinstance(transport, httpx.HTTPTransport) and hasattr(pool, _POOL_LOCK):
        setattr(pool, _POOL_LOCK, threading.RLock())


def has_come_between(error: BaseException) -> bool:
    """Whether an error has come from elsewhere while a request was under way: an interrupt, say."""
    return not isinstance(error, (*HTTPX_ERRORS, AnnoportError, GeneratorExit))


def async_has_come_between(error: BaseException) -> bool:
    """Whether an error has come from elsewhere, and does not cancel the task."""
    import anyio

    return has_come_between(error) and not isinstance(error, anyio.get_cancelled_exc_class())


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
        anonymous=request.anonymous,
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
        """Yield the body block by block, and note how much of it was sent."""
        import anyio.to_thread

        body = self._body
        body.begin()
        blocks = body.blocks()
        while (block := await anyio.to_thread.run_sync(next, blocks, None)) is not None:
            body.handed_out += len(block)
            yield block
            body.sent()
        body.all_sent = True
