"""References to the inside of a schema: what they lead to becomes a component of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.json_pointers import split
from generator.json_values import is_list, is_object, rebuilt
from generator.openapi import SCHEMA_REF
from generator.python.names import pascal_case
from generator.python.unique_names import free_name
from generator.spec.walk import SCHEMA_KINDS, walk

# What a step into a schema adds to the name of what is there; other steps add their own name.
_SILENT = frozenset({"properties", "schema", "content", "responses", "allOf", "anyOf", "oneOf"})
_ADDED = {"items": "Item", "additionalProperties": "Value"}


def lifted(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return an effective spec in which references to schemas lead to components only.

    What leads nowhere is left as it is: whoever follows it names the place.
    """
    if not _inner(spec):
        return dict(spec)
    result: dict[str, Any] = rebuilt(spec)
    moved: dict[str, dict[str, Any]] = {}
    for node in _inner(result):
        reference = node.pop("$ref")
        node.update(_component(result, reference, moved))
    return result


def _inner(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas that refer to something else than a component."""
    return [
        node.data
        for node in walk(spec)
        if node.kind in SCHEMA_KINDS
        and isinstance(reference := node.data.get("$ref"), str)
        and split(reference)[:-1] != ["components", "schemas"]
    ]


def _component(
    spec: dict[str, Any], reference: str, moved: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return a schema that refers to the component with what a reference leads to."""
    if reference in moved:
        return moved[reference]
    keys = split(reference)
    is_component = keys[:-1] == ["components", "schemas"]
    if is_component or not reference.startswith("#/"):
        return {"$ref": reference}
    schema = _found(spec, keys)
    if schema is None:
        return {"$ref": reference}
    if "$ref" in schema:
        moved[reference] = {"$ref": reference}  # a circle ends here, for others to report
        moved[reference] = _component(spec, str(schema["$ref"]), moved)
        return moved[reference]
    if [list(part) for part in schema.get("allOf", ())] == [["$ref"]]:
        # It is a reference, and null or a limit beside it.
        copied: dict[str, Any] = rebuilt(schema)
        return copied
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    name = free_name(_name(keys), schemas)
    schemas[name] = {**schema}
    moved[reference] = {"$ref": SCHEMA_REF + name}
    # The place itself refers to it too, so that both have one class.
    schema.clear()
    schema.update(moved[reference])
    return moved[reference]


def _found(spec: dict[str, Any], keys: list[str]) -> dict[str, Any] | None:
    """Return the object that keys lead to, if they do."""
    node: Any = spec
    for text in keys:
        key: Any = int(text) if is_list(node) and text.isdigit() else text
        held = range(len(node)) if is_list(node) else node if is_object(node) else ()
        if key not in held:
            return None
        node = node[key]
    return node if is_object(node) else None


def _name(keys: list[str]) -> str:
    """Return the name of what keys lead to: that which it would have as a part of its owner."""
    steps = keys[2:] if keys[:2] == ["components", "schemas"] else keys
    words = [
        str(int(step) + 1) if step.isdigit() else _ADDED.get(step, pascal_case(step))
        for step in steps
        if step not in _SILENT
    ]
    return "".join(words) or "Inner"
