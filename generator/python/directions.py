"""Read-only and write-only properties: demanded in one direction only.

A schema that is sent and received, and of which either direction demands other properties, becomes
two: one with its name for answers, and one for requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from generator.json_values import is_list, is_object, rebuilt
from generator.openapi import SCHEMA_REF, iterate
from generator.python.unique_names import free_name

REQUEST = "Request"
_COMBINERS = ("allOf", "anyOf", "oneOf")


def directed(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return an effective spec in which each schema demands what its direction has."""
    if not _has_words(spec):
        return dict(spec)
    result: dict[str, Any] = rebuilt(spec)
    components: dict[str, Any] = result.get("components", {})
    schemas: dict[str, Any] = components.get("schemas", {})
    graph = {name: list(_references(schema)) for name, schema in schemas.items()}
    sent = _reached(_bodies(result, "request"), graph)
    received = _reached(_bodies(result, "answer"), graph)
    both = sent & received
    directional = {name for name in both if _has_direction(schemas[name], schemas)}
    split = {name for name in both if directional & _reached([_reference(name)], graph)}
    names = {name: free_name(name + REQUEST, schemas) for name in split}
    redirected = {_reference(name): _reference(new) for name, new in names.items()}

    def as_sent(schema: Any) -> Any:
        return _relaxed(_redirected(schema, redirected), "readOnly", schemas)

    def as_received(schema: Any) -> Any:
        return _relaxed(schema, "writeOnly", schemas)

    made = {names[name]: _named(as_sent(schemas[name])) for name in split}
    made |= {name: as_received(schemas[name]) for name in received}
    made |= {name: as_sent(schemas[name]) for name in sent - received}
    _each_body(result, "request", as_sent)
    _each_body(result, "answer", as_received)
    schemas.update(made)
    return result


def _has_words(spec: Mapping[str, Any]) -> bool:
    """Whether a request may have what is read-only, or an answer what is write-only."""
    schemas: Mapping[str, Any] = spec.get("components", {}).get("schemas", {})
    graph = {name: list(_references(schema)) for name, schema in schemas.items()}
    for direction, word in (("request", "readOnly"), ("answer", "writeOnly")):
        bodies = _bodies(spec, direction)
        named = [schemas[name] for name in _reached(bodies, graph)]
        if any(_mentions(schema, word) for schema in (*bodies, *named)):
            return True
    return False


def _mentions(node: Any, word: str) -> bool:
    if is_object(node):
        return bool(node.get(word)) or any(_mentions(child, word) for child in node.values())
    return is_list(node) and any(_mentions(item, word) for item in node)


def _reference(name: str) -> str:
    return SCHEMA_REF + name


def _named(schema: dict[str, Any]) -> dict[str, Any]:
    if "x-annoport-class" in schema:
        return schema | {"x-annoport-class": f"{schema['x-annoport-class']}{REQUEST}"}
    return schema


def _references(node: Any) -> Iterator[str]:
    """Yield the references to schemas in any part of a document."""
    if is_object(node):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif is_list(node):
        for item in node:
            yield from _references(item)


def _reached(start: list[Any], graph: Mapping[str, list[str]]) -> set[str]:
    """Return the names of the schemas that some nodes lead to."""
    found: set[str] = set()
    todo = [reference for node in start for reference in _as_references(node)]
    while todo:
        name = todo.pop().removeprefix(SCHEMA_REF)
        if name in graph and name not in found:
            found.add(name)
            todo.extend(graph[name])
    return found


def _as_references(node: Any) -> list[str]:
    return [node] if isinstance(node, str) else list(_references(node))


def _holders(spec: Mapping[str, Any], direction: str) -> Iterator[dict[str, Any]]:
    """Yield the bodies of one direction; those of the components, too."""
    components = spec.get("components", {})
    if direction == "request":
        yield from components.get("requestBodies", {}).values()
        for _, _, operation in iterate(spec):
            yield operation.get("requestBody", {})
    else:
        yield from components.get("responses", {}).values()
        for _, _, operation in iterate(spec):
            yield from operation.get("responses", {}).values()


def _media(spec: Mapping[str, Any], direction: str) -> Iterator[dict[str, Any]]:
    for holder in _holders(spec, direction):
        yield from holder.get("content", {}).values()


def _bodies(spec: Mapping[str, Any], direction: str) -> list[Any]:
    return [media["schema"] for media in _media(spec, direction) if "schema" in media]


def _each_body(spec: Mapping[str, Any], direction: str, change: Callable[[Any], Any]) -> None:
    for media in _media(spec, direction):
        if "schema" in media:
            media["schema"] = change(media["schema"])


def _redirected(node: Any, redirected: Mapping[str, str]) -> Any:
    if is_object(node):
        result = {key: _redirected(value, redirected) for key, value in node.items()}
        if result.get("$ref") in redirected:
            result["$ref"] = redirected[result["$ref"]]
        return result
    return [_redirected(item, redirected) for item in node] if is_list(node) else node


def _has_direction(schema: dict[str, Any], schemas: Mapping[str, Any]) -> bool:
    """Whether a schema demands a property that one direction lacks."""
    return any(_relaxed(schema, word, schemas) != schema for word in ("readOnly", "writeOnly"))


def _relaxed(schema: Any, word: str, schemas: Mapping[str, Any]) -> Any:
    """Return a schema that does not demand the properties with a word; what is inside, neither."""
    if not is_object(schema):
        return schema
    return _without(rebuilt(schema), word, schemas, free=frozenset())


def _without(
    schema: dict[str, Any], word: str, schemas: Mapping[str, Any], *, free: frozenset[str]
) -> dict[str, Any]:
    """Drop the demands from a schema in place; `free` are names that the whole does not demand."""
    free |= frozenset(_with_word(schema, word, schemas))
    if is_list(schema.get("required")):
        schema["required"] = [name for name in schema["required"] if name not in free]
        if not schema["required"]:
            del schema["required"]
    for child in schema.get("properties", {}).values():
        _without(child, word, schemas, free=frozenset())
    for key in ("items", "additionalProperties"):
        if is_object(schema.get(key)):
            _without(schema[key], word, schemas, free=frozenset())
    for key in _COMBINERS:
        for part in schema.get(key, ()):
            # The parts of an allOf are one object together.
            _without(part, word, schemas, free=free if key == "allOf" else frozenset())
    return schema


def _with_word(schema: dict[str, Any], word: str, schemas: Mapping[str, Any]) -> Iterator[str]:
    """Yield the properties of an object that carry a word."""
    for name, child in schema.get("properties", {}).items():
        if child.get(word):
            yield name
    for part in schema.get("allOf", ()):
        whole = (
            schemas.get(str(part["$ref"]).removeprefix(SCHEMA_REF), {}) if "$ref" in part else part
        )
        if whole is not schema:
            yield from _with_word(whole, word, schemas)
