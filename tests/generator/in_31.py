"""A contract rewritten as a server of OpenAPI 3.1 would send it."""

from __future__ import annotations

from typing import Any

from generator.json_values import is_list, is_object

_NULL: dict[str, Any] = {"type": "null"}
_DATA = frozenset({"default", "enum", "x-enum-varnames"})


def in_31(contract: dict[str, Any]) -> dict[str, Any]:
    """Return the same interface as an OpenAPI 3.1 document."""
    rewritten: dict[str, Any] = _node(contract, schema=False, names=False)
    rewritten["openapi"] = "3.1.0"
    rewritten["jsonSchemaDialect"] = "https://spec.openapis.org/oas/3.1/dialect/base"
    return rewritten


def _node(node: Any, *, schema: bool, names: bool) -> Any:
    """Rewrite what is inside; `names` where the keys are names of schemas."""
    if is_list(node):
        return [_node(item, schema=schema, names=False) for item in node]
    if not is_object(node):
        return node
    result = {
        key: value
        if key in _DATA and not names
        else _node(
            value,
            schema=names or key in {"schema", "schemas"} or schema,
            names=not names and key in {"schemas", "properties"},
        )
        for key, value in node.items()
    }
    if names or not (schema and _is_schema(node)):
        return result
    return _schema(result)


def _is_schema(node: dict[str, Any]) -> bool:
    return not {"schema", "content", "operationId", "responses"} & node.keys()


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    result = dict(schema)
    for side in ("Minimum", "Maximum"):
        if result.get(f"exclusive{side}") is True:
            result[f"exclusive{side}"] = result.pop(side.lower())
    if result.get("format") == "binary" and result.get("type") == "string":
        del result["format"]
        result["contentMediaType"] = "application/octet-stream"
    if result.get("format") == "byte":
        del result["format"]
        result["contentEncoding"] = "base64"
    if result.get("items") == {}:
        result["items"] = True
    nullable = result.pop("nullable", False)
    parts = result.get("allOf", [])
    if len(parts) == 1 and "$ref" in parts[0]:
        # What stands beside a reference counts in 3.1.
        del result["allOf"]
        if nullable:
            return {"anyOf": [parts[0], _NULL], **result}
        return {**parts[0], **result}
    if nullable:
        result = _or_null(result)
    if len(result.get("enum", ())) == 1 and "type" not in result:
        result["const"] = result.pop("enum")[0]
    return result


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return {**schema, key: [*schema[key], _NULL]}
    if "type" in schema:
        values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return {**schema, "type": [schema["type"], "null"], **values}
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {"anyOf": [schema, _NULL]}
