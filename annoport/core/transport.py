"""Sending requests and reading answers: the one module that knows httpx.

`Transport` and `AsyncTransport` are thin and equal; what they share is above them. They follow no
redirect, keep no cookie and know no credential. The connections stand on httpx's transports
rather than on `httpx.Client`, which logs whole URLs, signatures of presigned ones included.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
import threading
import time
import urllib.request
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from typing import Generic, TypeAlias, TypeVar, cast

import httpx

from annoport.core.encodings import ACCEPTED, decode_content
from annoport.core.errors import (
    AnnoportError,
    ConfigurationError,
    TimeoutError,  # noqa: A004 (a builtin TimeoutError too)
    TransportError,
    UnsentError,
    UnsentTimeoutError,
)
from annoport.core.multipart import StreamedBody
from annoport.core.options import Timeouts
from annoport.core.origin import BaseUrl
from annoport.core.redact import redact_url
from annoport.core.request import Request
from annoport.core.response import Headers, RawResponse

HttpClient: TypeAlias = httpx.Client
AsyncHttpClient: TypeAlias = httpx.AsyncClient

TransportT = TypeVar("TransportT", bound=httpx.HTTPTransport | httpx.AsyncHTTPTransport)

# Below the 5 s after which uvicorn closes an idle connection: a request on a connection that
# the server is closing is lost.
_IDLE_SECONDS = 4.0
_LIMITS = httpx.Limits(
    max_connections=100, max_keepalive_connections=20, keepalive_expiry=_IDLE_SECONDS
)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_UNSENDABLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
_HTTPX_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
_DOUBTFUL_STATUS = 500


# --------------------------------------------------------------------------- shared


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


class _Routes(Generic[TransportT]):
    """The connection pool for each host, made on first use."""

    def __init__(self, factory: Callable[..., TransportT]) -> None:
        self._factory = factory
        self._lock = threading.Lock()
        self._by_host: dict[tuple[str, str], TransportT] = {}
        self._pools: dict[tuple[str, str | None], TransportT] = {}

    def to(self, url: httpx.URL) -> TransportT:
        """The pool that leads to `url`."""
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
        """Forget all pools and hand them over to be closed."""
        with self._lock:
            pools = list(self._pools.values())
            self._pools.clear()
            self._by_host.clear()
        return pools


def _headers(request: Request) -> httpx.Headers:
    own = {name.lower(): text for name, text in request.headers.items()}
    # Told nothing, httpx writes ASCII only; a header value may be Latin-1.
    return httpx.Headers({**_default_headers(), **own}, encoding="latin-1")


def _extensions(timeout: Timeouts) -> dict[str, dict[str, float | None]]:
    return {
        "timeout": {
            "connect": timeout.connect,
            "read": timeout.read,
            "write": timeout.write,
            "pool": timeout.pool,
        }
    }


def _failure(request: Request, error: Exception) -> AnnoportError:
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


def _damage(request: Request, error: TransportError) -> TransportError:
    return TransportError(f"{request.method} {redact_url(request.url)}: {error}")


def _answer(
    request: Request, response: httpx.Response, raw: bytes, url: str, started: float
) -> RawResponse:
    headers = Headers(response.headers.multi_items())
    try:
        content = decode_content(raw, headers.get("content-encoding", ""))
    except TransportError as error:
        raise _damage(request, error) from None
    return RawResponse(
        status=response.status_code,
        headers=headers,
        content=content,
        url=url,
        elapsed=time.perf_counter() - started,
        method=request.method,
    )


# --------------------------------------------------------------------------- sync


class StreamedResponse:
    """An answer whose body is still on its way.

    status, headers: as received. url: absolute, of the request.
    """

    def __init__(self, request: Request, response: httpx.Response, url: str) -> None:
        self.status = response.status_code
        self.headers = Headers(response.headers.multi_items())
        self.url = url
        self._request = request
        self._response = response
        self._started = time.perf_counter()
        self._whole: RawResponse | None = None

    def raw(self) -> Iterator[bytes]:
        """The body piece by piece, its content encoding not undone.

        Raises TransportError when it breaks off.
        """
        try:
            yield from cast("Iterable[bytes]", self._response.stream)
            if self.status >= _DOUBTFUL_STATUS:
                _hang_up(self._response)
        except _HTTPX_ERRORS as error:
            raise _failure(self._request, error) from error

    def whole(self) -> RawResponse:
        """Read the body and give the answer as `send` does; may be called again."""
        if self._whole is None:
            raw = b"".join(self.raw())
            self._whole = _answer(self._request, self._response, raw, self.url, self._started)
        return self._whole

    def read(self) -> bytes:
        """The whole body, its content encoding undone; may be called again."""
        return self.whole().content


class Transport:
    """Sends requests to one platform, and to the hosts that its answers name.

    http_client: the caller's own client, used for everything and not closed. Its headers,
        cookies and auth go to the platform's origin only.
    """

    def __init__(self, base: BaseUrl, http_client: HttpClient | None = None) -> None:
        self._base = base
        self._client = http_client
        self._routes = _Routes(httpx.HTTPTransport)

    def send(self, request: Request, *, timeout: Timeouts) -> RawResponse:
        """Send `request` and read the whole answer, whatever its status.

        Raises TransportError when that fails (UnsentError if nothing was sent), and
        ConfigurationError for a URL or header that HTTP has no room for.
        """
        url = self._base.join(request.url)
        started = time.perf_counter()
        try:
            response = self._open(request, url, timeout)
            try:
                raw = b"".join(cast("Iterable[bytes]", response.stream))
                if response.status_code >= _DOUBTFUL_STATUS:
                    _hang_up(response)
            finally:
                response.close()
        except _HTTPX_ERRORS as error:
            raise _failure(request, error) from error
        return _answer(request, response, raw, url, started)

    @contextlib.contextmanager
    def stream(self, request: Request, *, timeout: Timeouts) -> Generator[StreamedResponse]:
        """Send `request` and give the answer as soon as its headers are there."""
        url = self._base.join(request.url)
        try:
            response = self._open(request, url, timeout)
        except _HTTPX_ERRORS as error:
            raise _failure(request, error) from error
        try:
            yield StreamedResponse(request, response, url)
        finally:
            response.close()

    def _open(self, request: Request, url: str, timeout: Timeouts) -> httpx.Response:
        headers, content, extensions = _headers(request), request.content, _extensions(timeout)
        client = self._client
        if client is None or request.presigned or not self._base.owns(request.url):
            sent = httpx.Request(
                request.method, url, headers=headers, content=content, extensions=extensions
            )
            if client is not None:
                return client.send(sent, stream=True, auth=None, follow_redirects=False)
            return self._routes.to(sent.url).handle_request(sent)
        sent = client.build_request(
            request.method, url, headers=headers, content=content, extensions=extensions
        )
        return client.send(sent, stream=True, follow_redirects=False)

    def close(self) -> None:
        """Close the connections; a client that the caller gave stays open."""
        for pool in self._routes.clear():
            pool.close()


def _hang_up(response: httpx.Response) -> None:
    """Close the connection after a 5xx answer, before it goes back to the pool.

    Some servers close theirs then without saying so, and the next request would be lost.
    """
    network = response.extensions.get("network_stream")
    if network is not None:
        network.close()


# --------------------------------------------------------------------------- async


class AsyncStreamedResponse:
    """An answer whose body is still on its way.

    status, headers: as received. url: absolute, of the request.
    """

    def __init__(self, request: Request, response: httpx.Response, url: str) -> None:
        self.status = response.status_code
        self.headers = Headers(response.headers.multi_items())
        self.url = url
        self._request = request
        self._response = response
        self._started = time.perf_counter()
        self._whole: RawResponse | None = None

    async def raw(self) -> AsyncIterator[bytes]:
        """The body piece by piece, its content encoding not undone.

        Raises TransportError when it breaks off.
        """
        try:
            async for piece in cast("AsyncIterable[bytes]", self._response.stream):
                yield piece
            if self.status >= _DOUBTFUL_STATUS:
                await _async_hang_up(self._response)
        except _HTTPX_ERRORS as error:
            raise _failure(self._request, error) from error

    async def whole(self) -> RawResponse:
        """Read the body and give the answer as `send` does; may be called again."""
        if self._whole is None:
            raw = b"".join([piece async for piece in self.raw()])
            self._whole = _answer(self._request, self._response, raw, self.url, self._started)
        return self._whole

    async def read(self) -> bytes:
        """The whole body, its content encoding undone; may be called again."""
        return (await self.whole()).content


class AsyncTransport:
    """Sends requests to one platform, and to the hosts that its answers name.

    http_client: the caller's own client, used for everything and not closed. Its headers,
        cookies and auth go to the platform's origin only.
    """

    def __init__(self, base: BaseUrl, http_client: AsyncHttpClient | None = None) -> None:
        self._base = base
        self._client = http_client
        self._routes = _Routes(httpx.AsyncHTTPTransport)

    async def send(self, request: Request, *, timeout: Timeouts) -> RawResponse:
        """Send `request` and read the whole answer, whatever its status.

        Raises TransportError when that fails (UnsentError if nothing was sent), and
        ConfigurationError for a URL or header that HTTP has no room for.
        """
        url = self._base.join(request.url)
        started = time.perf_counter()
        try:
            response = await self._open(request, url, timeout)
            try:
                stream = cast("AsyncIterable[bytes]", response.stream)
                raw = b"".join([piece async for piece in stream])
                if response.status_code >= _DOUBTFUL_STATUS:
                    await _async_hang_up(response)
            finally:
                await response.aclose()
        except _HTTPX_ERRORS as error:
            raise _failure(request, error) from error
        return _answer(request, response, raw, url, started)

    @contextlib.asynccontextmanager
    async def stream(
        self, request: Request, *, timeout: Timeouts
    ) -> AsyncGenerator[AsyncStreamedResponse]:
        """Send `request` and give the answer as soon as its headers are there."""
        url = self._base.join(request.url)
        try:
            response = await self._open(request, url, timeout)
        except _HTTPX_ERRORS as error:
            raise _failure(request, error) from error
        try:
            yield AsyncStreamedResponse(request, response, url)
        finally:
            await response.aclose()

    async def _open(self, request: Request, url: str, timeout: Timeouts) -> httpx.Response:
        headers, extensions = _headers(request), _extensions(timeout)
        body = request.content
        content = _AsyncBody(body) if isinstance(body, StreamedBody) else body
        client = self._client
        if client is None or request.presigned or not self._base.owns(request.url):
            sent = httpx.Request(
                request.method, url, headers=headers, content=content, extensions=extensions
            )
            if client is not None:
                return await client.send(sent, stream=True, auth=None, follow_redirects=False)
            return await self._routes.to(sent.url).handle_async_request(sent)
        sent = client.build_request(
            request.method, url, headers=headers, content=content, extensions=extensions
        )
        return await client.send(sent, stream=True, follow_redirects=False)

    async def aclose(self) -> None:
        """Close the connections; a client that the caller gave stays open."""
        for pool in self._routes.clear():
            await pool.aclose()


class _AsyncBody:
    """A streamed body for async sending; its files are read in a worker thread."""

    def __init__(self, body: StreamedBody) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import anyio.to_thread

        blocks = iter(self._body)
        # An empty block is no end: fields of forms and files may be empty.
        while (block := await anyio.to_thread.run_sync(next, blocks, None)) is not None:
            yield block


async def _async_hang_up(response: httpx.Response) -> None:
    """Do for an async connection what `_hang_up` does."""
    network = response.extensions.get("network_stream")
    if network is not None:
        await network.aclose()
