"""One spelling for what OpenAPI 3.0 can say in several: null, and references with more beside them.

`nullable: true` is the one way to allow null, and `allOf` with one reference the one way to say
more about a reference. So documents that mean the same interface are the same contract.
"""

from __future__ import annotations

from typing import Any

from generator.contract.dialect import NULL_ONLY
from generator.json_values import is_list, rebuilt
from generator.openapi import SCHEMA_REF
from generator.spec.walk import SCHEMA_KINDS, walk

_UNIONS = ("anyOf", "oneOf")
_WORDS = frozenset({"description", "title", "example", "examples", "externalDocs"})
# A schema without any of these takes every value, so null too.
_LIMITING = frozenset({"type", "enum", "allOf", "not", "properties", "items", *_UNIONS})


def respelled(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document of the right shape in one spelling; the given one is not changed."""
    result: dict[str, Any] = rebuilt(document)
    schemas: dict[str, Any] = result.get("components", {}).get("schemas", {})
    nothing = _names_of_null(schemas)
    # Inner ones first: what they become decides how the outer one is spelled.
    for node in reversed(walk(result)):
        if node.kind in SCHEMA_KINDS:
            spelled = _respelled(node.data, nothing)
            node.data.clear()
            node.data.update(spelled)
    for reference in nothing:
        # A name for null says no more than null, and stands nowhere now.
        del schemas[reference.removeprefix(SCHEMA_REF)]
    return result


def _names_of_null(schemas: dict[str, Any]) -> set[str]:
    """Return the references to components that allow only null, aliases of such among them."""
    found: set[str] = set()
    while more := {
        reference
        for name, schema in schemas.items()
        if (reference := SCHEMA_REF + name) not in found and _is_null(_respelled(schema, found))
    }:
        found |= more
    return found


def _is_null(schema: dict[str, Any]) -> bool:
    return {key: value for key, value in schema.items() if key not in _WORDS} == NULL_ONLY


def _respelled(schema: dict[str, Any], nothing: set[str]) -> dict[str, Any]:
    """Return one schema in one spelling; those inside it have it already.

    Args:
        schema: The schema.
        nothing: The references to schemas that allow only null.
    """
    words = {key: value for key, value in schema.items() if key in _WORDS}
    facts = {key: value for key, value in schema.items() if key not in _WORDS}
    if facts.get("nullable") is False:
        del facts["nullable"]
    _reference(facts, nothing)
    _enum(facts)
    for key in _UNIONS:
        if is_list(facts.get(key)):
            _union(facts, key, nothing)
    words |= _one_part(facts)
    if facts.get("enum") == [None]:
        facts = {**NULL_ONLY}
    if facts.get("nullable") and _LIMITING.isdisjoint(facts):
        del facts["nullable"]
    return facts | words


def _reference(facts: dict[str, Any], nothing: set[str]) -> None:
    """Say what stands beside a reference, which OpenAPI 3.0 ignores there, where it counts."""
    reference = facts.get("$ref")
    if reference in nothing:
        del facts["$ref"]
        facts.update(NULL_ONLY)
    elif reference is not None and len(facts) > 1:
        del facts["$ref"]
        facts["allOf"] = [{"$ref": reference}, *facts.get("allOf", [])]


def _enum(facts: dict[str, Any]) -> None:
    values = facts.get("enum")
    if is_list(values) and None in values and values != [None]:
        facts["enum"] = [value for value in values if value is not None]
        facts["nullable"] = True


def _union(facts: dict[str, Any], key: str, nothing: set[str]) -> None:
    """Move null out of a union, and make an allOf of one that has a single member."""
    members = [member for member in facts[key] if not _is_null(member)]
    if len(members) < len(facts[key]) or any(member.get("nullable") for member in members):
        facts["nullable"] = True
        members = [_respelled(member | {"nullable": False}, nothing) for member in members]
    if len(members) > 1:
        facts[key] = members
        return
    del facts[key]
    if members:
        facts["allOf"] = [*facts.get("allOf", []), *members]
    else:
        facts.pop("nullable")
        facts.update(NULL_ONLY)


def _one_part(facts: dict[str, Any]) -> dict[str, Any]:
    """Undo an allOf of one part, unless it is a reference with more beside it.

    Returns:
        The words of the part.
    """
    parts = facts.get("allOf")
    if not is_list(parts) or len(parts) > 1:
        return {}
    if not parts:
        del facts["allOf"]
        return {}
    part: dict[str, Any] = parts[0]
    alone = len(facts) == 1
    mixed = "$ref" in part or not facts.keys().isdisjoint(part.keys() - _WORDS - {"nullable"})
    if mixed and not alone:
        return {}
    del facts["allOf"]
    facts.update({key: value for key, value in part.items() if key not in _WORDS})
    return {key: value for key, value in part.items() if key in _WORDS}
