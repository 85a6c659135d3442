# Derived from _async/pager.py by tools/unasync.py: change that file instead.
"""Read a list page by page."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from annoport.core._sync.row_stream import RowStream
from annoport.core.contract.operation import Operation
from annoport.core.errors import PaginationError, PaginationWarning
from annoport.core.http.request import Request, build
from annoport.core.pagination import columns
from annoport.core.pagination.arguments import PageRequest
from annoport.core.pagination.base import Walk
from annoport.core.pagination.by_id import StreamWalk
from annoport.core.pagination.page import Page, follow, item_type, read_page
from annoport.core.pagination.walk import walk
from annoport.core.support.call_site import stacklevel
from annoport.core.support.type_variables import AnswerT
from annoport.core.support.workers import closing
from annoport.core.values.models import UNSET

if TYPE_CHECKING:
    from annoport.core._sync.caller import Caller

T = TypeVar("T")


class Pager(Generic[T, AnswerT]):
    """A list that is read page by page during iteration.

    `T` is the type of an item, `AnswerT` that of the answer with a page of them.

    Each iteration starts from the beginning with new requests. It raises what a call raises,
    and PaginationError if the pages do not form one list. PaginationWarning tells that a list
    changed while it was read, where items may be missing for that; a strict client raises
    PaginationError instead.

    Where a server sends a list item by item as it finds them, a page is what has arrived, and the
    rest is asked for if the answer breaks off. An iteration that is left early closes the
    connection.
    """

    def __init__(
        self,
        client: Caller,
        operation: Operation[Any],
        arguments: Mapping[str, Any],
        body: Any = UNSET,
        page_size: int | None = None,
    ) -> None:
        self._client = client
        self._operation = operation
        self._arguments = arguments
        self._body = body
        self._page_size = page_size
        # Invalid arguments are to raise at the call, not at the first item.
        walk(operation, arguments, page_size=page_size)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._operation.id}>"

    @property
    def item_type(self) -> Any:
        """The type of the items; Any if the contract does not say."""
        return item_type(self._operation)

    def __iter__(self) -> Items[T]:
        return Items(self.pages())

    def pages(self) -> Pages[T, AnswerT]:
        """Return an iterator over the pages, each with its items, total and response."""
        return self._pages(None)

    def first(self) -> T | None:
        """Return the first item, or None if the list is empty; takes one small request."""
        with closing(self._pages(1)) as pages:
            for page in pages:
                if page.items:
                    return page.items[0]
        return None

    def all(self) -> list[T]:
        """Return all items."""
        found: list[T] = []
        with closing(self.pages()) as pages:
            for page in pages:
                found += page.items
        return found

    def _pages(self, limit: int | None) -> Pages[T, AnswerT]:
        walking = walk(self._operation, self._arguments, limit, self._page_size)
        return Pages(self._client, self._operation, self._arguments, self._body, walking)


class Pages(Generic[T, AnswerT]):
    """An iterator over the pages of a list; `close` ends it early."""

    def __init__(
        self,
        client: Caller,
        operation: Operation[Any],
        arguments: Mapping[str, Any],
        body: Any,
        walking: Walk,
    ) -> None:
        self._client = client
        self._operation = operation
        self._arguments = arguments
        self._body = body
        self._walking = walking
        self._stream: RowStream | None = None
        self._ask: PageRequest | None = None
        self._request: Request | None = None
        if isinstance(walking, StreamWalk):
            self._stream = RowStream(client, operation, body, walking)
        else:
            self._ask = walking.first()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._operation.id}>"

    @property
    def item_type(self) -> Any:
        """The type of the items; Any if the contract does not say."""
        return item_type(self._operation)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Page[T, AnswerT]:
        try:
            page = self._next() if self._stream is None else self._stream.next()
        except BaseException:
            self.close()
            raise
        if page is None:
            self.close()
            raise StopIteration
        return page

    def close(self) -> None:
        """End the iteration, and close the connection if an answer is being read."""
        self._ask = None
        if self._stream is not None:
            self._stream.close()

    def _next(self) -> Page[Any, Any] | None:
        if self._request is None and self._ask is not None:
            self._refuse_unknown_order()
        while self._ask is not None:
            ask = self._ask
            if self._request is not None and ask.next_url is not None:
                request = follow(self._client.base, self._request, ask.next_url)
            else:
                strict = self._client.options.strict
                request = build(self._operation, ask.arguments, self._body, strict=strict)
            self._request = request
            response = self._client.execute(self._operation, request)
            names = columns.wanted(self._operation, self._arguments)
            if columns.are_dropped(self._operation, names, response.value):
                unknown = [name for name in names if not self._is_known(name)]
                raise columns.unknown_columns(self._operation, unknown or names)
            step = self._walking.take(read_page(self._operation, response))
            self._ask = step.ask
            if step.notice is not None:
                self._tell(step.notice)
            if step.page is not None:
                return step.page
        return None

    def _refuse_unknown_order(self) -> None:
        name = columns.to_be_tried(self._operation, self._arguments)
        if name is not None and not self._is_known(name):
            raise columns.unknown_order(self._operation, name)

    def _is_known(self, name: str) -> bool:
        """Whether the server has a column; it is taken to have it where there is no row to tell."""
        arguments = columns.trial(self._operation, self._arguments, name)
        request = build(self._operation, arguments, self._body, strict=self._client.options.strict)
        answer = self._client.execute(self._operation, request)
        return not columns.are_dropped(self._operation, [name], answer.value)

    def _tell(self, notice: str) -> None:
        if self._client.options.strict:
            raise PaginationError(notice)
        warnings.warn(notice, PaginationWarning, stacklevel=stacklevel())


class Items(Generic[T]):
    """An iterator over the items of a list; `close` ends it early."""

    def __init__(self, pages: Pages[T, Any]) -> None:
        self._pages = pages
        self._items: Iterator[T] = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while True:
            for item in self._items:
                return item
            page = next(self._pages)
            self._items = iter(page.items)

    def close(self) -> None:
        """End the iteration, and close the connection if an answer is being read."""
        self._items = iter(())
        self._pages.close()
