"""Labels of a function in the terms of a place."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from annoport.errors import InvalidAnnotationError
from annoport.functions import Spec, make_labels, make_skeleton
from annoport.functions.terms import Unmatched, terms
from annoport.vision import Attribute, Box, Label, LabelRule, Tag
from annoport.vision.matching import Mapped
from annoport.vision.sources import Content
from tests.functions.place import LABELS


def attribute(name: str = "age", *values: str) -> Attribute:
    return Attribute(name=name, kind="select", values=values)


def content(labels: Sequence[Label], *, open_labels: bool = False) -> Content:
    return Content(labels=labels, parts=(), open_labels=open_labels)


def match(
    *labels: Label,
    mapping: dict[str, Mapped] | None = None,
    unmatched: Unmatched = "error",
    polygons: bool = False,
) -> tuple[dict[str, LabelRule | None], tuple[str, ...]]:
    spec = Spec(labels=labels)
    found = terms(spec, content(LABELS), mapping, unmatched=unmatched, polygons=polygons)
    return dict(found.mapping), found.dropped


def test_equal_names() -> None:
    (crab,) = make_labels(["crab"], type="box", attributes=[attribute("age", "old")])
    found, dropped = match(crab, make_skeleton("fish", ["tail", "nose"]))
    assert found == {
        "crab": LabelRule(name="crab", attributes={"age": "age"}),
        "fish": LabelRule(
            name="fish", sublabels={name: LabelRule(name=name) for name in ("tail", "nose")}
        ),
    }
    assert dropped == ()


def test_a_mapping() -> None:
    labels = [Label(name="k", attributes=(attribute("a", "old"),)), Label(name="other")]
    rule = LabelRule(name="crab", attributes={"a": "age"})
    found, dropped = match(*labels, mapping={"k": rule, "other": None})
    assert found == {"k": rule, "other": None}
    assert dropped == ()
    agreed = terms(
        Spec(labels=labels),
        content(LABELS),
        {"k": rule, "other": None},
        unmatched="error",
        polygons=False,
    )
    box = Box(label="k", left=0, top=0, right=1, bottom=1, attributes={"a": "old"})
    other = Box(label="other", left=0, top=0, right=1, bottom=1)
    assert agreed.told([box, other]) == (
        Box(label="crab", left=0, top=0, right=1, bottom=1, attributes={"age": "old"}),
    )


def test_what_the_place_lacks_may_be_left_out() -> None:
    found, dropped = match(
        Label(name="shrimp"),
        Label(name="crab", attributes=(attribute("size", "S"),)),
        make_skeleton("fish", ["tail", "nose", "fin"]),
        unmatched="drop",
    )
    assert found["shrimp"] is None
    assert found["crab"] == LabelRule(name="crab", attributes={"size": None})
    assert found["fish"] is not None
    assert found["fish"].sublabels["fin"] is None
    assert dropped == (
        "label 'shrimp'",
        "label 'crab', attribute 'size'",
        "label 'fish', part 'fin'",
    )


def test_masks_that_become_polygons() -> None:
    cod = Label(name="cod", type="mask")
    assert match(cod, polygons=True) == match(cod)
    place = [Label(name="cod", type="polygon")]
    spec = Spec(labels=[cod])
    assert (
        terms(spec, content(place), None, unmatched="error", polygons=True).mapping["cod"]
        is not None
    )
    with pytest.raises(InvalidAnnotationError) as caught:
        terms(spec, content(place), None, unmatched="error", polygons=False)
    assert str(caught.value) == "label 'cod': type: 'cod' is for polygon there, not for mask"


def test_a_place_may_take_other_labels() -> None:
    labels = [Label(name="krill", type="tag"), Label(name="cod", type="tag"), Label(name="x")]
    place = content([Label(name="cod", type="tag")], open_labels=True)
    agreed = terms(Spec(labels=labels), place, {"x": "worm"}, unmatched="error", polygons=False)
    assert [label.name for label in agreed.labels] == ["krill", "cod", "worm"]
    tags = [Tag(label=name) for name in ("krill", "cod", "x")]
    assert [tag.label for tag in agreed.told(tags)] == ["krill", "cod", "worm"]


HINT = '; a mapping can say what it is there, and unmatched="drop" leaves it out'
WRONG: list[tuple[Label, dict[str, Mapped], str]] = [
    (Label(name="shrimp"), {}, "label 'shrimp': name: the place has 'cod', 'crab', 'fish'" + HINT),
    (
        Label(name="crab", attributes=(attribute("size", "S"),)),
        {},
        "label 'crab', attribute 'size': name: the place has 'age', 'length'" + HINT,
    ),
    (
        make_skeleton("fish", ["nose", "tail", "fin"]),
        {},
        "label 'fish', part 'fin': name: the place has 'nose', 'tail'" + HINT,
    ),
    (
        make_skeleton("fish", ["nose"]),
        {},
        "label 'fish': sublabels: the function has none for 'tail'",
    ),
    (
        Label(name="crab", type="mask"),
        {},
        "label 'crab': type: 'crab' is for box there, not for mask",
    ),
    (
        Label(name="crab", attributes=(attribute("age", "old", "dead"),)),
        {},
        "label 'crab', attribute 'age': values: there, 'dead' is none of 'young', 'old'",
    ),
    (
        Label(name="crab", attributes=(Attribute(name="age"),)),
        {},
        "label 'crab', attribute 'age': kind: is text in the function, but select in the place",
    ),
    (
        Label(
            name="crab",
            attributes=(Attribute(name="length", kind="number", minimum=0, maximum=11),),
        ),
        {},
        "label 'crab', attribute 'length': values: there, 11 is greater than the maximum, 10",
    ),
    (Label(name="crab"), {"krab": "crab"}, "mapping['krab']: label: the function has 'crab'"),
    (
        Label(name="crab"),
        {"crab": "shrimp"},
        "mapping['crab']: label: 'shrimp': the place has 'cod', 'crab', 'fish'",
    ),
]


@pytest.mark.parametrize(("label", "mapping", "message"), WRONG)
def test_what_does_not_fit(label: Label, mapping: dict[str, Mapped], message: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        match(label, mapping=mapping)
    assert str(caught.value) == message
