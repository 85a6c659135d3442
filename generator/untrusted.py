"""Reading an upstream document, which may be broken or made to do harm.

What comes out has the outline of OpenAPI 3.0, a limited depth and a limited size, so that the
code after this need not expect anything else. Everything else is a GeneratorError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

import yaml

from generator import documents
from generator.contract import METHODS
from generator.errors import GeneratorError
from generator.nodes import is_list, is_object

# The largest of our upstream documents has 120,000 nodes and is 22 levels deep.
_MAX_NODES = 3_000_000
_MAX_DEPTH = 100
_SHOWN = 80


def read(content: bytes, *, origin: str) -> dict[str, Any]:
    """Parse an OpenAPI 3.0 document from an untrusted source.

    origin: what to call the document in an error message.
    """
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:_SHOWN]
    if not start:
        raise GeneratorError(f"{origin}: the document is empty")
    if start.startswith(b"<"):
        raise GeneratorError(f"{origin}: expected an OpenAPI document, found a page: {start!r}")
    document = _parsed(content, origin)
    check_openapi(document, origin)
    return document


def check_openapi(document: Mapping[str, Any], origin: str) -> None:
    """Raise if a document has not the outline of an OpenAPI 3.0 spec."""
    version = document.get("openapi")
    if version is None and "swagger" in document:
        raise GeneratorError(
            f"{origin}: found Swagger {document['swagger']!s:.9}; convert it to OpenAPI 3.0 first"
        )
    if not isinstance(version, str) or not version.startswith("3.0"):
        raise GeneratorError(f"{origin}: expected an OpenAPI 3.0 document, found {version!r}")
    for key in ("info", "paths"):
        if not is_object(document.get(key)):
            raise GeneratorError(f"{origin}: an OpenAPI document needs an object under {key!r}")
    if "version" not in document["info"]:
        raise GeneratorError(f"{origin}: the spec does not say its version")
    for fault in _faults(document):
        raise GeneratorError(f"{origin}: {fault}")


def _parsed(content: bytes, origin: str) -> dict[str, Any]:
    try:
        document = documents.from_json(content, origin=origin)
    except ValueError:
        document = _parsed_yaml(content, origin)
    if not is_object(document):
        raise GeneratorError(
            f"{origin}: expected an object at the root, found {type(document).__name__}"
        )
    _check_depth(document, origin)
    _check_text(document, origin)
    return document


def _parsed_yaml(content: bytes, origin: str) -> object:
    try:
        _check_events(content, origin)
        # Through JSON, so that keys are strings and values are those that JSON knows.
        return cast("object", json.loads(json.dumps(documents.from_yaml(content, origin=origin))))
    except yaml.YAMLError as error:
        raise GeneratorError(f"{origin}: neither JSON nor YAML: {_first_line(error)}") from None
    except (ValueError, TypeError) as error:
        raise GeneratorError(f"{origin}: a value cannot be read: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _check_events(content: bytes, origin: str) -> None:
    """Look at YAML as a flat stream, before anything recursive or expanding touches it.

    An alias counts as much as what it stands for, so that a few lines cannot become gigabytes.
    """
    sizes: dict[str, int] = {}
    # The anchor and the size so far of each open collection.
    open_: list[tuple[str | None, int]] = [(None, 0)]
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, 1))
            if len(open_) > _MAX_DEPTH:
                raise GeneratorError(f"{origin}: nested deeper than {_MAX_DEPTH} levels")
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, added = open_.pop()
            sizes |= {anchor: added} if anchor else {}
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise GeneratorError(f"{origin}: alias {event.anchor!r} is a part of itself")
            added = sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            added = 1
            sizes |= {event.anchor: 1} if event.anchor else {}
        else:
            continue
        outer, size = open_[-1]
        open_[-1] = (outer, size + added)
        if size + added > _MAX_NODES:
            raise GeneratorError(f"{origin}: more than {_MAX_NODES} values; not a spec")


def _check_depth(document: dict[str, Any], origin: str) -> None:
    level: list[Any] = [document]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in _nested(node)]
        if not level:
            return
    raise GeneratorError(f"{origin}: nested deeper than {_MAX_DEPTH} levels")


def _check_text(document: dict[str, Any], origin: str) -> None:
    """Refuse half a surrogate pair, which JSON can write and no file can hold."""
    text = json.dumps(document, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        around = text[max(error.start - _SHOWN // 2, 0) : error.end + _SHOWN // 2]
        raise GeneratorError(f"{origin}: half a surrogate pair is no text: {around!r}") from None


def _nested(node: Any) -> Iterator[Any]:
    values: Iterable[Any] = node.values() if is_object(node) else node
    return (value for value in values if is_object(value) or is_list(value))


# ---------------------------------------------------------------------- the outline


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        yield from _each_in(f"path {path}", item, _path_item)
    components = document.get("components", {})
    yield from _is(components, dict, "components")
    if is_object(components):
        for kind, check in _COMPONENTS.items():
            yield from _map(components.get(kind, {}), f"components.{kind}", check)
    servers = document.get("servers", [])
    yield from _list(servers, "servers", lambda item, place: _is(item, dict, place))
    yield from _security(document.get("security", []), "security")


_Kind = type[dict[str, Any]] | type[list[Any]] | type[str]
_WORDS: dict[Any, str] = {dict: "an object", list: "a list", str: "a string"}


def _is(value: Any, kind: _Kind, place: str) -> Iterator[str]:
    if not isinstance(value, kind):
        yield f"{place}: expected {_WORDS[kind]}, found {_shown(value)}"


def _shown(value: Any) -> str:
    return repr(value)[:_SHOWN]


_Check = Callable[[Any, str], Iterator[str]]


def _each_in(place: str, value: Any, check: _Check) -> Iterator[str]:
    """The faults of an object: that it is none, or those inside it."""
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
        yield f"{place}: a path starts with '/'"
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
    "headers": _content_or_schema,
    "parameters": _parameter,
    "requestBodies": _body,
    "responses": _body,
    "schemas": _schema,
    "securitySchemes": lambda _item, _place: iter(()),
}
