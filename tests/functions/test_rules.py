"""What a function may return."""

from __future__ import annotations

from typing import Any

import pytest

from annoport.errors import InvalidAnnotationError
from annoport.functions import Context, Spec, make_labels, make_skeleton
from annoport.functions.rules import checked
from annoport.vision import (
    Annotation,
    Attribute,
    Box,
    Label,
    Mask,
    Points,
    Polygon,
    Skeleton,
    Tag,
    masks,
)

SPEC = Spec(
    labels=[
        *make_labels(
            ["crab"], type="box", attributes=[Attribute(name="length", kind="number", maximum=10)]
        ),
        make_skeleton("fish", ["nose", "tail"]),
        Label(name="cod"),
    ]
)
SIZE = (64, 48)


def box(label: str = "crab", **more: Any) -> Box:
    place: dict[str, Any] = {"left": 1, "top": 2, "right": 3, "bottom": 4}
    return Box(label=label, **{**place, **more})


def point(label: str, x: float = 1, **more: Any) -> Points:
    return Points(label=label, points=[(x, 1)], **more)


def check(*found: object, **context: Any) -> list[Annotation]:
    given: Any = list(found)
    return checked(given, SPEC, Context(frame_name="3.png", frame=3, **context), SIZE)


def test_what_is_right_goes_to_its_frame() -> None:
    skeleton = Skeleton(label="fish", elements=[point("nose"), point("tail", outside=True)])
    assert check(box(score=0.5, attributes={"length": 3}), Tag(label="cod"), skeleton) == [
        box(score=0.5, attributes={"length": 3}, frame=3, source="auto"),
        Tag(label="cod", frame=3, source="auto"),
        Skeleton(
            label="fish",
            frame=3,
            source="auto",
            elements=[
                point("nose", frame=3, source="auto"),
                point("tail", outside=True, frame=3, source="auto"),
            ],
        ),
    ]


def test_what_is_below_the_threshold_is_left_out() -> None:
    found = [box(score=0.4), box(score=0.5), box()]
    assert [one.score for one in check(*found, threshold=0.5)] == [0.5, None]
    assert len(check(*found)) == 3


def test_masks_become_polygons_if_those_are_wanted() -> None:
    pixels = masks.from_polygon(Polygon(label="cod", points=[(2, 2), (9, 2), (9, 9)]), *SIZE)
    assert [one.kind for one in check(pixels)] == ["mask"]
    (polygon,) = check(pixels, polygons=True)
    assert (polygon.kind, polygon.frame, polygon.source) == ("polygon", 3, "auto")
    empty = Mask(label="cod", left=0, top=0, width=1, height=1, runs=(1,))
    assert check(empty, polygons=True) == []


WRONG: list[tuple[object, str]] = [
    ("box", "what it returned: type: expected a tag or a shape of annoport.vision, got str"),
    (
        box("shrimp"),
        "Box 'shrimp' on frame 0: label: the labels of the spec are 'crab', 'fish', 'cod'",
    ),
    (Tag(label="crab"), "Tag 'crab' on frame 0: label: 'crab' is for box, not for tag"),
    (
        box(attributes={"age": 3}),
        "Box 'crab' on frame 0: attributes['age']: label 'crab' has attributes 'length' only",
    ),
    (
        box(attributes={"length": 11}),
        "Box 'crab' on frame 0: attributes['length']: 11 is greater than the maximum, 10",
    ),
    (
        box(frame=3),
        (
            "Box 'crab' on frame 3: frame: must be 0: what a function returns goes to the frame "
            "that it was given"
        ),
    ),
    (box(id=7), "Box 'crab' on frame 0 (id 7): id: must not be set by a function"),
    (box(source="manual"), "Box 'crab' on frame 0: source: must not be set by a function"),
    (
        Skeleton(label="fish", elements=[point("nose")]),
        "Skeleton 'fish' on frame 0: elements: lack 'tail': one out of view is there with outside",
    ),
    (
        Skeleton(label="fish", elements=[point("nose"), point("tail"), point("fin")]),
        (
            "Skeleton 'fish' on frame 0: elements['fin']: label 'fish' has sublabels 'nose', "
            "'tail' only"
        ),
    ),
    (
        Skeleton(label="fish", elements=[point("nose"), point("tail", source="auto")]),
        "Skeleton 'fish' on frame 0: source: must not be set by a function",
    ),
    (
        box(track=1),
        "Box 'crab' on frame 0: track: only functions whose spec has tracks=True follow objects",
    ),
    (
        box(right=65.5),
        (
            "Box 'crab' on frame 0: bounds: (1, 2, 65.5, 4) is not inside the picture of 64 x 48 "
            "pixels"
        ),
    ),
    (
        box(left=80, right=90, rotation=180),
        (
            "Box 'crab' on frame 0: bounds: (80, 2, 90, 4) is not inside the picture of 64 x 48 "
            "pixels"
        ),
    ),
    (
        Mask(label="cod", left=63, top=0, width=2, height=1, runs=(0, 2)),
        "Mask 'cod' on frame 0: bounds: (63, 0, 65, 1) is not inside the picture of 64 x 48 pixels",
    ),
]


@pytest.mark.parametrize(("found", "message"), WRONG)
def test_a_broken_rule(found: object, message: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        check(found)
    assert str(caught.value) == message


def test_models_may_round() -> None:
    edges = [box(left=-0.5, right=64.5), box(left=40, right=64, top=30, bottom=48, rotation=45)]
    assert (
        len(
            check(
                *edges,
                Skeleton(
                    label="fish",
                    elements=[point("nose", x=-9, outside=True), point("tail", outside=True)],
                ),
            )
        )
        == 3
    )


def test_not_a_list() -> None:
    given: Any = box()
    with pytest.raises(InvalidAnnotationError) as caught:
        checked(given, SPEC, Context(frame_name="3.png"), SIZE)
    assert str(caught.value) == "what it returned: type: expected a list of annotations, got Box"
