"""Which releases of a server know a part of a spec, where calls are checked against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from annoport.core.contract.extensions import Releases
from generator.openapi import SCHEMA_REF

OWN = ("x-annoport-since", "x-annoport-removed", "x-annoport-checked")
"""The extensions that belong to a property and not to its type."""

_VALUES = "x-annoport-values"


def known_by(data: Mapping[str, Any]) -> Releases | None:
    """Return the releases that know an operation, a parameter or a property.

    Marks without `x-annoport-checked` may be inexact: they only inform.
    """
    if not data.get("x-annoport-checked"):
        return None
    return Releases(since=data.get("x-annoport-since"), removed=data.get("x-annoport-removed"))


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
        if _VALUES in enum:
            given = msgspec.convert(enum[_VALUES], dict[str, Releases])
            values = {str(value): value for value in enum["enum"]}
            return {values[text]: releases for text, releases in given.items()}
    return {}
