"""Shapes that are the same object, on frames one after the other, as a track."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from annoport.core.errors import InvalidAnnotationError
from annoport.vision.annotations import Annotation, Shape
from annoport.vision.attributes import Value
from annoport.vision.labels import Label
from annoport.vision.tracks import Track
from annoport.vision.writing import AUTO


class Objects:
    """The objects that a function follows in one part."""

    def __init__(self) -> None:
        self._first: dict[int | str, Shape] = {}

    def check(self, annotations: Iterable[Annotation]) -> None:
        """Check that the shapes on a frame fit those of the same objects on earlier ones.

        Args:
            annotations: What is on the frame.

        Raises:
            InvalidAnnotationError: An object is there twice, or has another label or kind.
        """
        here: set[int | str] = set()
        for each in annotations:
            if not isinstance(each, Shape) or each.track is None:
                continue
            if each.track in here:
                raise InvalidAnnotationError(str(each), "track", f"{each.track!r} is there twice")
            here.add(each.track)
            first = self._first.setdefault(each.track, each)
            if (each.label, each.kind) != (first.label, first.kind):
                rule = f"{each.track!r} is the {first.kind} {first.label!r} on frame {first.frame}"
                raise InvalidAnnotationError(str(each), "track", rule)


def joined(annotations: Iterable[Annotation], labels: Iterable[Label]) -> list[Annotation]:
    """Return annotations of a part, those of one object joined to a track.

    The object is on the frames of its shapes, and not between them. An attribute that does not
    change in a track is that of its first shape.

    Args:
        annotations: The annotations, in the order of frames; `Objects` has checked them.
        labels: The labels that they have.
    """
    found: list[Annotation] = []
    tracks: dict[int | str, list[Shape]] = {}
    for each in annotations:
        if isinstance(each, Shape) and each.track is not None:
            tracks.setdefault(each.track, []).append(each)
        else:
            found.append(each)
    known = {label.name: label for label in labels}
    return [*found, *(_track(shapes, known) for shapes in tracks.values())]


def _track(shapes: list[Shape], known: Mapping[str, Label]) -> Track:
    first = shapes[0]
    label = known[first.label]
    return Track(
        label=first.label,
        shapes=[_tracked(shape, label) for shape in shapes],
        attributes=_lasting(first.attributes, label),
        source=AUTO,
        interpolated=False,
    )


def _tracked(shape: Shape, label: Label) -> Shape:
    mutable = {each.name for each in label.attributes if each.mutable}
    attributes = {name: value for name, value in shape.attributes.items() if name in mutable}
    return evolve(shape, track=None, attributes=attributes)


def _lasting(values: Mapping[str, Value], label: Label) -> dict[str, Value]:
    mutable = {each.name for each in label.attributes if each.mutable}
    return {name: value for name, value in values.items() if name not in mutable}
