"""Unions become types of which each member is told from the others."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.output.render import files
from tests.generator.sample_spec import SCHEMAS, built, spoilt


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TEXT = {"type": "string"}


def models(**schemas: Any) -> dict[str, str]:
    """The source of the modules of models, by name, after some components were added."""
    made = files(built(spoilt(SCHEMAS, schemas)))
    start = "annoport_sample/models/"
    return {
        path.removeprefix(start).removesuffix(".py"): text
        for path, text in made.items()
        if path.startswith(start)
    }


def test_a_mapping_makes_a_constant_of_the_key() -> None:
    mapping = {
        "wide": "#/components/schemas/Pan",
        "flat": "Pan",
        "deep": "#/components/schemas/Wok",
    }
    made = models(
        Ware={
            "oneOf": [_ref("Pan"), _ref("Wok")],
            "discriminator": {"propertyName": "sort", "mapping": mapping},
        },
        Pan=_object(sort=TEXT, size=TEXT),
        Wok=_object(size=TEXT),
    )
    assert "Ware: TypeAlias = OneOf[Pan, Wok]\n" in made["ware"]
    assert "    sort: Literal['wide', 'flat']\n" in made["pan"].replace('"', "'")
    # It is demanded even where the member itself says nothing of it.
    assert "    sort: Literal['deep']\n" in made["wok"].replace('"', "'")


def test_without_a_mapping_the_name_chooses() -> None:
    made = models(
        Ware={"anyOf": [_ref("Pan"), _ref("Wok")], "discriminator": {"propertyName": "sort"}},
        Pan=_object(sort=TEXT),
        Wok=_object(sort={"type": "string", "enum": ["Wok", "wok"]}),
    )
    assert "    sort: Literal['Pan']\n" in made["pan"].replace('"', "'")
    # A member that lists its values itself is told by them.
    assert "    sort: WokSort | Unset = UNSET\n" in made["wok"]


def test_a_base_is_a_union_of_the_schemas_that_build_on_it() -> None:
    base = _object(sort=TEXT, name=TEXT) | {"description": "Any ware."}
    base |= {"required": ["sort"]}
    base["discriminator"] = {
        "propertyName": "sort",
        "mapping": {"pan": "#/components/schemas/Pan", "any": "#/components/schemas/Ware"},
    }
    made = models(
        Ware=base,
        Pan={"allOf": [_ref("Ware"), _object(lid=TEXT)]},
        Wok={"allOf": [_ref("Ware"), _object(ring=TEXT)]},
        Shelf=_object(wares={"type": "array", "items": _ref("Ware")}),
    )
    assert "Ware: TypeAlias = OneOf[Pan, Wok, WareBase]\n" in made["ware"]
    assert '"""Any ware."""' in made["ware"]
    assert "    wares: list[Ware] | Unset = UNSET\n" in made["shelf"]
    for name, value, own in (("pan", "pan", "lid"), ("wok", "Wok", "ring")):
        text = made[name].replace('"', "'")
        assert f"    sort: Literal['{value}']\n" in text
        assert f"    {own}: str | Unset = UNSET\n" in text
        assert "    name: str | Unset = UNSET\n" in text
    assert "    sort: Literal['any']\n" in made["ware_base"].replace('"', "'")


def test_a_base_without_children_stays_a_model() -> None:
    made = models(Ware=_object(sort=TEXT) | {"discriminator": {"propertyName": "sort"}})
    assert "    sort: str | Unset = UNSET\n" in made["ware"]


def test_a_mapping_that_leads_nowhere_is_named() -> None:
    ware = {
        "oneOf": [_ref("Cook"), _ref("Pot")],
        "discriminator": {"propertyName": "sort", "mapping": {"x": "Nobody"}},
    }
    with pytest.raises(GeneratorError) as caught:
        models(Ware=ware)
    assert str(caught.value) == (
        "component 'Ware': its discriminator leads to '#/components/schemas/Nobody', which is not "
        "there; correct the mapping in the overlay"
    )


def test_properties_beside_a_union_are_in_each_member() -> None:
    made = models(
        Ware=_object(name=TEXT)
        | {"required": ["name"], "oneOf": [_ref("Cook"), _object(lid=TEXT) | {"required": ["lid"]}]}
    )
    assert "Ware: TypeAlias = OneOf[WareCook, Ware2]\n" in made["ware"]
    assert "    name: str\n" in made["ware_cook"]
    assert "    name: str\n    lid: str\n" in made["ware2"]


def test_one_of_some_keys_at_least_is_no_union() -> None:
    one = _object(a=TEXT, b=TEXT) | {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert "class One(Model):" in models(One=one)["one"]


def test_a_union_can_contain_itself() -> None:
    made = models(
        Value={
            "oneOf": [
                TEXT,
                _ref("Values"),
                {"type": "object", "additionalProperties": _ref("Value")},
            ]
        },
        Values={"type": "array", "items": _ref("Value")},
        Holder=_object(value=_ref("Value"), values=_ref("Values")),
    )
    lines = made["value"].replace('"', "'")
    assert (
        "if TYPE_CHECKING:\n    Value: TypeAlias = 'str | list[Value] | dict[str, Value]'\n"
        in lines
    )
    assert "else:\n    Value = recursive_union(" in lines
    assert (
        "    value: Value | Unset = UNSET\n    values: list[Value] | Unset = UNSET\n"
        in made["holder"]
    )


def test_what_consists_of_nothing_but_itself_is_named() -> None:
    with pytest.raises(GeneratorError) as caught:
        models(Rows={"type": "array", "items": _ref("Rows")})
    assert str(caught.value) == (
        "schema Rows: it consists of nothing but itself, Rows -> Rows; "
        "give one of them another type in the overlay"
    )


def test_a_union_is_defined_before_another_uses_it() -> None:
    made = models(
        Any1={"oneOf": [{"type": "array", "items": _ref("Zed")}, TEXT]},
        Zed={"oneOf": [_ref("Owner"), {"type": "integer"}]},
        Owner=_object(any=_ref("Any1")),
    )
    text = made["any1"]
    assert text.index("Zed: TypeAlias") < text.index("Any1: TypeAlias")


def test_a_union_of_a_body_has_constants_too() -> None:
    schema = {"oneOf": [_ref("Pan"), _ref("Wok")], "discriminator": {"propertyName": "sort"}}
    spec = spoilt(SCHEMAS, {"Pan": _object(sort=TEXT), "Wok": _object(sort=TEXT)})
    spec["paths"]["/pots"]["post"]["requestBody"]["content"]["application/json"]["schema"] = schema
    made = files(built(spec))
    assert "sort: Literal['Pan']" in made["annoport_sample/models/pan.py"].replace('"', "'")
    assert (
        "body: models.Pan | Mapping[str, Any] | models.Wok"
        in made["annoport_sample/resources/pots.py"]
    )
