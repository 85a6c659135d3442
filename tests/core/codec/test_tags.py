"""The members of a union are told apart by what each lists as the values of a key."""

from __future__ import annotations

import json
import warnings
from typing import Any, Literal

import pytest

from annoport.core.codec.json import decode, encode_body
from annoport.core.errors import DecodeError, InvalidBodyError, ResponseShapeWarning
from annoport.core.values.models import (
    UNSET,
    Model,
    OneOf,
    OpenStrEnum,
    Unset,
    model,
    recursive_union,
)


class Whole(OpenStrEnum):
    WHOLE = "whole"
    INT = "int"


class Broken(OpenStrEnum):
    BROKEN = "broken"


class State(OpenStrEnum):
    OPEN = "open"


@model
class IntField(Model):
    kind: Whole
    value: int | Unset = UNSET


@model
class FloatField(Model):
    kind: Broken
    value: float | Unset = UNSET


@model
class Box(Model):
    shape: Literal["box", "square"]
    width: float | Unset = UNSET


@model
class Poly(Model):
    shape: Literal["poly"]
    points: list[float] | Unset = UNSET


@model
class Report(Model):
    id: int
    state: State


@model
class Ticket(Model):
    ticket: str


Fields = list[OneOf[IntField, FloatField]]
Shapes = list[OneOf[Box, Poly]]


def received(value: Any, type_: Any) -> tuple[Any, list[str]]:
    """What a value is decoded to, and what is warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResponseShapeWarning)
        decoded = decode(json.dumps(value).encode(), type_, strict=False, where="t")
    said = [str(one.message).partition("as received: ")[2] for one in caught]
    return decoded, said


def test_the_value_of_an_enum_chooses_the_member() -> None:
    decoded, said = received(
        [{"kind": "int", "value": 1}, {"kind": "broken", "value": 1}, {"kind": "whole"}], Fields
    )
    assert [type(item) for item in decoded] == [IntField, FloatField, IntField]
    assert said == []


def test_a_constant_chooses_the_member() -> None:
    decoded, said = received([{"shape": "poly"}, {"shape": "square", "width": 2}], Shapes)
    assert decoded == [Poly(shape="poly"), Box(shape="square", width=2)]
    assert said == []


@pytest.mark.parametrize(
    ("value", "type_", "fault"),
    [
        (
            {"kind": "complex", "value": 1},
            Fields,
            "$[0]: 'kind' is 'complex'; expected one of 'whole', 'int', 'broken'",
        ),
        (
            {"shape": "circle", "width": 1},
            Shapes,
            "$[0]: 'shape' is 'circle'; expected one of 'box', 'square', 'poly'",
        ),
    ],
)
def test_an_unknown_value_is_kept_and_no_other_member_taken(
    value: dict[str, Any], type_: Any, fault: str
) -> None:
    assert received([value], type_) == ([value], [fault])
    with pytest.raises(DecodeError) as caught:
        decode(json.dumps([value]).encode(), type_, strict=True, where="t")
    assert fault in str(caught.value)


def test_the_rest_of_a_chosen_member_is_fitted_leniently() -> None:
    decoded, said = received([{"shape": "box", "width": None}], Shapes)
    assert type(decoded[0]) is Box
    assert said == ["$[0].width: expected number, got null"]


def test_an_enum_of_one_member_stays_open() -> None:
    """What only one member lists tells it from no other: a newer server may have more values."""
    decoded, said = received({"id": 1, "state": "parked"}, OneOf[Report, Ticket])
    assert (type(decoded), decoded.state, said) == (Report, "parked", [])


def test_a_request_names_the_values_that_there_are() -> None:
    body = {"shape": "poly", "points": [1.5]}
    assert json.loads(encode_body(body, OneOf[Box, Poly], where="t")) == body
    with pytest.raises(InvalidBodyError) as caught:
        encode_body({"shape": "circle"}, OneOf[Box, Poly], where="t")
    assert str(caught.value) == (
        "t: the body does not fit: $: 'shape' is 'circle'; expected one of 'box', 'square', 'poly'"
    )
    with pytest.raises(InvalidBodyError, match="Box has no key 'points'"):
        encode_body({"shape": "box", "points": []}, OneOf[Box, Poly], where="t")


@model
class Named(Model):
    name: str
    inner: Any = UNSET


def _members() -> tuple[Any, ...]:
    nested: Any = Nested
    return (str, Named, list.__class_getitem__(nested), dict.__class_getitem__((str, nested)), None)


Nested: Any = recursive_union("Nested", _members)


def test_a_union_that_contains_itself() -> None:
    value = ["a", {"name": "b"}, [None, {"x": ["c"]}]]
    decoded, said = received(value, Nested)
    assert decoded == ["a", Named(name="b"), [None, {"x": ["c"]}]]
    assert said == []
    assert json.loads(encode_body(value, Nested, where="t")) == value
    assert received([[[1]]], Nested)[1] == [
        "$[0][0][0]: expected string or object or array or null, got integer 1"
    ]
    with pytest.raises(InvalidBodyError, match=r"\$\.x\[0\]: expected string"):
        encode_body({"x": [1]}, Nested, where="t")
    assert repr(Nested) == "Nested"
