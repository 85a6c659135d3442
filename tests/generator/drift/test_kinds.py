"""What is found, kind by kind, and what is none: each change is told once, with its severity."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from generator.contract import canonical
from generator.drift import contract_diff
from generator.json_values import contains, equal
from tests.generator.drift.test_views import NAMED, SIZED, spec_with

Spec = dict[str, Any]
# Kind, direction ("" is neither) and severity.
Told = tuple[str, str, str]


def told(old: Spec, new: Spec) -> list[Told]:
    found = contract_diff.compare(canonical.canonicalize(old), canonical.canonicalize(new))
    return sorted((f.kind, f.direction, f.severity.word) for f in found)


def both(kind: str, in_requests: str, in_answers: str) -> list[Told]:
    return [(kind, "request", in_requests), (kind, "response", in_answers)]


def thing(schema: Spec, **more: Spec) -> Spec:
    return spec_with({"A": NAMED, "B": SIZED, "Thing": schema, **more})


def ref(name: str) -> Spec:
    return {"$ref": f"#/components/schemas/{name}"}


def choice(mapping: dict[str, str] | None = None, **more: Any) -> Spec:
    union: Spec = {"oneOf": [ref("A"), ref("B")], "discriminator": {"propertyName": "kind"}}
    if mapping is not None:
        union["discriminator"]["mapping"] = mapping
    return thing(union | more)


def tuple_of(*types: str, **more: Any) -> Spec:
    """Return a list with a type for each place, as a contract has it."""
    places = [{"type": name} for name in types]
    return thing({"type": "array", "x-prefixItems": places, "items": {"anyOf": places}} | more)


def keys_like(type_: str) -> Spec:
    values = {"type": type_}
    return thing(
        {"type": "object", "x-patternProperties": {"^x": values}, "additionalProperties": values}
    )


def limited(first: int, second: int) -> Spec:
    """Return a schema two parts of which set the limit of one property."""
    parts = [
        {"type": "object", "properties": {"x": {"type": "string", "maxLength": limit}}}
        for limit in (first, second)
    ]
    return thing({"allOf": parts})


def with_fields(type_: str) -> Spec:
    return thing(
        {
            "type": "object",
            "properties": {
                "made": {"type": type_, "readOnly": True},
                "secret": {"type": type_, "writeOnly": True},
            },
        }
    )


def field(schema: Spec) -> Spec:
    return thing({"type": "object", "properties": {"a": schema}})


def parameter(**content: Any) -> Spec:
    spec = spec_with({"Thing": NAMED})
    spec["paths"]["/things"]["put"]["parameters"] = [{"name": "p", "in": "query"} | content]
    return spec


def header(**content: Any) -> Spec:
    spec = spec_with({"Thing": NAMED})
    answer = spec["paths"]["/things"]["put"]["responses"]["200"]
    spec["paths"]["/things"]["put"]["responses"]["200"] = answer | {"headers": {"X-A": content}}
    return spec


def hook(schema: Spec) -> Spec:
    content = {"content": {"application/json": {"schema": schema}}}
    post: Spec = {"requestBody": content, "responses": {"200": {}}}
    return thing(NAMED) | {"x-webhooks": {"caught": {"post": post}}}


def callback(schema: Spec) -> Spec:
    spec = thing(NAMED)
    content = {"content": {"application/json": {"schema": schema}}}
    post = {"requestBody": content, "responses": {"200": {"description": "Heard."}}}
    url = "{$request.body#/url}"
    spec["paths"]["/things"]["put"]["callbacks"] = {"done": {url: {"post": post}}}
    return spec


def body(media: Spec) -> Spec:
    spec = spec_with({"Thing": NAMED})
    put = spec["paths"]["/things"]["put"]
    put["requestBody"] = {"content": {"application/json": media}}
    put["responses"] = {"200": {"content": {"application/json": media}}}
    return spec


def path(*names: str) -> Spec:
    spec = spec_with({"Thing": NAMED})
    operation = spec["paths"].pop("/things")["put"]
    operation["parameters"] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}}
        for name in names
    ]
    spec["paths"]["/things" + "".join(f"/{{{name}}}" for name in names)] = {"put": operation}
    return spec


def scopes(text: str) -> Spec:
    flow = {"tokenUrl": "/token", "scopes": {"read": text}}
    spec = spec_with({"Thing": NAMED})
    spec["components"]["securitySchemes"] = {"o": {"type": "oauth2", "flows": {"password": flow}}}
    return spec


def shared(*names: str, own: str) -> Spec:
    """Return a spec in which two schemas have a part in common, beside a property of their own."""
    base = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    other = {"allOf": [ref("Base"), {"type": "object", "properties": {own: STRING}}]}
    holder = {"allOf": [ref("Base"), {"type": "object", "properties": {"other": ref("Other")}}]}
    return thing(holder, Base=base, Other=other)


STRING: Spec = {"type": "string"}
SCHEMA: Spec = {"schema": STRING}
CONTENT: Spec = {"content": {"application/json": SCHEMA}}
FOUND: dict[str, tuple[Spec, Spec, list[Told]]] = {
    "null is lost when a choice becomes one schema": (
        thing({"oneOf": [STRING, {"type": "integer"}], "nullable": True}),
        thing(STRING),
        [
            *both("alternative-removed", "breaking", "info"),
            *both("no-longer-nullable", "breaking", "info"),
        ],
    ),
    "null comes with a choice": (
        thing(STRING),
        thing({"oneOf": [STRING, {"type": "integer"}], "nullable": True}),
        [
            *both("alternative-added", "info", "breaking"),
            *both("became-nullable", "info", "breaking"),
        ],
    ),
    "a value stands for another schema": (
        choice({"a": "#/components/schemas/A", "b": "B"}),
        choice({"a": "#/components/schemas/B", "b": "A"}),
        [*both("discriminator-value-changed", "breaking", "breaking")] * 2,
    ),
    "a value takes the place of the name of a schema": (
        choice(),
        choice({"a": "A"}),
        [
            *both("discriminator-value-added", "info", "breaking"),
            *both("discriminator-value-removed", "breaking", "info"),
        ],
    ),
    "another property tells": (
        choice(),
        choice(discriminator={"propertyName": "sort"}),
        both("discriminator-changed", "breaking", "breaking"),
    ),
    "a header may be absent": (
        header(**SCHEMA, required=True),
        header(**SCHEMA),
        [("header-optional", "response", "warning")],
    ),
    "a header is deprecated": (
        header(**SCHEMA),
        header(**SCHEMA, deprecated=True),
        [("header-deprecated", "response", "warning")],
    ),
    "a parameter gets a type": (
        parameter(),
        parameter(**SCHEMA),
        [("parameter-schema-introduced", "request", "breaking")],
    ),
    "a parameter moves from content to schema": (
        parameter(**CONTENT),
        parameter(**SCHEMA),
        [("style-changed", "request", "breaking")],
    ),
    "the stricter of two parts": (
        limited(10, 20),
        limited(5, 20),
        both("limit-tightened", "breaking", "info"),
    ),
    "the looser of two parts": (limited(10, 20), limited(10, 30), []),
    "one becomes true": (
        thing({"enum": [1]}),
        thing({"enum": [True]}),
        [
            *both("enum-value-added", "info", "info"),
            *both("enum-value-removed", "breaking", "info"),
        ],
    ),
    "a default of one becomes true": (
        thing({"default": 1}),
        thing({"default": True}),
        both("default-changed", "warning", "info"),
    ),
    "a webhook sends less": (
        hook(NAMED),
        hook({"type": "object"}),
        [("property-removed", "response", "breaking")],
    ),
    "a webhook is gone": (hook(NAMED), thing(NAMED), [("operation-removed", "", "breaking")]),
    "a callback sends more": (
        callback({"type": "object"}),
        callback({"type": "object", "properties": {"a": STRING}}),
        [("property-added", "response", "info")],
    ),
    "bodies get a schema": (
        body({}),
        body(SCHEMA),
        both("body-schema-introduced", "breaking", "info"),
    ),
    "bodies lose their schema": (
        body(SCHEMA),
        body({}),
        both("body-schema-dropped", "info", "breaking"),
    ),
    "what travels one way is judged there": (
        with_fields("string"),
        with_fields("integer"),
        both("type-changed", "breaking", "breaking"),
    ),
    "a field travels one way from now on": (
        field(STRING),
        field({"type": "integer", "readOnly": True}),
        [
            ("became-read-only", "request", "breaking"),
            ("became-read-only", "response", "info"),
            ("type-changed", "response", "breaking"),
        ],
    ),
    "words about scopes": (scopes("Read all."), scopes("Read everything."), []),
    "a schema without a type takes null": (
        field({"type": "string", "nullable": True}),
        field({}),
        both("type-changed", "info", "breaking"),
    ),
    "a path parameter has another name": (
        path("id"),
        path("key"),
        [("parameter-renamed", "request", "warning")],
    ),
    "two path parameters change places": (
        path("one", "two"),
        path("two", "one"),
        [("operation-moved", "", "breaking")],
    ),
    "the item at one place": (
        tuple_of("string", "integer"),
        tuple_of("string", "boolean"),
        both("type-changed", "breaking", "breaking"),
    ),
    "one place more": (
        tuple_of("string"),
        tuple_of("string", "integer"),
        both("items-introduced", "breaking", "info"),
    ),
    "keys of some form": (
        keys_like("string"),
        keys_like("integer"),
        both("type-changed", "breaking", "breaking"),
    ),
    "a keyword that 3.0 does not have": (
        thing(NAMED),
        thing(NAMED | {"x-dependentRequired": {"a": ["b"]}}),
        both("limit-tightened", "breaking", "info"),
    ),
    "a part that two schemas share": (
        shared("a", own="x"),
        shared("a", "b", own="y"),
        [
            *both("property-added", "info", "info") * 2,
            *both("property-removed", "breaking", "breaking"),
        ],
    ),
    "a value that stands for nothing": (choice({"a": "Nothing", "b": "B"}), choice({"b": "B"}), []),
    "a schema without a type gets one": (
        field({}),
        field({"type": "string", "maxLength": 3}),
        both("type-changed", "breaking", "info"),
    ),
    "anything becomes one of two types": (
        field({}),
        field({"oneOf": [STRING, {"type": "integer"}]}),
        both("type-changed", "breaking", "info"),
    ),
    "explicit names of schemas": (choice(), choice({"A": "A", "B": "#/components/schemas/B"}), []),
}


@pytest.mark.parametrize(("old", "new", "expected"), FOUND.values(), ids=FOUND.keys())
def test_a_change_is_told_once(old: Spec, new: Spec, expected: list[Told]) -> None:
    assert told(old, new) == sorted(expected)


def test_a_shared_parameter_is_one_finding() -> None:
    old = spec_with({"Thing": NAMED})
    put = old["paths"]["/things"]["put"]
    put["parameters"] = [{"$ref": "#/components/parameters/Zone"}]
    old["paths"]["/others"] = {"put": put | {"operationId": "put_other"}}
    old["components"]["parameters"] = {"Zone": {"name": "zone", "in": "query", **SCHEMA}}
    new = copy.deepcopy(old)
    new["components"]["parameters"]["Zone"]["required"] = True
    (found,) = contract_diff.compare(old, new)
    assert (found.kind, found.operations) == ("parameter-required", ("put_other", "put_thing"))
    assert found.message == "parameter `Zone` of the components: it must be given now"


def test_messages_name_what_the_server_sends() -> None:
    for old, new, words in (
        (hook(NAMED), hook(SIZED), "POST of the webhook caught"),
        (callback(NAMED), callback(SIZED), "POST of the callback done"),
    ):
        found = contract_diff.compare(old, new)
        assert found
        assert all(words in finding.message for finding in found)


def test_json_tells_one_from_true() -> None:
    assert equal([{"a": 1}], [{"a": 1.0}])
    assert not equal([{"a": 1}], [{"a": True}])
    assert not contains([1, 0], True)
