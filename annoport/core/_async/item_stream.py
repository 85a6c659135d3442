"""Read an answer that is a sequence of JSON documents, while it arrives."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from annoport.core._async.retrying import repeat
from annoport.core.codec.json import decode
from annoport.core.contract.operation import Operation
from annoport.core.errors import AnnoportError, InvalidArgumentError
from annoport.core.http.bodies import essence, is_json, is_sequence
from annoport.core.http.records import Records, item_type
from annoport.core.http.request import build
from annoport.core.http.retry import RetryRule
from annoport.core.support.workers import async_closing
from annoport.core.values.models import UNSET
from annoport.core.values.type_guards import is_list

if TYPE_CHECKING:
    from annoport.core._async.caller import AsyncCaller
    from annoport.core._async.transport import AsyncStreamedResponse

T_co = TypeVar("T_co", covariant=True)

_FIRST_ODD_STATUS = 300
_PAGES = ("text/html", "application/xhtml+xml")


class AsyncItemStream(Generic[T_co]):
    """The items of an answer that has one JSON document after another; an iterator.

    Nothing is sent before the first item is asked for, and memory is that of a few items. An
    answer that breaks off is an error, after the items that came whole. It is read once.

    Use it in an `async with` block, or await `aclose()` yourself, to end the connection at once if
    you may not read it to its end.
    """

    def __init__(
        self,
        client: AsyncCaller,
        operation: Operation[Any],
        arguments: Mapping[str, Any],
        body: Any = UNSET,
    ) -> None:
        """Prepare the request; nothing is sent yet.

        Args:
            client: Sends the request.
            operation: The operation that answers the items.
            arguments: Values by the Python names of the parameters.
            body: A model, plain data or a file.

        Raises:
            InvalidArgumentError: The operation answers no sequence, or an argument is missing,
                unknown or invalid.
            InvalidBodyError: The body does not match the operation.
        """
        self._answer: AsyncStreamedResponse | None = None  # first: what is refused ends, too
        kind, self._whole_type = _sequence_of(operation)
        self._type = item_type(self._whole_type)
        self._client = client
        self._operation = operation
        self._strict = client.options.strict
        self._request = build(operation, arguments, body, strict=self._strict)
        self._ready: deque[bytes] = deque()
        self._whole: deque[Any] = deque()
        self._records = Records(kind)
        self._connection = contextlib.AsyncExitStack()
        self._pieces: AsyncIterator[bytes] | None = None
        self._may_be_array = False
        self._array: list[bytes] | None = None
        self._begun = self._ended = False
        self._count = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._operation.id}>"

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T_co:
        """Return the next item.

        Raises:
            ApiError: The server refused the request.
            TransportError: The answer could not be read, or broke off.
            DecodeError: The answer is no sequence, or an item does not match its type.
        """
        try:
            while not (self._ready or self._whole or self._ended):
                await self._advance()
            if self._ready:
                decoded: T_co = self._decoded(self._ready.popleft())
                return decoded
        except AnnoportError:
            await self.aclose()
            raise
        if self._whole:
            item: T_co = self._whole.popleft()
            return item
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the stream, and the connection if there is still something to come."""
        self._ended = True
        self._pieces = self._answer = None
        self._ready.clear()
        self._whole.clear()
        await self._connection.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if self._answer is not None:
            self._answer.leave(self._connection)

    # ----------------------------------------------------------------------- steps

    async def _advance(self) -> None:
        """Connect, or read the next piece."""
        if not self._begun:
            self._begun = True
            rule = RetryRule(self._client.options, self._operation.repeatable, time.monotonic())
            try:
                await repeat(self._connect, rule)
            except AnnoportError as error:
                await self._client.explain(error, self._operation)
                raise
        elif self._pieces is not None:
            piece = await anext(self._pieces, None)
            if piece is not None:
                self._take(piece)
                return
            await self._finish()

    async def _connect(self) -> None:
        """Send the request; an error is read whole."""
        await self._connection.aclose()  # that of an attempt before
        if self._request.answer is not None:
            response = await self._client.execute(self._operation, self._request)
            await self._take_whole(response.value)
            return
        answer = await self._connection.enter_async_context(
            self._client.stream(self._request, secured=self._operation.secured)
        )
        sent = essence(answer.headers.get("content-type", ""))
        if answer.status >= _FIRST_ODD_STATUS or sent in _PAGES:
            raw = await answer.whole()
            await self._take_whole(self._client.parse(self._operation, raw).value)
            return
        self._may_be_array = is_json(sent)
        self._answer = answer
        pieces = async_closing(answer.decoded())
        self._pieces = await self._connection.enter_async_context(pieces)

    async def _take_whole(self, value: Any) -> None:
        await self.aclose()
        self._whole.extend(value if is_list(value) else [])

    def _take(self, piece: bytes) -> None:
        if self._may_be_array and piece.strip():
            self._may_be_array = False
            self._array = [] if piece.lstrip().startswith(b"[") else None
        if self._array is not None:
            self._array.append(piece)
        else:
            self._ready.extend(self._records.feed(piece))

    async def _finish(self) -> None:
        """Take what the end of the answer makes whole."""
        if self._array is not None:
            text = b"".join(self._array)
            await self._take_whole(
                decode(text, self._whole_type, strict=self._strict, where=self._operation.id)
            )
            return
        last = self._records.rest()
        await self.aclose()
        self._ready.extend(last)

    def _decoded(self, record: bytes) -> Any:
        self._count += 1
        where = f"{self._operation.id}, item {self._count}"
        return decode(record, self._type, strict=self._strict, where=where)


def _sequence_of(operation: Operation[Any]) -> tuple[str, Any]:
    """Return the media type of a sequence that an operation answers, and the type of the whole."""
    for types in operation.responses.values():
        for kind, lazy in types.items():
            if is_sequence(kind):
                return kind, lazy()
    raise InvalidArgumentError(
        f"{operation.id} does not answer one item after another: use client.call()"
    )
