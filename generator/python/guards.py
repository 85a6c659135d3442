"""What must never be sent: guards of the overlay, brought to the operations that they concern."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from annoport.core.contract.extensions import Guard, Ignored, Placeholder, Same, Selection
from generator.json_pointers import joined
from generator.openapi import SCHEMA_REF
from generator.python.raw_operation import RawOperation
from generator.python.schema_parser import Parser

KEY = "x-annoport-guard"
_UNIONS = ("allOf", "anyOf", "oneOf")


def pointers(raw: RawOperation, parser: Parser) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Pointer to each guarded field of an operation's bodies, its schema, whether it is needed.

    A pointer has "*" for every item of a list.
    """
    for schema in raw.bodies.values():
        yield from _fields(schema, parser.schemas, "", ())


def _fields(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], pointer: str, seen: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(SCHEMA_REF)
        # One that holds itself is guarded where it stands first.
        if name not in seen:
            yield from _fields(schemas[name], schemas, pointer, (*seen, name))
        return
    for key in _UNIONS:
        for member in schema.get(key, ()):
            yield from _fields(member, schemas, pointer, seen)
    if "items" in schema:
        yield from _fields(schema["items"], schemas, f"{pointer}/*", seen)
    for wire, child in schema.get("properties", {}).items():
        here = joined(pointer, wire)
        if KEY in child:
            yield here, child, wire in schema.get("required", ())
        yield from _fields(child, schemas, here, seen)


def guard_of(data: Mapping[str, Any]) -> Guard | None:
    """The guard that stands on a node of the spec, if any."""
    return msgspec.convert(data[KEY], Guard, strict=True) if KEY in data else None


def keywords(raw: RawOperation, parser: Parser) -> dict[str, Any]:
    """Keyword of core.Operation -> the guards of an operation."""
    fields = {pointer: guard_of(schema) for pointer, schema, _ in pointers(raw, parser)}
    found = {"selection": guard_of(raw.data), "guards": fields}
    return {keyword: value for keyword, value in found.items() if value}


def parameter_guard(data: Mapping[str, Any]) -> Ignored | None:
    """The guard of a parameter, if it has one."""
    guard = guard_of(data)
    return guard if isinstance(guard, Ignored) else None


def refused(raw: RawOperation, parser: Parser) -> list[str]:
    """What the docstring of a method says about what it refuses to send: error and case."""
    selection = guard_of(raw.data)
    lines: list[str] = []
    if isinstance(selection, Selection):
        lines.append(_selection_words(selection, has_body=bool(raw.bodies)))
    for pointer, schema, _ in pointers(raw, parser):
        guard = guard_of(schema)
        place = "$" + pointer.replace("/*", "[]").replace("/", ".")
        if isinstance(guard, Placeholder):
            lines.append(
                f"InvalidBodyError: `{place}` is {guard.value!r}, and the client is strict."
            )
        elif isinstance(guard, Same):
            lines.append(
                f"InvalidBodyError: an item of `{place}` has another `{guard.key}` than what "
                "holds it."
            )
    return lines


def _selection_words(selection: Selection, *, has_body: bool) -> str:
    if selection.answer is not None:
        return "InvalidBodyError: a list of the body is empty while something else selects."
    count = f", and `{selection.count}` is not given" if selection.count else ""
    if not has_body:
        return f"InvalidArgumentError: nothing selects what to change{count}."
    return f"InvalidBodyError: a list of ids is empty, or nothing selects what to change{count}."


def problems(raw: RawOperation, parser: Parser) -> Iterator[str]:
    """Names in the guards of an operation that do not exist, and what cannot work."""
    known = {parameter["name"] for parameter in raw.parameters}
    for schema in raw.bodies.values():
        known |= set(_names(schema, parser.schemas))
    selection = guard_of(raw.data)
    if isinstance(selection, Selection):
        yield from _selection_problems(selection, known | ({""} if raw.bodies else set()), raw)
    for parameter in raw.parameters:
        where = f"{raw.place} parameter {parameter['name']!r}"
        yield from _ignored_problems(guard_of(parameter), known, where)
    for pointer, schema, needed in pointers(raw, parser):
        where = f"{raw.place} body {pointer}"
        guard = guard_of(schema)
        yield from _ignored_problems(guard, known, where)
        if isinstance(guard, Placeholder) and needed:
            yield f"{where}: a field that is required cannot be left out of the body"
        if isinstance(guard, Same):
            yield from _same_problems(guard, schema, parser, where)


def _selection_problems(selection: Selection, known: set[str], raw: RawOperation) -> Iterator[str]:
    for name in selection.by:
        if name not in known:
            yield f"{raw.place}: the guard names {name!r}, which is no parameter or body field"
    try:
        json.loads(selection.answer or "null")
    except ValueError:
        yield f"{raw.place}: the guard's answer {selection.answer!r} is not JSON"
    count = [] if selection.count is None else [selection.count]
    for name in [*count, *selection.unless]:
        if name not in {parameter["name"] for parameter in raw.parameters}:
            yield f"{raw.place}: the guard names the parameter {name!r}, which does not exist"


def _ignored_problems(guard: Guard | None, known: set[str], where: str) -> Iterator[str]:
    if not isinstance(guard, Ignored):
        return
    if guard.instead not in known:
        yield f"{where}: the guard names {guard.instead!r}, which is no parameter or body field"
    try:
        re.compile(guard.pattern or "")
    except re.error as error:
        yield f"{where}: {guard.pattern!r} is no regular expression: {error}"


def _same_problems(
    guard: Same, schema: Mapping[str, Any], parser: Parser, where: str
) -> Iterator[str]:
    if guard.key not in set(_names(schema.get("items", {}), parser.schemas)):
        yield f"{where}: its items have no field {guard.key!r}, which the guard compares"


def _names(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    """The names of an object's fields."""
    if "$ref" in schema:
        schema = schemas[str(schema["$ref"]).removeprefix(SCHEMA_REF)]
    yield from schema.get("properties", {})
    for key in _UNIONS:
        for member in schema.get(key, ()):
            yield from _names(member, schemas)


def unreached(parser: Parser, operations: Iterable[RawOperation]) -> Iterator[str]:
    """Guarded fields that no operation sends, so that their guards have no effect."""
    reached = {id(schema) for raw in operations for _, schema, _ in pointers(raw, parser)}
    for name, schema in parser.schemas.items():
        for wire, child in schema.get("properties", {}).items():
            if KEY in child and id(child) not in reached:
                yield f"schema {name}: {wire!r} has a guard, but no operation sends it"
