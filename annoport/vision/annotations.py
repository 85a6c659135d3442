"""What all annotations have in common."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, SupportsFloat, TypeAlias

from attrs import field, frozen

from annoport.core.errors import InvalidAnnotationError
from annoport.vision.attributes import Value

Raw: TypeAlias = Mapping[str, Mapping[str, Any]]
"""What only a platform has: by its name, such as "cvat", then by its own names of fields."""


def as_float(value: SupportsFloat) -> Any:
    """Return a number as a float, one of numpy or torch too; what is none as it is.

    Args:
        value: The number.
    """
    if type(value) is float:
        return value
    try:
        return value if isinstance(value, str) else float(value)
    except (TypeError, ValueError):  # for the check, which names the field
        return value


def _score(value: SupportsFloat | None) -> Any:
    return None if value is None else as_float(value)


@frozen(kw_only=True)
class Annotation:
    """What somebody or something says about an image. Use one of its subclasses.

    Attributes:
        label: Name of the label.
        frame: Number of the frame, from 0; 0 for a single image.
        attributes: Values by the name of the attribute.
        score: How sure a model is, from 0 to 1; None if it was not told.
        source: How it was made, such as "manual" or "auto"; None if it was not told.
        id: The platform's id, which stays the same through edits; None for a new one.
        raw: What only the platform has, under its name. It is used when the annotation goes back to
            the platform that it came from, and left out elsewhere.
    """

    kind: ClassVar[str] = "annotation"

    label: str
    frame: int = 0
    attributes: Mapping[str, Value] = field(factory=dict[str, Value])
    score: float | None = field(default=None, converter=_score)
    source: str | None = None
    id: int | str | None = None
    raw: Raw = field(factory=dict[str, dict[str, Any]], repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.label:
            self._fail("label", "must not be empty")
        if self.frame < 0:
            self._fail("frame", f"{self.frame} is less than 0")
        score: object = self.score
        if score is not None and not (isinstance(score, float) and 0 <= score <= 1):
            self._fail("score", f"{self.score!r} is not between 0 and 1")
        for name, value in self.attributes.items():
            if isinstance(value, float) and not math.isfinite(value):
                self._fail(f"attributes[{name!r}]", f"{value!r} is not a finite number")

    def __str__(self) -> str:
        which = "" if self.id is None else f" (id {self.id})"
        return f"{type(self).__name__} {self.label!r} on frame {self.frame}{which}"

    def _fail(self, name: str, rule: str) -> None:
        raise InvalidAnnotationError(str(self), name, rule)

    def _finite(self, *names: str) -> None:
        for name in names:
            value = getattr(self, name)
            if not isinstance(value, int | float) or not math.isfinite(value):
                self._fail(name, f"{value!r} is not a finite number")


@frozen(kw_only=True)
class Tag(Annotation):
    """A label of a whole image."""

    kind: ClassVar[str] = "tag"


@frozen(kw_only=True)
class Shape(Annotation):
    """An annotation that has a place in the image. Use one of its subclasses.

    Attributes:
        occluded: Whether something in the image hides part of it.
        outside: Whether it is out of view: a part of a skeleton that is not in the image, or a
            shape of a track from whose frame on the object is gone.
        track: Of a shape that a function has found: which object it is. Shapes with the same one,
            on frames one after the other, become a `Track` when they are written.
    """

    occluded: bool = False
    outside: bool = False
    track: int | str | None = None

    def check_inside(self, width: int, height: int) -> None:
        """Check that no part of it is outside its picture.

        Args:
            width: Width of the picture in pixels.
            height: Height of the picture in pixels.

        Raises:
            InvalidAnnotationError: Part of it is outside.
        """
        left, top, right, bottom = self.bounds()
        if left < 0 or top < 0 or right > width or bottom > height:
            self._fail(
                "bounds",
                f"({left:g}, {top:g}, {right:g}, {bottom:g}) is not inside the picture of "
                f"{width} x {height} pixels",
            )

    def bounds(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of the upright box around it, in pixels."""
        raise NotImplementedError
