"""Seeded changes of a contract, each with what the drift command must say about it.

What to expect is written down by hand, change by change. Which operations use a schema, and in
which direction, is found by a plain walk that shares no code with the drift command.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from generator.json_values import is_list, is_object

Spec = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
INFO, WARNING, BREAKING = "info", "warning", "breaking"
_DIRECTIONS: tuple[str, str] = ("request", "response")
# Severity by direction: in requests, in answers.
Levels = tuple[str, str]


@attrs.frozen(kw_only=True)
class Expected:
    """A finding that must be there: kind, direction, severity, and one operation it affects."""

    kind: str
    direction: str
    severity: str
    operation: str


Mutation = Callable[[Spec, random.Random], list[Expected] | None]


# --------------------------------------------------------------------- finding places


def operations(spec: Spec) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, item[method])
        for path, item in sorted(spec["paths"].items())
        for method in METHODS
        if method in item
    ]


def used(spec: Spec) -> dict[str, dict[str, set[str]]]:
    """Return schema name -> direction -> ids of the operations that use it."""
    uses: dict[str, dict[str, set[str]]] = {}
    for _, _, operation in operations(spec):
        parts = {
            "request": [operation.get("parameters", []), operation.get("requestBody", {})],
            "response": [operation.get("responses", {})],
        }
        for direction, nodes in parts.items():
            names: set[str] = set()
            for node in nodes:
                _collect(spec, node, names)
            for name in names:
                uses.setdefault(name, {}).setdefault(direction, set()).add(operation["operationId"])
    return uses


def _collect(spec: Spec, node: Any, names: set[str]) -> None:
    if is_list(node):
        for item in node:
            _collect(spec, item, names)
    elif is_object(node):
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name and name not in names:
            names.add(name)
            _collect(spec, spec["components"]["schemas"][name], names)
        for item in node.values():
            _collect(spec, item, names)


def _schemas(spec: Spec) -> list[tuple[str, dict[str, Any], dict[str, set[str]]]]:
    """Return objects with properties that operations use directly, and not through an allOf."""
    uses = used(spec)
    return [
        (name, schema, uses[name])
        for name, schema in sorted(spec["components"]["schemas"].items())
        if name in uses and schema.get("properties") and "allOf" not in schema
    ]


def _fields(spec: Spec) -> list[tuple[dict[str, Any], str, dict[str, Any], dict[str, set[str]]]]:
    """Return (owner, name, field, uses) of every plain field."""
    return [
        (schema, name, field, uses)
        for _, schema, uses in _schemas(spec)
        for name, field in sorted(schema["properties"].items())
        if "type" in field
    ]


def _expected(kind: str, uses: dict[str, set[str]], levels: Levels) -> list[Expected]:
    by_direction = dict(zip(_DIRECTIONS, levels, strict=True))
    return [
        Expected(kind=kind, direction=direction, severity=by_direction[direction], operation=name)
        for direction, names in uses.items()
        for name in sorted(names)
    ]


def _pick(rng: random.Random, items: list[Any]) -> Any:
    return rng.choice(items) if items else None


def _parameters(spec: Spec) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (operation, parameter)
        for _, _, operation in operations(spec)
        for parameter in operation.get("parameters", [])
        if parameter["in"] != "path"
    ]


# --------------------------------------------------------------------- operations


def drop_operation(spec: Spec, rng: random.Random) -> list[Expected]:
    path, method, operation = rng.choice(operations(spec))
    del spec["paths"][path][method]
    return [
        Expected(
            kind="operation-removed",
            direction="",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


def add_operation(spec: Spec, rng: random.Random) -> list[Expected]:
    spec["paths"]["/added/by/mutation"] = {
        "get": {"operationId": "mutation_added", "responses": {"200": {}}}
    }
    return [
        Expected(kind="operation-added", direction="", severity=INFO, operation="mutation_added")
    ]


def rename_operation(spec: Spec, rng: random.Random) -> list[Expected]:
    _, _, operation = rng.choice(operations(spec))
    old = operation["operationId"]
    operation["operationId"] = "mutation_renamed"
    return [Expected(kind="operation-renamed", direction="", severity=BREAKING, operation=old)]


def move_operation(spec: Spec, rng: random.Random) -> list[Expected]:
    path, method, operation = rng.choice(operations(spec))
    del spec["paths"][path][method]
    spec["paths"]["/moved" + path] = {method: operation}
    return [
        Expected(
            kind="operation-moved",
            direction="",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


def change_method(spec: Spec, rng: random.Random) -> list[Expected]:
    path, method, operation = rng.choice(operations(spec))
    del spec["paths"][path][method]
    spec["paths"][path]["trace"] = operation
    return [
        Expected(
            kind="operation-moved",
            direction="",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


def deprecate(spec: Spec, rng: random.Random) -> list[Expected]:
    fresh = [op for _, _, op in operations(spec) if not op.get("deprecated")]
    operation = rng.choice(fresh)
    operation["deprecated"] = True
    return [
        Expected(
            kind="operation-deprecated",
            direction="",
            severity=WARNING,
            operation=operation["operationId"],
        )
    ]


def change_security(spec: Spec, rng: random.Random) -> list[Expected]:
    _, _, operation = rng.choice(operations(spec))
    operation["security"] = [{"mutationAuth": []}]
    name = operation["operationId"]
    return [
        Expected(kind="security-added", direction="request", severity=INFO, operation=name),
        Expected(kind="security-removed", direction="request", severity=BREAKING, operation=name),
    ]


def drop_success(spec: Spec, rng: random.Random) -> list[Expected] | None:
    chosen = _pick(rng, [op for _, _, op in operations(spec) if "200" in op["responses"]])
    if chosen is None:
        return None
    del chosen["responses"]["200"]
    return [
        Expected(
            kind="status-removed",
            direction="response",
            severity=BREAKING,
            operation=chosen["operationId"],
        )
    ]


def add_status(spec: Spec, rng: random.Random) -> list[Expected]:
    _, _, operation = rng.choice(operations(spec))
    operation["responses"]["299"] = {}
    return [
        Expected(
            kind="status-added",
            direction="response",
            severity=WARNING,
            operation=operation["operationId"],
        )
    ]


def add_error_status(spec: Spec, rng: random.Random) -> list[Expected]:
    _, _, operation = rng.choice(operations(spec))
    operation["responses"]["418"] = {}
    return [
        Expected(
            kind="status-added",
            direction="response",
            severity=INFO,
            operation=operation["operationId"],
        )
    ]


def swap_media(spec: Spec, rng: random.Random) -> list[Expected] | None:
    chosen = _pick(
        rng, [op for _, _, op in operations(spec) if op["responses"].get("200", {}).get("content")]
    )
    if chosen is None:
        return None
    content = chosen["responses"]["200"]["content"]
    content["application/x-mutation"] = content.pop(min(content))
    name = chosen["operationId"]
    return [
        Expected(kind="media-removed", direction="response", severity=BREAKING, operation=name),
        Expected(kind="media-added", direction="response", severity=WARNING, operation=name),
    ]


def drop_body(spec: Spec, rng: random.Random) -> list[Expected]:
    operation = rng.choice([op for _, _, op in operations(spec) if "requestBody" in op])
    del operation["requestBody"]
    return [
        Expected(
            kind="body-removed",
            direction="request",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


def require_body(spec: Spec, rng: random.Random) -> list[Expected]:
    operation = rng.choice([op for _, _, op in operations(spec) if "requestBody" in op])
    was = operation["requestBody"].get("required", False)
    operation["requestBody"]["required"] = not was
    kind, level = ("body-optional", INFO) if was else ("body-required", BREAKING)
    return [
        Expected(kind=kind, direction="request", severity=level, operation=operation["operationId"])
    ]


# --------------------------------------------------------------------- parameters


def drop_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    operation, parameter = rng.choice(_parameters(spec))
    operation["parameters"].remove(parameter)
    return [
        Expected(
            kind="parameter-removed",
            direction="request",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


def rename_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    operation, parameter = rng.choice(_parameters(spec))
    parameter["name"] += "_mutated"
    parameter.pop("required", None)
    name = operation["operationId"]
    return [
        Expected(kind="parameter-removed", direction="request", severity=BREAKING, operation=name),
        Expected(kind="parameter-added", direction="request", severity=INFO, operation=name),
    ]


def add_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    _, _, operation = rng.choice(operations(spec))
    fresh = {"name": "mutation", "in": "query", "schema": {"type": "string"}}
    operation.setdefault("parameters", []).append(fresh)
    return [
        Expected(
            kind="parameter-added",
            direction="request",
            severity=INFO,
            operation=operation["operationId"],
        )
    ]


def add_required_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    _, _, operation = rng.choice(operations(spec))
    fresh = {"name": "m", "in": "query", "required": True, "schema": {"type": "string"}}
    operation.setdefault("parameters", []).append(fresh)
    return [
        Expected(
            kind="required-parameter-added",
            direction="request",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


def require_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    operation, parameter = rng.choice(_parameters(spec))
    was = parameter.get("required", False)
    parameter["required"] = not was
    kind, level = ("parameter-optional", INFO) if was else ("parameter-required", BREAKING)
    return [
        Expected(kind=kind, direction="request", severity=level, operation=operation["operationId"])
    ]


def retype_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    plain = [(op, p) for op, p in _parameters(spec) if p["schema"].get("type") == "string"]
    operation, parameter = rng.choice(plain)
    parameter["schema"]["type"] = "boolean"
    return [
        Expected(
            kind="type-changed",
            direction="request",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


def restyle_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    queries = [(op, p) for op, p in _parameters(spec) if p["in"] == "query"]
    operation, parameter = rng.choice([(op, p) for op, p in queries if "style" not in p])
    parameter["style"] = "pipeDelimited"
    return [
        Expected(
            kind="style-changed",
            direction="request",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


def limit_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    numbers = [
        (op, p)
        for op, p in _parameters(spec)
        if p["schema"].get("type") == "integer" and "maximum" not in p["schema"]
    ]
    operation, parameter = rng.choice(numbers)
    parameter["schema"]["maximum"] = 7
    return [
        Expected(
            kind="limit-tightened",
            direction="request",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


# --------------------------------------------------------------------- fields


def drop_field(spec: Spec, rng: random.Random) -> list[Expected]:
    owner, name, _, uses = rng.choice(_fields(spec))
    del owner["properties"][name]
    if name in owner.get("required", []):
        owner["required"].remove(name)
    return _expected("property-removed", uses, (BREAKING, BREAKING))


def rename_field(spec: Spec, rng: random.Random) -> list[Expected]:
    optional = [item for item in _fields(spec) if item[1] not in item[0].get("required", [])]
    owner, name, field, uses = rng.choice(optional)
    owner["properties"]["mutated_" + name] = field
    del owner["properties"][name]
    return [
        *_expected("property-removed", uses, (BREAKING, BREAKING)),
        *_expected("property-added", uses, (INFO, INFO)),
    ]


def add_field(spec: Spec, rng: random.Random) -> list[Expected]:
    owner, _, _, uses = rng.choice(_fields(spec))
    owner["properties"]["mutation"] = {"type": "string"}
    return _expected("property-added", uses, (INFO, INFO))


def add_required_field(spec: Spec, rng: random.Random) -> list[Expected]:
    owner, _, _, uses = rng.choice(_fields(spec))
    owner["properties"]["mutation"] = {"type": "string"}
    owner.setdefault("required", []).append("mutation")
    return _expected("required-property-added", uses, (BREAKING, INFO))


def require_field(spec: Spec, rng: random.Random) -> list[Expected]:
    owner, name, _, uses = rng.choice(_fields(spec))
    required = owner.setdefault("required", [])
    if name in required:
        required.remove(name)
        return _expected("property-optional", uses, (INFO, BREAKING))
    required.append(name)
    return _expected("property-required", uses, (BREAKING, INFO))


def toggle_null(spec: Spec, rng: random.Random) -> list[Expected]:
    _, _, field, uses = rng.choice([item for item in _fields(spec) if "enum" not in item[2]])
    if field.pop("nullable", False):
        return _expected("no-longer-nullable", uses, (BREAKING, INFO))
    field["nullable"] = True
    return _expected("became-nullable", uses, (INFO, BREAKING))


def retype_field(spec: Spec, rng: random.Random) -> list[Expected]:
    plain = [item for item in _fields(spec) if item[2]["type"] in {"integer", "boolean"}]
    _, _, field, uses = rng.choice(plain)
    field["type"] = "string"
    return _expected("type-changed", uses, (BREAKING, BREAKING))


def widen_field(spec: Spec, rng: random.Random) -> list[Expected] | None:
    chosen = _pick(rng, [item for item in _fields(spec) if item[2]["type"] == "integer"])
    if chosen is None:
        return None
    chosen[2]["type"] = "number"
    return _expected("type-changed", chosen[3], (INFO, BREAKING))


def reformat_field(spec: Spec, rng: random.Random) -> list[Expected]:
    plain = [f for f in _fields(spec) if f[2]["type"] == "string" and "format" not in f[2]]
    _, _, field, uses = rng.choice(plain)
    field["format"] = "date-time"
    return _expected("format-changed", uses, (BREAKING, BREAKING))


def lengthen_field(spec: Spec, rng: random.Random) -> list[Expected]:
    plain = [f for f in _fields(spec) if f[2]["type"] == "string" and "minLength" not in f[2]]
    _, _, field, uses = rng.choice(plain)
    field["minLength"] = 3
    return _expected("limit-tightened", uses, (BREAKING, INFO))


def redefault_field(spec: Spec, rng: random.Random) -> list[Expected]:
    _, _, field, uses = rng.choice([f for f in _fields(spec) if f[2]["type"] == "integer"])
    field["default"] = 4711
    return _expected("default-changed", uses, (WARNING, INFO))


def _enums(spec: Spec) -> list[tuple[list[Any], dict[str, set[str]]]]:
    uses = used(spec)
    named = [
        (schema["enum"], uses[name])
        for name, schema in sorted(spec["components"]["schemas"].items())
        if name in uses and schema.get("type") == "string" and len(schema.get("enum", [])) > 1
    ]
    inside = [
        (field["enum"], field_uses)
        for _, _, field, field_uses in _fields(spec)
        if field["type"] == "string" and len(field.get("enum", [])) > 1
    ]
    return [(values, where) for values, where in named + inside if None not in values]


def add_enum_value(spec: Spec, rng: random.Random) -> list[Expected] | None:
    chosen = _pick(rng, _enums(spec))
    if chosen is None:
        return None
    chosen[0].append("mutation")
    return _expected("enum-value-added", chosen[1], (INFO, INFO))


def drop_enum_value(spec: Spec, rng: random.Random) -> list[Expected] | None:
    chosen = _pick(rng, _enums(spec))
    if chosen is None:
        return None
    chosen[0].pop(rng.randrange(len(chosen[0])))
    return _expected("enum-value-removed", chosen[1], (BREAKING, INFO))


def introduce_enum(spec: Spec, rng: random.Random) -> list[Expected]:
    plain = [f for f in _fields(spec) if f[2]["type"] == "string" and "enum" not in f[2]]
    _, _, field, uses = rng.choice(plain)
    field["enum"] = ["only", "these"]
    return _expected("enum-introduced", uses, (BREAKING, INFO))


def close_object(spec: Spec, rng: random.Random) -> list[Expected]:
    open_ = [s for s in _schemas(spec) if "additionalProperties" not in s[1]]
    _, schema, uses = rng.choice(open_)
    schema["additionalProperties"] = False
    return _expected("additional-properties-closed", uses, (BREAKING, INFO))


def free_field(spec: Spec, rng: random.Random) -> list[Expected]:
    """Remove all that a field says; null is no less allowed than before."""
    plain = [f for f in _fields(spec) if f[2]["type"] == "string" and not _flags(f[2])]
    _, _, field, uses = rng.choice(plain)
    field.clear()
    field["nullable"] = True
    return _expected("type-changed", uses, (INFO, BREAKING))


def _flags(field: dict[str, Any]) -> bool:
    return not {"default", "deprecated", "readOnly", "writeOnly"}.isdisjoint(field)


def choose_field(spec: Spec, rng: random.Random) -> list[Expected]:
    """Make a field one of two types."""
    plain = [f for f in _fields(spec) if f[2]["type"] == "boolean" and not _flags(f[2])]
    _, _, field, uses = rng.choice(plain)
    null = {"nullable": True} if field.get("nullable") else {}
    field.clear()
    field.update({"oneOf": [{"type": "boolean"}, {"type": "integer"}]} | null)
    return _expected("alternative-added", uses, (INFO, BREAKING))


def hide_field(spec: Spec, rng: random.Random) -> list[Expected]:
    """Change a field, and let only answers have it: requests have no type to judge then."""
    # A limit would go, too, and that is told.
    plain = [
        f
        for f in _fields(spec)
        if f[2]["type"] == "integer"
        and not _flags(f[2])
        and {"minimum", "maximum"}.isdisjoint(f[2])
    ]
    _, _, field, uses = rng.choice(plain)
    null = {"nullable": True} if field.get("nullable") else {}
    field.clear()
    field.update({"type": "boolean", "readOnly": True} | null)
    flag = _expected("became-read-only", uses, (BREAKING, INFO))
    retyped = _expected("type-changed", uses, (BREAKING, BREAKING))
    return [*flag, *(item for item in retyped if item.direction == "response")]


def true_value(spec: Spec, rng: random.Random) -> list[Expected]:
    """Let a default of 1 become true, which Python takes for the same."""
    chosen = [f for f in _fields(spec) if f[2]["type"] == "boolean" and "default" in f[2]]
    chosen = chosen or [f for f in _fields(spec) if f[2]["type"] == "boolean"]
    _, _, field, uses = rng.choice(chosen)
    field["default"] = int(field.get("default", 1))
    return _expected("default-changed", uses, (WARNING, INFO))


def rename_path_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    paths = [(path, op) for path, _, op in operations(spec) if len(spec["paths"][path]) == 1]
    inside = [
        (path, operation, parameter)
        for path, operation in paths
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "path"
    ]
    path, operation, parameter = rng.choice(inside)
    name = parameter["name"]
    parameter["name"] = "mutation"
    item = spec["paths"].pop(path)
    spec["paths"][path.replace(f"{{{name}}}", "{mutation}")] = item
    return [
        Expected(
            kind="parameter-renamed",
            direction="request",
            severity=WARNING,
            operation=operation["operationId"],
        )
    ]


def wrap_parameter(spec: Spec, rng: random.Random) -> list[Expected]:
    """Let a parameter be sent as JSON."""
    operation, parameter = rng.choice([(op, p) for op, p in _parameters(spec) if "schema" in p])
    parameter["content"] = {"application/json": {"schema": parameter.pop("schema")}}
    for key in ("style", "explode", "allowReserved"):
        parameter.pop(key, None)
    return [
        Expected(
            kind="style-changed",
            direction="request",
            severity=BREAKING,
            operation=operation["operationId"],
        )
    ]


def add_webhook(spec: Spec, _rng: random.Random) -> list[Expected]:
    post: Spec = {"operationId": "mutation_heard", "responses": {"200": {}}}
    spec["x-webhooks"] = {"mutation": {"post": post}}
    return [
        Expected(kind="operation-added", direction="", severity=INFO, operation="mutation_heard")
    ]


def limit_items(spec: Spec, rng: random.Random) -> list[Expected]:
    """Use a keyword that OpenAPI 3.0 does not have."""
    _, schema, uses = rng.choice(_schemas(spec))
    schema["x-dependentRequired"] = {"mutation": ["more"]}
    return _expected("limit-tightened", uses, (BREAKING, INFO))


MUTATIONS: tuple[Mutation, ...] = (
    free_field,
    choose_field,
    hide_field,
    true_value,
    rename_path_parameter,
    wrap_parameter,
    add_webhook,
    limit_items,
    drop_operation,
    add_operation,
    rename_operation,
    move_operation,
    change_method,
    deprecate,
    change_security,
    drop_success,
    add_status,
    add_error_status,
    swap_media,
    drop_body,
    require_body,
    drop_parameter,
    rename_parameter,
    add_parameter,
    add_required_parameter,
    require_parameter,
    retype_parameter,
    restyle_parameter,
    limit_parameter,
    drop_field,
    rename_field,
    add_field,
    add_required_field,
    require_field,
    toggle_null,
    retype_field,
    widen_field,
    reformat_field,
    lengthen_field,
    redefault_field,
    add_enum_value,
    drop_enum_value,
    introduce_enum,
    close_object,
)


# --------------------------------------------------------------------- changes that are none


def shuffled(node: Any, rng: random.Random) -> Any:
    """Return the document with its keys, and its lists that are sets, in another order."""
    if is_object(node):
        keys = list(node)
        rng.shuffle(keys)
        result = {key: shuffled(node[key], rng) for key in keys}
        named = result.get("x-enum-varnames")
        for key in ("required", "enum", "parameters", "tags", "oneOf", "anyOf", "security"):
            # Names of enum members are matched by position, so these enums must stay.
            if is_list(result.get(key)) and not (key == "enum" and named):
                rng.shuffle(result[key])
        return result
    return [shuffled(item, rng) for item in node] if is_list(node) else node


def talkative(node: Any, rng: random.Random) -> Any:
    """Return the document with other prose in operations, parameters and schemas."""
    result = copy.deepcopy(node)
    result["info"]["description"] = f"Words {rng.random()}"
    for _, _, operation in operations(result):
        operation["summary"] = f"Summary {rng.random()}"
        operation["description"] = f"Description {rng.random()}"
        for parameter in operation.get("parameters", []):
            parameter["description"] = f"Parameter {rng.random()}"
    for schema in result["components"]["schemas"].values():
        schema["description"] = f"Schema {rng.random()}"
        for field in schema.get("properties", {}).values():
            if "$ref" not in field:
                field["description"] = f"Field {rng.random()}"
                field["example"] = rng.random()
    return result


def renamed(node: Any, rng: random.Random) -> Any:
    """Return the document with other names for some of its schemas."""
    names = sorted(node["components"]["schemas"])
    chosen = rng.sample(names, k=len(names) // 2)
    other = {f"#/components/schemas/{n}": f"#/components/schemas/Z{n}New" for n in chosen}

    def walk(item: Any) -> Any:
        if is_object(item):
            return {key: walk(value) for key, value in item.items()}
        if is_list(item):
            return [walk(value) for value in item]
        return other.get(item, item) if isinstance(item, str) else item

    result = walk(node)
    schemas = result["components"]["schemas"]
    result["components"]["schemas"] = {
        (f"Z{name}New" if name in chosen else name): schema for name, schema in schemas.items()
    }
    return result


def neutral(spec: Spec, rng: random.Random) -> Iterator[Spec]:
    """Yield documents with the same content as this one."""
    yield shuffled(spec, rng)
    yield talkative(spec, rng)
    yield renamed(spec, rng)
    yield renamed(talkative(shuffled(spec, rng), rng), rng)
