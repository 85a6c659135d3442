"""A property that only one direction has is not demanded in the other."""

from __future__ import annotations

import re
from typing import Any

from generator.output.render import files
from generator.python.directions import directed
from tests.generator.sample_spec import SCHEMAS, built, spoilt


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


RECIPE: dict[str, Any] = {
    "type": "object",
    "required": ["cipher", "id", "name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "cipher": {"type": "string", "writeOnly": True},
    },
}
BOOK = {
    "type": "object",
    "required": ["recipes"],
    "properties": {"recipes": {"type": "array", "items": _ref("Recipe")}},
}
JSON = "application/json"


def _spec(schemas: dict[str, Any], *, sent: str = "", received: str = "") -> dict[str, Any]:
    spec = spoilt(SCHEMAS, schemas)
    operation: dict[str, Any] = {"operationId": "recipes", "responses": {"204": {}}}
    if received:
        operation["responses"] = {"200": {"content": {JSON: {"schema": _ref(received)}}}}
    if sent:
        operation["requestBody"] = {"content": {JSON: {"schema": _ref(sent)}}}
    spec["paths"]["/recipes"] = {"post": operation}
    return spec


def _fields(spec: dict[str, Any], module: str) -> list[str]:
    text = files(built(spec))[f"annoport_sample/models/{module}.py"]
    return re.findall(r"^    (\w+: [^=\n]+)", text, re.MULTILINE)


def test_a_schema_of_both_directions_becomes_two() -> None:
    spec = _spec({"Recipe": RECIPE}, sent="Recipe", received="Recipe")
    assert _fields(spec, "recipe") == ["id: int", "name: str", "cipher: str | Unset "]
    assert _fields(spec, "recipe_request") == ["name: str", "cipher: str", "id: int | Unset "]
    resource = files(built(spec))["annoport_sample/resources/default.py"]
    assert "body: models.RecipeRequest | Mapping[str, Any]" in resource
    assert "-> models.Recipe:" in resource


def test_what_contains_such_a_schema_becomes_two() -> None:
    spec = _spec({"Recipe": RECIPE, "Book": BOOK}, sent="Book", received="Book")
    assert _fields(spec, "book") == ["recipes: list[Recipe]"]
    assert _fields(spec, "book_request") == ["recipes: list[RecipeRequest]"]


def test_a_schema_of_one_direction_stays_one() -> None:
    sent = _spec({"Recipe": RECIPE}, sent="Recipe")
    assert _fields(sent, "recipe") == ["name: str", "cipher: str", "id: int | Unset "]
    received = _spec({"Recipe": RECIPE}, received="Recipe")
    assert _fields(received, "recipe") == ["id: int", "name: str", "cipher: str | Unset "]
    assert not any("Request" in name for name in directed(received)["components"]["schemas"])


def test_a_schema_without_directions_stays_one() -> None:
    plain = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    spec = _spec({"Recipe": plain}, sent="Recipe", received="Recipe")
    assert directed(spec) == spec


def test_a_demand_in_another_part_of_an_all_of_is_dropped() -> None:
    whole = {"allOf": [_ref("Base"), {"type": "object", "required": ["id", "title"]}]}
    base = {
        "type": "object",
        "properties": {"id": {"type": "integer", "readOnly": True}, "title": {"type": "string"}},
    }
    spec = _spec({"Whole": whole, "Base": base}, sent="Whole")
    assert _fields(spec, "whole") == ["title: str", "id: int | Unset "]


def test_the_class_name_of_the_overlay_is_taken_over() -> None:
    named = RECIPE | {"x-annoport-class": "Dish"}
    spec = _spec({"Recipe": named}, sent="Recipe", received="Recipe")
    assert _fields(spec, "dish_request") == ["name: str", "cipher: str", "id: int | Unset "]


def test_a_name_that_is_taken_is_left_to_its_owner() -> None:
    other = {"type": "object", "properties": {"x": {"type": "integer"}}}
    spec = _spec({"Recipe": RECIPE, "RecipeRequest": other}, sent="Recipe", received="Recipe")
    assert _fields(spec, "recipe_request2") == ["name: str", "cipher: str", "id: int | Unset "]
