"""What of a write has got through."""

from __future__ import annotations

from typing import Any

from annoport.functions.recovery import look_of, missing
from annoport.vision import Annotation, Box, Points, Skeleton, Tag, Track


def box(left: float = 1, **more: Any) -> Box:
    fields: dict[str, Any] = {"label": "crab", "top": 2, "right": 30, "bottom": 40, **more}
    return Box(left=left, **fields)


def test_what_is_there_is_not_missing_though_it_was_rounded() -> None:
    meant = [box(1 / 3), box(2 / 3), Tag(label="cod")]
    stored = [box(0.33, id=7, source="auto"), Tag(label="cod", id=8)]
    assert missing(meant, stored) == [box(2 / 3)]
    assert missing(meant, []) == meant


def test_another_place_label_frame_or_kind_is_another_annotation() -> None:
    others: list[Annotation] = [
        box(1.1),
        box(label="cod"),
        box(frame=1),
        Points(label="crab", points=[(1, 2), (30, 40)]),
        Tag(label="crab"),
    ]
    assert missing([box()], others) == [box()]


def test_equal_ones_count() -> None:
    assert missing([box(), box(), box()], [box()]) == [box(), box()]


def test_those_that_were_there_before_do_not_count() -> None:
    assert missing([box()], [box(id=1)], [look_of(box(id=1))]) == [box()]
    assert missing([box()], [box(id=1), box(id=2)], [look_of(box(id=1))]) == []


def test_a_track_is_known_by_its_first_shape() -> None:
    first, later = box(frame=2), box(5, frame=4)
    track = Track(label="crab", shapes=[first, later], interpolated=False)
    stored = Track(label="crab", shapes=[first, later, box(5, frame=5, outside=True)])
    assert missing([track], [stored]) == []
    assert missing([track], [first]) == [track]


def test_a_skeleton_out_of_view_has_no_place() -> None:
    part = Points(label="nose", points=[(0, 0)], outside=True)
    gone = Skeleton(label="fish", elements=[part])
    assert missing([gone], [gone]) == []
