"""What OpenAPI can say in several ways is spelled in one."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from generator.contract import canonical

REF = {"$ref": "#/components/schemas/Pot"}
NOTHING = {"$ref": "#/components/schemas/Nothing"}


def _canonical(schema: dict[str, Any]) -> dict[str, Any]:
    document = {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {},
        "components": {
            "schemas": {
                "A": {"type": "object", "properties": {"a": schema}},
                "Pot": {"type": "object"},
                "Nothing": {"enum": [None], "description": "Null."},
                "Alias": NOTHING,
            }
        },
    }
    contract = canonical.canonicalize(document)
    assert canonical.canonicalize(copy.deepcopy(contract)) == contract
    kept: dict[str, Any] = contract["components"]["schemas"]
    # Names for null are not needed any more.
    assert kept.keys() == {"A", "Pot"}
    found: dict[str, Any] = kept["A"]["properties"]["a"]
    return found


OR_NULL = {"nullable": True, "allOf": [REF]}
TEXT = {"type": "string", "nullable": True}


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ({**REF, "nullable": True}, OR_NULL),
        ({"allOf": [REF], "nullable": True}, OR_NULL),
        ({"oneOf": [REF], "nullable": True}, OR_NULL),
        ({"anyOf": [REF, NOTHING]}, OR_NULL),
        ({"anyOf": [REF, {"$ref": "#/components/schemas/Alias"}]}, OR_NULL),
        ({"oneOf": [REF, {"enum": [None]}]}, OR_NULL),
        ({"anyOf": [{**REF, "nullable": True}]}, OR_NULL),
        ({"anyOf": [{"type": "string"}, NOTHING], "title": "Note"}, TEXT),
        ({"anyOf": [{"type": "string", "nullable": True}]}, TEXT),
        ({"allOf": [{"type": "string"}], "nullable": True}, TEXT),
        (
            {"anyOf": [{"type": "string", "nullable": True}, REF]},
            {"nullable": True, "anyOf": [{"type": "string"}, REF]},
        ),
        (
            {"type": "string", "enum": ["a", None]},
            {"type": "string", "nullable": True, "enum": ["a"]},
        ),
        (NOTHING, {"enum": [None]}),
        ({"type": "string", "nullable": True, "enum": [None]}, {"enum": [None]}),
        ({"oneOf": [NOTHING, {"enum": [None]}]}, {"enum": [None]}),
        ({"allOf": [REF], "description": "A pot."}, REF),
        ({**REF, "description": "A pot.", "title": "Pot"}, REF),
        ({**REF, "readOnly": True}, {"allOf": [REF], "readOnly": True}),
        ({"allOf": [{"type": "string"}], "maxLength": 3}, {"type": "string", "maxLength": 3}),
        (
            {"allOf": [{"type": "object", "required": ["a"]}], "required": ["b"]},
            {"required": ["b"], "allOf": [{"type": "object", "required": ["a"]}]},
        ),
        ({"allOf": []}, {}),
        ({"nullable": True}, {}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"allOf": [REF, REF], "nullable": True}, {"nullable": True, "allOf": [REF, REF]}),
        (
            {"anyOf": [{"title": "Kind", "enum": ["a"]}, NOTHING], "title": "A kind"},
            {"title": "Kind", "nullable": True, "enum": ["a"]},
        ),
    ],
    ids=str,
)
def test_one_spelling(written: dict[str, Any], spelled: dict[str, Any]) -> None:
    assert _canonical(written) == spelled


def test_what_is_inside_is_spelled_too() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"oneOf": [REF, NOTHING]}}},
        "additionalProperties": {"anyOf": [{"type": "integer"}, NOTHING]},
    }
    assert _canonical(schema) == {
        "type": "object",
        "properties": {"a": {"type": "array", "items": OR_NULL}},
        "additionalProperties": {"type": "integer", "nullable": True},
    }
