"""What a contract names, one by one: what a release of a server can know or not know.

A fact has a name that is the same in every release: path parameters may be called differently,
and what an operation is called does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs

from generator.json_pointers import split
from generator.openapi import iterate
from generator.spec import references

Kind = Literal["operations", "parameters", "schemas", "properties", "enums", "values"]
KINDS: tuple[Kind, ...] = ("operations", "parameters", "schemas", "properties", "enums", "values")
Key = tuple[Kind, str]


@attrs.frozen(kw_only=True, eq=False)
class Fact:
    """One fact.

    Attributes:
        kind: What it is; an enum is that something has a list of values, and not just a type.
        name: Its name among those of its kind.
        data: The object of the spec that states it; for a value, that with the list.
        owner: The schema that has a property; else the same as `data`.
        holder: What it is in: without this, it cannot be.
        sent: Whether a request can have it.
        shared: Whether the object belongs to several operations.
        value: The value of an enum.
    """

    kind: Kind
    name: str
    data: dict[str, Any]
    owner: dict[str, Any]
    holder: Fact | None = None
    sent: bool = True
    shared: bool = False
    value: Any = None

    @property
    def key(self) -> Key:
        """Kind and name."""
        return self.kind, self.name


def facts(spec: Mapping[str, Any]) -> Iterator[Fact]:
    """Yield what a contract names, each thing after what it is in."""
    for path, method, operation in iterate(spec):
        yield from _operation(spec, path, method, operation)
    sent = references.sent(spec)
    for name, schema in spec.get("components", {}).get("schemas", {}).items():
        whole = Fact(kind="schemas", name=name, data=schema, owner=schema, sent=name in sent)
        yield whole
        yield from _values(whole, schema)
        for part in (schema, *schema.get("allOf", ())):
            for field, data in part.get("properties", {}).items():
                inner = Fact(
                    kind="properties",
                    name=f"{name}.{field}",
                    data=data,
                    owner=part,
                    holder=whole,
                    sent=whole.sent and not data.get("readOnly"),
                )
                yield inner
                yield from _values(inner, data)


def _operation(
    spec: Mapping[str, Any], path: str, method: str, data: dict[str, Any]
) -> Iterator[Fact]:
    wire = f"{method.upper()} {re.sub(r'{[^{}]*}', '{}', path)}"
    operation = Fact(kind="operations", name=wire, data=data, owner=data)
    yield operation
    own = data.get("parameters", ())
    for listed in (*own, *spec["paths"][path].get("parameters", ())):
        parameter = _resolved(spec, listed)
        place, name = str(parameter["in"]), str(parameter["name"])
        if place == "path":
            continue  # as old as its path
        argument = Fact(
            kind="parameters",
            name=f"{wire} {place} {name.lower() if place == 'header' else name}",
            data=parameter,
            owner=parameter,
            holder=operation,
            shared=parameter is not listed or not any(listed is one for one in own),
        )
        yield argument
        yield from _values(argument, parameter.get("schema", {}))


def _values(holder: Fact, schema: dict[str, Any]) -> Iterator[Fact]:
    """Yield the values of an enum, or of a list of them."""
    listing = schema if "enum" in schema else schema.get("items", {})
    if "enum" not in listing:
        return
    enum = attrs.evolve(holder, kind="enums", data=listing, owner=listing, holder=holder)
    yield enum
    for value in listing["enum"]:
        if value is not None:
            name = f"{holder.name}={value}"
            yield attrs.evolve(enum, kind="values", name=name, holder=enum, value=value)


def _resolved(spec: Mapping[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    found = parameter
    while "$ref" in found:
        target: Any = spec
        for part in split(found["$ref"]):
            target = target[part]
        found = dict[str, Any](target)
    return found
