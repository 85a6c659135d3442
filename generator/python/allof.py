"""An `allOf` whose parts are not objects, as one plain schema.

The parser makes a model of every allOf with more than one part, even where the parts are a string
and its maximum length.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.errors import GeneratorError
from generator.openapi import SCHEMA_REF

_OBJECT = frozenset({"properties", "additionalProperties", "required", "allOf", "anyOf", "oneOf"})
# A part without any of these only limits or describes: it says nothing about the type.
_TELLING = _OBJECT | {"$ref", "type", "format", "enum", "const", "items"}
_OWN_WORDS = frozenset({"title", "description", "x-annoport-class"})


def merged_allof(
    schema: dict[str, Any],
    components: Mapping[str, dict[str, Any]],
    place: str,
    *,
    seen: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return one schema for an allOf that can be merged, and any other schema unchanged.

    Args:
        schema: The schema.
        components: The named schemas of the spec.
        place: What to call the schema in an error message.
        seen: The named schemas on the way here, so that a circle ends.

    Raises:
        GeneratorError: The parts contradict each other.
    """
    if "allOf" not in schema:
        return schema
    own = {key: value for key, value in schema.items() if key != "allOf"}
    parts = [part for part in (own, *schema["allOf"]) if not _TELLING.isdisjoint(part)]
    if len(parts) == 1:
        return own | ({"allOf": parts} if "$ref" in parts[0] else parts[0])
    whole = [_followed(part, components, place, seen=seen) for part in parts]
    if any(part.get("type") == "object" or not _OBJECT.isdisjoint(part) for part in whole):
        return schema
    result: dict[str, Any] = {}
    for part in whole:
        result |= part
    result |= _common_type(whole, place) | own
    nullable = own.get("nullable") or (whole and all(part.get("nullable") for part in whole))
    return result | {"nullable": bool(nullable)}


def _followed(
    part: dict[str, Any],
    components: Mapping[str, dict[str, Any]],
    place: str,
    *,
    seen: tuple[str, ...],
) -> dict[str, Any]:
    """Return a part of an allOf with all references followed."""
    if "$ref" not in part:
        return merged_allof(part, components, place, seen=seen)
    key = str(part["$ref"]).removeprefix(SCHEMA_REF)
    if key in seen or key not in components:
        # An error either way, and one that other checks report better.
        return {"allOf": []}
    found = _followed(components[key], components, place, seen=(*seen, key))
    return {key: value for key, value in found.items() if key not in _OWN_WORDS}


def _common_type(parts: list[dict[str, Any]], place: str) -> dict[str, str]:
    types = {str(part["type"]) for part in parts if "type" in part}
    if types == {"integer", "number"}:
        return {"type": "integer"}
    if len(types) > 1:
        raise GeneratorError(
            f"{place}: the parts of its allOf have the types {' and '.join(sorted(types))}, "
            "which no value can have; correct it in the overlay"
        )
    return {"type": types.pop()} if types else {}
