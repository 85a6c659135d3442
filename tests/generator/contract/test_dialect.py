"""OpenAPI 3.1, and 3.0 that uses its words, become 3.0 without losing a fact."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator import documents
from generator.contract import canonical, dialect, untrusted
from generator.drift import contract_diff
from generator.spec import effective
from tests.generator.in_31 import in_31

REF = {"$ref": "#/components/schemas/Pot"}


def _document(schema: Any, **more: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {},
        "components": {"schemas": {"Pot": {"type": "object"}, "A": schema, **more}},
    }


def _read(document: dict[str, Any]) -> dict[str, Any]:
    """What the vendor makes of a document that arrived as JSON."""
    return canonical.canonicalize(untrusted.read(json.dumps(document).encode(), origin="test"))


@pytest.mark.parametrize("platform", effective.platforms())
def test_a_contract_sent_as_31_is_the_same_byte_for_byte(platform: str) -> None:
    contract = documents.load(effective.SPECS / platform / "openapi.yaml")
    sent = in_31(contract)
    assert sent != contract
    received = _read(sent)
    assert documents.dump(received) == documents.dump(contract)
    assert contract_diff.compare(contract, received) == []


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.1.1"])
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param(
            {"type": ["string", "null"], "maxLength": 3},
            {"type": "string", "nullable": True, "maxLength": 3},
            id="a type or null",
        ),
        pytest.param({"type": ["string"]}, {"type": "string"}, id="a list of one type"),
        pytest.param({"type": ["integer", "number"]}, {"type": "number"}, id="two sorts of number"),
        pytest.param(
            {"type": ["string", "integer", "null"], "minimum": 2, "pattern": "a"},
            {
                "nullable": True,
                "anyOf": [{"type": "string", "pattern": "a"}, {"type": "integer", "minimum": 2}],
            },
            id="several types, each with what concerns it",
        ),
        pytest.param(
            {"type": ["string", "integer", "boolean"], "enum": ["a", 1], "format": "date"},
            {
                "anyOf": [
                    {"type": "string", "format": "date", "enum": ["a"]},
                    {"type": "integer", "enum": [1]},
                ]
            },
            id="several types with values",
        ),
        pytest.param({"const": "a"}, {"enum": ["a"]}, id="a constant"),
        pytest.param(
            {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9, "maximum": 5},
            {"type": "integer", "exclusiveMinimum": True, "maximum": 5, "minimum": 0},
            id="exclusive limits",
        ),
        pytest.param(
            {"type": "string", "contentMediaType": "application/octet-stream"},
            {"type": "string", "format": "binary"},
            id="bytes",
        ),
        pytest.param(
            {"contentMediaType": "image/png"},
            {"type": "string", "format": "binary", "x-contentMediaType": "image/png"},
            id="an image",
        ),
        pytest.param(
            {"type": "string", "contentEncoding": "base64"},
            {"type": "string", "format": "byte"},
            id="base64",
        ),
        pytest.param(
            {"type": "string", "contentMediaType": "application/json"},
            {"type": "string", "x-contentMediaType": "application/json"},
            id="JSON in a string",
        ),
        pytest.param(
            {"type": "array", "prefixItems": [{"type": "number"}, REF], "items": False},
            {
                "type": "array",
                "items": {"anyOf": [{"type": "number"}, REF]},
                "maxItems": 2,
                "x-prefixItems": [{"type": "number"}, REF],
            },
            id="a tuple",
        ),
        pytest.param(
            {"type": "object", "patternProperties": {"^x": {"type": ["integer", "null"]}}},
            {
                "type": "object",
                "additionalProperties": {"type": "integer", "nullable": True},
                "x-patternProperties": {"^x": {"type": "integer", "nullable": True}},
            },
            id="keys of a form",
        ),
        pytest.param(
            {"type": "object", "properties": {"a": True, "b": False}},
            {"type": "object", "properties": {"a": {}, "b": {"not": {}}}},
            id="everything and nothing",
        ),
        pytest.param(
            {"type": "object", "dependentRequired": {"a": ["b"]}, "$comment": "x"},
            {"type": "object", "x-dependentRequired": {"a": ["b"]}},
            id="what 3.0 has no word for",
        ),
        pytest.param({"type": "array", "items": True}, {"type": "array", "items": {}}, id="any"),
    ],
)
def test_a_schema_is_said_in_30(version: str, sent: Any, kept: Any) -> None:
    document = _document(sent) | {"openapi": version}
    contract = _read(document)
    assert contract["openapi"] == "3.0.3"
    assert contract["components"]["schemas"]["A"] == kept


def test_definitions_of_a_component_become_components() -> None:
    owner = {
        "type": "object",
        "properties": {
            "near": {"$ref": "#/components/schemas/A/$defs/Lid"},
            "sloppy": {"$ref": "#/$defs/Lid"},
            "taken": {"$ref": "#/components/schemas/A/$defs/Pot"},
        },
        "$defs": {"Lid": {"type": ["string", "null"]}, "Pot": {"type": "integer"}},
    }
    schemas = _read(_document(owner))["components"]["schemas"]
    assert schemas["Lid"] == {"type": "string", "nullable": True}
    assert schemas["APot"] == {"type": "integer"}
    assert schemas["Pot"] == {"type": "object"}
    assert [child["$ref"] for child in schemas["A"]["properties"].values()] == [
        "#/components/schemas/Lid",
        "#/components/schemas/Lid",
        "#/components/schemas/APot",
    ]


def test_webhooks_and_path_items_are_kept() -> None:
    ok = {"get": {"operationId": "a", "responses": {"204": {"description": "Fine."}}}}
    body = {"content": {"application/json": {"schema": {"type": ["string", "null"]}}}}
    document: dict[str, Any] = _document({}) | {
        "webhooks": {"caught": {"post": {"requestBody": body}}}
    }
    document["components"]["pathItems"] = {"Ok": ok}
    document["paths"] = {"/a": {"$ref": "#/components/pathItems/Ok"}}
    contract = _read(document)
    assert contract["paths"]["/a"]["get"]["operationId"] == "a"
    sent = contract["x-webhooks"]["caught"]["post"]["requestBody"]["content"]["application/json"]
    assert sent["schema"] == {"type": "string", "nullable": True}
    assert canonical.canonicalize(contract) == contract
    only_webhooks = {key: value for key, value in document.items() if key != "paths"}
    assert _read(only_webhooks)["paths"] == {}


def test_bytes_have_no_schema_in_31_and_one_in_30() -> None:
    answers: dict[str, Any] = {"200": {"content": {"application/zip": {}, "text/plain": {}}}}
    document: dict[str, Any] = _document({}) | {"paths": {"/a": {"get": {"responses": answers}}}}
    content = _read(document)["paths"]["/a"]["get"]["responses"]["200"]["content"]
    assert content == {
        "application/zip": {"schema": {"type": "string", "format": "binary"}},
        "text/plain": {},
    }


def test_the_document_given_is_not_changed() -> None:
    document = _document({"type": ["string", "null"], "$defs": {"B": {"const": 1}}})
    before = json.dumps(document)
    dialect.in_30(document)
    assert json.dumps(document) == before


BROKEN: list[dict[str, Any]] = [
    {"paths": []},
    {"components": []},
    {"components": {"schemas": []}},
    {"components": {"schemas": {"A": {"type": [[]], "prefixItems": 1, "$defs": 2}}}},
    {"components": {"schemas": {"A": {"anyOf": True, "properties": [], "const": {}}}}},
    {"components": {"pathItems": 1}, "webhooks": 2},
]


@pytest.mark.parametrize("broken", BROKEN, ids=json.dumps)
def test_what_has_the_wrong_shape_is_left_to_the_check(broken: dict[str, Any]) -> None:
    document = _document({}) | broken
    assert dialect.in_30(document)["openapi"] == "3.0.3"
