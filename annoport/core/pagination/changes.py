"""Noticing that a list changed while it was read by positions in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Changes:
    """Notices changes from one page to the next, and tells the first one."""

    def __init__(self, operation_id: str, advice: str = "") -> None:
        """Begin a walk.

        Args:
            operation_id: The operation that lists.
            advice: What to do instead of reading the list again.
        """
        self._operation_id = operation_id
        self._advice = advice
        self._told = False
        self._total: int | None = None
        self._seen: set[Any] = set()

    def in_page(self, total: int | None, ids: Iterable[object]) -> str | None:
        """Return what is suspicious about a page: a changed total, or an id that came before."""
        before, self._total = self._total, total
        if before is not None and total is not None and before != total:
            return self.tell(f"it had {before} items, then {total}")
        for item_id in ids:
            if not isinstance(item_id, int | str):
                continue
            if item_id in self._seen:
                return self.tell(f"item {item_id!r} came twice")
            self._seen.add(item_id)
        return None

    def tell(self, what: str) -> str | None:
        """Return the notice, or None if there was one before."""
        if self._told:
            return None
        self._told = True
        return (
            f"{self._operation_id}: the list changed while it was read page by page ({what}), so "
            f"items may be missing or doubled. Read it again{self._advice}"
        )
