"""Read server-sent events, and connect again when the connection ends."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import attrs

from annoport.core import events
from annoport.core.codec.json import decode
from annoport.core.contract.operation import Operation
from annoport.core.errors import AnnoportError, DecodeError, InvalidArgumentError
from annoport.core.events import Event, EventParser, Reconnecting
from annoport.core.http.api_errors import api_error
from annoport.core.http.bodies import essence
from annoport.core.http.encodings import Decoder, decoder_for
from annoport.core.http.options import Timeouts
from annoport.core.http.request import Request, build
from annoport.core.support.logs import EVENTS
from annoport.core.support.workers import Stop, async_pause

if TYPE_CHECKING:
    from annoport.core._async.caller import AsyncCaller
    from annoport.core._async.transport import AsyncStreamedResponse

T_co = TypeVar("T_co", covariant=True)

_NO_CONTENT = 204  # by the standard, it asks the client not to come back
_FIRST_REDIRECT_STATUS = 300


class AsyncEventStream(Generic[T_co]):
    """Events that a server sends as they happen; an iterator that ends when it is closed.

    Nothing is sent before the first event is asked for. When the connection ends or falls silent,
    the stream connects again after the delay that the server asks for, and names the last event
    that it has, so that a server that keeps events sends those that were missed. It gives up
    after five minutes of nothing but failures. After an error, iteration may go on.

    Use it in an `async with` block, or await `aclose()` yourself, to end the connection.
    """

    def __init__(
        self, client: AsyncCaller, operation: Operation[Any], arguments: Mapping[str, Any]
    ) -> None:
        """Prepare the stream; nothing is sent yet.

        Args:
            client: Sends the requests.
            operation: The operation that answers the events.
            arguments: Values by the Python names of the parameters.

        Raises:
            InvalidArgumentError: The operation answers no events, or an argument is missing,
                unknown or invalid.
        """
        if operation.stream is None:
            raise InvalidArgumentError(f"{operation.id} answers no events: use client.call()")
        self._client = client
        self._operation = operation
        self._silence = operation.stream.silence
        self._request = build(operation, arguments)
        self._data_type = events.data_type(operation)
        self._parser = EventParser()
        self._line = Reconnecting(attempts=client.options.max_retries)
        self._ready: deque[Event[str]] = deque()
        self._connection = contextlib.AsyncExitStack()
        self._pieces: AsyncIterator[bytes] | None = None
        self._decoder: Decoder | None = None
        self._stop = Stop()
        self._waiting = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._operation.id}>"

    @property
    def last_event_id(self) -> str:
        """The id of the last event that had one; "" if none had."""
        return self._parser.last_id

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event[T_co]:
        """Wait for the next event.

        Raises:
            ApiError: The server refused the request.
            TransportError: The server stayed away for too long.
            DecodeError: The answer is no stream of events, or an event does not match its type.
        """
        while not self._stop:
            if self._ready:
                return self._decoded(self._ready.popleft())
            self._waiting = True
            try:
                await self._advance()
            finally:
                self._waiting = False
        await self._hang_up()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the stream; an iteration that waits for an event elsewhere ends, too."""
        self._stop.set()
        if not self._waiting:  # else the iteration hangs up
            await self._hang_up()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    # ----------------------------------------------------------------------- steps

    async def _advance(self) -> None:
        """Connect, or read the next piece; after a failure, wait until it is time to try again."""
        ended: AnnoportError | None = None
        try:
            if self._pieces is None:
                await self._connect()
                return
            piece = await anext(self._pieces, None)
            if piece is not None:
                self._take(piece)
                return
        except AnnoportError as error:
            ended = error
        await self._hang_up()
        if self._stop:
            return
        delay = self._line.after(ended, time.monotonic())
        why = ended or "the server has ended the stream"
        EVENTS.info("%s: connecting again in %.1f s: %s", self._operation.id, delay, why)
        await async_pause(delay, self._stop)

    async def _connect(self) -> None:
        usual = self._client.options.timeout
        timeouts = Timeouts(
            connect=usual.connect, read=self._silence, write=usual.write, pool=usual.pool
        )
        answer = await self._connection.enter_async_context(
            self._client.stream(
                self._next_request(), secured=self._operation.secured, timeout=timeouts
            )
        )
        if answer.status == _NO_CONTENT:
            self._stop.set()
            return
        await self._check(answer)
        self._connection.enter_context(self._stop.calling(answer.abort))
        self._decoder = decoder_for(answer.headers.get("content-encoding"))
        self._parser = EventParser(self._parser.last_id)
        self._pieces = answer.raw()
        self._line.connected()

    def _next_request(self) -> Request:
        headers = {
            **self._request.headers,
            "Accept-Encoding": "identity",
            "Cache-Control": "no-store",
        }
        if self._parser.last_id:
            # The standard wants UTF-8; a header is written as Latin-1.
            headers["Last-Event-ID"] = self._parser.last_id.encode().decode("latin-1")
        return attrs.evolve(self._request, headers=headers)

    async def _check(self, answer: AsyncStreamedResponse) -> None:
        """Raise an error if the answer is one, or is no stream of events."""
        if answer.status >= _FIRST_REDIRECT_STATUS:
            raw = await answer.whole()
            error = api_error(self._client.platform, self._operation.id, raw, is_call=True)
            await self._client.explain(error, self._operation)
            raise error
        sent = answer.headers.get("content-type", "")
        if essence(sent) != events.MEDIA_TYPE:
            raise DecodeError(
                f"{self._operation.id}: expected {events.MEDIA_TYPE}, got {sent or 'no type'!r}: "
                "check that base_url is the address of the API"
            )

    def _take(self, piece: bytes) -> None:
        self._line.arrived()
        content = piece if self._decoder is None else self._decoder.feed(piece)
        self._ready.extend(self._parser.feed(content))
        if self._parser.retry is not None:
            self._line.delay = self._parser.retry

    def _decoded(self, event: Event[str]) -> Event[Any]:
        if self._data_type is str:
            return event
        where = f"{self._operation.id}, event {event.type!r}"
        strict = self._client.options.strict
        data = decode(event.data.encode(), self._data_type, strict=strict, where=where)
        return Event(event.type, data, event.id)

    async def _hang_up(self) -> None:
        self._pieces = None
        await self._connection.aclose()
