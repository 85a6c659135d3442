"""Localizations and states of Tator: read and written back unchanged, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport import from_json, tator, to_builtins
from annoport.errors import InvalidAnnotationError
from annoport.vision import Box, Ellipse, Polygon, Polyline, Track
from tests.vision.examples import examples

ATTRIBUTES = [
    {"name": "Real", "dtype": "float", "minimum": 0, "maximum": 1},
    {"name": "Whole", "dtype": "int"},
    {"name": "Kind", "dtype": "enum", "choices": ["good", "bad"]},
    {"name": "Flag", "dtype": "bool"},
    {"name": "Where", "dtype": "geopos"},
    {"name": "Text", "dtype": "string"},
]
DTYPES = {19: "box", 20: "dot", 21: "line", 22: "poly"}
TYPES = from_json(
    json.dumps(
        [
            {"id": number, "name": f"a {dtype}", "dtype": dtype, "attribute_types": ATTRIBUTES}
            for number, dtype in DTYPES.items()
        ]
    ),
    list[tator.models.LocalizationType],
)
TRACK_TYPE = {"id": 7, "name": "a track", "dtype": "state", "association": "Localization"}
STATES = from_json(
    json.dumps([{**TRACK_TYPE, "attribute_types": ATTRIBUTES}]), list[tator.models.StateType]
)
CONVERTER = tator.Converter(
    media_id=40, width=1921, height=1079, localization_types=TYPES, state_types=STATES
)
NULLS = dict.fromkeys(("x", "y", "width", "height", "u", "v", "points"))
# As a Tator 1.5 server sent them.
RECORDED: list[dict[str, Any]] = [
    {"type": 19, "x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4},
    {"type": 19, "x": 0.9, "y": 0.2, "width": 0.3, "height": 0.4},
    {"type": 20, "x": 0.1, "y": 0.2},
    {"type": 21, "x": 0.1, "y": 0.2, "u": 0.3, "v": -0.1},
    {"type": 22, "points": [[0.1, 0.1], [0.2, 0.1], [0.2, 0.3]]},
]


def localization(figures: dict[str, Any], **more: Any) -> tator.models.Localization:
    whole = {
        "id": 51825,
        "project": 12,
        "media": 40,
        "version": 14,
        "parent": None,
        "frame": 3,
        "elemental_id": "d3041e9c",
        "mark": 0,
        "attributes": {"Kind": "bad", "Where": [-70.5, 42]},
        **NULLS,
        **figures,
        **more,
    }
    return from_json(json.dumps(whole), tator.models.Localization)


def assert_unchanged(given: tator.models.Localization) -> None:
    spec = to_builtins(CONVERTER.to_localization(CONVERTER.from_localization(given), check=False))
    read = to_builtins(given)
    assert spec.pop("media_id") == read["media"]
    assert spec == {name: read[name] for name in spec}
    assert {"frame", "type", "attributes", "elemental_id", "version", "mark", *NULLS} <= set(spec)


@pytest.mark.parametrize("figures", RECORDED)
def test_recorded_localizations_come_back_unchanged(figures: dict[str, Any]) -> None:
    assert_unchanged(localization(figures))


shares = st.floats(0, 1)
FIGURES = {
    19: st.fixed_dictionaries({"x": shares, "y": shares, "width": shares, "height": shares}),
    20: st.fixed_dictionaries({"x": shares, "y": shares}),
    21: st.fixed_dictionaries(
        {"x": shares, "y": shares, "u": st.floats(-1, 1), "v": st.floats(-1, 1)}
    ),
    22: st.fixed_dictionaries({"points": st.lists(st.tuples(shares, shares), min_size=3)}),
}


@pytest.mark.parametrize("number", DTYPES)
def test_random_localizations_come_back_unchanged(number: int) -> None:
    @examples
    @given(
        FIGURES[number],
        st.integers(0, 10**6),
        st.fixed_dictionaries({}, optional={"Real": shares, "Flag": st.booleans()}),
        st.none() | st.integers(1, 9),
    )
    def comes_back(
        figures: dict[str, Any], frame: int, attributes: dict[str, Any], parent: int | None
    ) -> None:
        more = {"frame": frame, "attributes": attributes, "parent": parent}
        assert_unchanged(localization({"type": number, **figures}, **more))

    comes_back()


def test_figures_are_pixels_here() -> None:
    box = CONVERTER.from_localization(localization(RECORDED[0]))
    assert isinstance(box, Box)
    assert (box.left, box.right, box.id) == (0.1 * 1921, (0.1 + 0.3) * 1921, "d3041e9c")
    line = CONVERTER.from_localization(localization(RECORDED[3]))
    assert isinstance(line, Polyline)
    assert line.points[1] == (0.4 * 1921, 0.1 * 1079)


def test_an_edit_is_written() -> None:
    new = Polygon(label="a poly", frame=1, points=[(0, 0), (1921, 0), (0, 1079)])
    spec = to_builtins(CONVERTER.to_localization(new))
    assert spec == {
        "frame": 1,
        "media_id": 40,
        "type": 22,
        "attributes": {},
        "points": [[0, 0], [1, 0], [0, 1]],
    }


WHAT = "Tator has boxes without rotation, lines of two points, single points and polygons"


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            Box(label="a box", left=0, top=0, right=1, bottom=1, rotation=5),
            f"Box 'a box' on frame 0: kind: {WHAT}",
        ),
        (
            Polyline(label="a line", points=[(0, 0), (1, 1), (2, 2)]),
            f"Polyline 'a line' on frame 0: kind: {WHAT}",
        ),
        (
            Ellipse(label="an ellipse", x=1, y=1, radius_x=1, radius_y=1),
            (
                "Ellipse 'an ellipse' on frame 0: label: the types are 'a box', 'a dot', 'a line', "
                "'a poly'"
            ),
        ),
        (
            Box(label="a box", left=0, top=0, right=1, bottom=1, attributes={"Real": 7}),
            "Box 'a box' on frame 0: attributes['Real']: 7 is greater than the maximum, 1",
        ),
        (
            Box(label="a box", left=0, top=0, right=1, bottom=1, attributes={"Whole": 1.5}),
            (
                "Box 'a box' on frame 0: attributes['Whole']: 1.5 is not a whole number of steps "
                "of 1 from 0"
            ),
        ),
    ],
)
def test_what_tator_has_not_is_told_by_name(shape: Box | Polyline, message: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.to_localization(shape)
    assert str(caught.value) == message


def test_a_box_without_width_is_told_by_name() -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.from_localization(localization({"type": 19, "x": 0.1, "y": 0.2}))
    assert str(caught.value) == "box 'a box' on frame 3 (id d3041e9c): width: is missing"
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.from_localization(localization({"type": 5, "x": 0.1, "y": 0.2}))
    assert str(caught.value) == "localization 51825: type: no type here has the id 5"


@examples
@given(
    st.sets(st.integers(0, 1000), min_size=1, max_size=8),
    st.fixed_dictionaries({}, optional={"Real": shares, "Text": st.text()}),
)
def test_states_are_tracks_on_single_frames(frames: set[int], attributes: dict[str, Any]) -> None:
    ids = list(range(100, 100 + len(frames)))
    whole = {
        "id": 43,
        "type": 7,
        "attributes": attributes,
        "version": 14,
        "frame": None,
        "parent": None,
        "elemental_id": "62b7",
        "mark": 0,
        "localizations": ids,
        "media": [40],
    }
    state = from_json(json.dumps(whole), tator.models.State)
    shapes = [
        CONVERTER.from_localization(localization(RECORDED[0], frame=frame)) for frame in frames
    ]
    track = CONVERTER.from_state(state, shapes)
    assert isinstance(track, Track)
    assert (track.label, track.interpolated, track.frame) == ("a track", False, min(frames))
    spec = to_builtins(CONVERTER.to_state(track, ids))
    assert spec == {
        "type": 7,
        "media_ids": [40],
        "localization_ids": ids,
        "attributes": attributes,
        "elemental_id": "62b7",
        "version": 14,
        "mark": 0,
        "parent": None,
    }


def test_types_are_labels() -> None:
    box, *_, track = CONVERTER.labels()
    assert (box.name, box.type, track.name) == ("a box", "box", "a track")
    kinds = {attribute.name: attribute.kind for attribute in box.attributes}
    assert kinds == {
        "Real": "number",
        "Whole": "number",
        "Kind": "select",
        "Flag": "checkbox",
        "Where": "list",
        "Text": "text",
    }
