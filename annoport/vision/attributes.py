"""The attributes that a label defines, and which values they take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

from attrs import field, frozen

from annoport.core.errors import InvalidAnnotationError

AttributeKind: TypeAlias = Literal["checkbox", "list", "number", "radio", "select", "text"]
"""How a value is chosen; a list is one of numbers or texts, such as a position."""

Value: TypeAlias = str | bool | int | float | Sequence[int | float | str] | None
"""The value of an attribute."""

_CHOICES = ("radio", "select")
# Of a step: the rounding of decimal fractions such as 0.1 is much less than this.
_STEP_TOLERANCE = 1e-6


@frozen(kw_only=True)
class Attribute:
    """An attribute of a label.

    Attributes:
        name: Its name.
        kind: How its value is chosen: checkbox, list, number, radio, select or text.
        values: The values to choose from, for `select` and `radio`.
        default: The value of new annotations; None if there is none.
        mutable: Whether it may change from frame to frame in a track.
        minimum: The least number; None if there is no limit.
        maximum: The greatest number; None if there is no limit.
        step: The difference between a number and the next; None if any number will do.
        id: The platform's id.
    """

    name: str
    kind: AttributeKind = "text"
    values: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    default: Value = None
    mutable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    id: int | None = None

    def check(self, value: Value, *, item: str) -> None:
        """Check that a value is one that this attribute takes.

        Args:
            value: The value.
            item: What has it, for the message.

        Raises:
            InvalidAnnotationError: The attribute does not take the value.
        """
        rule = self.broken_rule(value)
        if rule is not None:
            raise InvalidAnnotationError(item, f"attributes[{self.name!r}]", rule)

    def broken_rule(self, value: Value) -> str | None:
        """Return what is wrong with a value, or None if this attribute takes it.

        Args:
            value: The value.
        """
        if self.kind == "number":
            return self._broken_by_number(value)
        if self.kind == "checkbox":
            good = isinstance(value, bool)
            return None if good else f"{value!r} is not True or False"
        if self.kind == "list":
            good = isinstance(value, Sequence) and not isinstance(value, str)
            return None if good else f"{value!r} is not a list"
        if not isinstance(value, str):
            return f"{value!r} is not a text"
        if self.kind in _CHOICES and value not in self.values:
            return f"{value!r} is none of {', '.join(map(repr, self.values))}"
        return None

    def _broken_by_number(self, value: Value) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{value!r} is not a number"
        if isinstance(value, float) and not math.isfinite(value):
            return f"{value!r} is not a finite number"
        if self.minimum is not None and value < self.minimum:
            return f"{value!r} is less than the minimum, {self.minimum:g}"
        if self.maximum is not None and value > self.maximum:
            return f"{value!r} is greater than the maximum, {self.maximum:g}"
        start = self.minimum or 0
        if self.step and not _is_step(value, start, self.step):
            return f"{value!r} is not a whole number of steps of {self.step:g} from {start:g}"
        return None


def _is_step(value: float, start: float, step: float) -> bool:
    if all(isinstance(number, int) for number in (value, start, step)):
        return (value - start) % step == 0
    steps = (value - start) / step
    return abs(steps - round(steps)) <= _STEP_TOLERANCE
