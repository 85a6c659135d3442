"""Shapes, in pixels."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, SupportsIndex, TypeAlias, cast

from attrs import field, frozen

from annoport.vision.annotations import Shape, as_float

Point: TypeAlias = tuple[float, float]
"""x and y, in pixels from the left and top edges of the image."""
_Bounds: TypeAlias = tuple[float, float, float, float]


def _points(value: Iterable[Iterable[float]]) -> Any:
    """Return points as pairs of floats; the text of what is none, for the check."""
    return tuple(map(_point, value))


def _point(value: Iterable[float]) -> Any:
    try:
        x, y = value
        return float(x), float(y)
    except (TypeError, ValueError):
        return repr(value)


def _whole(value: SupportsIndex) -> Any:
    """Return a whole number as an int, one of numpy too; what is none as it is, for the check."""
    try:
        return operator.index(value)
    except TypeError:
        return value


def _runs(values: Iterable[int]) -> tuple[int, ...]:
    """Return lengths as ints; an array of numpy says itself how."""
    listed: Any = getattr(values, "tolist", None)
    return tuple(values if listed is None else listed())


@frozen(kw_only=True)
class Box(Shape):
    """A rectangle.

    Attributes:
        left: Left edge before it is turned, in pixels.
        top: Top edge.
        right: Right edge, not less than the left one.
        bottom: Bottom edge, not less than the top one.
        rotation: Clockwise turn around its middle, in degrees.
    """

    kind: ClassVar[str] = "box"

    left: float = field(converter=as_float)
    top: float = field(converter=as_float)
    right: float = field(converter=as_float)
    bottom: float = field(converter=as_float)
    rotation: float = field(default=0.0, converter=as_float)

    def __attrs_post_init__(self) -> None:
        Shape.__attrs_post_init__(self)
        self._finite("left", "top", "right", "bottom", "rotation")
        if self.right < self.left:
            self._fail("right", f"{self.right:g} is less than left, {self.left:g}")
        if self.bottom < self.top:
            self._fail("bottom", f"{self.bottom:g} is less than top, {self.top:g}")

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.bottom - self.top

    def bounds(self) -> _Bounds:
        """Return left, top, right and bottom of the upright box around it, in pixels."""
        if not self.rotation:
            return self.left, self.top, self.right, self.bottom
        turn = math.radians(self.rotation)
        sine, cosine = abs(math.sin(turn)), abs(math.cos(turn))
        half_width = (self.width * cosine + self.height * sine) / 2
        half_height = (self.width * sine + self.height * cosine) / 2
        x, y = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        return x - half_width, y - half_height, x + half_width, y + half_height


@frozen(kw_only=True)
class _Pointed(Shape):
    """A shape that is given by points."""

    least: ClassVar[int] = 1

    points: tuple[Point, ...] = field(converter=_points)

    def __attrs_post_init__(self) -> None:
        Shape.__attrs_post_init__(self)
        if len(self.points) < self.least:
            self._fail("points", f"{len(self.points)} are too few, {self.least} are needed")
        for index, point in enumerate(self.points):
            if not _is_point(point):
                self._fail(f"points[{index}]", f"{point} is not a pair of finite numbers")

    def bounds(self) -> _Bounds:
        """Return left, top, right and bottom of the upright box around it, in pixels."""
        return _around(self.points)


@frozen(kw_only=True)
class Polygon(_Pointed):
    """A closed outline.

    Attributes:
        points: Its corners, three or more; the last is joined to the first.
    """

    kind: ClassVar[str] = "polygon"
    least: ClassVar[int] = 3


@frozen(kw_only=True)
class Polyline(_Pointed):
    """A line from point to point.

    Attributes:
        points: Its points, two or more.
    """

    kind: ClassVar[str] = "polyline"
    least: ClassVar[int] = 2


@frozen(kw_only=True)
class Points(_Pointed):
    """One or more points.

    Attributes:
        points: The points.
    """

    kind: ClassVar[str] = "points"


@frozen(kw_only=True)
class Ellipse(Shape):
    """An ellipse.

    Attributes:
        x: Middle, in pixels from the left edge of the image.
        y: Middle, in pixels from the top edge.
        radius_x: Half its width before it is turned, in pixels.
        radius_y: Half its height.
        rotation: Clockwise turn around its middle, in degrees.
    """

    kind: ClassVar[str] = "ellipse"

    x: float = field(converter=as_float)
    y: float = field(converter=as_float)
    radius_x: float = field(converter=as_float)
    radius_y: float = field(converter=as_float)
    rotation: float = field(default=0.0, converter=as_float)

    def __attrs_post_init__(self) -> None:
        Shape.__attrs_post_init__(self)
        self._finite("x", "y", "radius_x", "radius_y", "rotation")
        for name in ("radius_x", "radius_y"):
            if getattr(self, name) < 0:
                self._fail(name, f"{getattr(self, name):g} is less than 0")

    def bounds(self) -> _Bounds:
        """Return left, top, right and bottom of the upright box around it, in pixels."""
        turn = math.radians(self.rotation)
        sine, cosine = math.sin(turn), math.cos(turn)
        width = math.hypot(self.radius_x * cosine, self.radius_y * sine)
        height = math.hypot(self.radius_x * sine, self.radius_y * cosine)
        return self.x - width, self.y - height, self.x + width, self.y + height


@frozen(kw_only=True)
class Mask(Shape):
    """The pixels of an object, as lengths of runs.

    `annoport.vision.masks` makes one of an array, a polygon or COCO's run lengths, and back.

    Attributes:
        left: Left edge of the box that holds it, in whole pixels.
        top: Top edge of the box.
        width: Width of the box in pixels, 1 or more.
        height: Height of the box in pixels, 1 or more.
        runs: Lengths of the runs of pixels outside and inside the object in turn, row by row in the
            box, outside first. Together they fill the box.
    """

    kind: ClassVar[str] = "mask"

    left: int = field(converter=_whole)
    top: int = field(converter=_whole)
    width: int = field(converter=_whole)
    height: int = field(converter=_whole)
    runs: tuple[int, ...] = field(converter=_runs, repr=False)

    def __attrs_post_init__(self) -> None:
        Shape.__attrs_post_init__(self)
        for name, least in (("left", 0), ("top", 0), ("width", 1), ("height", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                self._fail(name, f"{value!r} is not a whole number from {least} on")
        if self.runs and min(self.runs) < 0:
            self._fail("runs", f"{min(self.runs)} is less than 0")
        filled, area = sum(self.runs), self.width * self.height
        if filled != area:
            self._fail("runs", f"they fill {filled} pixels of {area} in the box")

    @property
    def area(self) -> int:
        """Number of pixels of the object."""
        return sum(self.runs[1::2])

    def bounds(self) -> _Bounds:
        """Return left, top, right and bottom of its box, in pixels."""
        return self.left, self.top, self.left + self.width, self.top + self.height


@frozen(kw_only=True)
class Skeleton(Shape):
    """An object made of named parts.

    Attributes:
        elements: Its parts. The label of each is that of the part, such as "nose".
        rotation: Clockwise turn in degrees, which some platforms keep; the parts are where they
            say.
    """

    kind: ClassVar[str] = "skeleton"

    elements: tuple[Shape, ...] = field(default=(), converter=tuple[Shape, ...])
    rotation: float = field(default=0.0, converter=as_float)

    def __attrs_post_init__(self) -> None:
        Shape.__attrs_post_init__(self)
        self._finite("rotation")
        names = [element.label for element in self.elements]
        for element in self.elements:
            # CVAT cannot read such a task any more.
            if element.frame != self.frame:
                self._fail(
                    f"elements[{element.label!r}]", f"is on frame {element.frame}, not {self.frame}"
                )
            if names.count(element.label) > 1:
                self._fail(f"elements[{element.label!r}]", "is there more than once")

    def bounds(self) -> _Bounds:
        """Return left, top, right and bottom of the upright box around its parts in view."""
        bounds = [element.bounds() for element in self.elements if not element.outside]
        if not bounds:
            self._fail("elements", "none is in view")
        corners = [corner for box in bounds for corner in (box[:2], box[2:])]
        return _around(corners)


def _is_point(value: Any) -> bool:
    # The converter made a pair of floats of it, or left it as it was.
    return isinstance(value, tuple) and all(map(math.isfinite, cast("Point", value)))


def _around(points: Sequence[Point]) -> _Bounds:
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)
