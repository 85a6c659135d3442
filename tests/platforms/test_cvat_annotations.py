"""Annotations of CVAT: read and written back unchanged, and what is refused."""

from __future__ import annotations

import json
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from annoport import cvat, from_json, to_builtins
from annoport.errors import InvalidAnnotationError
from annoport.vision import (
    Annotation,
    Attribute,
    Box,
    Ellipse,
    Label,
    Mask,
    Points,
    Polygon,
    Skeleton,
    Tag,
    Track,
    masks,
)
from tests.vision.examples import examples

NAME = itemgetter("name")
FACTS = Path(__file__).parent.parent / "vision" / "facts"
MASKS: dict[str, Any] = json.loads((FACTS / "cvat_masks.json").read_text(encoding="utf-8"))
SKELETONS: dict[str, Any] = json.loads((FACTS / "cvat_skeletons.json").read_text(encoding="utf-8"))
TRACKS: dict[str, Any] = json.loads((FACTS / "cvat_tracks.json").read_text(encoding="utf-8"))

LABELS = from_json(json.dumps(TRACKS["labels"]), list[cvat.models.Label])
CONVERTER = cvat.Converter(LABELS)
OBJECT, SKELETON, PARTS = 1, 2, (3, 4, 5)


def data(**lists: list[dict[str, Any]]) -> cvat.models.LabeledData:
    whole = {"version": 0, "tags": [], "shapes": [], "tracks": [], **lists}
    return from_json(json.dumps(whole), cvat.models.LabeledData)


def assert_unchanged(
    given: cvat.models.LabeledData, converter: cvat.Converter = CONVERTER
) -> list[Annotation]:
    """Read, write, and compare what the platform would see."""
    annotations = converter.from_data(given)
    written = to_builtins(converter.to_data(annotations, keep_ids=True, check=False))
    assert _bare(written) == _bare(to_builtins(given))
    return annotations


def _bare(value: Any) -> Any:
    """Leave out what says the same as nothing at all."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {key: _bare(item) for key, item in fields.items() if item not in (None, [])}
    if isinstance(value, list):
        items = cast("list[Any]", value)  # type: ignore[redundant-cast]
        return [_bare(item) for item in items]
    return value


numbers = st.floats(-1e4, 1e4, allow_nan=False)
ids = st.integers(1, 2**31)
frames = st.integers(0, 10**6)
texts = {
    1: st.sampled_from(["0", "7", "1.5", "1.50", "007", "x", ""]),
    2: st.sampled_from(["true", "false", "True", "yes"]),
    3: st.text(max_size=8),
    4: st.sampled_from(["red", "green", "purple"]),
}


@st.composite
def values(draw: st.DrawFn) -> list[dict[str, Any]]:
    chosen = draw(st.lists(st.sampled_from(sorted(texts)), max_size=5))
    return [{"spec_id": spec, "value": draw(texts[spec])} for spec in chosen]


@st.composite
def figures(draw: st.DrawFn, kind: str) -> list[float]:
    if kind in ("rectangle", "ellipse"):
        x, y = draw(numbers), draw(numbers)
        wide, high = draw(st.floats(0, 1e4)), draw(st.floats(0, 1e4))
        return [x, y, x + wide, y + high if kind == "rectangle" else y - high]
    if kind == "skeleton":
        return []
    if kind == "mask":
        return draw(mask_points())
    least = {"polygon": 3, "polyline": 2, "points": 1}[kind]
    points = draw(st.lists(st.tuples(numbers, numbers), min_size=least, max_size=9))
    return [number for point in points for number in point]


@st.composite
def mask_points(draw: st.DrawFn) -> list[float]:
    left, top = draw(st.integers(0, 2000)), draw(st.integers(0, 2000))
    width, height = draw(st.integers(1, 30)), draw(st.integers(1, 30))
    cuts = draw(st.lists(st.integers(0, width * height), max_size=12))
    places = [0, *sorted(cuts), width * height]
    runs = [after - before for before, after in pairwise(places)]
    return [*map(float, (*runs, left, top, left + width - 1, top + height - 1))]


@st.composite
def drawn(draw: st.DrawFn, /, kind: str, **fixed: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "id": draw(st.none() | ids),
        "frame": draw(frames),
        "occluded": draw(st.booleans()),
        "outside": draw(st.booleans()),
        "rotation": draw(st.floats(0, 360)),
        "z_order": draw(st.integers(-5, 5)),
        "points": draw(figures(kind)),
        "attributes": draw(values()),
        **fixed,
    }


@st.composite
def shapes(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    shape = draw(drawn(kind, label_id=OBJECT))
    shape |= {"group": draw(st.integers(0, 9)), "source": draw(st.sampled_from(["manual", "auto"]))}
    if draw(st.booleans()):
        shape["score"] = draw(st.floats(0, 1))
    if kind == "skeleton":
        shape |= {"label_id": SKELETON, "attributes": []}
        shape["elements"] = [
            draw(drawn("points", label_id=part, frame=shape["frame"], attributes=[], group=0))
            for part in draw(st.lists(st.sampled_from(PARTS), unique=True))
        ]
    return shape


@st.composite
def tracks(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    keys = sorted(draw(st.sets(frames, min_size=1, max_size=6)))
    track: dict[str, Any] = {
        "id": draw(ids),
        "label_id": OBJECT,
        "frame": keys[0],
        "group": draw(st.integers(0, 9)),
        "source": "manual",
        "attributes": draw(values()),
        "shapes": [draw(drawn(kind, frame=frame)) for frame in keys],
        "elements": [],
    }
    if kind == "skeleton":
        track |= {"label_id": SKELETON, "attributes": []}
        for shape in track["shapes"]:
            shape["attributes"] = []
        track["elements"] = [
            {
                "id": draw(ids),
                "label_id": part,
                "frame": keys[0],
                "group": 0,
                "source": "manual",
                "attributes": [],
                "shapes": [draw(drawn("points", frame=frame, attributes=[])) for frame in keys],
            }
            for part in PARTS
        ]
    return track


KINDS = ("rectangle", "ellipse", "polygon", "polyline", "points", "mask", "skeleton")


@pytest.mark.parametrize("kind", KINDS)
def test_random_shapes_come_back_unchanged(kind: str) -> None:
    @examples
    @given(shapes(kind))
    def comes_back(shape: dict[str, Any]) -> None:
        assert_unchanged(data(shapes=[shape]))

    comes_back()


@pytest.mark.parametrize("kind", KINDS)
def test_random_tracks_come_back_unchanged(kind: str) -> None:
    @examples
    @given(tracks(kind))
    def comes_back(track: dict[str, Any]) -> None:
        assert_unchanged(data(tracks=[track]))

    comes_back()


@examples
@given(ids, frames, values(), st.integers(0, 9))
def test_random_tags_come_back_unchanged(
    number: int, frame: int, attributes: list[dict[str, Any]], group: int
) -> None:
    tag = {"id": number, "frame": frame, "label_id": OBJECT, "group": group, "source": "file"}
    assert_unchanged(data(tags=[{**tag, "attributes": attributes}]))


def test_recorded_tracks_come_back_unchanged() -> None:
    recorded = [each["track"] for each in TRACKS["tracks"] if "cuboid" not in each["name"]]
    assert len(assert_unchanged(data(tracks=recorded))) == 40


def _skeleton_labels(numbers: dict[str, int]) -> list[cvat.models.Label]:
    """The labels of the recorded skeletons, with the ids that they had."""
    read = SKELETONS["labels"][0]["read"]
    label = {**read, "id": numbers["sk"]}
    label["attributes"] = [{**read["attributes"][0], "id": numbers["pose"]}]
    label["sublabels"] = [{**each, "id": numbers[each["name"]]} for each in read["sublabels"]]
    label["sublabels"][0]["attributes"] = [
        {**read["sublabels"][0]["attributes"][0], "id": numbers["vis"]}
    ]
    return from_json(json.dumps([label]), list[cvat.models.Label])


def test_recorded_skeletons_come_back_unchanged() -> None:
    converter = cvat.Converter(_skeleton_labels(SKELETONS["ids"]))
    shapes = {each["name"]: each["shape"] for each in SKELETONS["shapes"]}
    double = shapes.pop("duplicate_element")
    recorded = list(shapes.values())
    found = assert_unchanged(data(shapes=recorded), converter)
    assert all(isinstance(shape, Skeleton) for shape in found)
    with pytest.raises(InvalidAnnotationError, match=r"elements\['a'\]: is there more than once"):
        converter.from_data(data(shapes=[double]))
    converter = cvat.Converter(_skeleton_labels(SKELETONS["tracks_ids"]))
    recorded = [each["track"] for each in SKELETONS["tracks"]]
    assert_unchanged(data(tracks=recorded), converter)


def mask_shape(points: list[float]) -> dict[str, Any]:
    return {
        "id": 5,
        "type": "mask",
        "label_id": OBJECT,
        "frame": 0,
        "group": 0,
        "source": "manual",
        "occluded": False,
        "outside": False,
        "z_order": 0,
        "rotation": 0.0,
        "attributes": [],
        "points": points,
    }


@pytest.mark.parametrize("facts", MASKS["masks"], ids=NAME)
def test_recorded_masks_are_the_pixels_that_were_sent(facts: dict[str, Any]) -> None:
    (mask,) = assert_unchanged(data(shapes=[mask_shape(facts["points"])]))
    assert isinstance(mask, Mask)
    width, height = facts["size"]
    pixels = masks.to_array(mask, width, height)
    assert ["".join(map(str, map(int, row))) for row in pixels] == facts["rows"]


ITEM = "Mask 'obj' on frame 0 (id 5): "
ODD = {
    "runs_short": ITEM + "runs: they fill 5 pixels of 16 in the box",
    "runs_long": ITEM + "runs: they fill 50 pixels of 16 in the box",
    "negative_bbox": ITEM + "left: -1 is not a whole number from 0 on",
    "inverted_bbox": ITEM + "width: -2 is not a whole number from 1 on",
    "fraction": "mask 'obj' on frame 0 (id 5): points: a mask has whole numbers only",
    "negative_run": ITEM + "runs: -1 is less than 0",
}


@pytest.mark.parametrize("facts", MASKS["odd"], ids=NAME)
def test_malformed_masks_that_the_server_stores_are_told_by_name(facts: dict[str, Any]) -> None:
    given = data(shapes=[mask_shape(facts["points"])])
    if facts["name"] not in ODD:
        assert_unchanged(given)
        return
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.from_data(given)
    assert str(caught.value) == ODD[facts["name"]]
    assert CONVERTER.from_data(given, unsupported="drop") == []


@pytest.mark.parametrize("facts", SKELETONS["labels"], ids=NAME)
def test_labels_are_read_and_written_as_they_were_sent(facts: dict[str, Any]) -> None:
    label = cvat.from_label(from_json(json.dumps(facts["read"]), cvat.models.Label))
    sent = to_builtins(cvat.to_label(label))
    without_color = _without_color(sent)
    expected = _without_color(facts["sent"])
    if facts["sent"]["type"] == "skeleton":
        expected.setdefault("svg", "")
    for part in expected.get("sublabels", []):
        part.setdefault("type", "any")
    assert _bare(without_color) == _bare(expected)


def _without_color(label: dict[str, Any]) -> dict[str, Any]:
    return {
        **{key: value for key, value in label.items() if key != "color"},
        "sublabels": [
            {key: value for key, value in part.items() if key != "color"}
            for part in label.get("sublabels", [])
        ],
    }


def test_attributes_have_the_type_that_the_label_says() -> None:
    label = CONVERTER.from_data(data(shapes=[]))
    assert label == []
    attributes = [{"spec_id": 1, "value": "7"}, {"spec_id": 2, "value": "true"}]
    shape = {**mask_shape([0, 1, 0, 0, 0, 0]), "attributes": attributes}
    (mask,) = CONVERTER.from_data(data(shapes=[shape]))
    assert mask.attributes == {"speed": 7, "flag": True}


def test_a_new_annotation_is_written_without_id_and_with_the_ids_of_the_task() -> None:
    box = Box(label="obj", frame=3, id=9, left=1, top=2, right=3, bottom=4, attributes={"speed": 5})
    written = to_builtins(CONVERTER.to_data([Tag(label="obj"), box]))
    assert written["tags"] == [{"frame": 0, "label_id": 1, "attributes": []}]
    assert written["shapes"] == [
        {
            "frame": 3,
            "label_id": 1,
            "type": "rectangle",
            "elements": [],
            "attributes": [{"spec_id": 1, "value": "5"}],
            "occluded": False,
            "outside": False,
            "points": [1, 2, 3, 4],
            "rotation": 0,
        }
    ]


def test_what_does_not_fit_the_task_is_not_written() -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.to_data([Tag(label="crab")])
    assert str(caught.value) == "Tag 'crab' on frame 0: label: the task has 'obj', 'sk'"
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.to_data([Tag(label="obj", attributes={"color": "purple"})])
    assert str(caught.value) == (
        "Tag 'obj' on frame 0: attributes['color']: 'purple' is none of 'red', 'green', 'blue'"
    )


def test_a_track_on_single_frames_ends_after_each_of_them() -> None:
    shapes = [
        Box(label="obj", frame=frame, left=0, top=0, right=1, bottom=1) for frame in (1, 2, 5)
    ]
    track = Track(label="obj", shapes=shapes, interpolated=False)
    written = to_builtins(CONVERTER.to_data([track]))
    keys = [(shape["frame"], shape["outside"]) for shape in written["tracks"][0]["shapes"]]
    assert keys == [(1, False), (2, False), (3, True), (5, False), (6, True)]


def test_skeletons_of_a_track_become_tracks_of_their_parts() -> None:
    first = Skeleton(
        label="sk",
        elements=[Points(label="a", points=[(1, 1)]), Points(label="b", points=[(2, 2)])],
    )
    second = Skeleton(label="sk", frame=4, elements=[Points(label="a", frame=4, points=[(5, 5)])])
    written = to_builtins(CONVERTER.to_data([Track(label="sk", shapes=[first, second])]))
    (track,) = written["tracks"]
    assert [shape["points"] for shape in track["shapes"]] == [[], []]
    parts = {
        part["label_id"]: [(s["frame"], s["outside"], s["points"]) for s in part["shapes"]]
        for part in track["elements"]
    }
    assert parts == {
        3: [(0, False, [1, 1]), (4, False, [5, 5])],
        4: [(0, False, [2, 2]), (4, True, [2, 2])],
    }


def points_written(shape: Annotation) -> list[float]:
    (written,) = to_builtins(CONVERTER.to_data([shape]))["shapes"]
    points: list[float] = written["points"]
    return points


def test_an_edit_of_what_was_read_is_written() -> None:
    # 0.2 + (0.9 - 0.2) is not 0.9: what was read is written as it was, unless it was changed.
    figures = [0.2, 0.5, 0.9, 0.0]
    shape = {**mask_shape(figures), "type": "ellipse"}
    (ellipse,) = CONVERTER.from_data(data(shapes=[shape]))
    assert isinstance(ellipse, Ellipse)
    assert ellipse.x + ellipse.radius_x != figures[2]
    assert points_written(ellipse) == figures
    assert points_written(evolve(ellipse, x=1, radius_x=2)) == [1, 0.5, 3, 0]


def test_the_corners_of_a_mask_are_inside_it() -> None:
    mask = Mask(label="obj", left=2, top=3, width=4, height=2, runs=(1, 7))
    assert points_written(mask) == [1, 7, 2, 3, 5, 4]


def test_a_label_that_is_not_of_the_task() -> None:
    shape = {**mask_shape([0, 1, 0, 0, 0, 0]), "label_id": 77}
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.from_data(data(shapes=[shape]))
    assert str(caught.value) == (
        "annotation on frame 0 (id 5): label_id: no label of the task has the id 77"
    )


def test_a_polygon_is_no_polyline() -> None:
    label = Label(name="obj", type="polyline")
    with pytest.raises(InvalidAnnotationError, match="'obj' is for polyline, not for polygon"):
        label.check(Polygon(label="obj", points=[(0, 0), (1, 0), (0, 1)]))


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (
            Label(name="a", type="bbox"),
            (
                "label 'a': type: 'bbox' is none of 'any', 'cuboid', 'ellipse', 'mask', 'points', "
                "'polygon', 'polyline', 'box', 'skeleton', 'interval', 'tag'"
            ),
        ),
        (
            Label(name="a", attributes=[Attribute(name="alive", kind=cast("Any", "boolean"))]),
            (
                "label 'a': attributes['alive'].kind: 'boolean' is none of 'checkbox', 'radio', "
                "'number', 'text', 'select'"
            ),
        ),
    ],
)
def test_words_that_cvat_does_not_have_are_refused(label: Label, message: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        cvat.to_label(label)
    assert str(caught.value) == message
