"""Tracks frame by frame, as a CVAT 2.52 server has them: its figures are in `facts/`."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from annoport import cvat, from_json
from annoport.cvat.annotations import points_of
from annoport.errors import InvalidAnnotationError
from annoport.vision import Mask, Points, Polygon, Polyline, Shape, Skeleton, Track, interpolate

FACTS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "facts" / "cvat_tracks.json").read_text(encoding="utf-8")
)
# The server's figures, and those that an export rounds to two decimals.
EXACT, ROUNDED = 1e-9, 0.00501


@functools.cache
def converter() -> cvat.Converter:
    return cvat.Converter(from_json(json.dumps(FACTS["labels"]), list[cvat.models.Label]))


def read(*wires: dict[str, Any]) -> list[Track]:
    data: dict[str, Any] = {"version": 0, "tags": [], "shapes": [], "tracks": wires}
    found = converter().from_data(from_json(json.dumps(data), cvat.models.LabeledData))
    return [track for track in found if isinstance(track, Track)]


def rows(facts: list[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for first, last, row in facts:
        for frame in range(first, last + 1):
            yield frame, row


def assert_is(shape: Shape, row: dict[str, Any], tolerance: float) -> None:
    where = f"frame {shape.frame}"
    assert _far(points_of(shape), row["points"]) <= tolerance, where
    assert abs(getattr(shape, "rotation", 0) - row["rotation"]) <= tolerance, where
    assert shape.occluded == row.get("occluded", shape.occluded), where
    if isinstance(shape, Skeleton):
        for part, (label, outside, occluded, points) in zip(
            shape.elements, row["elements"], strict=True
        ):
            assert (part.label, part.outside, part.occluded) == (label, outside, occluded), where
            assert _far(points_of(part), points) <= ROUNDED, where
    if "attributes" in row:
        texts = {"True": "true", "False": "false"}
        ours = {name: texts.get(str(value), str(value)) for name, value in shape.attributes.items()}
        assert ours == row["attributes"], where


def _far(ours: list[float], theirs: list[float]) -> float:
    assert len(ours) == len(theirs)
    return max((abs(a - b) for a, b in zip(ours, theirs, strict=True)), default=0)


NAME = itemgetter("name")

TRACKS = [each for each in FACTS["tracks"] if not each["name"].startswith("cuboid")]


@pytest.mark.parametrize("facts", TRACKS, ids=NAME)
def test_every_frame_is_as_on_the_server(facts: dict[str, Any]) -> None:
    (track,) = read(facts["track"])
    expected = dict(rows(facts["rows"]))
    shapes = list(interpolate(track, FACTS["frames"]))
    assert [shape.frame for shape in shapes] == list(expected)
    for shape in shapes:
        assert_is(shape, expected[shape.frame], EXACT)


CASES = [(case, each) for case in FACTS["cases"] for each in case["tracks"]]


@pytest.mark.parametrize(
    ("case", "facts"), CASES, ids=[f"{case['name']}-{each['name']}" for case, each in CASES]
)
def test_segments_steps_deleted_frames_and_a_job_s_part(
    case: dict[str, Any], facts: dict[str, Any]
) -> None:
    shapes = [
        shape
        for track in read(*facts["tracks"])
        for shape in interpolate(track, case["size"], deleted=case["deleted"])
    ]
    shapes.sort(key=lambda shape: shape.frame)
    expected = list(rows(facts["rows"]))
    assert [shape.frame for shape in shapes] == [frame for frame, _ in expected]
    for shape, (_, row) in zip(shapes, expected, strict=True):
        assert_is(shape, row, ROUNDED)


def test_a_cuboid_is_refused_by_name() -> None:
    (facts,) = (each for each in FACTS["tracks"] if each["name"].startswith("cuboid"))
    with pytest.raises(InvalidAnnotationError) as caught:
        read(facts["track"])
    assert str(caught.value) == (
        "cuboid 'obj' on frame 0 (id None): type: there is no such shape here"
    )


ODD = {
    "same_frame_twice": "Track 'obj' on frame 0: shapes: two are on frame 0",
    "mixed_types": (
        "Track 'obj' on frame 0: shapes[frame 5]: is of kind polygon, but the first one is a box"
    ),
}


@pytest.mark.parametrize("facts", FACTS["odd"], ids=NAME)
def test_what_the_server_cannot_export_is_refused_by_name(facts: dict[str, Any]) -> None:
    message = ODD.get(facts["name"])
    if message is None:
        assert len(read(*facts["tracks"])) == len(facts["tracks"])
        return
    with pytest.raises(InvalidAnnotationError) as caught:
        read(*facts["tracks"])
    assert str(caught.value) == message


def test_a_mask_between_key_frames_has_no_rule() -> None:
    shape = Mask(label="a", left=0, top=0, width=1, height=1, runs=(0, 1))
    with pytest.raises(InvalidAnnotationError) as caught:
        list(interpolate(Track(label="a", shapes=[shape]), 2))
    assert str(caught.value) == (
        "Track 'a' on frame 0: shapes: there is no rule for a mask between key frames; give one on "
        "each frame"
    )
    still = Track(label="a", shapes=[shape], interpolated=False)
    assert list(interpolate(still, 9)) == [shape]


def test_a_line_of_no_length_has_no_rule() -> None:
    shapes = [
        Polyline(label="a", points=[(1, 1), (1, 1)]),
        Polyline(label="a", frame=4, points=[(1, 1), (2, 1), (3, 1)]),
    ]
    with pytest.raises(InvalidAnnotationError) as caught:
        list(interpolate(Track(label="a", shapes=shapes), 4))
    assert str(caught.value) == (
        "Track 'a' on frame 0: shapes: all points on frame 0 are at one place, and the next has "
        "another number"
    )


def test_a_single_point_moves_but_several_stay() -> None:
    def second(*points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
        shapes = [
            Points(label="a", frame=2 * index, points=each) for index, each in enumerate(points)
        ]
        shape = list(interpolate(Track(label="a", shapes=shapes), 2))[1]
        assert isinstance(shape, Points)
        return shape.points

    assert second([(0, 0)], [(4, 2)]) == ((2, 1),)
    assert second([(0, 0), (1, 1)], [(4, 2), (5, 5)]) == ((0, 0), (1, 1))


def test_an_interpolated_shape_is_a_new_one() -> None:
    shapes = [
        Polygon(label="a", frame=frame, id=frame + 1, points=[(0, 0), (1, 0), (1, frame)])
        for frame in (0, 2)
    ]
    found = interpolate(Track(label="a", shapes=shapes), 3)
    assert [shape.id for shape in found] == [1, None, 3]
