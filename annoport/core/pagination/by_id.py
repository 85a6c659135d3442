"""Walks in the order of the ids. Whatever changes meanwhile, nothing is lost or comes twice."""

from __future__ import annotations

import itertools
import json
import operator
from collections.abc import Sequence
from typing import Any

import attrs

from annoport.core.codec.json import encode
from annoport.core.contract.extensions import AfterIdPagination, IdFilter, NextUrlPagination
from annoport.core.errors import PaginationError
from annoport.core.pagination.arguments import Given, PageRequest
from annoport.core.pagination.base import Step, Walk
from annoport.core.pagination.by_page import next_url, size_argument
from annoport.core.pagination.page import Page, check_size
from annoport.core.values.pointers import resolve_each


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

    def go_through(self, items: Sequence[Any]) -> None:
        """Move on to the last of some items.

        Raises:
            PaginationError: An item has no id, or its id goes the wrong way.
        """
        ids: list[Any] = resolve_each(items, self.item_id)
        if not self._is_in_order(ids):
            for item_id in ids:
                self._move_to(item_id)
        if ids:
            self.last = ids[-1]

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

    def _is_in_order(self, ids: list[Any]) -> bool:
        if not set(map(type, ids)) <= {int}:
            return False
        before = ids if self.last is None else [self.last, *ids]
        way = operator.gt if self.descending else operator.lt
        return all(map(way, before, itertools.islice(before, 1, None)))

    def _move_to(self, item_id: Any) -> None:
        if self.has_passed(item_id):
            way = "descending" if self.descending else "ascending"
            raise PaginationError(
                f"{self.operation_id}: item {item_id} came after item {self.last}, but pages are "
                f"found by {way} id; the server did not sort by id: leave out "
                "an order of your own"
            )
        self.last = item_id


class _AfterIdWalk(Walk):
    """What the walks have in common whose requests name the last id."""

    def __init__(self, style: AfterIdPagination, given: Given) -> None:
        self._style = style
        self._given = given
        self._skip = given.count(style.start_parameter) or 0
        stop = given.count(style.size_parameter)
        self._left: int | None = None if stop is None else stop - self._skip
        pointer = "/" + style.item_id.lstrip("/")
        self._order = IdOrder(given.operation.id, pointer, last=given.value(style.after_parameter))

    def _came(self, page: Page[Any], asked: int | None) -> None:
        if asked is not None:
            check_size(self._given.operation, page, asked)
        self._order.go_through(page.items)
        if self._left is not None:
            self._left -= len(page.items)
        if page.items:
            self._skip = 0

    def _ask(self, count: int | None) -> PageRequest | None:
        """Return the request for so many of the items that are left; None for all of them."""
        if count is not None and count <= 0:
            return None
        style, skip = self._style, self._skip
        changed: dict[str, Any] = {
            **style.fixed,
            style.after_parameter: self._order.last,
            style.size_parameter: None if count is None else skip + count,
        }
        if style.start_parameter is not None:
            changed[style.start_parameter] = skip or None
        return self._given.ask(changed)


class AfterIdWalk(_AfterIdWalk):
    """Asks for the items after the last one, page by page."""

    def __init__(self, style: AfterIdPagination, given: Given) -> None:
        super().__init__(style, given)
        self._sizes = given.sizes(style.default_size, style.largest_size)
        self._asked = 0

    def first(self) -> PageRequest | None:
        """Return the request for the first page."""
        size = self._sizes.size
        self._asked = size if self._left is None else min(size, self._left)
        return self._ask(self._asked)

    def take(self, page: Page[Any]) -> Step:
        """Hand out the page, and go on after it."""
        self._came(page, self._asked)
        self._sizes.grow(page.response.elapsed)
        return Step(page, None if len(page.items) < self._asked else self.first())


class StreamWalk(_AfterIdWalk):
    """Asks for all items at once, and again for the rest where the answer broke off.

    The items are taken block by block, while they arrive.
    """

    def __init__(self, style: AfterIdPagination, given: Given) -> None:
        super().__init__(style, given)
        if given.limit is not None:
            self._left = given.limit if self._left is None else min(self._left, given.limit)

    def first(self) -> PageRequest | None:
        """Return the request for all items that did not come yet; None if none can be left."""
        return self._ask(self._left)

    def take(self, page: Page[Any]) -> Step:
        """Hand out the items, which are the next ones of the same answer."""
        self._came(page, self._left)
        return Step(page, None)


class IdFilterWalk(Walk):
    """Asks for the items beyond the last one, with a condition joined to the caller's filter."""

    def __init__(
        self, style: NextUrlPagination, rule: IdFilter, given: Given, *, descending: bool
    ) -> None:
        self._style = style
        self._rule = rule
        self._given = given
        self._order = IdOrder(given.operation.id, style.item_id or "", descending)
        self._sizes = (
            None
            if style.default_size is None
            else given.sizes(style.default_size, style.largest_size)
        )
        self._total: int | None = None

    def first(self) -> PageRequest | None:
        """Return the request for the first page."""
        return self._ask()

    def take(self, page: Page[Any]) -> Step:
        """Hand out the page, and go on after it."""
        if self._order.last is None:
            self._total = page.total
        self._order.go_through(page.items)
        if self._sizes is not None:
            self._sizes.grow(page.response.elapsed)
        # The answer to a filtered request counts only what that leaves.
        whole = attrs.evolve(page, total=self._total)
        more = page.items and next_url(self._style, page) is not None
        return Step(whole, self._ask() if more else None)

    def _ask(self) -> PageRequest:
        rule, order = self._rule, self._order
        changed = size_argument(self._style, self._given, self._sizes)
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
