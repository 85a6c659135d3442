"""Filtering, sorting and paging of CVAT's lists."""

from __future__ import annotations

import datetime
import json
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from starlette.responses import Response

from annoport.testing.cvat.answers import (
    Json,
    Refused,
    answer,
    refuse_detail,
    refuse_list,
    server_error,
)
from annoport.testing.cvat.call import Call

_PAGE_SIZE = 10
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda part, whole: part in whole,
}
"""What a filter can compare by; there is no "!=", as in the server."""


def listed(
    call: Call,
    items: Sequence[Json],
    *,
    simple: Sequence[str] = (),
    search: Sequence[str] = ("name",),
    sort: str = "-id",
    hidden: Sequence[str] = (),
    terms: Sequence[str] = (),
) -> Response:
    """Answer one page of `items`.

    simple: query parameters that must equal the field of the same name.
    search: the fields that the query parameter `search` looks into.
    sort: the default order.
    hidden: fields that are there for the filters and are not sent.
    terms: the fields that filters know, if the server crashes at any other.
    """
    rule = _rule(call.query.get("filter"), terms)
    chosen = [item for item in items if _passes(call, item, simple, search)]
    chosen = [item for item in chosen if rule is None or _evaluate(rule, item)]
    for key in reversed((call.query.get("sort") or sort).split(",")):
        name = key.removeprefix("-")
        keyed = [(_field(item, name), place) for place, item in enumerate(chosen)]
        if all(_comparable(value) for value, _ in keyed):
            keyed.sort(key=operator.itemgetter(0), reverse=key.startswith("-"))
            chosen = [chosen[place] for _, place in keyed]
    return _page(call, [{k: v for k, v in it.items() if k not in hidden} for it in chosen])


def _passes(call: Call, item: Json, simple: Sequence[str], search: Sequence[str]) -> bool:
    for name in simple:
        wanted = call.query.get(name)
        if wanted is not None and str(_field(item, name)) != wanted:
            return False
    words = call.query.get("search", "").lower()
    return not words or any(words in str(_field(item, name)).lower() for name in search)


def _rule(expression: str | None, terms: Sequence[str]) -> object:
    if not expression:
        return None
    try:
        rule = json.loads(expression)
    except ValueError as error:
        refuse_list(f"filter: can't parse filter expression: {error}")
    if terms and not set(terms).issuperset(_terms(rule)):
        raise Refused(server_error())
    return rule


def _terms(rule: object) -> Iterator[object]:
    if isinstance(rule, dict):
        for name, given in cast("Json", rule).items():
            yield from [given] if name == "var" else _terms(given)
    elif isinstance(rule, list):
        for part in cast("list[object]", rule):
            yield from _terms(part)


def _evaluate(rule: Any, item: Json) -> Any:  # JSON logic has no types
    if not isinstance(rule, dict) or not rule:
        return cast("object", rule)
    name, given = next(iter(cast("Json", rule).items()))
    terms: list[Any] = [*given] if isinstance(given, list) else [given]
    if name == "var":
        return _field(item, terms[0])
    values = [_evaluate(term, item) for term in terms]
    if name == "and":
        return all(values)
    if name == "or":
        return any(values)
    if name == "!":
        return not values[0]
    return _compared(name, terms, values)


def _compared(name: str, terms: list[Any], values: list[Any]) -> bool:
    """Compare a field with values. Without a value, the database compares nothing."""
    fields = [cast("Json", term).get("var", "") for term in terms if isinstance(term, dict)]
    if any(str(field).endswith("_date") for field in fields):
        values = [*map(_moment, values)]
    if name == "<=" and len(values) == 3:
        return None not in values and values[0] <= values[1] <= values[2]
    if name not in _COMPARE or len(values) != 2:
        refuse_list(f"filter: {name} operation with {terms} arguments is not implemented")
    return (name == "==" or None not in values) and _COMPARE[name](values[0], values[1])


def _moment(value: Any) -> Any:
    """Return a text, or a list of them, as the times that they are."""
    if isinstance(value, list):
        return [*map(_moment, cast("list[object]", value))]
    return value and datetime.datetime.fromisoformat(value)


def _field(item: Json, name: str) -> Any:  # any field of an answer
    value = item.get(name, item.get("operation", {}).get(name))
    if not isinstance(value, dict):
        return value
    shown = cast("Json", value)
    return shown.get("username", shown.get("id"))


def _comparable(value: object) -> bool:
    return isinstance(value, str | int | float)


def _page(call: Call, items: Sequence[Json]) -> Response:
    size = _size(call.query.get("page_size"), len(items))
    pages = max(1, -(-len(items) // size))
    asked = call.query.get("page", "1")
    number = pages if asked == "last" else int(asked) if asked.isdigit() else 0
    if not 1 <= number <= pages:
        refuse_detail("Invalid page.", 404)
    return answer(
        {
            "count": len(items),
            "next": _link(call, number + 1) if number < pages else None,
            "previous": _link(call, number - 1) if number > 1 else None,
            "results": items[(number - 1) * size : number * size],
        }
    )


def _size(asked: str | None, count: int) -> int:
    if asked == "all":
        return max(count, 1)
    return int(asked) if asked and asked.isdigit() and int(asked) > 0 else _PAGE_SIZE


def _link(call: Call, page: int) -> str:
    query = {name: value for name, value in call.query.items() if name != "page"}
    if page > 1:
        query["page"] = str(page)
    suffix = f"?{urlencode(sorted(query.items()))}" if query else ""
    return f"{call.base}{call.request.url.path}{suffix}"
