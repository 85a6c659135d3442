"""Filtering, sorting and slicing of lists, in Tator's order."""

from __future__ import annotations

import base64
import datetime
import functools
import json
from collections.abc import Callable, Iterable
from typing import Any

from starlette.responses import Response

from annoport.testing.tator.answers import TatorError
from annoport.testing.tator.call import Call
from annoport.testing.tator.state import Row, members
from annoport.testing.tator.streaming import streamed


def _equal(value: Any, wanted: Any) -> bool:
    """Compare as the type of the attribute does: 1 equals 1.0, and the text "1"."""
    if isinstance(value, bool):
        return value == (str(wanted).lower() == "true")
    if isinstance(value, int | float):
        try:
            return value == float(wanted)
        except (TypeError, ValueError):
            return False
    return str(value) == str(wanted)


def _moment(text: str) -> datetime.datetime:
    found = datetime.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


_OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _equal,
    "gt": lambda value, wanted: float(value) > float(wanted),
    "gte": lambda value, wanted: float(value) >= float(wanted),
    "lt": lambda value, wanted: float(value) < float(wanted),
    "lte": lambda value, wanted: float(value) <= float(wanted),
    "contains": lambda value, wanted: str(wanted) in str(value),
    "icontains": lambda value, wanted: str(wanted).lower() in str(value).lower(),
    "istartswith": lambda value, wanted: str(value).lower().startswith(str(wanted).lower()),
    "date_eq": lambda value, wanted: _moment(value) == _moment(wanted),
    "date_gt": lambda value, wanted: _moment(value) > _moment(wanted),
    "date_gte": lambda value, wanted: _moment(value) >= _moment(wanted),
    "date_lt": lambda value, wanted: _moment(value) < _moment(wanted),
    "date_lte": lambda value, wanted: _moment(value) <= _moment(wanted),
    "date_range": lambda value, wanted: _moment(wanted[0]) <= _moment(value) <= _moment(wanted[1]),
    "startswith": lambda value, wanted: str(value).startswith(str(wanted)),
    "in": lambda value, wanted: value in wanted,
}
_BY_PARAMETER = {
    "attribute": "eq",
    "attribute_lt": "lt",
    "attribute_lte": "lte",
    "attribute_gt": "gt",
    "attribute_gte": "gte",
    "attribute_contains": "icontains",
}


def filtered(call: Call, rows: Iterable[Row]) -> list[Row]:
    """Keep the rows that match the attribute parameters, the search and `elemental_id`.

    A parameter with an unknown attribute filters nothing; a search for one finds nothing.
    """
    kept = list(rows)
    known = _attribute_names(call)
    for parameter, operation in _BY_PARAMETER.items():
        for pair in call.texts(parameter):
            name, _, wanted = pair.partition("::")
            if name in known or name.startswith("$"):
                kept = [row for row in kept if _holds(row, name, operation, wanted)]
    encoded = call.text("encoded_search")
    if encoded is not None:
        search = _decoded(encoded)
        kept = [row for row in kept if matches(row, search)]
    elemental_id = call.text("elemental_id")
    if elemental_id is not None:
        kept = [row for row in kept if row["elemental_id"] == elemental_id]
    return kept


def _attribute_names(call: Call) -> set[str]:
    tables = call.tables
    families = (tables.media_types, tables.localization_types, tables.state_types)
    return {
        definition["name"]
        for family in (*families, tables.leaf_types, tables.file_types)
        for found in family.where(project=call.project_id())
        for definition in found["attribute_types"]
    }


def after_id(call: Call, rows: Iterable[Row]) -> list[Row]:
    """Keep the rows whose id is greater than `after`."""
    after = call.integer("after")
    return [row for row in rows if after is None or row["id"] > after]


def ordered(call: Call, rows: list[Row], *, default: Callable[[Row], Any]) -> list[Row]:
    """Sort by the last `sort_by` parameter, the only one that counts; the default without one.

    Rows without a value come last. Equal rows have no fixed order: another slice has another one.
    """
    keys = call.request.query_params.getlist("sort_by")
    if not keys:
        return sorted(rows, key=default)
    name = keys[-1].removeprefix("-")
    if name.startswith("$") and "," in name:
        raise TatorError(f"Cannot resolve keyword '{name[1:]}' into field.")
    rows = sorted(rows, key=functools.partial(_any_order, slice_start=call.integer("start")))
    known = [row for row in rows if _value(row, name) is not None]
    unknown = [row for row in rows if _value(row, name) is None]
    known.sort(key=functools.partial(_value, name=name), reverse=keys[-1].startswith("-"))
    return known + unknown


def _any_order(row: Row, slice_start: int | None) -> tuple[int, int]:
    number: int = row["id"]
    return (0 if slice_start is None else number % (slice_start + 2), number)


def sliced(call: Call, rows: list[Row]) -> list[Row]:
    """Return the rows from `start` up to, not including, `stop`."""
    start = call.integer("start", low=0)
    stop = call.integer("stop", low=0)
    return rows[start or 0 : stop]


def streamed_rows(call: Call, rows: list[Row]) -> Response:
    """Stream the rows, reduced to the keys that `fields` names if it is given."""
    names = call.texts("fields")
    if names:
        rows = [{name: row[name] for name in names if name in row} for row in rows]
    gzip = call.request.method == "GET"
    return streamed(rows, gzip=gzip, cut=call.backend.next_list_cut())


def matches(row: Row, search: Row) -> bool:
    """Tell whether a row matches an attribute search, which is a tree of operations."""
    return _judged(row, search) is True


def _judged(row: Row, search: Row) -> bool | None:
    """Return what the database finds; None, which is neither, where a row has no value."""
    if "method" in search:
        found = [_judged(row, inner) for inner in members(search, "operations")]
        method = str(search["method"]).lower()
        if method == "not":
            return None if found[0] is None else not found[0]
        decisive = method == "or"
        if decisive in found:
            return decisive
        return None if None in found else not decisive
    if search["operation"] != "isnull" and _value(row, search["attribute"]) is None:
        return None
    held = _holds(row, search["attribute"], search["operation"], search.get("value"))
    return held != bool(search.get("inverse"))


def check_arrays(body: Row, names: tuple[str, ...]) -> None:
    """Raise TatorError if one of the fields is not an array."""
    for name in names:
        if not isinstance(body.get(name, []), list):
            raise TatorError(
                "Request body validation error",
                details=f"Failed to cast value to array type: {body[name]}",
            )


def _holds(row: Row, name: str, operation: str, wanted: object) -> bool:
    value = _value(row, name)
    if operation == "isnull":
        return (value is None) == bool(wanted)
    if value is None:
        return False
    if operation not in _OPERATIONS:
        raise TatorError(f"'{operation}'")
    return _OPERATIONS[operation](value, wanted)


def _value(row: Row, name: str) -> Any:
    if name.startswith("$"):
        return row.get(name[1:])
    return row["attributes"].get(name)


def _decoded(encoded: str) -> Row:
    search: Row = json.loads(base64.b64decode(encoded))
    return search
