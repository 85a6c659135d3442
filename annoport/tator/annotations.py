"""Annotations of Tator as annotations that know no platform, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from annoport.core import UNSET, Unset
from annoport.errors import InvalidAnnotationError
from annoport.tator.attributes import to_attribute
from annoport.tator.made_by_models import is_of_model
from annoport.vision import Annotation, Box, Label, Points, Polygon, Polyline, Shape, Track, Value
from annoport.vision.writing import AUTO
from annoport_tator import models

_PLATFORM = "tator"
_SHAPES = {"box": "box", "line": "polyline", "dot": "points", "poly": "polygon"}
# What of a localization or a state is kept for the way back.
_KEPT = ("id", "type", "version", "mark", "parent")
_FIGURES = ("x", "y", "width", "height", "u", "v", "points")
_NEEDED = {
    "box": ("x", "y", "width", "height"),
    "dot": ("x", "y"),
    "line": ("x", "y", "u", "v"),
    "poly": ("points",),
}
_HAS = "boxes without rotation, lines of two points, single points and polygons"
_Fields = dict[str, Any]


@frozen(kw_only=True)
class Converter:
    """Converts the annotations of one medium, whose size it knows.

    Tator's figures are fractions of the picture; here they are pixels. What is read and not changed
    is written back as it was, to the last digit. The id of an annotation is its elemental id, which
    stays the same through edits; the id of the revision is in `raw["tator"]["id"]`.

    Attributes:
        media_id: Id of the medium.
        width: Width of its picture in pixels.
        height: Height of its picture in pixels.
        localization_types: The types of localizations; their names are the labels.
        state_types: The types of states that are tracks; their names are the labels.
    """

    media_id: int
    width: int
    height: int
    localization_types: tuple[models.LocalizationType, ...] = field(
        converter=tuple[models.LocalizationType, ...]
    )
    state_types: tuple[models.StateType, ...] = field(
        default=(), converter=tuple[models.StateType, ...]
    )

    def labels(self) -> tuple[Label, ...]:
        """Return the types as labels."""
        shapes = [
            _label(each, _SHAPES.get(str(each.dtype), str(each.dtype)))
            for each in self.localization_types
        ]
        return (*shapes, *(_label(each, "any") for each in self.state_types))

    def from_localization(self, localization: models.Localization) -> Shape:
        """Return a localization as a shape: a box, a line, a dot (one point) or a polygon.

        Args:
            localization: The localization, as the server sends it.

        Raises:
            InvalidAnnotationError: It has no figures, or is of a type that is not known.
        """
        kind = self._type(self.localization_types, localization.type, localization)
        figures = {name: getattr(localization, name) for name in _FIGURES}
        fields = _common(localization, str(kind.name))
        fields["raw"][_PLATFORM]["figures"] = {
            name: value for name, value in figures.items() if not isinstance(value, Unset)
        }
        return self._shape(str(kind.dtype), figures, fields)

    def to_localization(self, shape: Shape, *, check: bool = True) -> models.LocalizationSpec:
        """Return a shape as a localization to create; an id is kept as the elemental id.

        Args:
            shape: A box, a line of two points, a single point or a polygon, whose label is the name
                of a localization type.
            check: Whether it must fit its type. Tator drops attributes that it does not know,
                without a word.

        Raises:
            InvalidAnnotationError: It does not fit, or Tator has no such shape.
        """
        kind = self._named(self.localization_types, shape)
        if check:
            _label(kind, _SHAPES.get(str(kind.dtype), str(kind.dtype))).check(shape)
        raw = shape.raw.get(_PLATFORM, {})
        figures = self._figures(shape)
        memory = raw.get("figures")
        if memory is not None and self._is_same(str(kind.dtype), memory, shape):
            figures = memory
        return models.LocalizationSpec(
            frame=shape.frame,
            media_id=self.media_id,
            type=_id(kind.id),
            attributes=_plain(shape.attributes),
            elemental_id=shape.id if isinstance(shape.id, str) else UNSET,
            **_known(raw, "version", "mark", "parent"),
            **figures,
        )

    def from_state(self, state: models.State, shapes: Iterable[Shape]) -> Track:
        """Return a state as a track of its localizations.

        Args:
            state: The state, as the server sends it.
            shapes: Its localizations, as `from_localization` returns them.

        Raises:
            InvalidAnnotationError: It is of a type that is not known, or there are no shapes.
        """
        kind = self._type(self.state_types, state.type, state)
        fields = _common(state, kind.name)
        del fields["frame"]
        raw = fields["raw"][_PLATFORM]
        raw["localizations"] = list(state.localizations or ())
        members = [evolve(shape, label=kind.name) for shape in shapes]
        return Track(shapes=members, interpolated=False, **fields)

    def to_state(
        self, track: Track, localization_ids: Sequence[int], *, check: bool = True
    ) -> models.StateSpec:
        """Return a track as a state to create.

        Args:
            track: The track, whose label is the name of a state type.
            localization_ids: Ids of its localizations, which must exist.
            check: Whether its attributes must fit its type.

        Raises:
            InvalidAnnotationError: It does not fit.
        """
        kind = self._named(self.state_types, track)
        if check:
            label = _label(kind, "any")
            for name, value in track.attributes.items():
                label.attribute(name, item=str(track)).check(value, item=str(track))
        return models.StateSpec(
            media_ids=[self.media_id],
            type=kind.id,
            localization_ids=list(localization_ids),
            attributes=_plain(track.attributes),
            elemental_id=track.id if isinstance(track.id, str) else UNSET,
            **_known(track.raw.get(_PLATFORM, {}), "version", "mark", "parent"),
        )

    def _shape(self, dtype: str, figures: Mapping[str, Any], fields: _Fields) -> Shape:
        item = f"{dtype} {fields['label']!r} on frame {fields['frame']} (id {fields['id']})"
        if dtype not in _NEEDED:
            raise InvalidAnnotationError(item, "type", "there is no such shape here")
        for name in _NEEDED[dtype]:
            if not isinstance(figures.get(name), int | float | list):
                raise InvalidAnnotationError(item, name, "is missing")
        wide, high = self.width, self.height
        if dtype == "poly":
            return Polygon(points=[(x * wide, y * high) for x, y in figures["points"]], **fields)
        x, y = figures["x"], figures["y"]
        if dtype == "box":
            right, bottom = (x + figures["width"]) * wide, (y + figures["height"]) * high
            return Box(left=x * wide, top=y * high, right=right, bottom=bottom, **fields)
        if dtype == "dot":
            return Points(points=[(x * wide, y * high)], **fields)
        end = ((x + figures["u"]) * wide, (y + figures["v"]) * high)
        return Polyline(points=[(x * wide, y * high), end], **fields)

    def _figures(self, shape: Shape) -> _Fields:
        wide, high = self.width, self.height
        match shape:
            case Box() if not shape.rotation:
                return {
                    "x": shape.left / wide,
                    "y": shape.top / high,
                    "width": shape.width / wide,
                    "height": shape.height / high,
                }
            case Polygon():
                return {"points": [[x / wide, y / high] for x, y in shape.points]}
            case Points() if len(shape.points) == 1:
                ((x, y),) = shape.points
                return {"x": x / wide, "y": y / high}
            case Polyline() if len(shape.points) == 2:
                (x, y), (x1, y1) = shape.points
                return {"x": x / wide, "y": y / high, "u": (x1 - x) / wide, "v": (y1 - y) / high}
            case _:
                raise InvalidAnnotationError(str(shape), "kind", f"Tator has {_HAS}")

    def _is_same(self, dtype: str, memory: Mapping[str, Any], shape: Shape) -> bool:
        fields: _Fields = {"label": shape.label, "frame": shape.frame, "id": shape.id}
        read = self._shape(dtype, memory, fields)
        return type(read) is type(shape) and self._figures(read) == self._figures(shape)

    def _type(
        self, types: Sequence[Any], number: int | Unset, item: models.Localization | models.State
    ) -> Any:
        for each in types:
            if each.id == number:
                return each
        which = f"{type(item).__name__.lower()} {item.id}"
        raise InvalidAnnotationError(which, "type", f"no type here has the id {number}")

    def _named(self, types: Sequence[Any], annotation: Annotation) -> Any:
        for each in types:
            if each.name == annotation.label:
                return each
        known = ", ".join(repr(each.name) for each in types) or "none"
        raise InvalidAnnotationError(str(annotation), "label", f"the types are {known}")


def _label(kind: models.LocalizationType | models.StateType, shape: str) -> Label:
    return Label(
        name=str(kind.name),
        id=_id(kind.id),
        type=shape,
        attributes=tuple(to_attribute(each) for each in kind.attribute_types or ()),
    )


def _common(wire: models.Localization | models.State, label: str) -> _Fields:
    raw = {name: value for name in _KEPT if not isinstance(value := getattr(wire, name), Unset)}
    return {
        "label": label,
        "frame": wire.frame or 0,
        "attributes": dict(wire.attributes or {}),
        "id": wire.elemental_id or None,
        "source": AUTO if is_of_model(wire) else None,
        "raw": {_PLATFORM: raw},
    }


def _plain(attributes: Mapping[str, Value]) -> dict[str, models.AttributeValue]:
    return {
        name: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for name, value in attributes.items()
    }


def _known(raw: Mapping[str, Any], *names: str) -> _Fields:
    return {name: raw[name] for name in names if name in raw}


def _id(number: int | Unset) -> int:
    return 0 if isinstance(number, Unset) else number
