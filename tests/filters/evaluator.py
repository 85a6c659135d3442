"""What a condition means, on a row that is a dict: the judge of what servers answer."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from annoport.filters import AllOf, AnyOf, Comparison, Expression, Not

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, wanted: value in wanted,
    "contains": lambda value, wanted: wanted in value,
    "icontains": lambda value, wanted: wanted.lower() in value.lower(),
    "startswith": lambda value, wanted: value.startswith(wanted),
    "istartswith": lambda value, wanted: value.lower().startswith(wanted.lower()),
    "iexact": lambda value, wanted: value.lower() == wanted.lower(),
}


def holds(expression: Expression, row: Mapping[str, Any]) -> bool:
    """Whether a row fulfils a condition. Without a value, it fulfils no comparison but !=."""
    if isinstance(expression, AllOf):
        return all(holds(part, row) for part in expression.parts)
    if isinstance(expression, AnyOf):
        return any(holds(part, row) for part in expression.parts)
    if isinstance(expression, Not):
        return not holds(expression.part, row)
    assert isinstance(expression, Comparison)
    value = row.get(expression.field)
    if expression.operator == "is_null":
        return (value is None) is bool(expression.value)
    if expression.operator == "!=":
        return value is None or bool(value != expression.value)
    return value is not None and _COMPARE[expression.operator](value, expression.value)
