"""Conditions as Tator's searches: a tree of operations on attributes."""

from __future__ import annotations

import datetime
from typing import Any

from annoport.filters.expressions import (
    AllOf,
    AnyOf,
    Comparison,
    Expression,
    Not,
    lacking,
    read,
    suggestion,
)

_TATOR = "Tator"
_NUMBERS = ("$x", "$y", "$u", "$v", "$width", "$height", "$fps")
_WHOLE = (
    "$version", "$user", "$type", "$created_by", "$modified_by", "$frame", "$num_frames",
    "$section", "$id",
)  # fmt: skip
_TIMES = ("$created_datetime", "$modified_datetime")
_TEXTS = ("$name", "$archive_state", "$elemental_id")
_WORDS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


def compiled(expression: Expression) -> dict[str, Any]:
    """Return a condition as Tator's AttributeOperationSpec.

    Raises:
        InvalidArgumentError: Tator has no words for a part of it.
    """
    return _compiled(expression, negated=False)


def _compiled(expression: Expression, *, negated: bool) -> dict[str, Any]:
    """Return a condition or its opposite.

    Opposites are brought down to the comparisons: there the server leaves out rows without a value,
    which then have to be asked for beside them.
    """
    if isinstance(expression, Not):
        return _compiled(expression.part, negated=not negated)
    if isinstance(expression, AllOf | AnyOf):
        joined = "and" if isinstance(expression, AllOf) is not negated else "or"
        return _join(joined, [_compiled(part, negated=negated) for part in expression.parts])
    if not isinstance(expression, Comparison):
        raise lacking(_TATOR, expression, "it is no condition of annoport.filters")
    return _comparison(expression, negated=negated)


def _join(method: str, operations: list[dict[str, Any]]) -> dict[str, Any]:
    if len(operations) == 1:
        return operations[0]
    return {"method": method, "operations": operations}


def _comparison(one: Comparison, *, negated: bool) -> dict[str, Any]:
    _refuse_unknown(one)
    if one.operator == "is_null":
        return _operation(one, "isnull", value=bool(one.value) is not negated)
    if one.operator == "!=":
        return _comparison(_with(one, "==", one.value), negated=not negated)
    if one.operator == "in":
        # The server takes lists for some types of attributes only.
        each = [_comparison(_with(one, "==", value), negated=negated) for value in one.value]
        return _join("and" if negated else "or", each)
    operation, value = _words(one)
    found = _operation(one, operation, value=value)
    if not negated:
        return found
    return _join("or", [_operation(one, "isnull", value=True), {**found, "inverse": True}])


def _with(one: Comparison, operator: Any, value: Any) -> Comparison:
    return Comparison(one.field, operator, value, one.kind, one.alias)


def _operation(one: Comparison, operation: str, *, value: Any) -> dict[str, Any]:
    return {"attribute": one.field, "operation": operation, "value": value}


def _refuse_unknown(one: Comparison) -> None:
    known = (*_NUMBERS, *_WHOLE, *_TIMES, *_TEXTS)
    if one.field.startswith("$") and one.field not in known:
        listed = f"its built-in fields are {', '.join(known)}"
        raise lacking(_TATOR, one, f"{listed}{suggestion(one.field, known)}")
    if one.field == "$section" and one.operator not in ("==", "in"):
        raise lacking(_TATOR, one, "a section can only be compared by ==")


def _words(one: Comparison) -> tuple[str, Any]:
    """Return the operation and the value of a comparison."""
    value = read(datetime.datetime, one.value) if one.field in _TIMES else one.value
    if one.operator in ("contains", "startswith"):
        raise lacking(_TATOR, one, f"its searches ignore case: use .i{one.operator}()")
    if one.operator == "iexact":
        raise lacking(_TATOR, one, "its searches compare whole texts in the same case: use ==")
    if one.operator in ("icontains", "istartswith"):
        return one.operator, value
    word = "eq" if one.operator == "==" else _WORDS[one.operator]
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise lacking(_TATOR, one, "a time needs a time zone, such as datetime.UTC")
        return f"date_{word}", value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, datetime.date):
        raise lacking(_TATOR, one, "a day would mean its midnight; pass a datetime.datetime")
    if isinstance(value, datetime.time):
        raise lacking(_TATOR, one, "it has no attributes for a time of day")
    if isinstance(value, str) and word != "eq":
        raise lacking(_TATOR, one, "it does not order texts; for a time pass a datetime.datetime")
    return word, value
