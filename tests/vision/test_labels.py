"""Labels and attributes: what they take."""

from __future__ import annotations

import math

import pytest

from annoport.errors import InvalidAnnotationError
from annoport.vision import Attribute, Box, Label, Points, Skeleton, Tag, Track, Value

LENGTH = Attribute(name="length", kind="number", minimum=0, maximum=10, step=0.5)
SEX = Attribute(name="sex", kind="select", values=("f", "m"))
CRAB = Label(name="crab", type="box", attributes=(LENGTH, SEX))
FISH = Label(
    name="fish",
    type="skeleton",
    sublabels=(Label(name="nose", type="points", attributes=(SEX,)), Label(name="tail")),
)


def box(label: str = "crab", frame: int = 0, **attributes: Value) -> Box:
    return Box(label=label, frame=frame, left=0, top=0, right=1, bottom=1, attributes=attributes)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (LENGTH, 0),
        (LENGTH, 9.5),
        (Attribute(name="a", kind="number", step=1), 10**400),
        (Attribute(name="a", kind="number", minimum=0, maximum=1, step=0.1), 0.7),
        (Attribute(name="a", kind="number"), -1e9),
        (SEX, "m"),
        (Attribute(name="a", kind="checkbox"), False),
        (Attribute(name="a", kind="text"), ""),
        (Attribute(name="a", kind="list"), [1.5, 2.0]),
    ],
)
def test_good_values(attribute: Attribute, value: Value) -> None:
    attribute.check(value, item="Tag 'a' on frame 0")


@pytest.mark.parametrize(
    ("attribute", "value", "rule"),
    [
        (LENGTH, "2.5", "'2.5' is not a number"),
        (LENGTH, True, "True is not a number"),
        (LENGTH, None, "None is not a number"),
        (LENGTH, math.inf, "inf is not a finite number"),
        (LENGTH, -1, "-1 is less than the minimum, 0"),
        (LENGTH, 10.5, "10.5 is greater than the maximum, 10"),
        (LENGTH, 1.2, "1.2 is not a whole number of steps of 0.5 from 0"),
        (SEX, "x", "'x' is none of 'f', 'm'"),
        (SEX, 1, "1 is not a text"),
        (Attribute(name="a", kind="radio", values=("b",)), "c", "'c' is none of 'b'"),
        (Attribute(name="a", kind="checkbox"), "true", "'true' is not True or False"),
        (Attribute(name="a"), 3, "3 is not a text"),
        (Attribute(name="a", kind="list"), "abc", "'abc' is not a list"),
    ],
)
def test_bad_values(attribute: Attribute, value: Value, rule: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        attribute.check(value, item="Tag 'x' on frame 0")
    assert str(caught.value) == f"Tag 'x' on frame 0: attributes['{attribute.name}']: {rule}"


def test_a_label_takes_what_fits() -> None:
    CRAB.check(box(length=1, sex="f"))
    CRAB.check(Track(label="crab", shapes=[box(length=1)], attributes={"sex": "f"}))
    nose = Points(label="nose", points=[(1, 1)], attributes={"sex": "m"})
    FISH.check(Skeleton(label="fish", elements=[nose]))
    Label(name="crab").check(Tag(label="crab"))


NOSE = Points(label="nose", points=[(1, 1)], attributes={"sex": "x"})


@pytest.mark.parametrize(
    ("label", "annotation", "message"),
    [
        (CRAB, Tag(label="crab"), "Tag 'crab' on frame 0: label: 'crab' is for box, not for tag"),
        (
            CRAB,
            Track(label="crab", shapes=[Points(label="crab", frame=2, points=[(1, 1)])]),
            "Track 'crab' on frame 2: label: 'crab' is for box, not for points",
        ),
        (
            CRAB,
            box(colour="red"),
            (
                "Box 'crab' on frame 0: attributes['colour']: label 'crab' has attributes 'length'"
                ", 'sex' only"
            ),
        ),
        (
            Label(name="crab"),
            box(colour="red"),
            "Box 'crab' on frame 0: attributes['colour']: label 'crab' has no attributes",
        ),
        (
            CRAB,
            Track(label="crab", shapes=[box(frame=1), box(frame=4, length=11)]),
            "Box 'crab' on frame 4: attributes['length']: 11 is greater than the maximum, 10",
        ),
        (
            FISH,
            Skeleton(label="fish", elements=[box("fin")]),
            (
                "Skeleton 'fish' on frame 0: elements['fin']: label 'fish' has sublabels 'nose', "
                "'tail' only"
            ),
        ),
        (
            FISH,
            Skeleton(label="fish", elements=[box("nose")]),
            "Box 'nose' on frame 0: label: 'nose' is for points, not for box",
        ),
        (
            FISH,
            Skeleton(label="fish", elements=[NOSE]),
            "Points 'nose' on frame 0: attributes['sex']: 'x' is none of 'f', 'm'",
        ),
    ],
)
def test_what_does_not_fit_is_told_by_name(
    label: Label, annotation: Box | Tag | Track | Skeleton, message: str
) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        label.check(annotation)
    assert str(caught.value) == message
