"""Operations that answer with a page of a list, as their answers show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.json_pointers import split
from generator.json_values import is_object
from generator.openapi import iterate

PAGED, UNPAGED = "x-annoport-pagination", "x-annoport-unpaged"
# Written without case, underscores and hyphens.
_PARAMETERS = frozenset(
    {
        *("page", "pagenumber", "pageno", "pagetoken", "offset", "cursor", "skip", "startat"),
        *("start", "after", "windowstart", "continuationtoken", "nexttoken"),
    }
)
_NEXT = frozenset(
    {"next", "nextpage", "nextcursor", "nexturl", "nextlink", "nexttoken", "nextpagetoken"}
)
_TOTALS = frozenset({"count", "total", "totalcount", "totalitems", "totalresults"})


def faults(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield operations of which nobody has said whether they answer page by page."""
    for path, method, operation in iterate(spec):
        place = f"{method.upper()} {path}"
        shape = _shape(spec, spec["paths"][path], operation) if method == "get" else ""
        if UNPAGED in operation and (PAGED in operation or not shape):
            why = f"has {PAGED} too" if PAGED in operation else "does not answer like a page"
            yield f"{place}: {UNPAGED} has no effect, since the operation {why}; remove it"
        elif shape and PAGED not in operation and UNPAGED not in operation:
            yield (
                f"{place}: it answers like a page of a list ({shape}) and has no {PAGED}; say how "
                f"to get the next page, or set {UNPAGED} with the reason why there is none"
            )


def _shape(spec: Mapping[str, Any], item: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    """Return what makes an answer look like a page; nothing if it does not."""
    listed = [*item.get("parameters", ()), *operation.get("parameters", ())]
    parameters = [_resolved(spec, parameter) for parameter in listed]
    turning = [
        str(parameter["name"])
        for parameter in parameters
        if parameter.get("in") == "query" and _plain(parameter.get("name")) in _PARAMETERS
    ]
    for schema in _answers(spec, operation):
        if schema.get("type") == "array" and turning:
            return f"a list, and the parameter {turning[0]!r}"
        fields = schema.get("properties", {})
        lists = [
            name for name, field in fields.items() if _resolved(spec, field).get("type") == "array"
        ]
        marks = [name for name in fields if _plain(name) in _NEXT]
        marks += [name for name in fields if _plain(name) in _TOTALS and turning]
        if lists and marks:
            return f"the fields {marks[0]!r} and {lists[0]!r}"
    return ""


def _plain(name: object) -> str:
    return str(name).lower().replace("_", "").replace("-", "")


def _answers(spec: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for status, response in operation.get("responses", {}).items():
        success = status.startswith("2")
        content: Mapping[str, Any] = _resolved(spec, response).get("content", {}) if success else {}
        for media_type, media in content.items():
            if "json" in media_type:
                yield _resolved(spec, media.get("schema", {}))


def _resolved(spec: Mapping[str, Any], node: Any) -> dict[str, Any]:
    """Return what a node says with what it refers to, as far as its outermost keys go."""
    result: dict[str, Any] = {}
    waiting, seen = [node], set[str]()
    while waiting:
        part = waiting.pop()
        reference = part.get("$ref") if is_object(part) else None
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            waiting.append(_target(spec, reference))
        if is_object(part):
            waiting += part.get("allOf", ())
            fields = result.get("properties", {}) | part.get("properties", {})
            result |= part | ({"properties": fields} if fields else {})
    return result


def _target(spec: Mapping[str, Any], reference: str) -> Any:
    found: Any = spec
    for key in split(reference):
        found = found.get(key) if is_object(found) else None
    return found
