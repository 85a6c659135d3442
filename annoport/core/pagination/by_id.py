"""Walks in the order of the ids. Whatever changes meanwhile, nothing is lost or comes twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import attrs

from annoport.core.codec.json import encode
from annoport.core.contract.extensions import AfterIdPagination, IdFilter, NextUrlPagination
from annoport.core.errors import PaginationError
from annoport.core.pagination.arguments import Given, PageRequest
from annoport.core.pagination.base import Step, Walk
from annoport.core.pagination.by_page import next_url, page_size
from annoport.core.pagination.page import Page, check_size
from annoport.core.values.pointers import resolve


@attrs.define
class IdOrder:
    """The way that the ids of a list go, and the last one so far.

    Attributes:
        operation_id: The operation that lists.
        item_id: Pointer into an item to its id.
        descending: Whether the highest id comes first.
        last: The id of the last item so far.
    """

    operation_id: str
    item_id: str
    descending: bool = False
    last: int | None = None

    def go_through(self, items: Iterable[Any]) -> None:
        """Move on to the last of some items.

        Raises:
            PaginationError: An item has no id, or its id goes the wrong way.
        """
        for item in items:
            self._move_to(resolve(item, self.item_id))

    def has_passed(self, item_id: object) -> bool:
        """Tell whether the item with that id comes before the next one.

        Raises:
            PaginationError: It is no id.
        """
        if not isinstance(item_id, int):
            raise PaginationError(
                f"{self.operation_id}: expected a whole number as an item's id, got {item_id!r}"
            )
        if self.last is None:
            return False
        return item_id >= self.last if self.descending else item_id <= self.last

    def _move_to(self, item_id: Any) -> None:
        if self.has_passed(item_id):
            way = "descending" if self.descending else "ascending"
            raise PaginationError(
                f"{self.operation_id}: item {item_id} came after item {self.last}, but pages are "
                f"found by {way} id; the server did not sort by id: leave out "
                "an order of your own"
            )
        self.last = item_id


class AfterIdWalk(Walk):
    """Asks for the items after the last one, with a parameter of the operation."""

    def __init__(self, style: AfterIdPagination, given: Given) -> None:
        self._style = style
        self._given = given
        self._size = given.capped(style.default_size)
        self._skip = given.count(style.start_parameter) or 0
        stop = given.count(style.size_parameter)
        self._left = None if stop is None else stop - self._skip
        pointer = "/" + style.item_id.lstrip("/")
        self._order = IdOrder(given.operation.id, pointer, last=given.value(style.after_parameter))
        self._asked = 0

    def first(self) -> PageRequest | None:
        """Return the request for the first page."""
        return self._ask(self._skip)

    def take(self, page: Page[Any]) -> Step:
        """Hand out the page, and go on after it."""
        check_size(self._given.operation, page, self._asked)
        self._order.go_through(page.items)
        if self._left is not None:
            self._left -= len(page.items)
        return Step(page, None if len(page.items) < self._asked else self._ask(0))

    def _ask(self, skip: int) -> PageRequest | None:
        self._asked = self._size if self._left is None else min(self._size, self._left)
        if self._asked <= 0:
            return None
        style = self._style
        changed: dict[str, Any] = {
            **style.fixed,
            style.after_parameter: self._order.last,
            style.size_parameter: skip + self._asked,
        }
        if style.start_parameter is not None:
            changed[style.start_parameter] = skip or None
        return self._given.ask(changed)


class IdFilterWalk(Walk):
    """Asks for the items beyond the last one, with a condition joined to the caller's filter."""

    def __init__(
        self, style: NextUrlPagination, rule: IdFilter, given: Given, *, descending: bool
    ) -> None:
        self._style = style
        self._rule = rule
        self._given = given
        self._order = IdOrder(given.operation.id, style.item_id or "", descending)
        self._total: int | None = None

    def first(self) -> PageRequest | None:
        """Return the request for the first page."""
        return self._ask()

    def take(self, page: Page[Any]) -> Step:
        """Hand out the page, and go on after it."""
        if self._order.last is None:
            self._total = page.total
        self._order.go_through(page.items)
        # The answer to a filtered request counts only what that leaves.
        whole = attrs.evolve(page, total=self._total)
        more = page.items and next_url(self._style, page) is not None
        return Step(whole, self._ask() if more else None)

    def _ask(self) -> PageRequest:
        rule, order = self._rule, self._order
        changed = page_size(self._style, self._given)
        changed[rule.sort_parameter] = f"{'-' if order.descending else ''}{rule.variable}"
        if order.last is not None:
            changed[rule.filter_parameter] = self._beyond(order.last)
        return self._given.ask(changed)

    def _beyond(self, last: int) -> str:
        compare = "<" if self._order.descending else ">"
        condition = json.dumps({compare: [{"var": self._rule.variable}, last]})
        own = self._given.value(self._rule.filter_parameter)
        if own and not isinstance(own, str):
            own = encode(own).decode()
        # The server has read the caller's filter for the first page, so it can stand as it is.
        return f'{{"and": [{own}, {condition}]}}' if own else condition
