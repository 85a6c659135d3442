"""What a body uses that only some releases of the server know."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import pytest

from annoport.core.codec.releases import needs_of
from annoport.core.contract.extensions import Releases
from annoport.core.values.models import UNSET, Model, Unset, model
from tests.core.toy.models import Depth, Dot, LaterSending, Line, Shade, Sheet, Thing


def used(value: object, type_: Any = Sheet) -> list[str]:
    return sorted(need.what for need in needs_of(value, type_))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Sheet(), []),
        (Sheet(dots=[Dot(frame=1), Dot(frame=2, shade=Shade.BLUE)]), []),
        (Sheet(dots=[Dot(frame=1), Dot(frame=2, score=0.5)]), ["dots[].score"]),
        (Sheet(dots=[Dot(frame=1, score=None)]), ["dots[].score"]),  # a null is sent
        (Sheet(dots=[Dot(frame=1, level=2)]), ["dots[].z-order"]),
        (Sheet(dots=[Dot(frame=1, shade=Shade.PINK)]), ["dots[].shade='pink'"]),
        (Sheet(dots=[Dot(frame=1, parts=[Dot(frame=1, score=1.0)])]), ["dots[].parts[].score"]),
        (Sheet(named={"a": Dot(frame=1, score=1.0)}), ["named.*.score"]),
        (Sheet(any_of=[Line(length=1, score=1.0), "pink"]), []),
        (Sheet(any_of=[Line(length=1), Dot(frame=1, score=1.0)]), ["any_of[].score"]),
        (Sheet(shades=[Shade.BLUE, Shade.GREY]), ["shades[]='grey'"]),
        (Sheet(depth=Depth.ABYSS), ["depth=3"]),
        (Sheet(depth=Depth.LOW), []),
        (Sheet(depth=None), []),
        (Sheet(best=Shade.PINK), ["best='pink'"]),
        (Sheet(best=[Shade.PINK]), ["best[]='pink'"]),
        (Sheet(free={"score": 1, "dots": [{"score": 1}]}), []),
    ],
)
def test_models(value: Sheet, expected: list[str]) -> None:
    assert used(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"dots": [{"frame": 1}, {"frame": 2, "score": 0.5}]}, ["dots[].score"]),
        ({"dots": ({"frame": 1, "score": UNSET},)}, []),
        ({"dots": [{"frame": 1, "z-order": 1}]}, ["dots[].z-order"]),
        ({"dots": [{"frame": 1, "level": 1}]}, []),  # the name in Python is no key
        ({"dots": [{"frame": 1, "shade": "pink"}]}, ["dots[].shade='pink'"]),
        ({"dots": [{"frame": 1}, Dot(frame=2, score=1.0)]}, ["dots[].score"]),
        ({"any_of": [{"length": 1, "score": 1.0}]}, []),
        ({"any_of": [{"length": 1}, {"frame": 1, "score": 1.0}]}, ["any_of[].score"]),
        ({"depth": 3, "shades": ["blue", "pink"]}, ["depth=3", "shades[]='pink'"]),
        ({"dots": "none"}, []),
    ],
)
def test_dicts_that_stand_for_models(value: object, expected: list[str]) -> None:
    assert used(value) == expected


def test_a_model_counts_as_what_it_is() -> None:
    assert used(Dot(frame=1, score=1.0), Any) == ["score"]
    assert used(Thing(id=1)) == []


SCORED = Dot(frame=1, score=1.0)
EMPTY: dict[str, Any] = {}


class OtherDot(Dot):
    """A drawing as a server answers it, which is sent where a drawing is declared."""


@model
class Bag(Model):
    """A model with a field that is called like a method of a dict."""

    items: Annotated[int | Unset, Releases(since="2.10")] = UNSET


@pytest.mark.parametrize(
    ("dots", "expected"),
    [
        ([Dot(frame=1), {"frame": 2, "score": 0.5}], ["dots[].score"]),
        ([{"frame": 1}, Dot(frame=2), {"frame": 3, "z-order": 1}], ["dots[].z-order"]),
        ([Dot(frame=1), {"frame": 2}, Dot(frame=3)], []),
        ([OtherDot(frame=1, score=0.5), Dot(frame=2)], ["dots[].score"]),
        ([{"frame": 3, "parts": [SCORED]}, Dot(frame=1)], ["dots[].parts[].score"]),
        ([Dot(frame=1), Dot(frame=1, parts=[SCORED]), {"frame": 3}], ["dots[].parts[].score"]),
    ],
)
def test_models_and_dicts_side_by_side(dots: list[Any], expected: list[str]) -> None:
    assert used({"dots": dots}) == expected


def test_a_field_may_be_called_like_a_method() -> None:
    assert used([Bag(), EMPTY], list[Bag]) == []
    assert used([Bag(), {"items": 1}], list[Bag]) == ["[].items"]
    assert used([EMPTY, Bag(items=1)], list[Bag]) == ["[].items"]


def test_each_is_told_once() -> None:
    dots = [Dot(frame=n, score=1.0, shade=Shade.PINK) for n in range(3)]
    assert used(Sheet(dots=dots)) == ["dots[].score", "dots[].shade='pink'"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.4", ["dots[].score", "dots[].shade='pink'"]),
        ("2.5", ["dots[].score", "dots[].shade='pink'", "dots[].z-order", "shades[]='grey'"]),
        ("2.10", ["dots[].z-order", "shades[]='grey'"]),
    ],
)
def test_what_a_version_lacks(version: str, expected: list[str]) -> None:
    dot = Dot(frame=1, score=1.0, level=1, shade=Shade.PINK)
    sheet = Sheet(dots=[dot], shades=[Shade.GREY])
    assert sorted(need.what for need in needs_of(sheet, Sheet, version)) == expected


class _Watched(dict[str, Any]):
    """A body that counts how often somebody looks for a key."""

    looks = 0

    def get(self, key: str, default: Any = None, /) -> Any:
        self.looks += 1
        return super().get(key, default)


@pytest.mark.parametrize(("version", "looks"), [("2.9", 1), ("2.10", 0), (None, 1)])
def test_a_body_is_not_looked_through_for_what_the_version_has(
    version: str | None, looks: int
) -> None:
    body = _Watched(quality=70)
    assert len(list(needs_of(body, LaterSending, version))) == looks
    assert body.looks == looks


@pytest.mark.parametrize("plain", [False, True], ids=["models", "dicts"])
def test_many_items_cost_no_call_each(plain: bool) -> None:
    """20,000 shapes must cost hardly more to send; a Python call for each would cost too much."""
    items: list[Any] = [{"frame": n} if plain else Dot(frame=n) for n in range(5_000)]
    calls = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"

    used({"dots": items})  # the types are read once
    sys.setprofile(count)
    try:
        used({"dots": items})
    finally:
        sys.setprofile(None)
    assert calls < 500
