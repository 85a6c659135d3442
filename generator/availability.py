"""Server versions of parameters and fields, told in their documentation.

The marks become a sentence of the description. They are taken off the schemas, because two
schemas that differ in nothing else are still one class.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from generator.contract import METHODS
from generator.nodes import is_object

_SINCE, _REMOVED = "x-annoport-since", "x-annoport-removed"


def described(spec: Mapping[str, Any], title: str) -> dict[str, Any]:
    """The spec with the marks of parameters and fields in words; the input is not changed.

    title: the platform's name.
    """
    result: dict[str, Any] = copy.deepcopy(dict(spec))
    for item in result["paths"].values():
        for holder in (item, *(item[method] for method in METHODS if method in item)):
            for parameter in holder.get("parameters", ()):
                _describe(parameter, title)
    for schema in result.get("components", {}).get("schemas", {}).values():
        for field in _fields(schema):
            _describe(field, title)
    return result


def _fields(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The properties of a schema, of its parts, and of objects inside it."""
    for part in schema.get("allOf", ()):
        yield from _fields(part)
    for field in schema.get("properties", {}).values():
        yield field
        yield from _fields(field)
    items = schema.get("items")
    if is_object(items):
        yield from _fields(items)


def _describe(item: dict[str, Any], title: str) -> None:
    since, removed = item.pop(_SINCE, None), item.pop(_REMOVED, None)
    sentences = [str(item.get("description", ""))]
    if since:
        sentences.append(f"{title} {since} and later.")
    if removed:
        sentences.append(f"Gone since {title} {removed}.")
    if since or removed:
        item["description"] = " ".join(sentence for sentence in sentences if sentence)
