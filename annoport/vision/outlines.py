"""Outlines of shapes, and their areas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from annoport.core.errors import InvalidAnnotationError
from annoport.vision import masks
from annoport.vision.annotations import Annotation
from annoport.vision.shapes import Box, Ellipse, Mask, Point, Polygon

_CORNERS = 64


def outline(annotation: Annotation) -> Sequence[Point]:
    """Return the corners of what has an outline.

    That of an ellipse has 64 corners; that of a mask is the largest of its pieces.

    Raises:
        InvalidAnnotationError: It has none.
    """
    match annotation:
        case Polygon():
            return annotation.points
        case Box():
            x, y = (
                (annotation.left + annotation.right) / 2,
                (annotation.top + annotation.bottom) / 2,
            )
            across, down = annotation.width / 2, annotation.height / 2
            corners = [(-across, -down), (across, -down), (across, down), (-across, down)]
            return _turned(corners, x, y, annotation.rotation)
        case Ellipse():
            turns = [2 * math.pi * number / _CORNERS for number in range(_CORNERS)]
            corners = [
                (annotation.radius_x * math.cos(turn), annotation.radius_y * math.sin(turn))
                for turn in turns
            ]
            return _turned(corners, annotation.x, annotation.y, annotation.rotation)
        case Mask():
            return max(masks.to_polygons(annotation), key=lambda one: area(one.points)).points
        case _:
            raise InvalidAnnotationError(
                str(annotation), "kind", f"a {annotation.kind} has no outline"
            )


def _turned(corners: Iterable[Point], x: float, y: float, degrees: float) -> list[Point]:
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return [
        (x + across * cosine - down * sine, y + across * sine + down * cosine)
        for across, down in corners
    ]


def area(corners: Sequence[Point]) -> float:
    """Return the area inside an outline."""
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return abs(sum(x * after_y - after_x * y for (x, y), (after_x, after_y) in pairs)) / 2
