"""What must never be sent: guards of the overlay, brought to the operations that they concern."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from annoport.core.contract.extensions import (
    ArgumentGuard,
    Beside,
    FieldGuard,
    Guard,
    Ignored,
    Only,
    Placeholder,
    Same,
    Selection,
)
from generator.json_pointers import joined
from generator.json_values import is_list
from generator.openapi import SCHEMA_REF
from generator.python.raw_operation import RawOperation
from generator.python.schema_parser import Parser

KEY = "x-annoport-guard"
BODY_KEY = "x-annoport-body-guards"
_UNIONS = ("allOf", "anyOf", "oneOf")


def pointers(raw: RawOperation, parser: Parser) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Pointer to each guarded field of an operation's bodies, its schema, whether it is needed.

    A pointer has "*" for every item of a list.
    """
    for pointer, schema, needed in _body_fields(raw, parser):
        if KEY in schema:
            yield pointer, schema, needed


def _body_fields(raw: RawOperation, parser: Parser) -> Iterator[tuple[str, dict[str, Any], bool]]:
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
        yield here, child, wire in schema.get("required", ())
        yield from _fields(child, schemas, here, seen)


def guards_of(data: Mapping[str, Any]) -> tuple[Guard, ...]:
    """The guards that stand on a node of the spec."""
    given = data.get(KEY, [])
    listed = given if is_list(given) else [given]
    return tuple(msgspec.convert(one, Guard, strict=True) for one in listed)


def body_guards(raw: RawOperation) -> dict[str, tuple[FieldGuard, ...]]:
    """The guards that stand on an operation, because they hold for its body only."""
    return msgspec.convert(
        raw.data.get(BODY_KEY, {}), dict[str, tuple[FieldGuard, ...]], strict=True
    )


def _selection_of(data: Mapping[str, Any]) -> Selection | None:
    return next((one for one in guards_of(data) if isinstance(one, Selection)), None)


def keywords(raw: RawOperation, parser: Parser) -> dict[str, Any]:
    """Keyword of core.Operation -> the guards of an operation."""
    fields = {pointer: guards_of(schema) for pointer, schema, _ in pointers(raw, parser)}
    for pointer, guards in body_guards(raw).items():
        fields[pointer] = (*fields.get(pointer, ()), *guards)
    found = {"selection": _selection_of(raw.data), "guards": fields}
    return {keyword: value for keyword, value in found.items() if value}


def parameter_guard(data: Mapping[str, Any]) -> ArgumentGuard | None:
    """The guard of a parameter, if it has one."""
    return next((one for one in guards_of(data) if isinstance(one, Ignored | Only)), None)


def refused(raw: RawOperation, parser: Parser) -> list[str]:
    """What the docstring of a method says about what it refuses to send: error and case."""
    selection = _selection_of(raw.data)
    lines: list[str] = []
    if selection is not None:
        lines.append(_selection_words(selection, has_body=bool(raw.bodies)))
    found: dict[str, Any] = keywords(raw, parser).get("guards", {})
    for pointer, guards in found.items():
        place = "$" + pointer.replace("/*", "[]").replace("/", ".")
        lines += [f"InvalidBodyError: {w}" for guard in guards for w in _words(guard, place)]
    return lines


def _words(guard: Guard, place: str) -> Iterator[str]:
    if isinstance(guard, Placeholder):
        yield f"`{place}` is {guard.value!r}, and the client is strict."
    elif isinstance(guard, Same):
        yield f"an item of `{place}` has another `{guard.key}` than what holds it."
    elif isinstance(guard, Only):
        yield f"`{place}` is not {guard.expected or 'one of its known values'}."
    elif isinstance(guard, Beside):
        values = f" is {' or '.join(map(repr, guard.values))} and" if guard.values else ""
        for name in guard.excludes:
            yield f"`{place}`{values} stands beside `{name}`."
        for name, wanted in guard.needs.items():
            other = f"`{name}`" if wanted is None else f"`{name}={wanted!r}`"
            yield f"`{place}`{values} stands without {other}."


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
    selection = _selection_of(raw.data)
    if selection is not None:
        yield from _selection_problems(selection, known | ({""} if raw.bodies else set()), raw)
    for parameter in raw.parameters:
        where = f"{raw.place} parameter {parameter['name']!r}"
        for guard in guards_of(parameter):
            yield from _value_problems(guard, known, where)
    yield from _body_problems(raw, parser, known)


def _body_problems(raw: RawOperation, parser: Parser, known: set[str]) -> Iterator[str]:
    fields = {pointer: schema for pointer, schema, _ in _body_fields(raw, parser)}
    required = {pointer for pointer, _, needed in pointers(raw, parser) if needed}
    found: dict[str, tuple[Guard, ...]] = keywords(raw, parser).get("guards", {})
    for pointer, guards in found.items():
        where = f"{raw.place} body {pointer}"
        if pointer not in fields:
            yield f"{where}: there is no such field to guard"
        for guard in guards:
            yield from _value_problems(guard, known, where)
            if isinstance(guard, Placeholder) and pointer in required:
                yield f"{where}: a field that is required cannot be left out of the body"
            if isinstance(guard, Same):
                yield from _same_problems(guard, fields[pointer], parser, where)
            if isinstance(guard, Beside):
                yield from _beside_problems(guard, fields, pointer, where)


def _beside_problems(
    guard: Beside, fields: Mapping[str, Any], pointer: str, where: str
) -> Iterator[str]:
    if not (guard.excludes or guard.needs):
        yield f"{where}: the guard needs and excludes nothing"
    for name in (*guard.excludes, *guard.needs):
        if joined(pointer.rpartition("/")[0], name) not in fields:
            yield f"{where}: the guard names {name!r}, which does not stand beside it"


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


def _value_problems(guard: Guard, known: set[str], where: str) -> Iterator[str]:
    """What cannot work in a guard that looks at a value."""
    if isinstance(guard, Ignored) and guard.instead not in known:
        yield f"{where}: the guard names {guard.instead!r}, which is no parameter or body field"
    if isinstance(guard, Only) and bool(guard.pattern) == bool(guard.values):
        yield f"{where}: the guard needs a pattern or values, and not both"
    if isinstance(guard, Only) and bool(guard.pattern) != bool(guard.expected):
        yield f"{where}: a pattern and the words for it (expected) need each other"
    if isinstance(guard, Ignored | Only):
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
