"""How many items a request asks for: few at first, and more while answers come quickly."""

from __future__ import annotations

import attrs

GROWTH = 4
_QUICK_SECONDS = 2.0
"""Beyond this, larger pages would hardly be faster, and might outlast the time limit."""


@attrs.define
class PageSizes:
    """The page sizes of one walk.

    Attributes:
        size: How many items to ask for next.
        largest: The most to ask for at once.
    """

    size: int
    largest: int

    def grow(self, seconds: float) -> None:
        """Choose the size of the page after one that took so many seconds."""
        if seconds <= _QUICK_SECONDS:
            self.size = min(self.size * GROWTH, max(self.size, self.largest))
