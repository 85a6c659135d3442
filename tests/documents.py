"""Documents made from schemas, for hypothesis: what a server may send and a caller may pass."""

from __future__ import annotations

import datetime
import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from hypothesis import strategies as st

from generator.json_values import is_object
from generator.openapi import SCHEMA_REF
from generator.python.inline_schemas import Hoisted, class_name
from generator.python.operations import hoist
from generator.python.raw_operation import RawOperation
from generator.python.schema_parser import Parser
from generator.spec import effective

_DEEPEST = 3
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
_MOMENTS = st.datetimes(
    min_value=datetime.datetime(1970, 1, 1),  # noqa: DTZ001 - the time zone is set below
    max_value=datetime.datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(datetime.UTC),
)
_FORMATS: dict[str, st.SearchStrategy[str]] = {
    "date-time": _MOMENTS.map(lambda moment: moment.isoformat().replace("+00:00", "Z")),
    "date": st.dates(datetime.date(1970, 1, 1)).map(datetime.date.isoformat),
    "uuid": st.uuids().map(str),
    "uri": st.just("https://example.org/a"),
    "email": st.just("ada@example.org"),
}
_ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)


@attrs.frozen
class Spec:
    """The effective spec of a platform as the generator sees it."""

    raw: Mapping[str, Any]
    schemas: Mapping[str, dict[str, Any]]
    operations: Mapping[str, RawOperation]
    parser: Parser


@functools.cache
def load(platform: str) -> Spec:
    """Read a platform's effective spec, with inline schemas named."""
    return of(effective.load(platform))


def of(raw: dict[str, Any]) -> Spec:
    """Return an effective spec, with inline schemas named."""
    hoisted = Hoisted()
    hoisted.name_components(raw["components"]["schemas"])
    operations = {operation.id: operation for operation in hoist(raw, hoisted)}
    return Spec(raw, hoisted.schemas, operations, Parser(hoisted.schemas))


def documents(
    schema: Mapping[str, Any], schemas: Mapping[str, dict[str, Any]], depth: int = 0
) -> st.SearchStrategy[Any]:
    """Return a strategy for JSON values that fit a schema; optional properties come and go."""
    if "$ref" in schema:
        return documents(schemas[schema["$ref"].removeprefix(SCHEMA_REF)], schemas, depth)
    strategy = _plain(schema, schemas, depth)
    return st.none() | strategy if schema.get("nullable") else strategy


def _plain(
    schema: Mapping[str, Any], schemas: Mapping[str, dict[str, Any]], depth: int
) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return st.one_of(_members(schema, schema[key], schemas, depth))
    if "allOf" in schema:
        return documents(_merged(schema, schemas), schemas, depth)
    kind = schema.get("type") or ("object" if "properties" in schema else None)
    if kind == "object":
        return _objects(schema, schemas, depth)
    if kind == "array":
        return _arrays(schema, schemas, depth)
    return _scalars(schema, kind)


def _members(
    schema: Mapping[str, Any],
    members: list[dict[str, Any]],
    schemas: Mapping[str, dict[str, Any]],
    depth: int,
) -> list[st.SearchStrategy[Any]]:
    """Return a strategy for each member of a union, which a discriminator names."""
    plain = [documents(member, schemas, depth) for member in members]
    discriminator = schema.get("discriminator")
    if discriminator is None:
        return plain
    names = {
        SCHEMA_REF + class_name(target.rpartition("/")[2]): value
        for value, target in discriminator.get("mapping", {}).items()
    }

    def named(value: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        return lambda document: document | {discriminator["propertyName"]: value}

    return [
        drawn.map(named(names.get(member["$ref"], member["$ref"].rpartition("/")[2])))
        for drawn, member in zip(plain, members, strict=True)
    ]


def _scalars(schema: Mapping[str, Any], kind: str | None) -> st.SearchStrategy[Any]:
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return st.integers(*_bounds(schema, -(2**31), 2**31))
    if kind == "number":
        low, high = _bounds(schema, -1_000_000, 1_000_000)
        return st.floats(low, high, allow_nan=False, allow_infinity=False)
    if kind == "string":
        return _strings(schema)
    return _ANYTHING


def _bounds(schema: Mapping[str, Any], low: int, high: int) -> tuple[int, int]:
    low = max(low, int(schema.get("minimum", low)) + bool(schema.get("exclusiveMinimum")))
    high = min(high, int(schema.get("maximum", high)) - bool(schema.get("exclusiveMaximum")))
    return low, high


def _strings(schema: Mapping[str, Any]) -> st.SearchStrategy[str]:
    known = _FORMATS.get(schema.get("format", ""))
    if known is not None and schema.get("x-annoport-utc"):
        return known.map(lambda text: text.removesuffix("Z"))
    if known is not None:
        return known
    low = schema.get("minLength", 0)
    if "pattern" in schema:
        lengths = range(low, schema.get("maxLength", sys.maxsize) + 1)
        matching = st.from_regex(
            schema["pattern"], fullmatch=True, alphabet=st.characters(codec="ascii")
        )
        return matching.filter(lambda text: len(text) in lengths)
    return st.text(
        st.characters(codec="utf-8", exclude_characters="\x00"),
        min_size=low,
        max_size=min(schema.get("maxLength", low + 12), low + 12),
    )


def _objects(
    schema: Mapping[str, Any], schemas: Mapping[str, dict[str, Any]], depth: int
) -> st.SearchStrategy[dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    required: set[str] = set(schema.get("required", ())) & set(properties)
    # A list that is empty where it is absent is written in any case.
    required |= {
        key for key, child in properties.items() if child.get("x-annoport-absent") == "empty"
    }
    deeper = depth + 1
    extra = schema.get("additionalProperties")
    values = documents(extra, schemas, deeper) if is_object(extra) and extra else _ANYTHING
    further = st.dictionaries(
        _TEXT.filter(lambda key: key not in properties),
        values,
        max_size=0 if depth >= _DEEPEST or (properties and not extra) else 2,
    )
    if not properties:
        return further
    optional: set[str] = set() if depth >= _DEEPEST else set(properties) - required
    known = st.fixed_dictionaries(
        {key: documents(properties[key], schemas, deeper) for key in sorted(required)},
        optional={key: documents(properties[key], schemas, deeper) for key in sorted(optional)},
    )
    return st.tuples(known, further).map(_united) if extra else known


def _united(parts: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    return parts[0] | parts[1]


def _arrays(
    schema: Mapping[str, Any], schemas: Mapping[str, dict[str, Any]], depth: int
) -> st.SearchStrategy[list[Any]]:
    low = schema.get("minItems", 0)
    high = min(schema.get("maxItems", low + 2), low + 2)
    if depth >= _DEEPEST:
        high = low
    if not high:
        return st.just([])  # what is inside may have the list inside it
    return st.lists(
        documents(schema.get("items", {}), schemas, depth + 1), min_size=low, max_size=high
    )


def _merged(schema: Mapping[str, Any], schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the parts of an allOf as one schema."""
    result: dict[str, Any] = {"properties": {}, "required": []}
    for part in (*schema["allOf"], {k: v for k, v in schema.items() if k != "allOf"}):
        whole = schemas[part["$ref"].removeprefix(SCHEMA_REF)] if "$ref" in part else part
        whole = _merged(whole, schemas) if "allOf" in whole else whole
        result["properties"] |= whole.get("properties", {})
        result["required"] += whole.get("required", [])
        result |= {
            k: v for k, v in whole.items() if k not in {"properties", "required", "nullable"}
        }
    if not result["properties"]:
        del result["properties"], result["required"]
    return result
