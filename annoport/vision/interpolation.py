"""Where the object of a track is on each frame, by the rules of CVAT's server."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import evolve

from annoport.core.errors import InvalidAnnotationError
from annoport.vision import curves
from annoport.vision.annotations import Shape
from annoport.vision.shapes import Box, Ellipse, Mask, Points, Polygon, Polyline, Skeleton
from annoport.vision.tracks import Track

_HALF_TURN = 180
_TURN = 360


def interpolate(track: Track, stop: int, *, deleted: Iterable[int] = ()) -> Iterator[Shape]:
    """Return the shapes of a track, one for each frame on which the object is in view.

    Between two key frames, the figures of boxes and ellipses go straight from one to the other, as
    do a single point, and the points of lines and polygons if there are equally many. If there are
    not, points are matched; several `Points` stay where they were. A rotation takes the shorter
    way. Attributes, and whether it is occluded, are those of the key frame before; the track's own
    attributes are added. After the last key frame the object stays where it is. Parts of a skeleton
    go each by their own key frames, and one that is out of view is kept, with `outside`.

    CVAT's server does the same, with one oddity that is kept: if two rotations differ by exactly
    180 degrees, the shape turns by one degree and then jumps.

    Args:
        track: The track. One that is not `interpolated` has only the shapes that it has.
        stop: Number of frames, such as the size of a task: the first frame that is not wanted.
        deleted: Frames to leave out; key frames on them do not count.

    Yields:
        The shapes in the order of frames.

    Raises:
        InvalidAnnotationError: There is no rule for it: a mask, or a line of no length between key
            frames with unequal counts of points.
    """
    without = frozenset(deleted)
    kept = _without(track, without)
    if kept is None:
        return
    for frame in _frames(kept, stop):
        if frame in without:
            continue
        shape = _at(kept, frame)
        if shape is not None and not shape.outside:
            yield _finished(kept, shape)


def _without(track: Track, deleted: frozenset[int]) -> Track | None:
    """Return a track without its key frames on some frames; None if it has no others."""
    shapes = [shape for shape in track.shapes if shape.frame not in deleted]
    if not shapes:
        return None
    parts = [_without(part, deleted) for part in track.elements]
    return evolve(track, shapes=shapes, elements=[part for part in parts if part is not None])


def _frames(track: Track, stop: int) -> Iterable[int]:
    if track.interpolated:
        return range(track.shapes[0].frame, stop)
    return [shape.frame for shape in track.shapes if shape.frame < stop]


def _finished(track: Track, shape: Shape) -> Shape:
    attributes = {**track.attributes, **shape.attributes}
    if not isinstance(shape, Skeleton) or not track.elements:
        return evolve(shape, attributes=attributes)
    parts = [(part, _at(part, shape.frame)) for part in track.elements]
    elements = [
        evolve(element, attributes={**part.attributes, **element.attributes})
        for part, element in parts
        if element is not None
    ]
    return evolve(shape, attributes=attributes, elements=elements)


def _at(track: Track, frame: int) -> Shape | None:
    """Return the shape on a frame, or None before the first key frame.

    What is out of view moves too: parts of a skeleton are kept then.
    """
    shapes = track.shapes
    after = bisect.bisect_right(shapes, frame, key=_frame)
    if not after:
        return None
    left = shapes[after - 1]
    if left.frame == frame:
        return left
    if isinstance(left, Mask):
        rule = "there is no rule for a mask between key frames; give one on each frame"
        raise InvalidAnnotationError(str(track), "shapes", rule)
    if after == len(shapes):
        return _moved(left, frame, {})
    right = shapes[after]
    share = (frame - left.frame) / (right.frame - left.frame)
    return _moved(left, frame, _between(track, left, right, share))


def _frame(shape: Shape) -> int:
    return shape.frame


def _moved(shape: Shape, frame: int, fields: dict[str, Any]) -> Shape:
    if isinstance(shape, Skeleton):
        fields["elements"] = [_moved(element, frame, {}) for element in shape.elements]
    return evolve(shape, frame=frame, id=None, **fields)


def _between(track: Track, left: Shape, right: Shape, share: float) -> dict[str, Any]:
    """Return the fields of the shape at a share of the way between two key frames."""
    match left, right:
        case (Box() | Ellipse(), Box() | Ellipse()):
            names = ("left", "top", "right", "bottom") if isinstance(left, Box) else _ELLIPSE
            fields = {name: _number(left, right, name, share) for name in names}
            return {**fields, "rotation": _rotation(left.rotation, right.rotation, share)}
        case (Polygon() | Polyline() | Points(), Polygon() | Polyline() | Points()):
            return {"points": _points(track, left, right, share)}
        case (Skeleton(), Skeleton()):
            return {"rotation": _rotation(left.rotation, right.rotation, share)}
        case _:
            rule = f"there is no rule for a {left.kind} between key frames"
            raise InvalidAnnotationError(str(track), "shapes", rule)


_ELLIPSE = ("x", "y", "radius_x", "radius_y")


def _number(left: Shape, right: Shape, name: str, share: float) -> float:
    start: float = getattr(left, name)
    end: float = getattr(right, name)
    return start + (end - start) * share


def _rotation(left: float, right: float, share: float) -> float:
    difference = (right - left + _HALF_TURN) % _TURN - _HALF_TURN
    if difference == -_HALF_TURN:
        difference = 1
    return (left + difference * share) % _TURN


def _points(
    track: Track,
    left: Polygon | Polyline | Points,
    right: Polygon | Polyline | Points,
    share: float,
) -> Sequence[tuple[float, float]]:
    if isinstance(left, Points) and len(left.points) + len(right.points) > 2:
        return left.points
    if len(left.points) == len(right.points):
        pairs = zip(left.points, right.points, strict=True)
        return [curves.point_between(start, end, share) for start, end in pairs]
    for shape in (left, right):
        if not curves.length(shape.points):
            place = f"all points on frame {shape.frame} are at one place"
            rule = f"{place}, and the next has another number"
            raise InvalidAnnotationError(str(track), "shapes", rule)
    if isinstance(left, Polyline):
        return curves.between(left.points, right.points, share)
    start, end = ((*shape.points, shape.points[0]) for shape in (left, right))
    return curves.between(start, end, share)[:-1]
