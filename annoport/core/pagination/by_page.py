"""Walks from page to page: by the URL of the next one, or by number."""

from __future__ import annotations

from typing import Any

from annoport.core.contract.extensions import NextUrlPagination, PageNumberPagination
from annoport.core.errors import PaginationError
from annoport.core.pagination.arguments import Given, PageRequest
from annoport.core.pagination.base import Step, Walk
from annoport.core.pagination.changes import Changes
from annoport.core.pagination.page import Page, was_last
from annoport.core.pagination.sizes import PageSizes
from annoport.core.values.pointers import resolve, resolve_each


class NextUrlWalk(Walk):
    """Goes where each answer says that the next page is."""

    def __init__(self, style: NextUrlPagination, given: Given) -> None:
        self._style = style
        self._given = given
        self._followed: set[str] = set()
        by_id = style.id_filter
        self._changes = Changes(
            given.operation.id,
            f", or leave out {given.python_name(by_id.sort_parameter)}: in the order of the ids "
            "nothing can be lost"
            if by_id
            else "",
        )

    def first(self) -> PageRequest | None:
        """Return the request for the first page."""
        return self._given.ask(size_argument(self._style, self._given, None))

    def take(self, page: Page[Any]) -> Step:
        """Hand out the page, and go on after it."""
        if self._given.value(self._style.page_parameter) is not None:
            return Step(page, None)
        notice = self._changes.in_page(page.total, ids_of(page, self._style.item_id))
        following = next_url(self._style, page)
        if following is None:
            return Step(page, None, notice)
        if following in self._followed:
            raise PaginationError(
                f"{self._given.operation.id}: the server named the same next page twice, "
                "so the list would never end: read it again"
            )
        self._followed.add(following)
        return Step(page, PageRequest(next_url=following), notice)


class PageNumberWalk(Walk):
    """Counts the pages."""

    def __init__(self, style: PageNumberPagination, given: Given) -> None:
        self._style = style
        self._given = given
        self._only = given.value(style.page_parameter)
        self._number = style.first
        self._size = given.count(style.size_parameter) or given.sizes(style.default_size).size
        self._seen = 0
        self._changes = Changes(given.operation.id)

    def first(self) -> PageRequest | None:
        """Return the request for the first page."""
        return self._ask(self._number if self._only is None else self._only)

    def take(self, page: Page[Any]) -> Step:
        """Hand out the page, and go on after it."""
        if self._only is not None:
            return Step(page, None)
        self._seen += len(page.items)
        notice = self._changes.in_page(page.total, ids_of(page, self._style.item_id))
        if was_last(page, self._seen, self._size):
            return Step(page, None, notice)
        self._number += 1
        return Step(page, self._ask(self._number), notice)

    def _ask(self, number: int) -> PageRequest:
        size, page = self._style.size_parameter, self._style.page_parameter
        return self._given.ask({page: number, size: self._size})


def size_argument(
    style: NextUrlPagination, given: Given, sizes: PageSizes | None
) -> dict[str, Any]:
    """Return the page size to ask for, by wire name.

    Args:
        style: Says which parameter sets it.
        given: The caller's own size is kept.
        sizes: The sizes of a walk whose pages grow; None where all pages are alike.
    """
    parameter, default = style.size_parameter, style.default_size
    if parameter is None or given.value(parameter) is not None:
        return {}
    if sizes is not None:
        return {parameter: sizes.size}
    if default is None:
        return {parameter: given.limit if given.page_size is None else given.page_size}
    return {parameter: given.sizes(default).size}


def next_url(style: NextUrlPagination, page: Page[Any]) -> str | None:
    """Return the URL of the page after `page`, None if it was the last."""
    following = resolve(page.response.value, style.next)
    return following if isinstance(following, str) and following else None


def ids_of(page: Page[Any], item_id: str | None) -> list[Any]:
    """Return the ids of the items of a page; none if it is not known where they are."""
    return [] if item_id is None else resolve_each(page.items, item_id)
