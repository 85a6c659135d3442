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
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@attrs.define
class Spot:
    """What a spec has at one place: names of properties, and enum values if there are any."""

    properties: set[str] = attrs.field(factory=set[str])
    enum: set[str] | None = None


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
    """The differences: operations by id, and (operation, direction, name or value)."""

    operations_added: set[str] = attrs.field(factory=set[str])
    operations_removed: set[str] = attrs.field(factory=set[str])
    parameters_added: set[tuple[str, str]] = attrs.field(factory=set[tuple[str, str]])
    parameters_removed: set[tuple[str, str]] = attrs.field(factory=set[tuple[str, str]])
    properties_added: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    properties_removed: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    values_added: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])
    values_removed: set[tuple[str, str, str]] = attrs.field(factory=set[tuple[str, str, str]])


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
    if "$ref" in schema:
        if schema["$ref"] not in open_:
            target = _follow(document, schema)
            _unfold(document, target, place=place, spots=spots, open_=(*open_, schema["$ref"]))
        return
    spot = spots.setdefault(place, Spot())
    if "enum" in schema:
        values = {str(value) for value in schema["enum"] if value is not None}
        spot.enum = values | (spot.enum or set())
    for name, child in schema.get("properties", {}).items():
        spot.properties.add(name)
        _unfold(document, child, place=(*place, name), spots=spots, open_=open_)
    for part in ("allOf", "oneOf", "anyOf"):
        for child in schema.get(part, []):
            _unfold(document, child, place=place, spots=spots, open_=open_)
    for part in ("items", "additionalProperties"):
        if is_object(schema.get(part)):
            _unfold(document, schema[part], place=(*place, f"<{part}>"), spots=spots, open_=open_)


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
    result.properties_removed |= {(*key, name) for name in old.properties - new.properties}
    result.properties_added |= {(*key, name) for name in new.properties - old.properties}
    if old.enum is not None and new.enum is not None:
        result.values_removed |= {(*key, value) for value in old.enum - new.enum}
        result.values_added |= {(*key, value) for value in new.enum - old.enum}
