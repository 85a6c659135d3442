"""Which releases of a server know a part of a spec, where calls are checked against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from annoport.core.contract.extensions import Releases
from generator.openapi import SCHEMA_REF

_MARKS = ("since", "removed", "gaps", "edition")
OWN = (*(f"x-annoport-{mark}" for mark in _MARKS), "x-annoport-checked")
"""The extensions that belong to a property and not to its type."""

VALUES = "x-annoport-values"


def known_by(data: Mapping[str, Any]) -> Releases | None:
    """Return the releases that know an operation, a parameter or a property.

    Marks without `x-annoport-checked` may be inexact: they only inform.
    """
    if not data.get("x-annoport-checked"):
        return None
    marks = {mark: data.get(f"x-annoport-{mark}") for mark in _MARKS}
    return msgspec.convert({key: value for key, value in marks.items() if value}, Releases)


def values_known_by(
    schema: Mapping[str, Any], schemas: Mapping[str, Mapping[str, Any]]
) -> dict[str | int, Releases]:
    """Return the values of an enum, or of a list of them, that only some releases know.

    Args:
        schema: The schema of a parameter, or that of an enum.
        schemas: The named schemas, by class name.
    """
    for node in (schema, schema.get("items", {})):
        target = str(node.get("$ref", "")).removeprefix(SCHEMA_REF)
        enum = schemas.get(target, node)
        if VALUES in enum:
            given = msgspec.convert(enum[VALUES], dict[str, Releases])
            values = {str(value): value for value in enum["enum"]}
            return {values[text]: releases for text, releases in given.items()}
    return {}


def shared_values(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the marks of values that two enums with the same values have in common."""
    theirs = other.get(VALUES, {})
    return {
        value: marks for value, marks in one.get(VALUES, {}).items() if theirs.get(value) == marks
    }
