"""How to walk a paginated list: what to request first, and what after each page. No I/O.

A `Walk` is one pass over one list: it returns a `PageRequest` for each page, and None at the
end. The caller's paging arguments are honoured: a page number selects that page only, a page
size is kept, and start, stop or a window bounds the whole walk.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlsplit

import attrs

from annoport.core.contract.extensions import (
    AfterIdPagination,
    NextUrlPagination,
    PageNumberPagination,
    StartStopPagination,
    WindowPagination,
)
from annoport.core.contract.operation import Operation
from annoport.core.errors import DecodeError, InvalidArgumentError, PaginationError
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request
from annoport.core.http.response import Response
from annoport.core.redact import redact_url
from annoport.core.values.models import UNSET
from annoport.core.values.pointers import resolve

T = TypeVar("T")

Arguments = Mapping[str, Any]


@attrs.frozen
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: The items, in the server's order.
        total: Number of items in the whole list, if the server reports it.
        response: The response that contained the page.
    """

    items: list[T]
    total: int | None
    response: Response[Any] = attrs.field(repr=False)  # it repeats the items


@attrs.frozen
class PageRequest:
    """How to request a page: arguments of the operation, or the `next` URL of a response."""

    arguments: Arguments = attrs.Factory(dict[str, Any])
    next_url: str | None = None


class Walk(abc.ABC):
    """One pass over a list."""

    @abc.abstractmethod
    def first(self) -> PageRequest | None:
        """Return the first request; None if the bounds leave nothing to request."""

    @abc.abstractmethod
    def after(self, page: Page[Any]) -> PageRequest | None:
        """Return the request that follows `page`; None if it was the last page."""


def walk(operation: Operation[Any], arguments: Arguments, limit: int | None = None) -> Walk:
    """Return a walk over the list that `operation` returns for `arguments`.

    Args:
        operation: The operation to call for each page.
        arguments: The caller's arguments, by Python name.
        limit: The most items wanted; no larger page is requested.

    Raises:
        InvalidArgumentError: The operation is not paginated, or a paging argument is invalid.
    """
    given = _Given(operation, arguments, limit)
    style = operation.pagination
    if isinstance(style, NextUrlPagination):
        return _NextUrlWalk(style, given)
    if isinstance(style, PageNumberPagination):
        return _PageNumberWalk(style, given)
    if isinstance(style, StartStopPagination):
        return _SliceWalk(given, style.start_parameter, style.stop_parameter, style.default_size)
    if isinstance(style, WindowPagination):
        return _WindowWalk(style, given)
    if isinstance(style, AfterIdPagination):
        return _after_id(style, given)
    raise _not_paginated(operation)


def read_page(
    operation: Operation[Any], arguments: Arguments, response: Response[Any]
) -> Page[Any]:
    """Return the page in `response`.

    Raises:
        DecodeError: The items are not a list, or do not match the values that belong to them.
    """
    style = operation.pagination
    if style is None:
        raise _not_paginated(operation)
    items = _list_at(operation, response.value, style.items)
    if isinstance(style, WindowPagination):
        _check_columns(operation, style, _Given(operation, arguments), response.value)
        for pointer in style.parallel:
            _check_parallel(operation, response.value, pointer, len(items))
    total = None
    if not isinstance(style, AfterIdPagination | StartStopPagination) and style.total is not None:
        found = resolve(response.value, style.total)
        total = found if isinstance(found, int) else None
    return Page(items, total, response)


def follow(base: BaseUrl, request: Request, next_url: str) -> Request:
    """Return the request for the page at `next_url`, to be sent where `request` went.

    Only the query of `next_url` is used: servers behind a proxy often get their own host wrong.

    Raises:
        PaginationError: `next_url` has another path than `request`.
    """
    path = request.url.partition("?")[0]
    if not base.same_path(request.url, next_url):
        raise PaginationError(
            f"{request.operation_id}: the server names {redact_url(next_url)} as the next page, "
            f"but the list is at {path!r}"
        )
    query = urlsplit(next_url).query
    return attrs.evolve(request, url=f"{path}?{query}" if query else path)


@attrs.frozen
class _Given:
    """The caller's arguments by wire name, and the most items wanted."""

    operation: Operation[Any]
    arguments: Arguments
    limit: int | None = None

    def python_name(self, wire: str) -> str:
        """Return the Python name of the parameter called `wire` in requests."""
        return next((p.name for p in self.operation.parameters if p.wire == wire), wire)

    def value(self, wire: str | None) -> Any:
        """Return the caller's value; None if there is none."""
        if wire is None:
            return None
        value = self.arguments.get(self.python_name(wire))
        return None if value is UNSET else value

    def count(self, wire: str | None) -> int | None:
        """Return the caller's value for a number of items, which is never negative."""
        value = self.value(wire)
        if value is None or (isinstance(value, int) and value >= 0):
            return value
        raise InvalidArgumentError(
            f"{self.operation.id}: {self.python_name(wire or '')} is {value!r}: "
            "expected a whole number, 0 or greater"
        )

    def capped(self, size: int) -> int:
        """Return a page size that does not exceed what is wanted."""
        return size if self.limit is None else min(size, self.limit)

    def ask(self, changed: Mapping[str, Any]) -> PageRequest:
        """Return a request with some arguments changed.

        Args:
            changed: New values by wire name; None removes an argument.
        """
        named = {self.python_name(wire): value for wire, value in changed.items()}
        merged = {**self.arguments, **named}
        return PageRequest({name: value for name, value in merged.items() if value is not None})


class _NextUrlWalk(Walk):
    def __init__(self, style: NextUrlPagination, given: _Given) -> None:
        self._style = style
        self._given = given
        self._seen: set[str] = set()

    def first(self) -> PageRequest | None:
        parameter, default = self._style.size_parameter, self._style.default_size
        if parameter is None or self._given.value(parameter) is not None:
            return self._given.ask({})
        if default is None:
            return self._given.ask({parameter: self._given.limit})
        return self._given.ask({parameter: self._given.capped(default)})

    def after(self, page: Page[Any]) -> PageRequest | None:
        if self._given.value(self._style.page_parameter) is not None:
            return None
        following = resolve(page.response.value, self._style.next)
        if not isinstance(following, str) or not following:
            return None
        if following in self._seen:
            raise PaginationError(
                f"{self._given.operation.id}: the server named the same next page twice, "
                "so the list would never end"
            )
        self._seen.add(following)
        return PageRequest(next_url=following)


class _PageNumberWalk(Walk):
    def __init__(self, style: PageNumberPagination, given: _Given) -> None:
        self._style = style
        self._given = given
        self._only = given.value(style.page_parameter)
        self._number = style.first
        self._size = given.count(style.size_parameter) or given.capped(style.default_size)
        self._seen = 0

    def first(self) -> PageRequest | None:
        return self._ask(self._number if self._only is None else self._only)

    def after(self, page: Page[Any]) -> PageRequest | None:
        self._seen += len(page.items)
        if self._only is not None or _was_last(page, self._seen, self._size):
            return None
        self._number += 1
        return self._ask(self._number)

    def _ask(self, number: int) -> PageRequest:
        size, page = self._style.size_parameter, self._style.page_parameter
        return self._given.ask({page: number, size: self._size})


class _SliceWalk(Walk):
    """Walks a list in slices [start, stop)."""

    def __init__(self, given: _Given, start: str, stop: str, size: int) -> None:
        self._given = given
        self._start_parameter = start
        self._stop_parameter = stop
        self._size = given.capped(size)
        self._next = given.count(start) or 0
        self._bound = given.count(stop)
        self._asked = 0

    def first(self) -> PageRequest | None:
        return self._ask()

    def after(self, page: Page[Any]) -> PageRequest | None:
        _check_size(self._given, page, self._asked)
        self._next += len(page.items)
        return None if len(page.items) < self._asked else self._ask()

    def _ask(self) -> PageRequest | None:
        stop = self._next + self._size
        if self._bound is not None:
            stop = min(stop, self._bound)
        self._asked = stop - self._next
        if self._asked <= 0:
            return None
        return self._given.ask({self._start_parameter: self._next, self._stop_parameter: stop})


class _WindowWalk(Walk):
    def __init__(self, style: WindowPagination, given: _Given) -> None:
        self._style = style
        self._given = given
        self._size = given.capped(style.default_size)
        self._next = given.count(style.start_parameter) or 0
        window = given.count(style.size_parameter)
        self._bound = None if window is None else self._next + window
        self._asked = 0

    def first(self) -> PageRequest | None:
        return self._ask()

    def after(self, page: Page[Any]) -> PageRequest | None:
        _check_size(self._given, page, self._asked)
        self._next += len(page.items)
        return None if _was_last(page, self._next, self._asked) else self._ask()

    def _ask(self) -> PageRequest | None:
        self._asked = self._size
        if self._bound is not None:
            self._asked = min(self._asked, self._bound - self._next)
        if self._asked <= 0:
            return None
        start, size = self._style.start_parameter, self._style.size_parameter
        return self._given.ask({start: self._next, size: self._asked})


def _after_id(style: AfterIdPagination, given: _Given) -> Walk:
    """Return a walk by id, or by slices if the caller's sort order rules that out."""
    own = [
        wire
        for wire, value in style.fixed.items()
        if given.value(wire) is not None and given.value(wire) != value
    ]
    if not own:
        return _AfterIdWalk(style, given)
    if style.start_parameter is None:
        names = ", ".join(given.python_name(wire) for wire in own)
        raise InvalidArgumentError(
            f"{given.operation.id}: {names} cannot be set here, because pages are found by "
            "ascending id: leave it out and sort the items yourself, or use client.call()"
        )
    return _SliceWalk(given, style.start_parameter, style.size_parameter, style.default_size)


class _AfterIdWalk(Walk):
    def __init__(self, style: AfterIdPagination, given: _Given) -> None:
        self._style = style
        self._given = given
        self._size = given.capped(style.default_size)
        self._skip = given.count(style.start_parameter) or 0
        stop = given.count(style.size_parameter)
        self._left = None if stop is None else stop - self._skip
        self._last = given.value(style.after_parameter)
        self._asked = 0

    def first(self) -> PageRequest | None:
        return self._ask(self._skip)

    def after(self, page: Page[Any]) -> PageRequest | None:
        _check_size(self._given, page, self._asked)
        for item in page.items:
            self._move_to(resolve(item, "/" + self._style.item_id.lstrip("/")))
        if self._left is not None:
            self._left -= len(page.items)
        return None if len(page.items) < self._asked else self._ask(0)

    def _ask(self, skip: int) -> PageRequest | None:
        self._asked = self._size if self._left is None else min(self._size, self._left)
        if self._asked <= 0:
            return None
        style = self._style
        changed: dict[str, Any] = {
            **style.fixed,
            style.after_parameter: self._last,
            style.size_parameter: skip + self._asked,
        }
        if style.start_parameter is not None:
            changed[style.start_parameter] = skip or None
        return self._given.ask(changed)

    def _move_to(self, item_id: object) -> None:
        if not isinstance(item_id, int):
            raise PaginationError(
                f"{self._given.operation.id}: expected a whole number as an item's id, "
                f"got {item_id!r}"
            )
        if self._last is not None and item_id <= self._last:
            raise PaginationError(
                f"{self._given.operation.id}: item {item_id} came after item {self._last}, but "
                "pages are found by ascending id; the server did not sort by id"
            )
        self._last = item_id


def _not_paginated(operation: Operation[Any]) -> InvalidArgumentError:
    return InvalidArgumentError(f"{operation.id} is not paginated: use client.call()")


def _was_last(page: Page[Any], seen: int, asked: int) -> bool:
    # The total outweighs a short page: servers cap the page size without saying so.
    if not page.items:
        return True
    return len(page.items) < asked if page.total is None else seen >= page.total


def _check_size(given: _Given, page: Page[Any], asked: int) -> None:
    if len(page.items) > asked:
        raise PaginationError(
            f"{given.operation.id}: the server sent {len(page.items)} items where {asked} were "
            "requested: it ignores the paging parameters, so the list would never end"
        )


def _list_at(operation: Operation[Any], value: object, pointer: str) -> list[Any]:
    found = resolve(value, pointer)
    if found is None:
        return []
    if not isinstance(found, list):
        raise DecodeError(
            f"{operation.id}: expected a list at ${pointer}, got {type(found).__name__}"
        )
    items: list[Any] = cast("Any", found)
    return items


def _check_parallel(operation: Operation[Any], value: object, pointer: str, expected: int) -> None:
    if resolve(value, pointer) in (None, UNSET):
        return
    found = len(_list_at(operation, value, pointer))
    if found != expected:
        raise DecodeError(
            f"{operation.id}: ${pointer} has {found} entries for {expected} items, "
            "so they cannot be matched"
        )


def _check_columns(
    operation: Operation[Any], style: WindowPagination, given: _Given, value: object
) -> None:
    asked = given.value(style.columns)
    if style.rows is None or not asked:
        return
    names = [name.strip() for name in asked.split(",")] if isinstance(asked, str) else list(asked)
    for row in _list_at(operation, value, style.rows):
        if len(row) != len(names):
            raise DecodeError(
                f"{operation.id}: a row has {len(row)} values for the {len(names)} columns of "
                f"{given.python_name(style.columns or '')}: the server dropped an unknown column "
                f"silently. Check the spelling of: {', '.join(map(str, names))}"
            )
