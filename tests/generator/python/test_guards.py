"""Guards of an overlay: what they name must exist, and they come to where they are needed."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.output.render import files
from generator.spec import overlay
from tests.generator.sample_spec import POT, POTS, SCHEMAS, SPEC, built

GUARD = "x-annoport-guard"
POST = f"{POTS}.post"
PLACEHOLDER = {"rule": "placeholder", "value": "?"}
IGNORED = {"rule": "ignored", "why": "a slip is ignored", "instead": "page-size"}
PARTS = {"type": "array", "items": {"$ref": "#/components/schemas/Lid"}}
LID = {"type": "object", "properties": {"id": {"type": "integer"}, "parts": PARTS}}


def guarded(*guards: tuple[str, Any]) -> dict[str, Any]:
    """The sample with guards: pairs of a target and the guard there."""
    updates = [
        (SCHEMAS, {"Lid": LID, "Pot": {"properties": {"lids": PARTS, "key": {"type": "string"}}}}),
        *((target, {GUARD: guard}) for target, guard in guards),
    ]
    actions = [{"target": target, "update": update} for target, update in updates]
    return overlay.apply(SPEC, {"overlay": "1.1.0", "actions": actions}, origin="test")


def operations(spec: dict[str, Any]) -> str:
    """The generated operations, in one line."""
    return " ".join(files(built(spec))["annoport_sample/operations/pots.py"].split())


def methods(spec: dict[str, Any]) -> str:
    return " ".join(files(built(spec))["annoport_sample/resources/pots.py"].split())


def test_a_selection_belongs_to_its_operation() -> None:
    rule = {"rule": "selection", "by": ["lid-size", "id", ""], "answer": "[]"}
    text = operations(guarded((POST, rule)))
    assert "selection=Selection(by=('lid-size', 'id', ''), answer='[]')" in text


def test_a_guard_of_a_field_comes_to_each_operation_that_sends_it() -> None:
    """Through lists and references, a schema that holds itself too."""
    same = {"rule": "same", "key": "id", "why": "it breaks"}
    spec = guarded((f"{SCHEMAS}.Lid.properties.parts", same))
    guard = "Same(key='id', why='it breaks')"
    text = operations(spec)
    assert f"guards={{'/lids/*/parts': ({guard},)}}" in text
    assert text.count("Same(") == 1  # an answer has no guards
    assert "InvalidBodyError: an item of `$.lids[].parts` has another `id`" in methods(spec)


def test_a_field_can_have_several_guards() -> None:
    only = {"rule": "only", "values": ["a"], "why": "it is ignored"}
    beside = {"rule": "beside", "needs": {"lids": None}, "values": ["a"], "why": "it fails"}
    spec = guarded((f"{SCHEMAS}.Pot.properties.key", [only, beside]))
    text = operations(spec)
    made = "Only(why='it is ignored', values=('a',)), "
    made += "Beside(why='it fails', needs={'lids': None}, values=('a',))"
    assert f"guards={{'/key': ({made})}}" in text
    words = methods(spec)
    assert "InvalidBodyError: `$.key` is not one of its known values." in words
    assert "InvalidBodyError: `$.key` is 'a' and stands without `lids`." in words


def test_an_operation_guards_its_own_body() -> None:
    beside = {"rule": "beside", "excludes": ["lids"], "why": "one is ignored"}
    spec = guarded()
    actions = [{"target": POST, "update": {"x-annoport-body-guards": {"/key": [beside]}}}]
    spec = overlay.apply(spec, {"overlay": "1.1.0", "actions": actions}, origin="test")
    assert "guards={'/key': (Beside(why='one is ignored', excludes=('lids',)),)}" in operations(
        spec
    )
    assert "InvalidBodyError: `$.key` stands beside `lids`." in methods(spec)
    actions[0]["update"] = {"x-annoport-body-guards": {"/kee": [beside]}}
    with pytest.raises(GeneratorError) as caught:
        built(overlay.apply(spec, {"overlay": "1.1.0", "actions": actions}, origin="test"))
    assert "POST /pots body /kee: there is no such field to guard" in str(caught.value)


def test_a_guard_of_a_parameter_is_told_in_its_place() -> None:
    spec = guarded((f"{POTS}.get.parameters[?@.name=='page']", IGNORED))
    guard = "guard=Ignored(why='a slip is ignored', instead='page-size')"
    assert guard in operations(spec)
    assert "page: Refused: a slip is ignored; use `page-size`." in methods(spec)


@pytest.mark.parametrize(
    ("target", "guard", "part"),
    [
        (POST, {"rule": "selection", "by": ["idz"]}, "POST /pots: the guard names 'idz'"),
        (f"{POT}.get", {"rule": "selection", "by": [""]}, "GET /pots/{id}: the guard names ''"),
        (
            POST,
            {"rule": "selection", "by": ["id"], "count": "n"},
            "POST /pots: the guard names the parameter 'n', which does not exist",
        ),
        (
            POST,
            {"rule": "selection", "by": ["id"], "unless": {"dry": True}},
            "POST /pots: the guard names the parameter 'dry', which does not exist",
        ),
        (
            f"{POTS}.get.parameters[0]",
            {**IGNORED, "instead": "sieze"},
            "GET /pots parameter 'page': the guard names 'sieze'",
        ),
        (
            f"{SCHEMAS}.Pot.properties.key",
            {**IGNORED, "instead": "sieze"},
            "POST /pots body /key: the guard names 'sieze'",
        ),
        (
            f"{SCHEMAS}.Pot.properties.key",
            {**IGNORED, "instead": "id", "pattern": "("},
            "POST /pots body /key: '(' is no regular expression",
        ),
        (f"{SCHEMAS}.Pot.properties.id", PLACEHOLDER, "body /id: a field that is required cannot"),
        (
            f"{SCHEMAS}.Pot.properties.lids",
            {"rule": "same", "key": "idz", "why": "it breaks"},
            "body /lids: its items have no field 'idz'",
        ),
        (
            f"{SCHEMAS}.Pots.properties.count",
            PLACEHOLDER,
            "schema Pots: 'count' has a guard, but no operation sends it",
        ),
        (POST, PLACEHOLDER, "POST /pots: the guard 'placeholder' has no effect here"),
        (
            f"{SCHEMAS}.Pot.properties.key",
            {"rule": "selection", "by": ["id"]},
            "component 'Pot'.key: the guard 'selection' has no effect here; put it on: operation",
        ),
        (
            f"{POTS}.get.parameters[0]",
            {"rule": "same", "key": "id", "why": "it breaks"},
            "GET /pots parameter 'page': the guard 'same' has no effect here",
        ),
        (
            POST,
            {"rule": "selection", "by": ["id"], "answer": "[}"},
            "POST /pots: the guard's answer '[}' is not JSON",
        ),
        (
            f"{SCHEMAS}.Pot.properties.key",
            {"rule": "only", "why": "it is ignored"},
            "POST /pots body /key: the guard needs a pattern or values, and not both",
        ),
        (
            f"{SCHEMAS}.Pot.properties.key",
            {"rule": "only", "why": "it is ignored", "pattern": "("},
            "POST /pots body /key: a pattern and the words for it (expected) need each other",
        ),
        (
            f"{SCHEMAS}.Pot.properties.key",
            {"rule": "beside", "why": "it is ignored", "needs": {"kee": None}},
            "POST /pots body /key: the guard names 'kee', which does not stand beside it",
        ),
        (
            f"{SCHEMAS}.Pot.properties.key",
            {"rule": "beside", "why": "it is ignored"},
            "POST /pots body /key: the guard needs and excludes nothing",
        ),
        (POST, {"rule": "selecshun"}, "POST /pots: x-annoport-guard: Invalid value 'selecshun'"),
        (POST, {"rule": "selection"}, "missing required field `by`"),
        (SCHEMAS + ".Cook", PLACEHOLDER, "component 'Cook': x-annoport-guard has no effect here"),
    ],
)
def test_a_guard_that_cannot_work_is_named(target: str, guard: Any, part: str) -> None:
    with pytest.raises(GeneratorError) as caught:
        built(guarded((target, guard)))
    assert part in str(caught.value), str(caught.value)
