"""Annotations in the terms of the place that they go to."""

from __future__ import annotations

import pytest

from annoport.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.vision import (
    Attribute,
    Box,
    Label,
    LabelRule,
    Points,
    Skeleton,
    Tag,
    Track,
    Value,
    match_labels,
)

CRAB = Label(
    name="Crab",
    type="box",
    attributes=(Attribute(name="Length", kind="number", minimum=0, maximum=10),),
)
FISH = Label(name="Fish", type="skeleton", sublabels=(Label(name="Nose", type="points"),))
PLACE = (CRAB, FISH)
NAMES = {
    "crab": LabelRule(name="Crab", attributes={"length": "Length", "note": None}),
    "fish": LabelRule(name="Fish", sublabels={"nose": "Nose", "tail": None}),
}


def box(label: str = "crab", **attributes: Value) -> Box:
    return Box(label=label, left=0, top=0, right=1, bottom=1, attributes=attributes)


def points(label: str) -> Points:
    return Points(label=label, points=[(1, 1)])


def test_equal_names_need_no_mapping() -> None:
    given = (box("Crab", Length=3), Skeleton(label="Fish", elements=[points("Nose")]))
    matched = match_labels(given, PLACE)
    assert matched.annotations == given
    assert matched.dropped == ()


def test_a_mapping_names_labels_attributes_and_parts() -> None:
    skeleton = Skeleton(label="fish", elements=[points("nose"), points("tail")])
    given = (box(length=3, note="x"), skeleton, Tag(label="other"))
    matched = match_labels(given, PLACE, mapping={**NAMES, "other": None})
    assert matched.annotations == (
        box("Crab", Length=3),
        Skeleton(label="Fish", elements=[points("Nose")]),
    )
    assert matched.dropped == ()


def test_tracks_are_renamed_throughout() -> None:
    track = Track(label="crab", shapes=[box(length=3)], attributes={"note": "x"})
    fish = Track(
        label="fish",
        shapes=[Skeleton(label="fish")],
        elements=[Track(label="nose", shapes=[points("nose")])],
    )
    matched = match_labels([track, fish], PLACE, mapping=NAMES)
    assert matched.annotations == (
        Track(label="Crab", shapes=[box("Crab", Length=3)]),
        Track(
            label="Fish",
            shapes=[Skeleton(label="Fish")],
            elements=[Track(label="Nose", shapes=[points("Nose")])],
        ),
    )


HINT = "a mapping can say what it is there"
WRONG: list[tuple[Box | Tag | Skeleton, str]] = [
    (
        box("shrimp"),
        "Box 'shrimp' on frame 0: label: the place has the labels 'Crab', 'Fish' only; " + HINT,
    ),
    (Tag(label="Crab"), "Tag 'Crab' on frame 0: label: 'Crab' is for box, not for tag"),
    (
        box("Crab", Width=3),
        "Box 'Crab' on frame 0: attributes['Width']: label 'Crab' has attributes 'Length' only",
    ),
    (
        box("Crab", Length=11),
        "Box 'Crab' on frame 0: attributes['Length']: 11 is greater than the maximum, 10",
    ),
    (
        Skeleton(label="Fish", elements=[points("tail")]),
        "Points 'tail' on frame 0: elements['tail']: the place has the labels 'Nose' only; " + HINT,
    ),
]


@pytest.mark.parametrize(("annotation", "message"), WRONG)
def test_what_does_not_fit_is_an_error(annotation: Box | Tag | Skeleton, message: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        match_labels([annotation], PLACE)
    assert str(caught.value) == message


def test_or_as_little_as_possible_of_it_is_dropped() -> None:
    matched = match_labels([wrong for wrong, _ in WRONG], PLACE, unmatched="drop")
    assert matched.annotations == (box("Crab"), box("Crab"), Skeleton(label="Fish"))
    assert [str(error) for error in matched.dropped] == [message for _, message in WRONG]


def test_a_mapping_to_a_label_that_is_not_there() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        match_labels([], PLACE, mapping={"crab": "Krab"})
    assert str(caught.value) == (
        "mapping['crab'] is 'Krab', but the place has the labels 'Crab', 'Fish' only"
    )
