"""What is to be created, checked against the types of its project before anything is sent.

Tator drops attributes that it does not know, without a word, and cuts off the fraction of a number
that is to be whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, cast

from attrs import frozen

from annoport.core import UNSET, Model, Unset
from annoport.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.tator.attributes import to_attribute
from annoport.tator.names import Named, listed
from annoport.vision import Attribute, Box, Shape
from annoport_tator import models

Spec: TypeAlias = Model | Mapping[str, Any]
"""What is to be created: a model, or a dict with the same keys."""

Noun: TypeAlias = Literal["localizations", "states", "leaves", "media"]

_FRACTIONS = ("x", "y", "width", "height")
_SIDES = {"x": "left", "y": "top", "width": "right", "height": "bottom"}
"""What of a box each figure of a localization is made of."""
_ONLY_TYPE = -1


class EntityType(Named, Protocol):
    """A type of media, localizations, states or leaves."""

    @property
    def attribute_types(self) -> list[models.AttributeType] | Unset:
        """The attributes that it defines."""
        ...


def value(spec: Spec, name: str) -> Any:
    """Return a field of a spec; UNSET if it has none.

    Args:
        spec: The spec.
        name: The field.
    """
    # Not whether it is a mapping: there are thousands of specs, and that takes ten times as long.
    return getattr(spec, name, UNSET) if isinstance(spec, Model) else spec.get(name, UNSET)


@frozen
class _Rules:
    """What a type demands."""

    name: str
    attributes: Mapping[str, Attribute]
    texts: frozenset[str]
    needs_frame: bool

    def broken(self, spec: Spec) -> tuple[str, str] | None:
        """Return the field that is wrong and what is wrong with it; None if all is well."""
        attributes: Mapping[str, Any] = value(spec, "attributes") or {}
        for name, given in attributes.items():
            attribute = self.attributes.get(name)
            if attribute is None:
                known = ", ".join(map(repr, self.attributes)) or "none"
                rule = f"type {self.name!r} has no such attribute, and Tator would drop it"
                return f"attributes[{name!r}]", f"{rule}; it has {known}"
            if name in self.texts and isinstance(given, str):
                continue
            broken = attribute.broken_rule(given)
            if broken is not None:
                return f"attributes[{name!r}]", broken
        if self.needs_frame and not isinstance(value(spec, "frame"), int):
            return "frame", f"is missing; states of type {self.name!r} belong to a frame"
        return None


def rules_of(kind: EntityType) -> _Rules:
    """Return what a type demands.

    Args:
        kind: The type, as the server sends it.
    """
    defined = kind.attribute_types or ()
    return _Rules(
        name=str(kind.name),
        attributes={str(one.name): to_attribute(one) for one in defined},
        texts=frozenset(str(one.name) for one in defined if one.dtype == "geopos"),
        needs_frame=isinstance(kind, models.StateType) and kind.association == "Frame",
    )


def check_attributes(kind: EntityType, attributes: Mapping[str, Any], item: str) -> None:
    """Check the values of attributes.

    Args:
        kind: The type whose attributes they are.
        attributes: Name -> value.
        item: What has them, for the message.

    Raises:
        InvalidAnnotationError: An attribute is unknown, or does not take its value.
    """
    broken = rules_of(kind).broken({"attributes": attributes, "frame": 0})
    if broken is not None:
        raise InvalidAnnotationError(item, *broken)


def check_specs(noun: Noun, specs: Sequence[Spec], types: Iterable[EntityType]) -> None:
    """Check everything that is to be created.

    Args:
        noun: What they are.
        specs: The specs.
        types: The types of the project.

    Raises:
        InvalidArgumentError: One is neither a model nor a dict.
        InvalidAnnotationError: The type of one is unknown, or one does not fit its type. The
            message says which, by its place among `specs`.
    """
    known = list(types)
    rules = {kind.id: rules_of(kind) for kind in known}
    if len(known) == 1:
        rules[_ONLY_TYPE] = rules_of(known[0])
    for number, spec in enumerate(specs):
        if not isinstance(cast("object", spec), Model | dict | Mapping):
            kind = type(spec).__name__
            raise InvalidArgumentError(f"{noun}[{number}]: expected a model or a dict, got {kind}")
        found = rules.get(value(spec, "type"))
        if found is None:
            given = value(spec, "type")
            told = "is missing" if given is UNSET else f"the project has no type {given!r}"
            rule = f"{told}; {listed(known)}"
            raise InvalidAnnotationError(f"{noun}[{number}]", "type", rule)
        broken = found.broken(spec)
        if broken is None and noun == "localizations":
            broken = _broken_figure(spec)
        if broken is not None:
            raise InvalidAnnotationError(f"{noun}[{number}]", *broken)


def _broken_figure(spec: Spec) -> tuple[str, str] | None:
    """Return the figure of a localization that is wrong and what is wrong with it, if one is.

    Args:
        spec: The localization.
    """
    for name in _FRACTIONS:
        given = value(spec, name)
        if isinstance(given, int | float) and not 0 <= given <= 1:
            return name, f"{given!r} is not in 0..1; it is a fraction of the picture, not pixels"
    return None


def check_figures(
    spec: Spec, item: object, size: tuple[int, int] | None = None, also: str = ""
) -> None:
    """Check that the figures of a localization are within its picture.

    Args:
        spec: The localization, whose figures are fractions of the picture.
        item: What it was made of; the message speaks of the pixels of a shape.
        size: Width and height of the picture in pixels; None if they are not known.
        also: What the message says besides.

    Raises:
        InvalidAnnotationError: One is not.
    """
    broken = _broken_figure(spec)
    if broken is not None:
        name, rule = _in_pixels(item, broken[0], size) if isinstance(item, Shape) else broken
        raise InvalidAnnotationError(str(item), name, f"{rule}{also}")


def _in_pixels(shape: Shape, figure: str, size: tuple[int, int] | None) -> tuple[str, str]:
    """Return the field of a shape that a figure was made of, and what is wrong with it."""
    field = _SIDES[figure] if isinstance(shape, Box) else "points"
    given: object = getattr(shape, field, None)
    picture = "the picture" if size is None else f"the picture of {size[0]} x {size[1]} pixels"
    return field, f"{given!r} is not within {picture}"


def check_once(noun: Noun, specs: Sequence[Spec], *names: str) -> None:
    """Check that no two specs have the same values.

    Args:
        noun: What they are.
        specs: The specs; those without a value of the last name may be alike.
        names: The fields whose values together must differ.

    Raises:
        InvalidArgumentError: Two are alike.
    """
    seen: dict[tuple[Any, ...], int] = {}
    for number, spec in enumerate(specs):
        key = tuple(value(spec, name) or None for name in names)
        if key[-1] is None:
            continue
        before = seen.setdefault(key, number)
        if before != number:
            what = ", ".join(f"{name} {value(spec, name)!r}" for name in names if value(spec, name))
            raise InvalidArgumentError(
                f"{noun}[{number}] has the same {what} as {noun}[{before}]: leave one of them out"
            )
