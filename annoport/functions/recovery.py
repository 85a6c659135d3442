"""Which annotations of a write that was broken off have not got through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import msgspec

from annoport.core.errors import InvalidAnnotationError
from annoport.vision.annotations import Annotation, Shape
from annoport.vision.tracks import Track

_NEAR = 0.02
"""Pixels by which a platform may change what it stores: one keeps fractions, another rounds."""

Key: TypeAlias = tuple[str, str, int]


class Look(msgspec.Struct, frozen=True, array_like=True):
    """What tells an annotation from others on its frame, before and after it was stored.

    Attributes:
        key: Kind, label and frame.
        place: Figures of its place, in pixels; empty for a tag.
    """

    key: Key
    place: tuple[float, ...]

    def is_like(self, other: Look) -> bool:
        """Whether both are the same annotation."""
        return (
            self.key == other.key
            and len(self.place) == len(other.place)
            and all(abs(a - b) <= _NEAR for a, b in zip(self.place, other.place, strict=True))
        )


def look_of(annotation: Annotation) -> Look:
    """Return what tells an annotation from others.

    Args:
        annotation: The annotation, before or after it was stored.
    """
    kind, shape = annotation.kind, annotation
    if isinstance(annotation, Track):
        shape = annotation.shapes[0]
        kind = f"track of {shape.kind}"
    return Look((kind, annotation.label, shape.frame), _place(shape))


def _place(shape: Annotation) -> tuple[float, ...]:
    if not isinstance(shape, Shape):
        return ()
    try:
        return shape.bounds()
    except InvalidAnnotationError:  # of a skeleton whose parts are all out of view
        return ()


def missing(
    meant: Sequence[Annotation], found: Iterable[Annotation], before: Iterable[Look] = ()
) -> list[Annotation]:
    """Return what was meant to be written and is not there.

    Args:
        meant: What was meant to be written.
        found: What is there now, on the same frames.
        before: What was there before the write was begun.
    """
    there: dict[Key, list[Look]] = {}
    for each in found:
        look = look_of(each)
        there.setdefault(look.key, []).append(look)
    for known in before:
        _take(there, known)
    return [each for each in meant if not _take(there, look_of(each))]


def _take(there: dict[Key, list[Look]], wanted: Look) -> bool:
    """Take one away that is alike, and return whether there was one."""
    looks = there.get(wanted.key, [])
    for place, look in enumerate(looks):
        if look.is_like(wanted):
            del looks[place]
            return True
    return False
