"""Models of a spec: their fields, and what stands where the wire has nothing."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.output.render import files
from generator.python.models import build
from generator.python.package import Model
from generator.python.schema_parser import Parser
from generator.spec import effective
from tests.generator.sample_spec import SCHEMAS, built, spoilt

COOK = f"{SCHEMAS}.Cook"


def cook(update: dict[str, Any]) -> tuple[Model, str]:
    """The model Cook after an update of its schema, and the source of its module."""
    package = built(spoilt(COOK, update))
    found = next(m for module in package.modules for m in module.models if m.name == "Cook")
    return found, files(package)["annoport_sample/models/cook.py"]


@pytest.mark.parametrize(
    ("extra", "annotation"),
    [
        (True, "dict[str, Any]"),
        ({}, "dict[str, Any]"),
        ({"type": "integer"}, "dict[str, int]"),
        ({"$ref": "#/components/schemas/PotState"}, "dict[str, PotState]"),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "dict[str, CookValue]"),
    ],
)
def test_further_keys_have_a_field(extra: object, annotation: str) -> None:
    _, text = cook({"additionalProperties": extra})
    assert f"    additional_properties: {annotation} = NO_KEYS\n" in text


@pytest.mark.parametrize("update", [{}, {"additionalProperties": False}])
def test_a_model_has_no_further_keys_without_a_word(update: dict[str, Any]) -> None:
    model, text = cook(update)
    assert model.further is None
    assert "additional_properties" not in text


def test_a_part_of_an_all_of_can_allow_further_keys() -> None:
    schemas: dict[str, Any] = {
        "Base": {
            "type": "object",
            "properties": {"z": {"type": "string"}, "a": {"type": "string"}},
            "required": ["a"],
            "additionalProperties": {"type": "integer"},
        },
        "Whole": {
            "allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"type": "object", "properties": {"m": {"type": "string"}, "b": {}}},
            ]
        },
    }
    models = [model for module in build(Parser(schemas)) for model in module.models]
    (whole,) = [model for model in models if model.name == "Whole"]
    assert sorted(field.wire for field in whole.fields) == ["a", "b", "m", "z"]
    assert whole.further is not None
    assert whole.further.annotation() == "int"


def test_a_property_cannot_have_the_name_of_the_field_for_further_keys() -> None:
    update = {
        "additionalProperties": True,
        "properties": {"additional_properties": {"type": "string"}},
    }
    with pytest.raises(GeneratorError, match=r"additional_properties.*x-annoport-name"):
        cook(update)


def test_an_annotation_can_point_to_a_further_key() -> None:
    spec = spoilt(f"{SCHEMAS}.Pot", {"additionalProperties": {"type": "integer"}})
    job = {"x-annoport-job": {"kind": "cooking", "id": "/rq:id"}}
    action = spec["paths"]["/pots"]["post"]
    action |= job
    assert built(spec)
    del spec["components"]["schemas"]["Pot"]["additionalProperties"]
    with pytest.raises(GeneratorError, match="has no 'rq:id'"):
        built(spec)


def test_a_list_that_is_left_out_can_mean_that_it_is_empty() -> None:
    listed = {"type": "array", "items": {"type": "integer"}, "x-annoport-absent": "empty"}
    _, text = cook({"properties": {"pots": listed}})
    assert "    pots: list[int] = NO_ITEMS\n" in text


def test_what_only_a_call_can_leave_out_has_a_type_without_unset() -> None:
    named: dict[str, Any] = {
        "type": "object",
        "additionalProperties": {},
        "x-annoport-absent": "cut",
    }
    _, text = cook({"properties": {"notes": named, "pots": {"type": "integer"}}})
    assert "    notes: dict[str, Any] = CUT\n" in text
    assert "    pots: int | Unset = UNSET\n" in text


def test_secrets_are_marked_by_their_name_or_by_the_overlay() -> None:
    text = {"type": "string"}
    _, source = cook(
        {
            "properties": {
                "api_key": text,
                "key": {**text, "x-annoport-secret": True},
                "token_name": {**text, "x-annoport-secret": False},
                "token_age": {"type": "integer"},
                "secret": text,
            },
            "required": ["secret"],
        }
    )
    for line in (
        "api_key: str | Unset = secret(default=UNSET)",
        "key: str | Unset = secret(default=UNSET)",
        "token_name: str | Unset = UNSET",
        "token_age: int | Unset = UNSET",
        "secret: str = secret()",
    ):
        assert f"    {line}\n" in source


@pytest.mark.parametrize(
    "update",
    [
        {"properties": {"name": {"x-annoport-absent": "empty"}}},
        {
            "properties": {"pots": {"type": "array", "items": {}, "x-annoport-absent": "empty"}},
            "required": ["pots"],
        },
    ],
)
def test_only_a_list_that_may_be_left_out_has_a_word_about_it(update: dict[str, Any]) -> None:
    with pytest.raises(GeneratorError, match=r"model Cook property .*x-annoport-absent"):
        cook(update)


def test_what_stands_beside_a_reference_counts() -> None:
    update = {
        "properties": {
            "state": {
                "$ref": "#/components/schemas/PotState",
                "nullable": True,
                "description": "The pot that is used.",
            },
            "other": {"$ref": "#/components/schemas/PotState", "description": "Another pot."},
        }
    }
    spec = effective.null_beside_references(spoilt(COOK, update))
    text = files(built(spec))["annoport_sample/models/cook.py"]
    assert "    state: PotState | None | Unset = UNSET\n" in text
    assert '    """The pot that is used."""\n' in text
    assert "    other: PotState | Unset = UNSET\n" in text
    assert '    """Another pot."""\n' in text


@pytest.mark.parametrize("null", [{"enum": [None]}, {"enum": [None], "nullable": True}])
def test_a_field_can_be_null_and_nothing_else(null: dict[str, Any]) -> None:
    _, text = cook({"properties": {"gone": null}})
    assert "    gone: None | Unset = UNSET\n" in text


def test_a_component_that_is_another_or_null_is_so_where_it_is_used() -> None:
    maybe = {"allOf": [{"$ref": "#/components/schemas/Pot"}], "nullable": True}
    field = {"properties": {"pot": {"$ref": "#/components/schemas/MaybePot"}}}
    spec = spoilt(SCHEMAS, {"MaybePot": maybe, "Shelf": {"type": "object", **field}})
    made = files(built(spec))
    assert "    pot: MaybePot | Unset = UNSET\n" in made["annoport_sample/models/shelf.py"]
    assert "MaybePot: TypeAlias = Pot | None\n" in made["annoport_sample/models/maybe_pot.py"]


def test_a_time_can_mean_utc() -> None:
    time = {"type": "string", "format": "date-time", "nullable": True, "x-annoport-utc": True}
    _, text = cook({"properties": {"made": time}})
    assert "    made: UtcDatetime | None | Unset = UNSET\n" in text
    with pytest.raises(GeneratorError) as caught:
        cook({"properties": {"made": {"type": "string", "x-annoport-utc": True}}})
    assert "property 'made': x-annoport-utc is for a date and time (format: date-time)" in str(
        caught.value
    )
