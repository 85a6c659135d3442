"""Walks by positions in the list: slices and windows.

Each request begins with the last item of the one before, if items have ids. Another item in its
place shows that positions have moved, because the list changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from annoport.core.contract.extensions import StartStopPagination, WindowPagination
from annoport.core.pagination.arguments import PageRequest, Positions
from annoport.core.pagination.base import Step, Walk
from annoport.core.pagination.by_id import IdOrder
from annoport.core.pagination.by_page import ids_of
from annoport.core.pagination.changes import Changes
from annoport.core.pagination.page import Page, check_size, keep, was_last


class _RangeWalk(Walk):
    """What all walks by positions have in common."""

    def __init__(self, style: StartStopPagination | WindowPagination, positions: Positions) -> None:
        self._style = style
        self._positions = positions
        self._operation = positions.given.operation
        self._fixed: Mapping[str, Any] = {}
        self._sizes = positions.given.sizes(style.default_size, style.largest_size)
        self._next = positions.start
        self._left = positions.count
        self._from = 0
        self._asked = 0
        self._overlap = 0

    def first(self) -> PageRequest | None:
        """Return the request for the first page."""
        return self._go_on(overlap=0)

    def _ids(self, page: Page[Any]) -> list[Any]:
        check_size(self._operation, page, self._asked)
        return ids_of(page, self._style.item_id)

    def _hand_out(self, page: Page[Any], known: int, notice: str | None = None) -> Step:
        """Return the step that hands out a page without its first `known` items."""
        came = len(page.items)
        self._sizes.grow(page.response.elapsed)
        self._next = self._from + came
        is_last = was_last(page, self._next, self._asked)
        keep(self._style, page, slice(known, None if self._left is None else known + self._left))
        if self._left is not None:
            self._left -= len(page.items)
        # From a server that sends one item at a time, the overlap would be all that comes.
        overlap = 1 if self._style.item_id is not None and came > 1 else 0
        return Step(page, None if is_last else self._go_on(overlap), notice)

    def _go_on(self, overlap: int) -> PageRequest | None:
        size = self._sizes.size
        count = size if self._left is None else min(size, self._left)
        if count <= 0:
            return None
        self._overlap = overlap
        return self._ask(self._next - overlap, count + overlap)

    def _ask(self, start: int, count: int) -> PageRequest:
        self._from, self._asked = start, count
        return self._positions.given.ask({**self._fixed, **self._positions.named(start, count)})


class OrderedRangeWalk(_RangeWalk):
    """Walks in ascending order of the ids: where positions have moved, the ids tell how far."""

    def __init__(
        self, style: StartStopPagination | WindowPagination, positions: Positions, item_id: str
    ) -> None:
        super().__init__(style, positions)
        self._fixed = style.fixed
        self._order = IdOrder(self._operation.id, item_id)

    def take(self, page: Page[Any]) -> Step:
        """Hand out the page, and go on after it."""
        ids = self._ids(page)
        known = len(list(takewhile(self._order.has_passed, ids)))
        if self._overlap and not known and self._from > 0:
            # Items before these were deleted, and others took their places: go back for them.
            size = self._sizes.size
            return Step(None, self._ask(max(0, self._from - size), size + 1))
        step = self._hand_out(page, known)
        self._order.go_through(page.items)
        return step


class RangeWalk(_RangeWalk):
    """Walks in an order that it cannot check, and tells what it notices."""

    def __init__(self, style: StartStopPagination | WindowPagination, positions: Positions) -> None:
        super().__init__(style, positions)
        self._changes = Changes(self._operation.id)
        self._last_id: Any = None

    def take(self, page: Page[Any]) -> Step:
        """Hand out the page, and go on after it."""
        ids = self._ids(page)
        if self._style.item_id is None:
            return self._hand_out(page, 0, self._changes.in_page(page.total, ids))
        moved = self._overlap and ids[:1] != [self._last_id]
        notice = self._changes.tell(f"item {self._last_id!r} moved") if moved else None
        if ids:
            self._last_id = ids[-1]
        return self._hand_out(page, 0 if moved else self._overlap, notice)


class WholeWalk(Walk):
    """Asks for everything at once, for lists whose parts would not fit together."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._start = positions.start
        self._count = positions.count

    def first(self) -> PageRequest | None:
        """Return the request for the first page."""
        given, count = self._positions.given, self._count
        if given.limit is not None:
            count = given.limit if count is None else min(count, given.limit)
        if count is None:
            return given.ask({})
        return given.ask(self._positions.named(self._start, count)) if count > 0 else None

    def take(self, page: Page[Any]) -> Step:
        """Hand out the page, and go on after it."""
        return Step(page, None)
