"""The canonical contract: every fact of an upstream spec in one fixed form, and no prose.

A diff of two contracts is therefore a diff of interfaces. What counts as prose is listed here
by name; anything else is a fact and is kept.
"""

from __future__ import annotations

import re
from typing import Any

from generator.contract.spelling import respelled
from generator.json_values import is_list, is_object
from generator.openapi import METHODS

_PROSE = frozenset({"description", "summary", "example", "examples", "externalDocs"})
# Only our overlays may extend a spec: extensions of ours in an upstream document are dropped.
_OURS = "x-annoport-"
_INFO_FACTS = ("title", "version")
_ROOT_ORDER = ("openapi", "info", "servers", "security", "paths", "components")
_OPERATION_ORDER = (
    "operationId",
    "tags",
    "deprecated",
    "security",
    "parameters",
    "requestBody",
    "responses",
)
_PARAMETER_ORDER = ("name", "in", "required", "deprecated", "style", "explode", "schema")
_SCHEMA_ORDER = (
    "$ref",
    "title",
    "type",
    "format",
    "nullable",
    "enum",
    "default",
    "required",
    "properties",
    "additionalProperties",
    "items",
)
# Keys whose values map names to schemas, so that a property called "description" is not mistaken
# for prose.
_SCHEMA_MAPS = frozenset(
    {
        *("properties", "patternProperties", "definitions", "$defs"),
        *("x-patternProperties", "x-dependentSchemas"),
    }
)
_SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "x-prefixItems"})
_SCHEMA_SINGLES = frozenset(
    {
        *("items", "additionalProperties", "not", "x-contains", "x-contentSchema"),
        *("x-propertyNames", "x-unevaluatedItems", "x-unevaluatedProperties"),
        *("x-if", "x-then", "x-else"),
    }
)
# Keywords whose values are data, not schemas: they are kept unchanged.
_SCHEMA_DATA = frozenset({"default", "enum", "const", "x-enum-varnames"})


def canonicalize(document: dict[str, Any]) -> dict[str, Any]:
    """Return the canonical contract of an OpenAPI document, which is not changed itself."""
    document = respelled(document)
    contract = {key: value for key, value in _facts(document).items() if key != "tags"}
    info: dict[str, Any] = document.get("info") or {}
    contract["info"] = {key: info[key] for key in _INFO_FACTS if key in info}
    if "servers" in document:
        contract["servers"] = [_without_prose(server) for server in document["servers"]]
    contract["paths"] = {
        path: _path_item(item) for path, item in sorted(document.get("paths", {}).items())
    }
    if "x-webhooks" in document:
        contract["x-webhooks"] = {
            name: _path_item(item) for name, item in sorted(document["x-webhooks"].items())
        }
    if "components" in document:
        contract["components"] = _components(document["components"])
    return _ordered(contract, _ROOT_ORDER)


def _ordered(mapping: dict[str, Any], first: tuple[str, ...]) -> dict[str, Any]:
    """Return the mapping with the named keys first and the others in alphabetical order."""
    rank = {key: position for position, key in enumerate(first)}
    keys = sorted(mapping, key=lambda key: (rank.get(key, len(rank)), str(key)))
    return {key: mapping[key] for key in keys}


def _facts(mapping: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of an object that are neither prose nor extensions of ours."""
    return {
        key: value
        for key, value in mapping.items()
        if key not in _PROSE and not key.startswith(_OURS)
    }


def _without_prose(node: Any) -> Any:
    if is_object(node):
        return _ordered({k: _without_prose(v) for k, v in _facts(node).items()}, ())
    if is_list(node):
        return [_without_prose(item) for item in node]
    return node


def _path_item(item: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in _facts(item).items():
        if key in METHODS:
            result[key] = _operation(value)
        elif key == "parameters":
            result[key] = _parameters(value)
        else:
            result[key] = _without_prose(value)
    return _ordered(result, ("$ref", "parameters", *METHODS))


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in _facts(operation).items():
        if key == "parameters":
            result[key] = _parameters(value)
        elif key == "requestBody":
            result[key] = _body(value)
        elif key == "responses":
            result[key] = {str(status): _body(value[status]) for status in sorted(value, key=str)}
        elif key == "callbacks":
            result[key] = {name: _callback(item) for name, item in sorted(value.items())}
        else:
            result[key] = _without_prose(value)
    return _ordered(result, _OPERATION_ORDER)


def _callback(callback: dict[str, Any]) -> dict[str, Any]:
    """Canonicalize a callback: a reference, or path items by the URL that is called."""
    return {
        key: _path_item(item) if is_object(item) else item
        for key, item in sorted(_facts(callback).items())
    }


def _parameters(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep parameters in their order: it is the order of the generated signature."""
    return [_parameter(parameter) for parameter in parameters]


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    result = _facts(parameter)
    if "schema" in result:
        result["schema"] = _schema(result["schema"], named=False)
    if "content" in result:
        result["content"] = _content(result["content"])
    return _ordered(result, _PARAMETER_ORDER)


def _body(body: dict[str, Any]) -> dict[str, Any]:
    """Canonicalize a request body or a response: media types, and headers where there are any."""
    result = _facts(body)
    if "content" in result:
        result["content"] = _content(result["content"])
    if "headers" in result:
        result["headers"] = {k: _parameter(v) for k, v in sorted(result["headers"].items())}
    return _ordered(result, ("required",))


def _content(content: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for media_type, media in sorted(content.items()):
        kept = _facts(media)
        if "schema" in kept:
            kept["schema"] = _schema(kept["schema"], named=True)
        result[media_type] = kept
    return result


def _components(components: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for kind, entries in sorted(components.items()):
        if kind == "schemas":
            result[kind] = {
                name: _schema(schema, named=True, name=name)
                for name, schema in sorted(entries.items())
            }
        elif kind == "parameters":
            result[kind] = {name: _parameter(value) for name, value in sorted(entries.items())}
        elif kind in {"responses", "requestBodies"}:
            result[kind] = {name: _body(value) for name, value in sorted(entries.items())}
        elif kind == "securitySchemes":
            result[kind] = {name: _login(scheme) for name, scheme in sorted(entries.items())}
        elif kind == "callbacks":
            result[kind] = {name: _callback(item) for name, item in sorted(entries.items())}
        elif kind != "examples":
            result[kind] = _without_prose(entries)
    return result


def _login(scheme: dict[str, Any]) -> dict[str, Any]:
    """Canonicalize a way to log in: what each scope of OAuth allows is told in prose."""
    result: dict[str, Any] = _without_prose(scheme)
    flows = result.get("flows", {})
    for flow in flows.values() if is_object(flows) else ():
        if is_object(flow) and is_object(flow.get("scopes")):
            flow["scopes"] = dict.fromkeys(flow["scopes"], "")
    return result


def _schema(schema: Any, *, named: bool, name: str = "") -> Any:
    """Return a schema without prose; `named` where a title may be the name of a type."""
    if not is_object(schema):
        return schema
    result: dict[str, Any] = {}
    for key, value in _facts(schema).items():
        if key == "title" and not (named and _title_is_name(schema, name)):
            continue
        if key in _SCHEMA_MAPS and is_object(value):
            result[key] = {
                child: _schema(value[child], named=True, name=child) for child in sorted(value)
            }
        elif key in _SCHEMA_LISTS and is_list(value):
            result[key] = [_schema(item, named=True) for item in value]
        elif key in _SCHEMA_SINGLES:
            result[key] = _schema(value, named=True)
        elif key == "required" and is_list(value):
            result[key] = sorted(value)
        elif key in _SCHEMA_DATA:
            result[key] = _data(value)
        else:
            result[key] = _without_prose(value)
    return _ordered(result, _SCHEMA_ORDER)


def _data(value: Any) -> Any:
    """Sort a value of the wire: whatever its keys are called, none of them is prose."""
    if is_object(value):
        return {key: _data(value[key]) for key in sorted(value)}
    return [_data(item) for item in value] if is_list(value) else value


def _title_is_name(schema: dict[str, Any], name: str) -> bool:
    """Whether a title could name a type and does more than repeat the schema's own key."""
    makes_a_type = "properties" in schema or "enum" in schema or "oneOf" in schema
    title = str(schema["title"])
    return makes_a_type and title.isidentifier() and _letters(title) != _letters(name)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
