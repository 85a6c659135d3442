"""Conditions in JSON Logic (https://jsonlogic.com), of which CVAT knows a part."""

from __future__ import annotations

import datetime
from typing import Any

from annoport.filters.expressions import AllOf, AnyOf, Comparison, Expression, Not, lacking

_CVAT = "CVAT"


def compiled(expression: Expression) -> dict[str, Any]:
    """Return a condition in JSON Logic.

    Raises:
        InvalidArgumentError: CVAT has no words for a part of it.
    """
    if isinstance(expression, AllOf | AnyOf):
        word = "and" if isinstance(expression, AllOf) else "or"
        return {word: [compiled(part) for part in expression.parts]}
    if isinstance(expression, Not):
        return {"!": compiled(expression.part)}
    if not isinstance(expression, Comparison):
        raise lacking(_CVAT, expression, "it is no condition of annoport.filters")
    return _comparison(expression)


def _comparison(one: Comparison) -> dict[str, Any]:
    field = {"var": one.field}
    if one.operator == "is_null":
        null = {"==": [field, None]}
        return null if one.value else {"!": null}
    if one.operator == "in":
        return {"in": [field, [_plain(one, value) for value in one.value]]}
    if one.operator == "contains":
        return {"in": [one.value, field]}
    if one.operator == "!=":  # the server knows no such operation
        return {"!": {"==": [field, _plain(one, one.value)]}}
    if one.operator in ("==", "<", "<=", ">", ">="):
        return {one.operator: [field, _plain(one, one.value)]}
    raise lacking(_CVAT, one, "its filters compare texts by == and .contains() only")


def _plain(one: Comparison, value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise lacking(_CVAT, one, "a time needs a time zone, such as datetime.UTC")
        return value.isoformat()
    if isinstance(value, datetime.date):
        raise lacking(_CVAT, one, "a day would mean its midnight; pass a datetime.datetime")
    if isinstance(value, datetime.time):
        raise lacking(_CVAT, one, "it has no fields for a time of day")
    return value
