# Derived from _async/row_stream.py by tools/unasync.py: change that file instead.
"""Read a list whose items come in one answer, while they arrive."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from annoport.core._sync.retrying import repeat
from annoport.core.contract.operation import Operation
from annoport.core.errors import AnnoportError, BrokenAnswerError, TransportError
from annoport.core.http.bodies import essence, is_json
from annoport.core.http.request import Request, build
from annoport.core.http.response import RawResponse, Response
from annoport.core.http.retry import RetryRule
from annoport.core.pagination.blocks import ArrayBlocks
from annoport.core.pagination.by_id import StreamWalk
from annoport.core.pagination.page import Page, read_page
from annoport.core.support.workers import closing

if TYPE_CHECKING:
    from annoport.core._sync.caller import Caller
    from annoport.core._sync.transport import StreamedResponse

_FIRST_ODD_STATUS = 300


class RowStream:
    """One pass over a list: a request for all of it, and another for the rest if it breaks off."""

    def __init__(
        self, client: Caller, operation: Operation[Any], body: Any, walking: StreamWalk
    ) -> None:
        """Prepare the pass; nothing is sent yet.

        Args:
            client: Sends the requests.
            operation: The operation that lists.
            body: The body of each request.
            walking: Says what to ask for.
        """
        self._client = client
        self._operation = operation
        self._body = body
        self._walking = walking
        self._connection = contextlib.ExitStack()
        self._answer: StreamedResponse | None = None
        self._pieces: Iterator[bytes] | None = None
        self._blocks = ArrayBlocks()
        self._lost: AnnoportError | None = None
        self._count = 0
        self._ended = False

    def next(self) -> Page[Any, Any] | None:
        """Return the items that came next; None at the end of the list.

        Raises:
            ApiError: The server answered with an error.
            TransportError: The answer broke off, and did so again when asked for the rest.
            DecodeError: The answer is not that of the operation.
            PaginationError: The server does not send the items in the order of their ids.
        """
        if self._ended:
            return None
        rule = RetryRule(self._client.options, self._operation.repeatable, time.monotonic())
        try:
            return repeat(self._attempt, rule)
        except AnnoportError as error:
            self._client.explain(error, self._operation)
            raise

    def _attempt(self) -> Page[Any, Any] | None:
        if self._lost is not None:  # so that it is repeated only where that is allowed
            lost, self._lost = self._lost, None
            raise lost
        try:
            if self._pieces is None:
                whole = self._connect()
                if whole is not None or self._ended:
                    return whole
            return self._read()
        except AnnoportError as error:
            broke_off = isinstance(error, TransportError | BrokenAnswerError)
            page = self._whole_items() if broke_off else None
            self._hang_up()
            if page is None:
                raise
            self._lost = error
            return page

    def _connect(self) -> Page[Any, Any] | None:
        """Ask for what is left; return the page if the answer does not come bit by bit."""
        ask = self._walking.first()
        if ask is None:
            self._ended = True
            return None
        strict = self._client.options.strict
        request = build(self._operation, ask.arguments, self._body, strict=strict)
        if request.answer is not None:
            return self._at_once(request)
        answer = self._connection.enter_context(
            self._client.stream(request, secured=self._operation.secured)
        )
        self._answer = answer
        sent = essence(answer.headers.get("content-type", ""))
        if answer.status >= _FIRST_ODD_STATUS or not is_json(sent):
            response = self._parse(answer.whole())
            return self._last(response)
        pieces = closing(answer.decoded())
        self._pieces = self._connection.enter_context(pieces)
        self._blocks = ArrayBlocks()
        return None

    def _at_once(self, request: Request) -> Page[Any, Any]:
        response = self._client.execute(self._operation, request)
        return self._last(response)

    def _last(self, response: Response[Any]) -> Page[Any, Any]:
        self._ended = True
        self._hang_up()
        return self._page(response)

    def _read(self) -> Page[Any, Any] | None:
        """Read on until there are items to hand out."""
        while self._pieces is not None:
            piece = next(self._pieces, None)
            if piece is None:
                page = self._last(self._blocks.rest(self._decoded))
                return page if page.items or not self._count else None
            self._blocks.add(piece)
            response = self._blocks.take(self._decoded) if self._blocks.is_full else None
            if response is not None:
                return self._page(response)
        return None

    def _whole_items(self) -> Page[Any, Any] | None:
        """Return what came whole before the answer broke off."""
        if self._pieces is None:
            return None
        try:
            response = self._blocks.take(self._decoded)
        except BrokenAnswerError:
            return None
        return None if response is None else self._page(response)

    def _decoded(self, text: bytes) -> Response[Any]:
        answer = self._answer
        if answer is None:
            raise TransportError(f"{self._operation.id}: the connection was closed")
        return self._parse(answer.part(text))

    def _parse(self, raw: RawResponse) -> Response[Any]:
        name = self._operation.id
        where = f"{name}, from item {self._count} on" if self._count else name
        return self._client.parse(self._operation, raw, where=where)

    def _page(self, response: Response[Any]) -> Page[Any, Any]:
        page = read_page(self._operation, response)
        self._walking.take(page)
        self._count += len(page.items)
        return page

    def close(self) -> None:
        """End the pass."""
        self._ended = True
        self._hang_up()

    def _hang_up(self) -> None:
        """Close the connection, which may be in the middle of an answer."""
        self._pieces = self._answer = None
        self._connection.close()

    def __del__(self) -> None:
        if self._answer is not None:
            self._answer.leave(self._connection)
