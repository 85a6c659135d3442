"""Where operations take conditions of `annoport.filters`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from annoport.core.contract.extensions import FilterRule
from generator.json_pointers import joined
from generator.openapi import SCHEMA_REF
from generator.python.raw_operation import RawOperation
from generator.python.schema_parser import Parser

KEY = "x-annoport-filter"
ARGUMENT = "Filter"
"""The source of the type of a condition as an argument."""


def rule_of(data: Mapping[str, Any]) -> FilterRule | None:
    """The rule that stands on a parameter or a schema, if one does."""
    return msgspec.convert(data[KEY], FilterRule, strict=True) if KEY in data else None


def body_rules(raw: RawOperation, parser: Parser) -> dict[str, FilterRule]:
    """Pointer into the body of an operation -> how a condition is written there."""
    return {
        pointer: rule
        for schema in raw.bodies.values()
        for pointer, rule in _rules(schema, parser.schemas, "", ())
    }


def _rules(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], pointer: str, seen: tuple[str, ...]
) -> Iterator[tuple[str, FilterRule]]:
    rule = rule_of(schema)
    if rule is not None:
        yield pointer, rule
        return  # what is inside belongs to the condition
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(SCHEMA_REF)
        if name not in seen:
            yield from _rules(schemas[name], schemas, pointer, (*seen, name))
        return
    for key in ("allOf", "anyOf", "oneOf"):
        for member in schema.get(key, ()):
            yield from _rules(member, schemas, pointer, seen)
    for wire, child in schema.get("properties", {}).items():
        yield from _rules(child, schemas, joined(pointer, wire), seen)


def unreached(parser: Parser, operations: Mapping[str, Any]) -> Iterator[str]:
    """Schemas with a rule that no operation sends, so that the rule has no effect."""
    used = {id(schema) for raw in operations.values() for schema in _found(raw, parser)}
    for name, schema in parser.schemas.items():
        if KEY in schema and id(schema) not in used:
            yield f"schema {name}: it takes conditions, but no operation sends it"


def _found(raw: RawOperation, parser: Parser) -> Iterator[Mapping[str, Any]]:
    todo: list[Mapping[str, Any]] = [*raw.bodies.values()]
    seen: set[str] = set()
    while todo:
        schema = todo.pop()
        yield schema
        name = str(schema.get("$ref", "")).removeprefix(SCHEMA_REF)
        if name and name not in seen:
            seen.add(name)
            todo.append(parser.schemas[name])
        for key in ("allOf", "anyOf", "oneOf"):
            todo += schema.get(key, ())
        todo += schema.get("properties", {}).values()
