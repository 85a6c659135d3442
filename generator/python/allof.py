"""An `allOf` that is no object, as one plain schema.

The parser makes a model of every allOf with more than one part, even where the parts are a text
and its greatest length.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.errors import GeneratorError
from generator.openapi import SCHEMA_REF

_OBJECT = frozenset({"properties", "additionalProperties", "required", "allOf", "anyOf", "oneOf"})
# A part without any of these is a limit or words: it says nothing about the type.
_TELLING = _OBJECT | {"$ref", "type", "format", "enum", "const", "items"}
_OWN_WORDS = frozenset({"title", "description", "x-annoport-class"})


def merged(
    schema: dict[str, Any],
    components: Mapping[str, dict[str, Any]],
    place: str,
    *,
    seen: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The schema as one, if it is an allOf that can be; any other as it is.

    components: the named schemas of the spec. seen: those that the way here led through.
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
    """What a part of an allOf is, behind all references."""
    if "$ref" not in part:
        return merged(part, components, place, seen=seen)
    key = str(part["$ref"]).removeprefix(SCHEMA_REF)
    if key in seen or key not in components:
        # An error either way, which others tell better.
        return {"allOf": []}
    found = _followed(components[key], components, place, seen=(*seen, key))
    return {key: value for key, value in found.items() if key not in _OWN_WORDS}


def _common_type(parts: list[dict[str, Any]], place: str) -> dict[str, str]:
    types = {str(part["type"]) for part in parts if "type" in part}
    if types == {"integer", "number"}:
        return {"type": "integer"}
    if len(types) > 1:
        raise GeneratorError(
            f"{place}: the parts of its allOf are {' and '.join(sorted(types))}, "
            "which no value is; correct it in the overlay"
        )
    return {"type": types.pop()} if types else {}
