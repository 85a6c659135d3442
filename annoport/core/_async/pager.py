"""Read a list page by page."""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from annoport.core.contract.operation import Operation
from annoport.core.errors import PaginationError, PaginationWarning
from annoport.core.http.request import Request, build
from annoport.core.pagination import columns
from annoport.core.pagination.page import Page, follow, read_page
from annoport.core.pagination.walk import walk
from annoport.core.support.call_site import stacklevel
from annoport.core.support.type_variables import AnswerT
from annoport.core.support.workers import async_closing
from annoport.core.values.models import UNSET

if TYPE_CHECKING:
    from annoport.core._async.caller import AsyncCaller

T = TypeVar("T")


class AsyncPager(Generic[T, AnswerT]):
    """A list that is read page by page during iteration.

    `T` is the type of an item, `AnswerT` that of the answer with a page of them.

    Each iteration starts from the beginning with new requests. It raises what a call raises,
    and PaginationError if the pages do not form one list. PaginationWarning tells that a list
    changed while it was read, where items may be missing for that; a strict client raises
    PaginationError instead.
    """

    def __init__(
        self,
        client: AsyncCaller,
        operation: Operation[Any],
        arguments: Mapping[str, Any],
        body: Any = UNSET,
    ) -> None:
        self._client = client
        self._operation = operation
        self._arguments = arguments
        self._body = body
        # Invalid arguments are to raise at the call, not at the first item.
        walk(operation, arguments)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._operation.id}>"

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item

    def pages(self) -> AsyncIterator[Page[T, AnswerT]]:
        """Return an iterator over the pages, each with its items, total and response."""
        return self._walk(None)

    async def first(self) -> T | None:
        """Return the first item, or None if the list is empty; takes one small request."""
        async with async_closing(self._walk(1)) as pages:
            async for page in pages:
                if page.items:
                    return page.items[0]
        return None

    async def all(self) -> list[T]:
        """Return all items."""
        return [item async for item in self]

    async def _walk(self, limit: int | None) -> AsyncGenerator[Page[T, AnswerT], None]:
        walking = walk(self._operation, self._arguments, limit)
        await self._refuse_unknown_order()
        ask = walking.first()
        request: Request | None = None
        while ask is not None:
            if request is not None and ask.next_url is not None:
                request = follow(self._client.base, request, ask.next_url)
            else:
                request = build(
                    self._operation, ask.arguments, self._body, strict=self._client.options.strict
                )
            response = await self._client.execute(self._operation, request)
            names = columns.wanted(self._operation, self._arguments)
            if columns.are_dropped(self._operation, names, response.value):
                unknown = [name for name in names if not await self._is_known(name)]
                raise columns.unknown_columns(self._operation, unknown or names)
            step = walking.take(read_page(self._operation, response))
            if step.notice is not None:
                self._tell(step.notice)
            if step.page is not None:
                yield step.page
            ask = step.ask

    async def _refuse_unknown_order(self) -> None:
        name = columns.to_be_tried(self._operation, self._arguments)
        if name is not None and not await self._is_known(name):
            raise columns.unknown_order(self._operation, name)

    async def _is_known(self, name: str) -> bool:
        """Whether the server has a column; it is taken to have it where there is no row to tell."""
        arguments = columns.trial(self._operation, self._arguments, name)
        request = build(self._operation, arguments, self._body, strict=self._client.options.strict)
        answer = await self._client.execute(self._operation, request)
        return not columns.are_dropped(self._operation, [name], answer.value)

    def _tell(self, notice: str) -> None:
        if self._client.options.strict:
            raise PaginationError(notice)
        warnings.warn(notice, PaginationWarning, stacklevel=stacklevel())
