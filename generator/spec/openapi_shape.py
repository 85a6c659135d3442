"""Whether a document has the shape of OpenAPI 3.0: objects, lists and strings where they belong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from generator.errors import GeneratorError
from generator.json_values import is_list, is_object
from generator.openapi import METHODS

_EXCERPT = 80


def check_openapi(document: Mapping[str, Any], origin: str, *, remedy: str) -> None:
    """Check that a document has the shape of an OpenAPI 3.0 spec.

    Args:
        document: The whole document.
        origin: What to call it in an error message.
        remedy: What a maintainer can do about a fault.

    Raises:
        GeneratorError: It has not; the message names every place.
    """
    faults = list(_outline(document)) or list(_faults(document))
    if len(faults) == 1:
        raise GeneratorError(f"{origin}: {faults[0]}; {remedy}")
    if faults:
        raise GeneratorError(f"{origin}: {len(faults)} faults; {remedy}:\n  " + "\n  ".join(faults))


def _outline(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the document as a whole."""
    version = document.get("openapi")
    if version is None and "swagger" in document:
        yield f"found Swagger {document['swagger']!s:.9}; convert it to OpenAPI 3.0"
        return
    if not isinstance(version, str) or not version.startswith("3.0"):
        yield f"expected an OpenAPI 3.0 or 3.1 document, found {_shown(version)} as its version"
        return
    for key in ("info", "paths"):
        if not is_object(document.get(key)):
            yield f"an OpenAPI document needs an object under {key!r}"
    if is_object(info := document.get("info")) and not info.get("version"):
        yield "expected the version of the API under info.version"


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        yield from _each_in(f"path {path}", item, _path_item)
    components = document.get("components", {})
    yield from _is(components, dict, "components")
    if is_object(components):
        for kind, check in _COMPONENTS.items():
            yield from _map(components.get(kind, {}), f"components.{kind}", check)
    # Webhooks, as a contract keeps them.
    yield from _map(document.get("x-webhooks", {}), "webhooks", _methods)
    servers = document.get("servers", [])
    yield from _list(servers, "servers", lambda item, place: _is(item, dict, place))
    yield from _security(document.get("security", []), "security")


_Kind = type[dict[str, Any]] | type[list[Any]] | type[str]
_WORDS: dict[Any, str] = {dict: "an object", list: "a list", str: "a string"}


def _is(value: Any, kind: _Kind, place: str) -> Iterator[str]:
    if not isinstance(value, kind):
        yield f"{place}: expected {_WORDS[kind]}, found {_shown(value)}"


def _shown(value: Any) -> str:
    return repr(value)[:_EXCERPT]


_Check = Callable[[Any, str], Iterator[str]]


def _each_in(place: str, value: Any, check: _Check) -> Iterator[str]:
    """Yield the faults of an object: that it is not one, or those inside it."""
    if is_object(value):
        yield from check(value, place)
    else:
        yield from _is(value, dict, place)


def _map(value: Any, place: str, check: _Check) -> Iterator[str]:
    yield from _is(value, dict, place)
    if is_object(value):
        for key, item in value.items():
            yield from _each_in(f"{place}.{key}", item, check)


def _list(value: Any, place: str, check: _Check) -> Iterator[str]:
    yield from _is(value, list, place)
    if is_list(value):
        for number, item in enumerate(value):
            yield from check(item, f"{place}[{number}]")


def _path_item(item: Any, place: str) -> Iterator[str]:
    if not re.match("/|x-", place.removeprefix("path ")):
        yield f"{place}: expected a path that starts with '/'"
    yield from _methods(item, place)


def _methods(item: Any, place: str) -> Iterator[str]:
    yield from _list(item.get("parameters", []), f"{place} parameters", _parameter)
    for method in METHODS:
        if method in item:
            yield from _each_in(f"{method.upper()} {place}", item[method], _operation)


def _operation(operation: Any, place: str) -> Iterator[str]:
    yield from _list(operation.get("parameters", []), f"{place} parameters", _parameter)
    yield from _list(operation.get("tags", []), f"{place} tags", lambda v, p: _is(v, str, p))
    if "requestBody" in operation:
        yield from _each_in(f"{place} requestBody", operation["requestBody"], _body)
    yield from _map(operation.get("responses", {}), f"{place} responses", _body)
    yield from _is(operation.get("operationId", ""), str, f"{place} operationId")
    yield from _security(operation.get("security", []), f"{place} security")
    yield from _map(operation.get("callbacks", {}), f"{place} callbacks", _callback)


def _callback(callback: Any, place: str) -> Iterator[str]:
    for url, item in callback.items():
        if url == "$ref":
            yield from _is(item, str, f"{place}.$ref")
        elif not url.startswith("x-"):
            yield from _each_in(f"{place} to {url}", item, _methods)


def _parameter(parameter: Any, place: str) -> Iterator[str]:
    if not is_object(parameter):
        yield from _is(parameter, dict, place)
        return
    if "$ref" not in parameter:
        for key in ("name", "in"):
            yield from _is(parameter.get(key), str, f"{place}.{key}")
    yield from _content_or_schema(parameter, place)


def _content_or_schema(holder: Mapping[str, Any], place: str) -> Iterator[str]:
    if "schema" in holder:
        yield from _each_in(f"{place}.schema", holder["schema"], _schema)
    yield from _map(holder.get("content", {}), f"{place}.content", _media)


def _media(media: Any, place: str) -> Iterator[str]:
    if "schema" in media:
        yield from _each_in(f"{place}.schema", media["schema"], _schema)


def _body(body: Any, place: str) -> Iterator[str]:
    yield from _map(body.get("content", {}), f"{place}.content", _media)
    yield from _map(body.get("headers", {}), f"{place}.headers", _content_or_schema)


def _security(requirements: Any, place: str) -> Iterator[str]:
    def one(requirement: Any, inner: str) -> Iterator[str]:
        yield from _is(requirement, dict, inner)
        for scopes in requirement.values() if is_object(requirement) else ():
            yield from _list(scopes, inner, lambda v, p: _is(v, str, p))

    yield from _list(requirements, place, one)


def _schema(schema: Any, place: str) -> Iterator[str]:
    for key in ("properties", "patternProperties"):
        yield from _map(schema.get(key, {}), f"{place}.{key}", _schema)
    for key in ("allOf", "anyOf", "oneOf"):
        yield from _list(
            schema.get(key, []), f"{place}.{key}", lambda item, p: _each_in(p, item, _schema)
        )
    for key in ("items", "not"):
        if key in schema:
            yield from _each_in(f"{place}.{key}", schema[key], _schema)
    extra = schema.get("additionalProperties", True)
    if not isinstance(extra, bool):
        yield from _each_in(f"{place}.additionalProperties", extra, _schema)
    for key in ("required", "x-enum-varnames"):
        yield from _list(schema.get(key, []), f"{place}.{key}", lambda v, p: _is(v, str, p))
    yield from _is(schema.get("enum", []), list, f"{place}.enum")
    for key in ("$ref", "format", "title", "type"):
        yield from _is(schema.get(key, ""), str, f"{place}.{key}")
    yield from _is(schema.get("discriminator", {}), dict, f"{place}.discriminator")


_COMPONENTS: dict[str, _Check] = {
    "callbacks": _callback,
    "headers": _content_or_schema,
    "parameters": _parameter,
    "requestBodies": _body,
    "responses": _body,
    "schemas": _schema,
    "securitySchemes": lambda _item, _place: iter(()),
}
