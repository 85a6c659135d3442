"""Annotations in the note of a run."""

from __future__ import annotations

import json
import math

import numpy as np

from annoport.functions.records import from_records, to_records
from annoport.vision import (
    Annotation,
    Box,
    Ellipse,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
    Tag,
    Track,
)

EACH: list[Annotation] = [
    Tag(label="a", score=0.1, source="auto", attributes={"age": "old", "length": 3}),
    Box(label="a", frame=3, left=1 / 3, top=0, right=math.pi, bottom=1, rotation=30, occluded=True),
    Polygon(label="a", points=[(0, 0), (1, 0), (0, 1 / 7)]),
    Polyline(label="a", points=[(0, 0), (1, 0)], raw={"cvat": {"z_order": 2, "points": [0.0]}}),
    Points(label="ä", points=[(0, 0)], outside=True),
    Ellipse(label="a", x=1, y=2, radius_x=3, radius_y=4),
    Mask(label="a", left=1, top=2, width=2, height=2, runs=(1, 3)),
    Skeleton(label="a", elements=[Points(label="nose", points=[(0, 0)])]),
    Track(
        label="a",
        shapes=[Box(label="a", frame=frame, left=0, top=0, right=1, bottom=1) for frame in (2, 5)],
        interpolated=False,
        attributes={"alive": True},
    ),
]


def test_each_kind_comes_back_from_json() -> None:
    there = json.loads(json.dumps(to_records(EACH)))
    assert from_records(there) == EACH
    assert [one.raw for one in from_records(there)] == [one.raw for one in EACH]


def test_values_of_numpy_become_plain_ones() -> None:
    tag = Tag(label="a", attributes={"length": np.float64(1.5)})
    (record,) = to_records([tag])
    assert json.loads(json.dumps(record))["attributes"] == {"length": 1.5}
    assert type(record["attributes"]["length"]) is float
