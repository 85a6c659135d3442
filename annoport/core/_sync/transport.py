# Derived from _async/transport.py by tools/unasync.py: change that file instead.
"""Send requests and read responses: a thin shell around httpx.

It follows no redirects, keeps no cookies and knows no credentials.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any, cast

import httpx

from annoport.core.http.connections import (
    DOUBTFUL_STATUS,
    HTTPX_ERRORS,
    HttpClient,
    Pools,
    answer_of,
    connection_user,
    content_of,
    extensions,
    hang_up,
    has_come_between,
    headers_of,
    join,
    naming,
)
from annoport.core.http.encodings import decoders_of, fed
from annoport.core.http.failures import Line, failure
from annoport.core.http.options import Timeouts
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request
from annoport.core.http.response import Headers, RawResponse
from annoport.core.http.tls import Trust
from annoport.core.support.workers import closing


class StreamedResponse:
    """A response whose body has not been read yet.

    Attributes:
        status (int): HTTP status.
        headers (Headers): Response headers.
        url (str): Absolute URL of the request.
    """

    def __init__(
        self,
        request: Request,
        response: httpx.Response,
        url: str,
        *,
        line: Callable[[str], Line],
        broken_off: Callable[[BaseException], None],
        close_later: Callable[[contextlib.ExitStack], None],
    ) -> None:
        self.status = response.status_code
        self.headers = Headers(response.headers.multi_items())
        self.url = url
        self._request = request
        self._response = response
        self._broken_off = broken_off
        self._close_later = close_later
        self._line = line
        self._started = time.perf_counter()
        self._whole: RawResponse | None = None

    def raw(self) -> Generator[bytes]:
        """Yield the body piece by piece, still content-encoded.

        Raises:
            TransportError: The body breaks off.
        """
        try:
            yield from cast("Iterable[bytes]", self._response.stream)
            if self.status >= DOUBTFUL_STATUS:
                hang_up(self._response)
        except HTTPX_ERRORS as error:
            raise failure(self._request, error, self._line(self.url)) from error
        except BaseException as error:
            self._broken_off(error)
            raise

    def decoded(self) -> Generator[bytes]:
        """Yield the body piece by piece, decoded from its content encoding.

        Raises:
            TransportError: The body breaks off, or is truncated or damaged.
            DecodeError: The body has an encoding that was not requested.
        """
        with naming(self._request):
            decoders = decoders_of(self.headers.get("content-encoding", ""))
        with closing(self.raw()) as pieces:
            for piece in pieces:
                with naming(self._request):
                    text = fed(decoders, piece)
                yield text
        with naming(self._request):
            for decoder in decoders:
                decoder.end()

    def part(self, content: bytes) -> RawResponse:
        """Return the response with a part of its body, decoded from its content encoding."""
        took = time.perf_counter() - self._started
        return RawResponse(self.status, self.headers, content, self.url, took, self._request.method)

    def abort(self) -> None:
        """Break off the body, even while another thread reads it."""
        hang_up(self._response)

    def leave(self, opened: contextlib.ExitStack) -> None:
        """Break off the body for a reader who is gone and cannot wait.

        Args:
            opened: What the reader would have closed; it is closed before the next request.
        """
        self.abort()
        self._close_later(opened)

    def whole(self) -> RawResponse:
        """Read the body, and return the response as `send` does; may be called again.

        Raises:
            TransportError: The body breaks off or cannot be decoded.
        """
        if self._whole is None:
            raw = join(self.raw())
            self._whole = answer_of(self._request, self._response, raw, self.url, self._started)
        return self._whole

    def read(self) -> bytes:
        """Return the decoded body; may be called again.

        Raises:
            TransportError: The body breaks off or cannot be decoded.
        """
        answer = self.whole()
        return answer.content


class Transport:
    """Sends requests to one platform, and to the hosts that its responses name."""

    def __init__(self, base: BaseUrl, trust: Trust, http_client: HttpClient | None = None) -> None:
        """Prepare the transport; nothing is sent yet.

        Args:
            base: The platform's address.
            trust: Whom to trust, unless there is an `http_client`.
            http_client: The caller's own client, used for all requests and not closed. Its
                headers, cookies and auth are sent to the platform's origin only.
        """
        self._base = base
        self._client = http_client
        self._pools = Pools(httpx.HTTPTransport, connection_user, base, trust)
        self._left: list[tuple[object, contextlib.ExitStack]] = []

    @property
    def is_foreign(self) -> bool:
        """Whether the caller's own client sends the requests, perhaps with its own credentials."""
        return self._client is not None

    def send(self, request: Request, *, timeout: Timeouts) -> RawResponse:
        """Send `request` and return the complete response, whatever its status.

        Raises:
            UnsentError: The server could not be reached; nothing was sent.
            TransportError: The request could not be sent, or its response could not be read.
            ConfigurationError: HTTP cannot carry the URL or a header.
        """
        url = self._base.join(request.url)
        started = time.perf_counter()
        try:
            response = self._open(request, url, timeout)
            try:
                raw = join(cast("Iterable[bytes]", response.stream))
                if response.status_code >= DOUBTFUL_STATUS:
                    hang_up(response)
            finally:
                self._release(response)
        except HTTPX_ERRORS as error:
            raise failure(request, error, self._line(url)) from error
        except BaseException as error:
            self._broken_off(error)
            raise
        return answer_of(request, response, raw, url, started)

    @contextlib.contextmanager
    def stream(self, request: Request, *, timeout: Timeouts) -> Generator[StreamedResponse]:
        """Send `request` and yield the response as soon as its headers are there."""
        url = self._base.join(request.url)
        try:
            response = self._open(request, url, timeout)
        except HTTPX_ERRORS as error:
            raise failure(request, error, self._line(url)) from error
        except BaseException as error:
            self._broken_off(error)
            raise
        try:
            user = connection_user()
            yield StreamedResponse(
                request,
                response,
                url,
                line=self._line,
                broken_off=self._broken_off,
                close_later=lambda opened: self._left.append((user, opened)),
            )
        finally:
            self._release(response)

    def _open(self, request: Request, url: str, timeout: Timeouts) -> httpx.Response:
        self._close_left()
        client = self._client
        url = request.address(url)
        details: dict[str, Any] = {
            "headers": headers_of(request),
            "content": content_of(request),
            "extensions": extensions(timeout),
        }
        if client is None or request.presigned or not self._base.takes_credentials(request.url):
            sent = httpx.Request(request.method, url, **details)
            if client is not None:
                return client.send(sent, stream=True, auth=None, follow_redirects=False)
            return self._pools.to(sent.url).handle_request(sent)
        sent = client.build_request(request.method, url, **details)
        return client.send(sent, stream=True, follow_redirects=False)

    def _release(self, response: httpx.Response) -> None:
        """Give the connection back, or close it if nobody else will.

        Pools do not close a connection that is still being made when they are closed.
        """
        try:
            response.close()
        except BaseException as error:
            self._broken_off(error)
            raise
        network = response.extensions.get("network_stream")
        if self._pools.are_closed and self._client is None and network is not None:
            network.close()

    def _close_left(self) -> None:
        while self._left:
            user, opened = self._left.pop()
            if user == connection_user():  # others have gone, with their connections
                opened.close()

    def _broken_off(self, error: BaseException) -> None:
        """Take note that an error has ended a request, which may be an interrupt anywhere in it."""
        if has_come_between(error):
            self._pools.give_up()

    def _line(self, url: str) -> Line:
        return Line.to(url, self._base, own_client=self._client is not None)

    def close(self) -> None:
        """Close the connections; a client that the caller passed in stays open."""
        self._close_left()
        for pool in self._pools.clear():
            pool.close()
