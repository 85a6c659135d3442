"""Masks as arrays, polygons and COCO's run lengths, and back.

It needs the extra `images`, and what is imported of that is imported when a function is called.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict, cast

from annoport.core.errors import InvalidAnnotationError
from annoport.vision.attributes import Value
from annoport.vision.shapes import Mask, Point, Polygon

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.bool_]
    Figures = NDArray[np.int64]
    _Filled = tuple[list[NDArray[np.float64]], list[NDArray[np.uint32]]]

# Below so many pixels a run, filling run by run is slower than all at once.
_LONG_RUNS = 2000


class CocoMask(TypedDict):
    """A mask as COCO has it.

    Attributes:
        size: Height and width of the picture.
        counts: Lengths of the runs of pixels outside and inside in turn, column by column, outside
            first: as COCO's compressed text, or as a list.
    """

    size: Sequence[int]
    counts: str | bytes | Sequence[int]


def from_array(
    pixels: Pixels,
    *,
    label: str,
    frame: int = 0,
    attributes: Mapping[str, Value] | None = None,
    score: float | None = None,
) -> Mask:
    """Return the mask of an array, in the smallest box that holds it.

    Args:
        pixels: Height x width of the picture, True where the object is.
        label: Name of the label.
        frame: Number of the frame, from 0.
        attributes: Values by the name of the attribute.
        score: How sure a model is, from 0 to 1.

    Raises:
        InvalidAnnotationError: The array is not one of two dimensions of bool, or is True nowhere.
    """
    item = f"Mask {label!r} on frame {frame}"
    if pixels.ndim != 2 or pixels.dtype != bool:
        rule = f"must be height x width of bool, not {pixels.dtype} of {pixels.ndim} dimensions"
        raise InvalidAnnotationError(item, "pixels", rule)
    runs = _ends(pixels)
    if not len(runs):
        raise InvalidAnnotationError(item, "pixels", "is True nowhere")
    left, top, width, height, lengths = _boxed(runs, pixels.shape[1])
    return Mask(
        label=label,
        frame=frame,
        attributes=attributes or {},
        score=score,
        left=left,
        top=top,
        width=width,
        height=height,
        runs=lengths,
    )


def to_array(mask: Mask, width: int, height: int) -> Pixels:
    """Return a mask as an array of height x width, True where the object is.

    Args:
        mask: The mask.
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.

    Raises:
        InvalidAnnotationError: Part of its box is outside the picture.
    """
    import numpy as np

    mask.check_inside(width, height)
    pixels = np.zeros((height, width), np.bool_)
    box = pixels[mask.top : mask.top + mask.height, mask.left : mask.left + mask.width]
    if box.flags.c_contiguous:
        _fill(box.reshape(-1), mask.runs)
    else:
        box[:] = _filled(mask)
    return pixels


def from_polygon(polygon: Polygon, width: int, height: int) -> Mask:
    """Return the mask of the pixels whose middle is inside a polygon.

    Args:
        polygon: The polygon. Where it crosses itself, what is inside an even number of times is
            out.
        width: Width of the picture in pixels; what is outside it is cut off.
        height: Height of the picture in pixels.

    Raises:
        InvalidAnnotationError: No middle of a pixel is inside.
    """
    starts, stops = _crossings(polygon.points, width, height)
    if not len(starts):
        raise InvalidAnnotationError(str(polygon), "points", "no middle of a pixel is inside")
    import numpy as np

    runs = np.stack([starts, stops])
    runs = _joined(runs)
    left, top, box_width, box_height, lengths = _boxed(runs.T.reshape(-1), width)
    return Mask(
        label=polygon.label,
        frame=polygon.frame,
        attributes=polygon.attributes,
        score=polygon.score,
        source=polygon.source,
        id=polygon.id,
        occluded=polygon.occluded,
        outside=polygon.outside,
        track=polygon.track,
        left=left,
        top=top,
        width=box_width,
        height=box_height,
        runs=lengths,
    )


def to_polygons(mask: Mask, *, tolerance: float = 0.5) -> list[Polygon]:
    """Return the outlines of a mask, one polygon for each part that hangs together.

    Holes are not kept: a polygon has none.

    Args:
        mask: The mask.
        tolerance: How far a point of the outline may be from the polygon, in pixels; the more, the
            fewer corners. 0 keeps every corner.

    Raises:
        InvalidAnnotationError: The mask is empty.
    """
    import contourpy
    import numpy as np

    if not mask.area:
        raise InvalidAnnotationError(str(mask), "runs", "are all outside")
    # A border of one pixel closes the outlines; half a pixel leads from middles to edges.
    framed = np.zeros((mask.height + 2, mask.width + 2))
    framed[1:-1, 1:-1] = _filled(mask)
    generator = contourpy.contour_generator(z=framed, fill_type=contourpy.FillType.OuterOffset)
    # Its type is that of all ways to fill.
    outlines, offsets = cast("_Filled", generator.filled(0.5, math.inf))
    shift = np.array([mask.left - 0.5, mask.top - 0.5])
    polygons: list[Polygon] = []
    for points, holes in zip(outlines, offsets, strict=True):
        # The first outline is the outer one; its last point is the first again.
        outer = (points[: int(holes[1]) - 1] + shift).tolist()
        polygons.append(_polygon(mask, _simplified(outer, tolerance)))
    return polygons


_LONGEST_RUN = 2**31
"""Pictures have fewer pixels."""


def from_coco(
    coco: CocoMask,
    *,
    label: str,
    frame: int = 0,
    attributes: Mapping[str, Value] | None = None,
    score: float | None = None,
) -> Mask:
    """Return the mask that COCO's run lengths describe.

    Args:
        coco: Size and counts, compressed or as a list.
        label: Name of the label.
        frame: Number of the frame, from 0.
        attributes: Values by the name of the attribute.
        score: How sure a model is, from 0 to 1.

    Raises:
        InvalidAnnotationError: The counts do not fill the picture, none of it is inside, or their
            text is damaged.
    """
    import numpy as np

    height, width = coco["size"]
    item = f"Mask {label!r} on frame {frame}"
    counts = _counts(coco["counts"], item)
    if len(counts) and counts.min() < 0:
        raise InvalidAnnotationError(item, "counts", f"{counts.min()} is less than 0")
    if len(counts) and counts.max() >= _LONGEST_RUN:  # their sum may wrap around
        rule = f"a run of {counts.max()} is longer than the {width * height} pixels of the picture"
        raise InvalidAnnotationError(item, "counts", rule)
    if counts.sum() != width * height:
        rule = f"they fill {counts.sum()} pixels of {width * height} in the picture"
        raise InvalidAnnotationError(item, "counts", rule)
    columns = np.zeros(width * height, np.bool_)
    _fill(columns, counts.tolist())
    pixels = np.ascontiguousarray(columns.reshape(width, height).T)
    return from_array(pixels, label=label, frame=frame, attributes=attributes, score=score)


def to_coco(mask: Mask, width: int, height: int) -> CocoMask:
    """Return a mask as COCO's compressed run lengths.

    Args:
        mask: The mask.
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.

    Raises:
        InvalidAnnotationError: Part of its box is outside the picture.
    """
    import numpy as np

    mask.check_inside(width, height)
    columns = np.zeros((mask.width, height), np.bool_)
    columns[:, mask.top : mask.top + mask.height] = _filled(mask).T
    ends = _ends(columns) + mask.left * height
    counts = np.diff(ends, prepend=0, append=width * height)
    if not counts[-1]:
        counts = counts[:-1]
    return {"size": [height, width], "counts": _text(counts)}


def _ends(pixels: Pixels) -> Figures:
    """Return where runs inside begin and end, in turn, in the row by row order of an array."""
    import numpy as np

    flat = np.ascontiguousarray(pixels).reshape(-1).view(np.uint8)
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    first = [0] if len(flat) and flat[0] else []
    last = [len(flat)] if len(flat) and flat[-1] else []
    return np.concatenate([first, changes, last]).astype(np.int64) if first or last else changes


def _boxed(ends: Figures, width: int) -> tuple[int, int, int, int, tuple[int, ...]]:
    """Return the smallest box around runs in a picture, and the lengths of the runs in the box."""
    import numpy as np

    starts, lasts = ends[::2], ends[1::2] - 1
    top, bottom = int(starts[0]) // width, int(lasts[-1]) // width
    rows, last_rows = starts // width, lasts // width
    if (rows != last_rows).any():
        left, right = 0, width - 1
    else:
        left = int((starts - rows * width).min())
        right = int((lasts - rows * width).max())
    box_width, box_height = right - left + 1, bottom - top + 1
    begin = (rows - top) * box_width + starts - rows * width - left
    end = (last_rows - top) * box_width + lasts - last_rows * width - left + 1
    if box_width < width:
        begin, end = _joined(np.stack([begin, end]))
    places = np.stack([begin, end], axis=1).reshape(-1)
    lengths: list[int] = np.diff(places, prepend=0).tolist()
    rest = box_width * box_height - int(places[-1])
    return left, top, box_width, box_height, tuple(lengths + [rest] * bool(rest))


def _joined(runs: Figures) -> Figures:
    """Return runs, as rows of beginnings and ends, with those joined that touch."""
    import numpy as np

    starts, stops = runs
    apart = starts[1:] != stops[:-1]
    return np.stack(
        [starts[np.concatenate([[True], apart])], stops[np.concatenate([apart, [True]])]]
    )


def _fill(flat: Pixels, runs: Sequence[int]) -> None:
    """Set the pixels inside, in an array of one dimension that is False."""
    import numpy as np

    if len(runs) * _LONG_RUNS > len(flat):
        inside = np.arange(len(runs)) % 2 == 1
        flat[:] = np.repeat(inside, runs)
        return
    place = 0
    for outside, inside_run in zip(runs[::2], runs[1::2], strict=False):
        place += outside
        flat[place : place + inside_run] = True
        place += inside_run


def _filled(mask: Mask) -> Pixels:
    """Return the pixels of the box."""
    import numpy as np

    flat = np.zeros(mask.width * mask.height, np.bool_)
    _fill(flat, mask.runs)
    return flat.reshape(mask.height, mask.width)


def _polygon(mask: Mask, points: Sequence[Point]) -> Polygon:
    return Polygon(
        label=mask.label,
        frame=mask.frame,
        attributes=mask.attributes,
        score=mask.score,
        source=mask.source,
        id=mask.id,
        occluded=mask.occluded,
        outside=mask.outside,
        track=mask.track,
        points=points,
    )


def _crossings(points: Sequence[Point], width: int, height: int) -> tuple[Figures, Figures]:
    """Return where the runs inside a polygon begin and end, row by row."""
    import numpy as np

    corners = np.asarray(points, np.float64)
    (x0, y0), (x1, y1) = corners.T, np.roll(corners, -1, axis=0).T
    # The rows whose middles an edge passes, the upper end included, the lower one not.
    first = np.clip(np.ceil(np.minimum(y0, y1) - 0.5), 0, height).astype(np.int64)
    after = np.clip(np.ceil(np.maximum(y0, y1) - 0.5), 0, height).astype(np.int64)
    counts = after - first
    edge = np.repeat(np.arange(len(corners)), counts)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    share = (row + 0.5 - y0[edge]) / (y1[edge] - y0[edge])
    x = x0[edge] + (x1[edge] - x0[edge]) * share
    order = np.lexsort((x, row))
    column = np.clip(np.ceil(x[order] - 0.5), 0, width).astype(np.int64)
    places = row[order] * width + column
    starts, stops = places[::2], places[1::2]
    full = stops > starts
    return starts[full], stops[full]


def _simplified(points: Sequence[Point], tolerance: float) -> list[Point]:
    """Leave out corners of a closed outline that are within a distance of it without them."""
    if tolerance <= 0 or len(points) <= _LEAST_CORNERS:
        return list(points)
    far = max(range(len(points)), key=lambda index: math.dist(points[0], points[index]))
    ring = [*points, points[0]]
    kept = {0, far}
    spans = [(0, far), (far, len(points))]
    while spans:
        start, stop = spans.pop()
        index, distance = _farthest(ring, start, stop)
        if distance > tolerance:
            kept.add(index)
            spans += [(start, index), (index, stop)]
    found = [points[index] for index in sorted(kept)]
    return found if len(found) >= _LEAST_CORNERS else list(points)


_LEAST_CORNERS = 3


def _farthest(ring: Sequence[Point], start: int, stop: int) -> tuple[int, float]:
    """Return the point between two others that is farthest from the line between them."""
    if stop - start < 2:
        return start, 0.0
    (x0, y0), (x1, y1) = ring[start], ring[stop]
    across, down = x1 - x0, y1 - y0
    length = math.hypot(across, down)

    def distance(index: int) -> float:
        x, y = ring[index]
        if not length:
            return math.dist((x0, y0), (x, y))
        share = ((x - x0) * across + (y - y0) * down) / length**2
        nearest = min(max(share, 0), 1)
        return math.dist((x, y), (x0 + across * nearest, y0 + down * nearest))

    index = max(range(start + 1, stop), key=distance)
    return index, distance(index)


# COCO's text: five bits a character, the lowest first, from this character on.
_BASE, _BITS, _MORE, _SIGN = 48, 5, 0x20, 0x10


def _text(counts: Figures) -> str:
    """Return run lengths as COCO's text: from the fourth on, what differs from the last but one."""
    import numpy as np

    values = counts.copy()
    values[3:] -= counts[1:-2]
    # How many characters a value needs, one bit being its sign.
    size = np.ones(len(values), np.int64)
    rest = np.where(values < 0, ~values, values) >> (_BITS - 1)
    while rest.any():
        size += rest > 0
        rest >>= _BITS
    ends = np.cumsum(size)
    which = np.repeat(np.arange(len(values)), size)
    place = np.arange(len(which)) - (ends - size)[which]
    bits = (values[which] >> (place * _BITS)) & 0x1F
    more = np.where(place + 1 < size[which], _MORE, 0)
    codes: bytes = (bits + more + _BASE).astype(np.uint8).tobytes()
    return codes.decode("ascii")


def _counts(counts: str | bytes | Sequence[int], item: str) -> Figures:
    import numpy as np

    if not isinstance(counts, str | bytes):
        try:
            return np.asarray(counts, np.int64)
        except (OverflowError, TypeError, ValueError):
            raise InvalidAnnotationError(item, "counts", "is no list of run lengths") from None
    text = counts.encode() if isinstance(counts, str) else counts
    codes = np.frombuffer(text, np.uint8).astype(np.int64) - _BASE
    if not len(codes) or codes.min() < 0 or codes.max() >= 2 * _MORE or codes[-1] & _MORE:
        raise InvalidAnnotationError(item, "counts", "is not COCO's text of run lengths")
    last = codes & _MORE == 0
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    place = np.arange(len(codes)) - np.repeat(starts, ends - starts + 1)
    values = np.add.reduceat((codes & 0x1F) << (place * _BITS), starts)
    negative = codes[ends] & _SIGN != 0
    values -= np.where(negative, 1 << ((ends - starts + 1) * _BITS), 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values
