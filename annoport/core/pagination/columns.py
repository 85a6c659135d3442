"""Columns that a list is asked for, or ordered by, and that its server may not know.

Such a server drops an unknown column from every row, so that the values after it move up, and
ignores an unknown order. Which column it was shows when each is asked for alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from annoport.core.contract.extensions import WindowPagination
from annoport.core.contract.operation import Operation
from annoport.core.errors import InvalidArgumentError
from annoport.core.pagination.arguments import Arguments, Given
from annoport.core.values.pointers import resolve
from annoport.core.values.type_guards import is_array, is_list


def wanted(operation: Operation[Any], arguments: Arguments) -> list[str]:
    """Return the columns that a caller asks for."""
    style = operation.pagination
    asked = (
        Given(operation, arguments).value(style.columns)
        if isinstance(style, WindowPagination)
        else None
    )
    texts: list[Any] = [*asked] if is_array(asked) else [asked or ""]
    return [name.strip() for text in texts for name in str(text).split(",") if name.strip()]


def to_be_tried(operation: Operation[Any], arguments: Arguments) -> str | None:
    """Return the column of the caller's order, if nothing else would show that it is unknown."""
    style = operation.pagination
    if not isinstance(style, WindowPagination) or style.order is None:
        return None
    order = Given(operation, arguments).value(style.order)
    found = re.fullmatch(style.order_column, str(order)) if order else None
    if found is None or order in style.fixed.values() or found[1] in wanted(operation, arguments):
        return None
    return found[1]


def trial(operation: Operation[Any], arguments: Arguments, name: str) -> Arguments:
    """Return the arguments that ask for a single row with a single column."""
    style = operation.pagination
    if not isinstance(style, WindowPagination):
        return arguments
    changed = {style.columns: name, style.start_parameter: 0, style.size_parameter: 1}
    changed |= {style.order: None}
    given = Given(operation, arguments)
    return given.ask({wire: value for wire, value in changed.items() if wire}).arguments


def are_dropped(operation: Operation[Any], names: Sequence[str], value: object) -> bool:
    """Whether a row of an answer has not as many values as there are columns."""
    style = operation.pagination
    if not names or not isinstance(style, WindowPagination) or style.rows is None:
        return False
    rows = resolve(value, style.rows)
    return is_list(rows) and any(len(row) != len(names) for row in rows)


def unknown_columns(operation: Operation[Any], names: Sequence[str]) -> InvalidArgumentError:
    """Return the error for columns that the server drops."""
    return _unknown(
        operation,
        "columns",
        names,
        "the server leaves it out of every row, which shifts the values after it",
    )


def unknown_order(operation: Operation[Any], name: str) -> InvalidArgumentError:
    """Return the error for an order by a column that the server does not know."""
    return _unknown(operation, "order", [name], "the server would ignore the order")


def _unknown(
    operation: Operation[Any], role: str, names: Sequence[str], why: str
) -> InvalidArgumentError:
    wire = getattr(operation.pagination, role)
    argument = Given(operation, {}).python_name(wire)
    listed = ", ".join(map(repr, names))
    return InvalidArgumentError(
        f"{operation.id}: argument {argument!r}: unknown column {listed}: {why}; check its spelling"
    )
