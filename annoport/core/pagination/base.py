"""One pass over a list.

A `Walk` returns the first request, and for each page what to do with it and which request
follows. The caller's paging arguments are honoured: a page number selects that page only, a
page size is kept, and start, stop or a window bounds the whole walk.
"""

from __future__ import annotations

import abc
from typing import Any

import attrs

from annoport.core.pagination.arguments import PageRequest
from annoport.core.pagination.page import Page


@attrs.frozen
class Step:
    """What follows from an answer.

    Attributes:
        page: The page to hand out; None if the answer only shows where to go on.
        ask: The next request; None at the end of the list.
        notice: What the user must know about the list so far.
    """

    page: Page[Any] | None
    ask: PageRequest | None
    notice: str | None = None


class Walk(abc.ABC):
    """One pass over a list."""

    @abc.abstractmethod
    def first(self) -> PageRequest | None:
        """Return the first request; None if the bounds leave nothing to request."""

    @abc.abstractmethod
    def take(self, page: Page[Any]) -> Step:
        """Return what follows from the page that the last request brought.

        The page may lose items that were there before.

        Raises:
            PaginationError: The pages do not form one list.
        """
