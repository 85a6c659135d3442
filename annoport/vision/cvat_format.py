"""How CVAT and the models of its SDK write the points of shapes and the values of attributes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from annoport.core.errors import InvalidAnnotationError
from annoport.vision.annotations import Shape
from annoport.vision.attributes import Attribute, Value
from annoport.vision.shapes import Box, Ellipse, Mask, Points, Polygon, Polyline, Skeleton

_NAMES = {"rectangle": "box"}
_WITH_POINTS = {"polygon": Polygon, "polyline": Polyline, "points": Points}


def shape_name(kind: str) -> str:
    """Return our name of a kind of shape.

    Args:
        kind: CVAT's name of it.
    """
    return _NAMES.get(str(kind), str(kind))


def shape_of(kind: str, points: Sequence[float], fields: dict[str, Any]) -> Shape:
    """Return the shape that CVAT's list of numbers describes.

    Args:
        kind: CVAT's name of the kind of shape.
        points: The numbers.
        fields: What else the shape has, by our names.

    Raises:
        InvalidAnnotationError: They are none of such a shape, or there is no such shape here.
    """
    if kind == "rectangle" and len(points) == 4:
        left, top, right, bottom = points
        return Box(left=left, top=top, right=right, bottom=bottom, **fields)
    if kind == "ellipse" and len(points) == 4:
        x, y, right, top = points
        return Ellipse(x=x, y=y, radius_x=right - x, radius_y=y - top, **fields)
    if kind in _WITH_POINTS and len(points) % 2 == 0:
        pairs = list(zip(points[::2], points[1::2], strict=True))
        return _WITH_POINTS[kind](points=pairs, **fields)
    if kind == "skeleton":
        return Skeleton(**fields)
    item = f"{kind} {fields['label']!r} on frame {fields['frame']} (id {fields['id']})"
    if kind == "mask" and len(points) > 4:
        if not all(float(number).is_integer() for number in points):
            raise InvalidAnnotationError(item, "points", "a mask has whole numbers only")
        *runs, left, top, right, bottom = map(int, points)
        width, height = right - left + 1, bottom - top + 1
        return Mask(left=left, top=top, width=width, height=height, runs=tuple(runs), **fields)
    if shape_name(kind) in ("box", "ellipse", "mask", *_WITH_POINTS):
        raise InvalidAnnotationError(item, "points", f"{len(points)} numbers are none of a {kind}")
    raise InvalidAnnotationError(item, "type", "there is no such shape here")


def value_of(text: str, attribute: Attribute | None) -> Value:
    """Return the value that CVAT's text stands for; the text itself if it is not of that kind.

    Args:
        text: As CVAT stores it.
        attribute: Its definition, if known.
    """
    kind = attribute.kind if attribute else "text"
    if kind == "checkbox":
        return {"true": True, "false": False}.get(text.lower(), text)
    return number_of(text) if kind == "number" else text


def number_of(text: str) -> Value:
    """Return the number that a text stands for; the text itself if it is none.

    Args:
        text: The text.
    """
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def limits_of(values: Sequence[str]) -> tuple[float | None, float | None, float | None]:
    """Return the least number, the greatest and the step of CVAT's list for an attribute.

    Args:
        values: The list; one of another length stands for no limits.
    """
    numbers = [limit for limit in map(number_of, values) if isinstance(limit, int | float)]
    if len(numbers) != 3:
        return None, None, None
    low, high, step = numbers
    return low, high, step
