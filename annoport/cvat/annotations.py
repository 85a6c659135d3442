"""Annotations of CVAT as annotations that know no platform, and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from attrs import evolve, field, frozen

from annoport.core import UNSET, Unset
from annoport.cvat.labels import from_label, text_of
from annoport.errors import InvalidAnnotationError
from annoport.vision import (
    Annotation,
    Box,
    Ellipse,
    Label,
    Mask,
    Points,
    Polygon,
    Polyline,
    Shape,
    Skeleton,
    Tag,
    Track,
    Value,
)
from annoport.vision.cvat_format import shape_of, value_of
from annoport_cvat import models

_PLATFORM = "cvat"
_TURNED = ("rectangle", "ellipse", "skeleton")

_Wire: TypeAlias = (
    models.LabeledShape
    | models.SubLabeledShape
    | models.TrackedShape
    | models.LabeledImage
    | models.LabeledTrack
    | models.SubLabeledTrack
)
_Fields: TypeAlias = dict[str, Any]


@frozen
class Converter:
    """Converts the annotations of one task or job, whose labels it knows.

    Frames are those of the task, from 0. What only CVAT has, such as the group and the layer, is in
    `raw["cvat"]`, so that what is read is written back unchanged.

    Attributes:
        labels: The labels of the task or project, as the server sends them.
    """

    labels: tuple[models.Label, ...] = field(converter=tuple[models.Label, ...])
    _terms: _Terms = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_terms", _Terms(tuple(map(from_label, self.labels))))

    def from_data(
        self, data: models.LabeledData, *, unsupported: Literal["error", "drop"] = "error"
    ) -> list[Annotation]:
        """Return all annotations of a task or job: tags, shapes and tracks, in this order.

        Args:
            data: The annotations, as the server sends them.
            unsupported: "drop" leaves out what has no form here: cuboids, and what CVAT itself
                cannot export, such as a track with two key frames on one frame.

        Raises:
            InvalidAnnotationError: One has no form here, and `unsupported` is "error".
        """
        found: list[Annotation] = []
        wires: list[_Wire] = [*data.tags, *data.shapes, *data.tracks]
        reader = _Reader(self._terms)
        for wire in wires:
            try:
                found.append(reader.annotation(wire))
            except InvalidAnnotationError:
                if unsupported == "error":
                    raise
        return found

    def to_data(
        self, annotations: Iterable[Annotation], *, keep_ids: bool = False, check: bool = True
    ) -> models.LabeledDataRequest:
        """Return annotations as CVAT takes them.

        Args:
            annotations: The annotations, with the labels and attributes of the task
                (`annoport.vision.match_labels` renames them).
            keep_ids: Whether to send ids. Without them, the annotations are new ones; with them,
                those of this task are changed.
            check: Whether each must fit its label. CVAT stores what does not, without a word.

        Raises:
            InvalidAnnotationError: One does not fit its label, or the task has no such label.
        """
        writer = _Writer(self._terms, keep_ids=keep_ids)
        tags: list[models.LabeledImageRequest] = []
        shapes: list[models.LabeledShapeRequest] = []
        tracks: list[models.LabeledTrackRequest] = []
        for annotation in annotations:
            label = self._terms.label(annotation.label, item=str(annotation))
            if check:
                label.check(annotation)
                if isinstance(annotation, Track):
                    annotation = _settled(annotation, label)  # noqa: PLW2901
            match annotation:
                case Tag():
                    tags.append(writer.tag(annotation, label))
                case Track():
                    tracks.append(writer.track(annotation, label))
                case Shape():
                    shapes.append(writer.shape(annotation, label))
                case _:
                    raise InvalidAnnotationError(str(annotation), "kind", "is unknown")
        return models.LabeledDataRequest(tags=tags, shapes=shapes, tracks=tracks, version=0)


class _Terms:
    """The labels by name and by id."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self.by_name = {label.name: label for label in labels}
        self.by_id: dict[int | None, Label] = {}
        for label in labels:
            self.by_id |= {part.id: part for part in (label, *label.sublabels)}

    def label(self, name: str, *, item: str) -> Label:
        if name in self.by_name:
            return self.by_name[name]
        known = ", ".join(map(repr, self.by_name)) or "no labels"
        raise InvalidAnnotationError(item, "label", f"the task has {known}")


class _Reader:
    """Reads what the server sends."""

    def __init__(self, terms: _Terms) -> None:
        self._terms = terms

    def annotation(self, wire: _Wire) -> Annotation:
        if isinstance(wire, models.TrackedShape):
            raise TypeError("a shape of a track has no label")
        label = self._terms.by_id.get(wire.label_id)
        if label is None:
            which = f"annotation on frame {wire.frame} (id {wire.id})"
            rule = f"no label of the task has the id {wire.label_id}"
            raise InvalidAnnotationError(which, "label_id", rule)
        if isinstance(wire, models.LabeledImage):
            return Tag(**self._common(wire, label))
        if isinstance(wire, models.LabeledTrack | models.SubLabeledTrack):
            return self._track(wire, label)
        return self._shape(wire, label)

    def _track(self, wire: models.LabeledTrack | models.SubLabeledTrack, label: Label) -> Track:
        elements = wire.elements if isinstance(wire, models.LabeledTrack) else []
        return Track(
            **self._common(wire, label),
            shapes=[self._shape(shape, label) for shape in wire.shapes],
            elements=[
                self._track(element, self._terms.by_id[element.label_id]) for element in elements
            ],
        )

    def _shape(
        self, wire: models.LabeledShape | models.SubLabeledShape | models.TrackedShape, label: Label
    ) -> Shape:
        fields = self._common(wire, label)
        fields |= {"occluded": wire.occluded or False, "outside": wire.outside or False}
        kind = str(wire.type)
        rotation = wire.rotation or 0.0
        if kind in _TURNED:
            fields["rotation"] = rotation
        elif rotation:
            fields["raw"][_PLATFORM]["rotation"] = rotation
        if kind == "skeleton":
            elements = wire.elements if isinstance(wire, models.LabeledShape) else []
            fields["elements"] = [
                self._shape(element, self._terms.by_id[element.label_id]) for element in elements
            ]
        shape = shape_of(kind, wire.points, fields)
        if points_of(shape) != list(wire.points):
            fields["raw"][_PLATFORM]["points"] = list(wire.points)
        return shape

    def _common(self, wire: _Wire, label: Label) -> _Fields:
        """Return what all annotations have; what only CVAT has is in `raw`."""
        names = {attribute.id: attribute for attribute in label.attributes}
        raw: _Fields = {}
        for name in ("group", "z_order"):
            value = getattr(wire, name, UNSET)
            if not isinstance(value, Unset):
                raw[name] = value
        given = list(wire.attributes or ())
        attributes: dict[str, Value] = {}
        alike = True  # whether writing them gives what was read
        for each in given:
            attribute = names.get(each.spec_id)
            if attribute is None:
                alike = False
                continue
            value = attributes[attribute.name] = value_of(each.value, attribute)
            alike = alike and text_of(value) == each.value
        if not alike or len(attributes) != len(given):
            raw["attributes"] = [(each.spec_id, each.value) for each in given]
        source = getattr(wire, "source", UNSET)
        score = getattr(wire, "score", UNSET)
        return {
            "label": label.name,
            "frame": wire.frame,
            "attributes": attributes,
            "id": None if isinstance(wire.id, Unset) else wire.id,
            "source": None if isinstance(source, Unset) else source,
            "score": None if isinstance(score, Unset) else score,
            "raw": {_PLATFORM: raw},
        }


def points_of(shape: Shape) -> list[float]:
    """Return a shape as CVAT's list of numbers.

    Args:
        shape: The shape.
    """
    match shape:
        case Box():
            return [shape.left, shape.top, shape.right, shape.bottom]
        case Ellipse():
            return [shape.x, shape.y, shape.x + shape.radius_x, shape.y - shape.radius_y]
        case Polygon() | Polyline() | Points():
            return [number for point in shape.points for number in point]
        case Mask():
            right, bottom = shape.left + shape.width - 1, shape.top + shape.height - 1
            return list(map(float, (*shape.runs, shape.left, shape.top, right, bottom)))
        case Skeleton():
            return []
        case _:
            raise InvalidAnnotationError(str(shape), "kind", f"CVAT has no {shape.kind}")


_WIRE_TYPES = {"box": "rectangle"}


class _Writer:
    """Writes what the server takes."""

    def __init__(self, terms: _Terms, *, keep_ids: bool) -> None:
        self._terms = terms
        self._keep_ids = keep_ids

    def tag(self, tag: Tag, label: Label) -> models.LabeledImageRequest:
        return models.LabeledImageRequest(**self._common(tag, label))

    def shape(self, shape: Shape, label: Label) -> models.LabeledShapeRequest:
        elements = shape.elements if isinstance(shape, Skeleton) else ()
        return models.LabeledShapeRequest(
            **self._common(shape, label),
            **_drawn(shape),
            score=UNSET if shape.score is None else shape.score,
            elements=[self._part(element, label, shape) for element in elements],
        )

    def _part(self, part: Shape, label: Label, whole: Shape) -> models.SubLabeledShapeRequest:
        sublabel = label.sublabel(part.label, item=str(whole))
        return models.SubLabeledShapeRequest(
            **self._common(part, sublabel),
            **_drawn(part),
            score=UNSET if part.score is None else part.score,
        )

    def track(self, track: Track, label: Label) -> models.LabeledTrackRequest:
        elements = track.elements or tuple(_element_tracks(track))
        return models.LabeledTrackRequest(
            **self._common(track, label),
            shapes=[self._tracked(shape, label) for shape in key_shapes(track)],
            elements=[
                models.SubLabeledTrackRequest(
                    **self._common(part, sublabel),
                    shapes=[self._tracked(shape, sublabel) for shape in key_shapes(part)],
                )
                for part in elements
                for sublabel in [label.sublabel(part.label, item=str(track))]
            ],
        )

    def _tracked(self, shape: Shape, label: Label) -> models.TrackedShapeRequest:
        fields = self._common(shape, label)
        for name in ("label_id", "group", "source"):
            fields.pop(name, None)
        return models.TrackedShapeRequest(**fields, **_drawn(shape))

    def _common(self, annotation: Annotation, label: Label) -> _Fields:
        raw = annotation.raw.get(_PLATFORM, {})
        fields: _Fields = {
            "label_id": label.id,
            "frame": annotation.frame,
            "attributes": [
                models.AttributeValueRequest(spec_id=spec_id, value=text)
                for spec_id, text in _written(annotation, label, raw.get("attributes"))
            ],
        }
        if "group" in raw:
            fields["group"] = raw["group"]
        if annotation.source is not None:
            fields["source"] = annotation.source
        if self._keep_ids and isinstance(annotation.id, int):
            fields["id"] = annotation.id
        return fields


def _drawn(shape: Shape) -> _Fields:
    raw = shape.raw.get(_PLATFORM, {})
    kind = _WIRE_TYPES.get(shape.kind, shape.kind)
    points = points_of(shape)
    memory = raw.get("points")
    # What was read and not changed since is written as it was: some sums are not exact.
    if memory is not None and _is_same(shape, kind, memory):
        points = memory
    fields: _Fields = {
        "type": models.ShapeType(kind),
        "points": points,
        "occluded": shape.occluded,
        "outside": shape.outside,
        "rotation": _turn(getattr(shape, "rotation", raw.get("rotation", 0.0))),
    }
    if "z_order" in raw:
        fields["z_order"] = raw["z_order"]
    return fields


def _turn(degrees: Any) -> Any:
    """Return a rotation as CVAT takes it, from 0 to 360."""
    return degrees if 0 <= degrees <= 360 else degrees % 360


def _settled(track: Track, label: Label) -> Track:
    """Return a track with its attributes where CVAT has them.

    What may change from frame to frame belongs to the shapes, and the rest to the track.
    """
    parts = [_settled(one, label.sublabel(one.label, item=str(track))) for one in track.elements]
    if any(one is not before for one, before in zip(parts, track.elements, strict=True)):
        track = evolve(track, elements=parts)
    changing = {each.name for each in label.attributes if each.mutable}
    given = [dict(shape.attributes) for shape in track.shapes]
    lasting = {name: value for one in given for name, value in one.items() if name not in changing}
    spread = {name: value for name, value in track.attributes.items() if name in changing}
    if not lasting and not spread:
        return track
    own = {name: value for name, value in track.attributes.items() if name not in changing}
    for one in (own, *given):
        for name, value in one.items():
            if name in lasting and value != lasting[name]:
                rule = f"is {value!r} and {lasting[name]!r}, but the label has one for the track"
                raise InvalidAnnotationError(str(track), f"attributes[{name!r}]", rule)
    shapes = [
        evolve(
            shape,
            attributes={
                **spread,
                **{name: value for name, value in one.items() if name in changing},
            },
        )
        for shape, one in zip(track.shapes, given, strict=True)
    ]
    return evolve(track, attributes={**lasting, **own}, shapes=shapes)


def _is_same(shape: Shape, kind: str, points: Sequence[float]) -> bool:
    fields = {"label": shape.label, "frame": shape.frame, "id": shape.id}
    if kind == "skeleton":
        return True
    return points_of(shape_of(kind, points, fields)) == points_of(shape)


def _written(
    annotation: Annotation, label: Label, memory: Sequence[tuple[int, str]] | None
) -> Sequence[tuple[int, str]]:
    """Return ids and texts of attributes; as they were read, if they were not changed since."""
    names = {attribute.id: attribute for attribute in label.attributes}
    remembered = {
        names[spec_id].name: value_of(text, names[spec_id])
        for spec_id, text in memory or ()
        if spec_id in names
    }
    if memory is not None and remembered == dict(annotation.attributes):
        return memory
    return _texts(annotation.attributes, label, item=str(annotation))


def _texts(attributes: Mapping[str, Value], label: Label, *, item: str) -> list[tuple[int, str]]:
    return [
        (label.attribute(name, item=item).id or 0, text_of(value))
        for name, value in attributes.items()
    ]


def key_shapes(track: Track) -> tuple[Shape, ...]:
    """Return the key frames that say in CVAT where the object of a track is.

    Between key frames CVAT interpolates. So a track that is on the frames of its shapes only gets
    one that is outside after each gap and at the end.

    Args:
        track: The track.
    """
    if track.interpolated:
        return track.shapes
    shapes: list[Shape] = []
    for shape, following in itertools.zip_longest(track.shapes, track.shapes[1:]):
        shapes.append(shape)
        after = shape.frame + 1
        if not shape.outside and (following is None or following.frame > after):
            shapes.append(moved(shape, after, outside=True))
    return tuple(shapes)


def moved(shape: Shape, frame: int, *, outside: bool) -> Shape:
    """Return a shape on another frame, as a new one.

    Args:
        shape: The shape.
        frame: The frame.
        outside: Whether it is out of view there.
    """
    fields: _Fields = {"frame": frame, "outside": outside, "id": None}
    if isinstance(shape, Skeleton):
        fields["elements"] = ()
    return evolve(shape, **fields)


def _element_tracks(track: Track) -> Iterator[Track]:
    """Return the parts of skeletons, which a track holds in its shapes, as tracks of their own."""
    found: dict[str, list[Shape]] = {}
    for shape in track.shapes:
        parts = {part.label: part for part in shape.elements} if isinstance(shape, Skeleton) else {}
        for name, shapes in found.items():
            if name not in parts:
                shapes.append(moved(shapes[-1], shape.frame, outside=True))
        for name, part in parts.items():
            found.setdefault(name, []).append(part)
    for name, shapes in found.items():
        yield Track(label=name, shapes=shapes, interpolated=track.interpolated)
