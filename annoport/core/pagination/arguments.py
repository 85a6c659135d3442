"""The caller's arguments of a list, and the requests that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from annoport.core.contract.operation import Operation
from annoport.core.errors import InvalidArgumentError
from annoport.core.values.models import UNSET

Arguments = Mapping[str, Any]


@attrs.frozen
class PageRequest:
    """How to request a page: arguments of the operation, or the `next` URL of a response."""

    arguments: Arguments = attrs.Factory(dict[str, Any])
    next_url: str | None = None


@attrs.frozen
class Given:
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
