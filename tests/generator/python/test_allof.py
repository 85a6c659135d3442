"""An allOf whose parts are not objects becomes one plain schema."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.python.allof import merged_allof
from tests.generator.sample_spec import SCHEMAS, built, spoilt

PREFIX = "#/components/schemas/"
COMPONENTS: dict[str, Any] = {
    "Name": {"type": "string", "description": "A name.", "maxLength": 9},
    "Alias": {"$ref": PREFIX + "Name"},
    "Pot": {"type": "object", "properties": {"id": {"type": "integer"}}},
    "Loop": {"allOf": [{"$ref": PREFIX + "Loop"}, {"type": "string"}]},
}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": PREFIX + name}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"allOf": [{"type": "string"}, {"maxLength": 3}]}, {"type": "string"}),
        ({"type": "string", "allOf": [{"maxLength": 3}]}, {"type": "string"}),
        ({"allOf": [ref("Alias"), {"maxLength": 3}]}, {"allOf": [ref("Alias")]}),
        (
            {"allOf": [ref("Alias"), {"type": "string", "format": "uuid"}], "nullable": True},
            {"type": "string", "format": "uuid", "maxLength": 9, "nullable": True},
        ),
        (
            {"allOf": [{"type": "integer"}, {"type": "number", "maximum": 3}]},
            {"type": "integer", "maximum": 3, "nullable": False},
        ),
        (
            {"allOf": [{"type": "array", "items": ref("Pot")}, {"minItems": 1}]},
            {"type": "array", "items": ref("Pot")},
        ),
    ],
)
def test_what_is_merged(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    assert merged_allof(schema, COMPONENTS, "here") == expected


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"allOf": [ref("Name")], "nullable": True},
        {"allOf": [ref("Pot"), {"properties": {"lid": {"type": "string"}}}]},
        {"allOf": [ref("Pot"), {"required": ["id"]}]},
        {"allOf": [ref("Loop"), {"type": "string"}]},
        {"allOf": [ref("Nothing"), {"type": "string"}]},
    ],
)
def test_what_stays(schema: dict[str, Any]) -> None:
    assert merged_allof(schema, COMPONENTS, "here") == schema


def test_parts_that_no_value_can_be() -> None:
    with pytest.raises(
        GeneratorError, match="here: the parts of its allOf have the types integer and string"
    ):
        merged_allof({"allOf": [{"type": "string"}, {"type": "integer"}]}, COMPONENTS, "here")


def test_a_field_keeps_its_type() -> None:
    update = {"Cook": {"properties": {"hat": {"allOf": [{"type": "string"}, {"maxLength": 3}]}}}}
    modules = built(spoilt(SCHEMAS, update)).modules
    (cook,) = (model for module in modules for model in module.models if model.name == "Cook")
    assert [field.type.annotation() for field in cook.fields] == ["str", "str"]
