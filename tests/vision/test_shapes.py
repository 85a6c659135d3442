"""Shapes: what they hold, and how they refuse what cannot be."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

from annoport.errors import InvalidAnnotationError
from annoport.vision import (
    Box,
    Ellipse,
    Mask,
    Points,
    Polygon,
    Polyline,
    Shape,
    Skeleton,
    Tag,
    Track,
)

BOX = Box(label="crab", left=1, top=2, right=4, bottom=8)


def test_a_box_in_pixels() -> None:
    assert (BOX.width, BOX.height, BOX.bounds()) == (3, 6, (1, 2, 4, 8))
    assert isinstance(BOX.left, float)
    assert str(BOX) == "Box 'crab' on frame 0"


@pytest.mark.parametrize(
    ("shape", "bounds"),
    [
        (Box(label="a", left=0, top=0, right=4, bottom=2, rotation=90), (1, -1, 3, 3)),
        (Ellipse(label="a", x=5, y=5, radius_x=2, radius_y=1), (3, 4, 7, 6)),
        (Ellipse(label="a", x=5, y=5, radius_x=2, radius_y=1, rotation=90), (4, 3, 6, 7)),
        (Polygon(label="a", points=[(0, 1), (4, 0), (2, 5)]), (0, 0, 4, 5)),
        (Mask(label="a", left=2, top=3, width=2, height=1, runs=(0, 2)), (2, 3, 4, 4)),
        (
            Skeleton(
                label="a",
                elements=[
                    Points(label="nose", points=[(1, 2)]),
                    Points(label="tail", points=[(9, 9)], outside=True),
                    Points(label="eye", points=[(2, 1)]),
                ],
            ),
            (1, 1, 2, 2),
        ),
    ],
)
def test_bounds(shape: Shape, bounds: tuple[float, ...]) -> None:
    assert all(map(math.isclose, shape.bounds(), bounds))


NAN = math.nan
POINT = Points(label="nose", points=[(1, 2)])
WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (Tag, {"label": ""}, "Tag '' on frame 0: label: must not be empty"),
    (Tag, {"frame": -1}, "Tag 'crab' on frame -1: frame: -1 is less than 0"),
    (Tag, {"score": 1.5}, "Tag 'crab' on frame 0: score: 1.5 is not between 0 and 1"),
    (Tag, {"score": NAN}, "Tag 'crab' on frame 0: score: nan is not between 0 and 1"),
    (
        Tag,
        {"attributes": {"length": NAN}},
        "Tag 'crab' on frame 0: attributes['length']: nan is not a finite number",
    ),
    (
        Box,
        {"left": NAN, "top": 0, "right": 1, "bottom": 1, "frame": 3, "id": 7},
        "Box 'crab' on frame 3 (id 7): left: nan is not a finite number",
    ),
    (
        Box,
        {"left": 5, "top": 0, "right": 3, "bottom": 1},
        "Box 'crab' on frame 0: right: 3 is less than left, 5",
    ),
    (
        Box,
        {"left": 0, "top": 5, "right": 3, "bottom": 1},
        "Box 'crab' on frame 0: bottom: 1 is less than top, 5",
    ),
    (
        Polygon,
        {"points": [(0, 0), (1, 1)]},
        "Polygon 'crab' on frame 0: points: 2 are too few, 3 are needed",
    ),
    (
        Polyline,
        {"points": [(0, 0), (1, NAN)]},
        "Polyline 'crab' on frame 0: points[1]: (1.0, nan) is not a pair of finite numbers",
    ),
    (
        Points,
        {"points": [1, 2]},
        "Points 'crab' on frame 0: points[0]: 1 is not a pair of finite numbers",
    ),
    (
        Ellipse,
        {"x": 0, "y": 0, "radius_x": 1, "radius_y": -2},
        "Ellipse 'crab' on frame 0: radius_y: -2 is less than 0",
    ),
    (
        Mask,
        {"left": 0, "top": 0, "width": 0, "height": 1, "runs": ()},
        "Mask 'crab' on frame 0: width: 0 is not a whole number from 1 on",
    ),
    (
        Mask,
        {"left": -1, "top": 0, "width": 2, "height": 2, "runs": (0, 4)},
        "Mask 'crab' on frame 0: left: -1 is not a whole number from 0 on",
    ),
    (
        Mask,
        {"left": 0, "top": 0, "width": 2, "height": 2, "runs": (0, 5, -1)},
        "Mask 'crab' on frame 0: runs: -1 is less than 0",
    ),
    (
        Mask,
        {"left": 0, "top": 0, "width": 4, "height": 4, "runs": (0, 5)},
        "Mask 'crab' on frame 0: runs: they fill 5 pixels of 16 in the box",
    ),
    (
        Skeleton,
        {"elements": [POINT], "frame": 1},
        "Skeleton 'crab' on frame 1: elements['nose']: is on frame 0, not 1",
    ),
    (
        Skeleton,
        {"elements": [POINT, POINT]},
        "Skeleton 'crab' on frame 0: elements['nose']: is there more than once",
    ),
    (Track, {"shapes": []}, "Track 'crab' on frame 0: shapes: must not be empty"),
    (Track, {"shapes": [BOX, BOX]}, "Track 'crab' on frame 0: shapes: two are on frame 0"),
    (
        Track,
        {"shapes": [BOX, Points(label="crab", frame=5, points=[(1, 2)])]},
        "Track 'crab' on frame 0: shapes[frame 5]: is of kind points, but the first one is a box",
    ),
    (
        Track,
        {"shapes": [POINT]},
        "Track 'crab' on frame 0: shapes[frame 0]: has label 'nose', not that of the track",
    ),
]


@pytest.mark.parametrize(("cls", "fields", "message"), WRONG)
def test_what_cannot_be_is_refused_by_name(cls: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        cls(**{"label": "crab", **fields})
    assert str(caught.value) == message
    assert message == f"{caught.value.item}: {caught.value.field}: {caught.value.rule}"


def test_the_error_can_be_pickled() -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        Tag(label="")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.field) == (str(caught.value), "label")


def test_outside_the_picture() -> None:
    BOX.check_inside(4, 8)
    with pytest.raises(InvalidAnnotationError) as caught:
        Mask(label="a", left=15, top=9, width=4, height=4, runs=(0, 16)).check_inside(17, 11)
    assert str(caught.value) == (
        "Mask 'a' on frame 0: bounds: (15, 9, 19, 13) is not inside the picture of 17 x 11 pixels"
    )


def test_a_skeleton_without_a_part_in_view_has_no_bounds() -> None:
    with pytest.raises(InvalidAnnotationError, match="elements: none is in view"):
        Skeleton(label="a").bounds()


def test_a_track_is_in_the_order_of_frames_and_begins_with_the_first() -> None:
    later = Box(label="crab", left=1, top=2, right=4, bottom=8, frame=9)
    first = Box(label="crab", left=1, top=2, right=4, bottom=8, frame=4)
    track = Track(label="crab", shapes=[later, first])
    assert track.shapes == (first, later)
    assert track.frame == 4


def test_area_of_a_mask() -> None:
    assert Mask(label="a", left=0, top=0, width=3, height=2, runs=(1, 2, 2, 1)).area == 3


def test_numbers_of_numpy_become_plain_ones() -> None:
    figures = np.array([1, 2, 3.5, 4], np.float32)
    left, top, right, bottom = figures
    box = Box(label="a", left=left, top=top, right=right, bottom=bottom, score=figures[0])
    assert box == Box(label="a", left=1, top=2, right=3.5, bottom=4, score=1)
    assert {type(value) for value in (box.left, box.right, box.score)} == {float}
    assert Points(label="a", points=figures.reshape(2, 2)).points == ((1.0, 2.0), (3.5, 4.0))
    runs = np.array([1, 2, 1])
    mask = Mask(label="a", left=runs[0], top=runs[1], width=runs[1], height=2, runs=runs)
    assert mask == Mask(label="a", left=1, top=2, width=2, height=2, runs=(1, 2, 1))
    assert {type(value) for value in (mask.left, mask.height, *mask.runs)} == {int}
    words: Any = "high"
    several: Any = figures
    with pytest.raises(InvalidAnnotationError) as caught:
        Box(label="a", left=several, top=0, right=1, bottom=1)
    assert str(caught.value).startswith("Box 'a' on frame 0: left: array(")
    with pytest.raises(InvalidAnnotationError) as caught:
        Box(label="a", left=0, top=0, right=1, bottom=1, score=words)
    assert str(caught.value) == "Box 'a' on frame 0: score: 'high' is not between 0 and 1"
