"""The caller's arguments of a list, and the requests that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from annoport.core.contract.operation import Operation
from annoport.core.errors import InvalidArgumentError
from annoport.core.pagination.sizes import PageSizes
from annoport.core.values.models import UNSET

Arguments = Mapping[str, Any]


@attrs.frozen
class PageRequest:
    """How to request a page: arguments of the operation, or the `next` URL of a response."""

    arguments: Arguments = attrs.Factory(dict[str, Any])
    next_url: str | None = None


@attrs.frozen
class Given:
    """What the caller wants of a list.

    Attributes:
        operation: The operation that lists.
        arguments: Its arguments by Python name.
        limit: The most items wanted.
        page_size: How many items each request is to ask for; None for what is fastest.
    """

    operation: Operation[Any]
    arguments: Arguments
    limit: int | None = None
    page_size: int | None = None

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

    def sizes(self, first: int, largest: int | None = None) -> PageSizes:
        """Return the sizes of the pages.

        Args:
            first: The size of the first page, if the caller has not chosen one for all of them.
            largest: The size that later ones grow to; None if they do not.
        """
        if self.page_size is not None:
            first = largest = self.page_size
        if self.limit is not None:
            first = largest = min(first, self.limit)
        return PageSizes(first, largest or first)

    def check_page_size(self, wire: str | None, *, settable: bool = True) -> None:
        """Check the page size that the caller asks for.

        Args:
            wire: The parameter of the operation with which a caller can say the same.
            settable: Whether the server can be asked for pages of a size.

        Raises:
            InvalidArgumentError: It is not a number of items, given twice, or cannot be asked for.
        """
        size: Any = self.page_size
        place = f"{self.operation.id}: page_size"
        if size is None:
            return
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InvalidArgumentError(
                f"{place} is {size!r}: expected a whole number, 1 or greater"
            )
        if not settable:
            raise InvalidArgumentError(f"{place} is {size}, but the server decides: leave it out")
        if self.value(wire) is not None:
            raise InvalidArgumentError(
                f"{place} and {self.python_name(wire or '')} both say how large a page is: "
                "leave one of them out"
            )

    def overrides(self, fixed: Mapping[str, Any]) -> bool:
        """Tell whether the caller has another value for one of the fixed parameters."""
        return any(self.value(wire) not in (None, value) for wire, value in fixed.items())

    def ask(self, changed: Mapping[str, Any]) -> PageRequest:
        """Return a request with some arguments changed.

        Args:
            changed: New values by wire name; None removes an argument.
        """
        named = {self.python_name(wire): value for wire, value in changed.items()}
        merged = {**self.arguments, **named}
        return PageRequest({name: value for name, value in merged.items() if value is not None})


@attrs.frozen
class Positions:
    """The parameters that name a range of positions in a list.

    Attributes:
        given: The caller's arguments.
        start_parameter: For the position of the first item.
        stop_parameter: For the position after the last item; None if the size is named instead.
        size_parameter: For the number of items.
    """

    given: Given
    start_parameter: str | None
    stop_parameter: str | None = None
    size_parameter: str | None = None

    @property
    def start(self) -> int:
        """The position from which on the caller wants items."""
        return self.given.count(self.start_parameter) or 0

    @property
    def count(self) -> int | None:
        """How many items the caller wants at most; None for no limit."""
        stop = self.given.count(self.stop_parameter)
        return self.given.count(self.size_parameter) if stop is None else stop - self.start

    def named(self, start: int, count: int) -> dict[str, Any]:
        """Return the values, by wire name, that ask for `count` items from `start` on."""
        values = {
            self.start_parameter: start,
            self.stop_parameter: start + count,
            self.size_parameter: count,
        }
        return {wire: value for wire, value in values.items() if wire is not None}
