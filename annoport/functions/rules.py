"""What a function has returned for a picture, checked and put on its frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve

from annoport.core.errors import InvalidAnnotationError
from annoport.functions.protocol import Context, Spec
from annoport.vision import masks
from annoport.vision.annotations import Annotation, Shape, Tag
from annoport.vision.labels import Label
from annoport.vision.shapes import Box, Ellipse, Mask, Skeleton
from annoport.vision.writing import AUTO

_BEYOND = 1.0
"""Pixels by which a shape may reach beyond its picture: models round."""


def checked(
    found: Sequence[Annotation], spec: Spec, context: Context, size: tuple[int, int]
) -> list[Annotation]:
    """Return what counts of what a function has found, on its frame.

    Args:
        found: What it has returned.
        spec: What it may return.
        context: What it was told.
        size: Width and height of the picture.

    Raises:
        InvalidAnnotationError: Something breaks a rule.
    """
    _check_list(found)
    labels = {label.name: label for label in spec.labels}
    kept: list[Annotation] = []
    for each in found:
        _check_type(each)
        _check_new(each)
        _check_label(each, labels, spec)
        if isinstance(each, Shape):
            _check_place(each, *size)
        if _is_below(each, context.threshold):
            continue
        kept += [_placed(one, context.frame) for one in _drawn(each, polygons=context.polygons)]
    return kept


def _check_list(found: object) -> None:
    if isinstance(found, str | bytes) or not isinstance(found, Sequence):
        rule = f"expected a list of annotations, got {type(found).__name__}"
        raise InvalidAnnotationError("what it returned", "type", rule)


def _check_type(found: object) -> None:
    if isinstance(found, Tag):
        return
    if not isinstance(found, Shape):
        rule = f"expected a tag or a shape of annoport.vision, got {type(found).__name__}"
        raise InvalidAnnotationError("what it returned", "type", rule)


def _check_new(found: Annotation) -> None:
    """Check that it sets nothing that is set for it."""
    parts = found.elements if isinstance(found, Skeleton) else ()
    for one in (found, *parts):
        if one.frame:
            rule = "must be 0: what a function returns goes to the frame that it was given"
            raise InvalidAnnotationError(str(found), "frame", rule)
        for name in ("id", "source"):
            if getattr(one, name) is not None:
                raise InvalidAnnotationError(str(found), name, "must not be set by a function")


def _check_label(found: Annotation, labels: dict[str, Label], spec: Spec) -> None:
    label = labels.get(found.label)
    if label is None:
        known = ", ".join(map(repr, labels)) or "none"
        raise InvalidAnnotationError(str(found), "label", f"the labels of the spec are {known}")
    label.check(found)
    if isinstance(found, Skeleton):
        there = {element.label for element in found.elements}
        missing = [part.name for part in label.sublabels if part.name not in there]
        if missing:
            rule = f"lack {', '.join(map(repr, missing))}: one out of view is there with outside"
            raise InvalidAnnotationError(str(found), "elements", rule)
        for element in found.elements:
            if element.kind != "points":
                rule = f"{element.label!r} is of kind {element.kind}, not points"
                raise InvalidAnnotationError(str(found), "elements", rule)
    if isinstance(found, Shape) and found.track is not None and not spec.tracks:
        rule = "only functions whose spec has tracks=True follow objects"
        raise InvalidAnnotationError(str(found), "track", rule)


def _check_place(found: Shape, width: int, height: int) -> None:
    if isinstance(found, Mask):
        found.check_inside(width, height)
        return
    if isinstance(found, Skeleton) and all(element.outside for element in found.elements):
        return
    left, top, right, bottom = found.bounds()
    if isinstance(found, Box | Ellipse) and found.rotation:
        # Turned, its corners may well be beyond, but not all of it.
        if left >= width or top >= height or right <= 0 or bottom <= 0:
            found.check_inside(width, height)
        return
    # In a picture that begins one pixel before and ends one pixel after.
    if min(left, top) < -_BEYOND or right > width + _BEYOND or bottom > height + _BEYOND:
        found.check_inside(width, height)


def _is_below(found: Annotation, threshold: float | None) -> bool:
    return threshold is not None and found.score is not None and found.score < threshold


def _drawn(found: Annotation, *, polygons: bool) -> Iterator[Annotation]:
    if not polygons or not isinstance(found, Mask):
        yield found
        return
    outlines = masks.to_polygons(found) if found.area else []
    # An object that is followed is one shape on each frame.
    yield from outlines if found.track is None else sorted(outlines, key=_extent)[-1:]


def _extent(shape: Shape) -> float:
    left, top, right, bottom = shape.bounds()
    return (right - left) * (bottom - top)


def _placed(found: Annotation, frame: int) -> Annotation:
    fields: dict[str, Any] = {"frame": frame, "source": AUTO}
    if isinstance(found, Skeleton):
        fields["elements"] = [
            evolve(element, frame=frame, source=AUTO) for element in found.elements
        ]
    return evolve(found, **fields)
