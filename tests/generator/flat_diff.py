"""A second opinion on what differs between two specs: a plain flattening of both.

It shares no code with the drift command. Every schema that an operation uses is unfolded into
places (`body -> task -> labels[] -> name`), and two specs are compared place by place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs

from generator.json_values import is_object

Place = tuple[str, ...]
_FACTS = (
    *("type", "format", "pattern", "multipleOf", "uniqueItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@attrs.define
class Spot:
    """What a spec has at one place.

    Attributes:
        properties: Their names, apart from those that do not travel this way.
        enum: Its values, if there are any.
        required: The properties that must be there.
        facts: Type, format and limits, each as text.
        null: Whether null is allowed.
        choice: Whether there are alternatives, which may say different things.
    """

    properties: set[str] = attrs.field(factory=set[str])
    enum: set[str] | None = None
    required: set[str] = attrs.field(factory=set[str])
    facts: dict[str, str] = attrs.field(factory=dict[str, str])
    null: bool = False
    choice: bool = False

    @property
    def free(self) -> bool:
        """Whether any value fits."""
        return not (self.facts or self.properties or self.choice) and self.enum is None


@attrs.define(kw_only=True)
class Flat:
    """One operation, unfolded; the key of each spot starts with the direction."""

    id: str
    method: str
    path: str
    parameters: set[tuple[str, str]]
    spots: dict[Place, Spot]


@attrs.define(kw_only=True)
class Differences:
    """The differences: operations by id, and (operation, direction, name or value).

    Of nulls, the value says whether it came or went; of facts, what was and what is.
    """

    operations_added: set[str] = attrs.field(factory=set[str])
    operations_removed: set[str] = attrs.field(factory=set[str])
    parameters_added: set[tuple[str, str]] = attrs.field(factory=set[tuple[str, str]])
    parameters_removed: set[tuple[str, str]] = attrs.field(factory=set[tuple[str, str]])
    properties_added: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    properties_removed: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    values_added: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    values_removed: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    required: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    optional: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    nulls: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    facts: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])


def flatten(document: dict[str, Any]) -> list[Flat]:
    """Return all operations of an upstream document."""
    return [
        _flat(document, path, method, item)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def _flat(document: dict[str, Any], path: str, method: str, item: dict[str, Any]) -> Flat:
    operation = item[method]
    spots: dict[Place, Spot] = {}
    parameters: set[tuple[str, str]] = set()
    for raw in [*item.get("parameters", []), *operation.get("parameters", [])]:
        parameter = _follow(document, raw)
        name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
        parameters.add((parameter["in"], name))
        holder = f"parameter {parameter['in']} {name}"
        _unfold(
            document, parameter.get("schema", {}), place=("request", holder), spots=spots, open_=()
        )
    body = _follow(document, operation.get("requestBody", {}))
    for media, content in body.get("content", {}).items():
        _unfold(
            document, content.get("schema", {}), place=("request", media), spots=spots, open_=()
        )
    for status, raw in operation.get("responses", {}).items():
        for media, content in _follow(document, raw).get("content", {}).items():
            place = ("response", str(status), media)
            _unfold(document, content.get("schema", {}), place=place, spots=spots, open_=())
    return Flat(
        id=operation["operationId"], method=method, path=path, parameters=parameters, spots=spots
    )


def _follow(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].split("/")[1:]:
            found = found[part]
        node = found
    return node


def _unfold(
    document: dict[str, Any],
    schema: dict[str, Any],
    *,
    place: Place,
    spots: dict[Place, Spot],
    open_: tuple[str, ...],
) -> None:
    if place not in spots:
        spots[place] = Spot(null=_allows_null(document, schema, ()))
    if "$ref" in schema:
        if schema["$ref"] not in open_:
            target = _follow(document, schema)
            _unfold(document, target, place=place, spots=spots, open_=(*open_, schema["$ref"]))
        return
    spot = spots[place]
    _read(spot, schema)
    members = [_follow(document, one) for key in ("oneOf", "anyOf") for one in schema.get(key, ())]
    spot.choice |= sum(member.get("enum") != [None] for member in members) > 1
    for name, child in schema.get("properties", {}).items():
        if _hidden(document, child, place[0]):
            continue
        spot.properties.add(name)
        _unfold(document, child, place=(*place, name), spots=spots, open_=open_)
    for part in ("allOf", "oneOf", "anyOf"):
        for child in schema.get(part, []):
            _unfold(document, child, place=place, spots=spots, open_=open_)
    for part in ("items", "additionalProperties"):
        # Further keys that may hold anything are what a schema has without saying so.
        if is_object(schema.get(part)) and (part == "items" or schema[part]):
            _unfold(document, schema[part], place=(*place, f"<{part}>"), spots=spots, open_=open_)


def _read(spot: Spot, schema: dict[str, Any]) -> None:
    spot.required |= set(schema.get("required", ()))
    told = {key: schema[key] for key in _FACTS if key in schema}
    spot.facts |= {key: str(value) for key, value in told.items() if value is not False}
    if "type" not in spot.facts and schema.get("properties"):
        spot.facts["type"] = "object"
    values = [value for value in schema.get("enum", ()) if value is not None]
    if "enum" in schema:
        spot.enum = {str(value) for value in values} | (spot.enum or set())
    if "type" not in spot.facts and values and all(isinstance(value, str) for value in values):
        spot.facts["type"] = "string"


def _hidden(document: dict[str, Any], schema: dict[str, Any], direction: str) -> bool:
    """Whether a property does not travel this way."""
    word = {"request": "readOnly", "response": "writeOnly"}[direction]
    parts = [schema, _follow(document, schema), *schema.get("allOf", ())]
    return any(part.get(word) for part in parts)


def _allows_null(document: dict[str, Any], schema: dict[str, Any], open_: tuple[str, ...]) -> bool:
    if schema.get("nullable") or None in schema.get("enum", ()):
        return True
    if "$ref" in schema:
        reference = schema["$ref"]
        if reference in open_:
            return False
        return _allows_null(document, _follow(document, schema), (*open_, reference))
    if {"type", "enum", "properties", "items"} & schema.keys():
        return False
    choices = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    return all(_allows_null(document, part, open_) for part in schema.get("allOf", ())) and (
        not choices or any(_allows_null(document, part, open_) for part in choices)
    )


def differences(old: dict[str, Any], new: dict[str, Any]) -> Differences:
    """Return what differs between two upstream documents."""
    result = Differences()
    before, after = flatten(old), flatten(new)
    pairs = list(_pairs(before, after))
    result.operations_removed = {op.id for op in before} - {one.id for one, _ in pairs}
    result.operations_added = {op.id for op in after} - {other.id for _, other in pairs}
    for one, other in pairs:
        gone, come = one.parameters - other.parameters, other.parameters - one.parameters
        result.parameters_removed |= {(one.id, name) for _, name in gone}
        result.parameters_added |= {(one.id, name) for _, name in come}
        for place in set(one.spots) & set(other.spots):
            _spots(result, (one.id, place[0]), one.spots[place], other.spots[place])
    return result


def _pairs(before: list[Flat], after: list[Flat]) -> Iterator[tuple[Flat, Flat]]:
    """Pair operations by method and path, else by operationId, else by a path of the same shape."""
    left, right = list(before), list(after)
    for key in (_wire, _id, _shape):
        for one in list(left):
            other = next((item for item in right if key(item) == key(one)), None)
            if other is not None:
                left.remove(one)
                right.remove(other)
                yield one, other


def _wire(operation: Flat) -> tuple[str, str]:
    return operation.method, operation.path


def _id(operation: Flat) -> tuple[str, str]:
    return "", operation.id


def _shape(operation: Flat) -> tuple[str, str]:
    return operation.method, re.sub(r"{\w+}", "{}", operation.path)


def _spots(result: Differences, key: tuple[str, str], old: Spot, new: Spot) -> None:
    if old.free != new.free:
        # What it says now is no news: that it says something is.
        if not (old.choice or new.choice):
            result.facts |= {(*key, _change("type", old, new))}
        return
    result.properties_removed |= {(*key, name) for name in old.properties - new.properties}
    result.properties_added |= {(*key, name) for name in new.properties - old.properties}
    if old.enum is not None and new.enum is not None:
        result.values_removed |= {(*key, value) for value in old.enum - new.enum}
        result.values_added |= {(*key, value) for value in new.enum - old.enum}
    if old.null != new.null:
        result.nulls.add((*key, "came" if new.null else "went"))
    if old.choice or new.choice:
        return
    shared = old.properties & new.properties
    result.required |= {(*key, name) for name in (new.required - old.required) & shared}
    result.optional |= {(*key, name) for name in (old.required - new.required) & shared}
    result.facts |= {
        (*key, _change(fact, old, new))
        for fact in _FACTS
        if old.facts.get(fact) != new.facts.get(fact)
    }


def _change(fact: str, old: Spot, new: Spot) -> str:
    return f"{fact}: {old.facts.get(fact)} -> {new.facts.get(fact)}"
