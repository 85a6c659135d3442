"""All nodes of a spec, each with its kind and the name that messages use for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from generator.json_values import is_list, is_object
from generator.openapi import METHODS

SCHEMA_KINDS = frozenset({"body", "component", "property", "schema"})
"""The kinds of nodes that are schemas."""


@attrs.frozen(kw_only=True)
class Node:
    """One object of a spec.

    Attributes:
        kind: What it is; "other" where none of our extensions may be.
        place: What to call it in a message.
        data: The object itself, with references not followed.
    """

    kind: str
    place: str
    data: dict[str, Any]


@attrs.frozen
class _Child:
    """What is found under a key.

    Attributes:
        shape: "one" for an object, "list" or "map" for several.
        kind: The kind of each object.
        label: The format of its place.
    """

    shape: str
    kind: str
    label: str


_MEDIA_TYPES = _Child("map", "media type", "{place} {key}")
# OpenAPI 3.0 does not have these: they stand in upstream documents, and in contracts under `x-`.
_NEWER = {
    "patternProperties": _Child("map", "schema", "{place}.{key}"),
    "dependentSchemas": _Child("map", "schema", "{place} with {key}"),
    "prefixItems": _Child("list", "schema", "{place}.prefixItems[{key}]"),
    **{
        key: _Child("one", "schema", "{place}." + key)
        for key in (
            *("contains", "contentSchema", "propertyNames", "unevaluatedItems"),
            *("unevaluatedProperties", "if", "then", "else"),
        )
    },
}
_SCHEMA = {
    "properties": _Child("map", "property", "{place}.{key}"),
    "items": _Child("one", "schema", "{place}[]"),
    "additionalProperties": _Child("one", "schema", "{place}.*"),
    "not": _Child("one", "schema", "{place}.not"),
    **{
        key: _Child("list", "schema", "{place}." + key + "[{key}]")
        for key in ("allOf", "anyOf", "oneOf")
    },
    "$defs": _Child("map", "schema", "{place}.$defs.{key}"),
    **_NEWER,
    **{f"x-{key}": child for key, child in _NEWER.items()},
}
_PARAMETERS = _Child("list", "parameter", "{place} parameter {name!r}")
_VALUE = {"schema": _Child("one", "schema", "{place}"), "content": _MEDIA_TYPES}
_MESSAGE = {"content": _MEDIA_TYPES, "headers": _Child("map", "header", "{place} header {key!r}")}
_CHILDREN: dict[str, dict[str, _Child]] = {
    "root": {
        "info": _Child("one", "info", "info"),
        "paths": _Child("map", "path", "path {key}"),
        "x-webhooks": _Child("map", "webhook", "webhook {key}"),
        "components": _Child("one", "components", "components"),
    },
    "components": {
        "schemas": _Child("map", "component", "component {key!r}"),
        "parameters": _Child("map", "parameter", "parameter {key!r} of the components"),
        "requestBodies": _Child("map", "request body", "body {key!r} of the components"),
        "responses": _Child("map", "response", "response {key!r} of the components"),
        "headers": _Child("map", "header", "header {key!r} of the components"),
        "callbacks": _Child("map", "callback", "callback {key!r} of the components"),
    },
    "path": {
        "parameters": _PARAMETERS,
        **{m: _Child("one", "operation", m.upper() + " {path}") for m in METHODS},
    },
    # Of what the server sends, no client has an operation.
    "callback": {},
    "webhook": {
        "parameters": _PARAMETERS,
        **{m: _Child("one", "message", "{place} " + m.upper()) for m in METHODS},
    },
    "operation": {
        "parameters": _PARAMETERS,
        "requestBody": _Child("one", "request body", "{place} body"),
        "responses": _Child("map", "response", "{place} {key}"),
        "callbacks": _Child("map", "callback", "{place} callback {key!r}"),
    },
    "message": {
        "parameters": _PARAMETERS,
        "requestBody": _Child("one", "request body", "{place} body"),
        "responses": _Child("map", "response", "{place} {key}"),
    },
    "parameter": _VALUE,
    "header": _VALUE,
    "request body": _MESSAGE,
    "response": _MESSAGE,
    "media type": {"schema": _Child("one", "body", "{place}")},
    **dict.fromkeys(SCHEMA_KINDS, _SCHEMA),
}
_OTHER = _Child("one", "other", "{place}.{key}")
_URL = _Child("one", "webhook", "{place} to {key}")
# Keys whose values are data, whatever the keys inside them are called.
_DATA = frozenset({"const", "default", "enum", "example", "examples"})


def walk(spec: Mapping[str, Any]) -> list[Node]:
    """Return every object of a spec, outer ones first; skip what has the wrong shape."""
    found: list[Node] = []
    _collect(Node(kind="root", place="the root", data=dict(spec)), found)
    return found


def _collect(node: Node, found: list[Node]) -> None:
    found.append(node)
    known = _CHILDREN.get(node.kind, {})
    for key, value in node.data.items():
        child = known.get(key)
        if child is None:
            if key in _DATA or key.startswith("x-"):
                continue
            child = _URL if node.kind == "callback" else _OTHER
        for name, item in _members(child, key, value):
            # An extension among the paths is no path, whatever is in it.
            if is_object(item) and not (child.kind == "path" and name.startswith("x-")):
                _collect(
                    Node(kind=child.kind, place=_label(child, node.place, name, item), data=item),
                    found,
                )


def _members(child: _Child, key: str, value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield what is found under a key, each with its own key or number."""
    if child.shape == "map" and is_object(value):
        yield from value.items()
    elif is_list(value) and (child.shape == "list" or child.kind == "other"):
        yield from enumerate(value, start=1)
    elif child.shape == "one":
        yield key, value


def _label(child: _Child, place: str, key: Any, item: Mapping[str, Any]) -> str:
    path = place.removeprefix("path ")
    # The name of a parameter is more helpful than its number.
    return child.label.format(place=place, key=key, path=path, name=item.get("name", key))
