"""Key points of skeletons, as COCO has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from annoport.core.errors import InvalidAnnotationError
from annoport.vision.annotations import Shape
from annoport.vision.shapes import Points, Skeleton

KeyPoint: TypeAlias = tuple[float, float, int]
"""x and y in pixels, and how it is seen: 0 out of view or absent, 1 hidden, 2 in view."""

_ABSENT = (0.0, 0.0, 0)
_OUT_OF_VIEW, _HIDDEN, _IN_VIEW = 0, 1, 2


def of_skeleton(skeleton: Skeleton, parts: Sequence[str]) -> list[KeyPoint]:
    """Return the points of the parts with these names, in this order.

    Raises:
        InvalidAnnotationError: A part is not a single point.
    """
    found = {element.label: element for element in skeleton.elements}
    return [_of_part(found[name]) if name in found else _ABSENT for name in parts]


def of_points(points: Points) -> list[KeyPoint]:
    """Return each of the points."""
    seen = _visibility(points)
    return [(x, y, seen) for x, y in points.points]


def _of_part(part: Shape) -> KeyPoint:
    if not isinstance(part, Points) or len(part.points) != 1:
        raise InvalidAnnotationError(str(part), "kind", "a key point is a single point")
    return of_points(part)[0]


def _visibility(shape: Shape) -> int:
    if shape.outside:
        return _OUT_OF_VIEW
    return _HIDDEN if shape.occluded else _IN_VIEW


def to_skeleton(
    points: Sequence[KeyPoint], parts: Sequence[str], fields: Mapping[str, Any]
) -> Skeleton:
    """Return the skeleton whose parts have these points; absent ones are left out.

    Args:
        points: A point for each part.
        parts: The names of the parts.
        fields: What else the skeleton has, by the names of its fields.
    """
    elements = [
        Points(label=name, points=[(x, y)], occluded=seen == _HIDDEN, outside=seen == _OUT_OF_VIEW)
        for name, (x, y, seen) in zip(parts, points, strict=True)
        if (x, y, seen) != _ABSENT
    ]
    return Skeleton(elements=elements, **fields)


def to_points(points: Sequence[KeyPoint], fields: Mapping[str, Any]) -> Points:
    """Return points that are one shape; absent ones are left out.

    It is outside if all are out of view, and occluded if those in view are hidden.

    Args:
        points: The points.
        fields: What else the shape has, by the names of its fields.
    """
    there = [point for point in points if point != _ABSENT]
    kinds = {seen for _, _, seen in there}
    hidden = _HIDDEN in kinds and _IN_VIEW not in kinds
    seen: dict[str, Any] = {"outside": kinds == {_OUT_OF_VIEW}, "occluded": hidden}
    return Points(points=[(x, y) for x, y, _ in there], **{**seen, **fields})
