"""Which named schemas a part of a document leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.json_values import is_list, is_object
from generator.openapi import SCHEMA_REF, iterate


def references(node: Any) -> Iterator[str]:
    """Yield the references in any part of a document."""
    if is_object(node):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif is_list(node):
        for item in node:
            yield from references(item)


def graph(schemas: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the references of each named schema."""
    return {name: list(references(schema)) for name, schema in schemas.items()}


def reached(start: Iterable[str], edges: Mapping[str, list[str]]) -> set[str]:
    """Return the names of the schemas that some references lead to."""
    found: set[str] = set()
    todo = list(start)
    while todo:
        name = todo.pop().removeprefix(SCHEMA_REF)
        if name in edges and name not in found:
            found.add(name)
            todo.extend(edges[name])
    return found


def sent(spec: Mapping[str, Any]) -> set[str]:
    """Return the names of the schemas that parameters and bodies of requests lead to."""
    components = spec.get("components", {})
    asked: list[Any] = [components.get("requestBodies"), components.get("parameters")]
    for path, _, operation in iterate(spec):
        asked += [spec["paths"][path].get("parameters"), operation.get("parameters")]
        asked.append(operation.get("requestBody"))
    edges = graph(components.get("schemas", {}))
    return reached((reference for node in asked for reference in references(node)), edges)
