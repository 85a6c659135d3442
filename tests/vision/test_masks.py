"""Masks as arrays, polygons and COCO's run lengths."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport.errors import InvalidAnnotationError
from annoport.vision import Mask, Polygon, masks
from tests.vision.examples import examples


@st.composite
def pictures(draw: st.DrawFn) -> masks.Pixels:
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    bits = draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    pixels = np.array(bits, np.bool_).reshape(height, width)
    pixels[draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))] = True
    return pixels


@examples
@given(pictures())
def test_arrays_come_back(pixels: masks.Pixels) -> None:
    mask = masks.from_array(pixels, label="a")
    height, width = pixels.shape
    assert np.array_equal(masks.to_array(mask, width, height), pixels)
    rows, columns = np.nonzero(pixels)
    assert mask.bounds() == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert mask.area == pixels.sum()


@examples
@given(pictures())
def test_coco_comes_back(pixels: masks.Pixels) -> None:
    mask = masks.from_array(pixels, label="a")
    height, width = pixels.shape
    coco = masks.to_coco(mask, width, height)
    assert masks.from_coco(coco, label="a") == mask
    # What COCO says in plain: columns, outside first.
    flat = [False, *pixels.T.reshape(-1).tolist()]
    changes = [place for place in range(1, len(flat)) if flat[place] != flat[place - 1]]
    places = [0, *(place - 1 for place in changes), width * height]
    counts = [after - before for before, after in itertools.pairwise(places)]
    plain: masks.CocoMask = {"size": [height, width], "counts": counts}
    assert masks.from_coco(plain, label="a") == mask


# Written by pycocotools 2.0: a 3 x 4 picture, and one of 1 x 200,000 for counts of many characters.
def test_coco_text_is_that_of_pycocotools() -> None:
    pixels = np.array([[0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]], np.bool_)
    coco = masks.to_coco(masks.from_array(pixels, label="a"), 4, 3)
    assert coco == {"size": [3, 4], "counts": COUNTS}
    line = np.zeros((1, 200_000), np.bool_)
    line[0, 70_000:70_003] = line[0, 199_000:] = True
    coco = masks.to_coco(masks.from_array(line, label="a"), 200_000, 1)
    assert coco == {"size": [1, 200_000], "counts": LONG_COUNTS}


COUNTS = "11110O30"
LONG_COUNTS = "`[T23Uom3Uo0"


def disc(width: int, height: int, radius: float) -> masks.Pixels:
    y, x = np.mgrid[:height, :width]
    inside: masks.Pixels = (x - width / 2) ** 2 + (y - height / 2) ** 2 < radius**2
    return inside


def test_a_polygon_of_whole_pixels_is_these_pixels() -> None:
    polygon = Polygon(label="a", frame=3, score=0.5, points=[(1, 2), (4, 2), (4, 4), (1, 4)])
    assert masks.from_polygon(polygon, 6, 6) == Mask(
        label="a", frame=3, score=0.5, left=1, top=2, width=3, height=2, runs=(0, 6)
    )


def test_a_polygon_is_cut_off_at_the_picture() -> None:
    polygon = Polygon(label="a", points=[(-5, -5), (2, -5), (2, 90), (-5, 90)])
    mask = masks.from_polygon(polygon, 3, 4)
    assert (mask.left, mask.top, mask.width, mask.height, mask.runs) == (0, 0, 2, 4, (0, 8))


@pytest.mark.parametrize("tolerance", [0, 0.5, 2, 5])
def test_an_outline_is_as_near_as_the_tolerance(tolerance: float) -> None:
    pixels = disc(120, 90, 40)
    mask = masks.from_array(pixels, label="a")
    (polygon,) = masks.to_polygons(mask, tolerance=tolerance)
    again = masks.to_array(masks.from_polygon(polygon, 120, 90), 120, 90)
    y, x = np.nonzero(again != pixels)
    off = np.abs(np.hypot(x - 60, y - 45) - 40)
    assert off.max(initial=0) <= tolerance + 1
    assert len(polygon.points) <= {0: 400, 0.5: 100, 2: 20, 5: 12}[tolerance]


def test_each_part_has_an_outline_and_holes_have_none() -> None:
    pixels = np.zeros((20, 20), np.bool_)
    pixels[1:9, 1:9] = True
    pixels[4:6, 4:6] = False
    pixels[12:15, 12:18] = True
    polygons = masks.to_polygons(masks.from_array(pixels, label="a"), tolerance=1)
    assert [polygon.bounds() for polygon in polygons] == [(1, 1, 9, 9), (12, 12, 18, 15)]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            lambda: masks.from_array(np.zeros((2, 2), np.bool_), label="a"),
            "Mask 'a' on frame 0: pixels: is True nowhere",
        ),
        (
            lambda: masks.from_array(np.ones(2, np.bool_), label="a"),
            (
                "Mask 'a' on frame 0: pixels: must be height x width of bool, not bool of 1 "
                "dimensions"
            ),
        ),
        (
            lambda: masks.to_array(
                Mask(label="a", left=15, top=9, width=4, height=4, runs=(0, 16)), 17, 11
            ),
            (
                "Mask 'a' on frame 0: bounds: (15, 9, 19, 13) is not inside the picture of 17 x 11 "
                "pixels"
            ),
        ),
        (
            lambda: masks.from_coco({"size": [2, 2], "counts": [1, 2]}, label="a", frame=2),
            "Mask 'a' on frame 2: counts: they fill 3 pixels of 4 in the picture",
        ),
        (
            lambda: masks.from_coco({"size": [2, 2], "counts": [5, -1]}, label="a"),
            "Mask 'a' on frame 0: counts: -1 is less than 0",
        ),
        (
            lambda: masks.from_coco({"size": [2, 2], "counts": [2**70, 1]}, label="a"),
            "Mask 'a' on frame 0: counts: is no list of run lengths",
        ),
        (
            lambda: masks.from_coco({"size": [2, 2], "counts": [2**62] * 4 + [4]}, label="a"),
            (
                "Mask 'a' on frame 0: counts: a run of 4611686018427387904 is longer than the 4 "
                "pixels of the picture"
            ),
        ),
        (
            lambda: masks.from_polygon(
                Polygon(label="a", points=[(0, 0), (0.1, 0), (0, 0.1)]), 5, 5
            ),
            "Polygon 'a' on frame 0: points: no middle of a pixel is inside",
        ),
        (
            lambda: masks.to_polygons(Mask(label="a", left=0, top=0, width=2, height=1, runs=(2,))),
            "Mask 'a' on frame 0: runs: are all outside",
        ),
    ],
)
def test_what_cannot_be_is_told_by_name(broken: object, message: str) -> None:
    assert callable(broken)
    with pytest.raises(InvalidAnnotationError) as caught:
        broken()
    assert str(caught.value) == message


def test_an_area_between_two_rotations_of_a_square() -> None:
    corners = [(10 + 7 * math.cos(turn), 10 + 7 * math.sin(turn)) for turn in (0.2, 1.8, 3.3, 4.9)]
    mask = masks.from_polygon(Polygon(label="a", points=corners), 20, 20)
    area = (
        abs(
            sum(
                x0 * y1 - x1 * y0
                for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True)
            )
        )
        / 2
    )
    assert abs(mask.area - area) <= 4


def test_numpy_is_imported_when_a_function_is_called_only() -> None:
    code = "import sys, annoport.vision as v; v.Mask; v.masks; v.interpolate; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"numpy", "PIL", "contourpy", "annoport_cvat"}.isdisjoint(done.stdout.split())
