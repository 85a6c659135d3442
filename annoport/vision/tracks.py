"""An object that is followed over frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from attrs import Factory, field, frozen

from annoport.vision.annotations import Annotation, Shape


def _in_order(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    return tuple(sorted(shapes, key=lambda shape: shape.frame))


def _first_frame(track: Track) -> int:
    # The check of an empty track comes later.
    return track.shapes[0].frame if track.shapes else 0


@frozen(kw_only=True)
class Track(Annotation):
    """An object that is followed over frames.

    Attributes:
        shapes: Its shapes at key frames, each with the frame that it is on; kept in the order of
            frames. One that is `outside` says that the object is gone from there on.
        elements: The parts of a skeleton, each a track whose label is that of the part.
        frame: The frame that it begins on, that of the first shape unless it is given.
        interpolated: Whether the object is there between key frames too, and after the last one.
            False if it is on the frames of its shapes only.
    """

    kind: ClassVar[str] = "track"

    shapes: tuple[Shape, ...] = field(converter=_in_order)
    elements: tuple[Track, ...] = field(default=(), converter=tuple["Track", ...])
    interpolated: bool = True
    frame: int = field(default=Factory(_first_frame, takes_self=True))

    def __attrs_post_init__(self) -> None:
        Annotation.__attrs_post_init__(self)
        if not self.shapes:
            self._fail("shapes", "must not be empty")
        first = self.shapes[0]
        for before, shape in zip(self.shapes, self.shapes[1:], strict=False):
            if shape.frame == before.frame:
                self._fail("shapes", f"two are on frame {shape.frame}")
        for shape in self.shapes:
            name = f"shapes[frame {shape.frame}]"
            if type(shape) is not type(first):
                self._fail(name, f"is of kind {shape.kind}, but the first one is a {first.kind}")
            if shape.label != self.label:
                self._fail(name, f"has label {shape.label!r}, not that of the track")
