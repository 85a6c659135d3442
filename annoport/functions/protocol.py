"""What a function that annotates pictures has, and what it is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias

from attrs import field, frozen

from annoport.core.errors import InvalidAnnotationError
from annoport.vision.annotations import Annotation
from annoport.vision.attributes import Attribute
from annoport.vision.labels import ANY, Label

_SKELETON, _POINTS = "skeleton", "points"


@frozen(kw_only=True)
class Context:
    """What a function is told about a picture.

    Attributes:
        frame_name: File name of the picture on the platform.
        threshold: The least score of what is to be returned, from 0 to 1; None leaves it to the
            function. What has a lower score is left out in any case; what has none is kept.
        polygons: Whether outlines are wanted in place of masks. Masks that are returned all the
            same are turned into polygons.
        part: What the picture belongs to, such as "task 42". A function that follows objects
            begins anew with each part.
        frame: Number of the picture in its part.
    """

    frame_name: str
    threshold: float | None = None
    polygons: bool = False
    part: str = ""
    frame: int = 0


def _checked(labels: Iterable[Label]) -> tuple[Label, ...]:
    found = tuple(labels)
    _check_distinct(found, "labels")
    for label in found:
        _check_label(label)
    return found


@frozen(kw_only=True)
class Spec:
    """What a function may return.

    Attributes:
        labels: The labels of its annotations. Their names are matched with those of the place that
            is annotated. Ids are the function's own, such as the indexes of classes, and need not
            be given.
        tracks: Whether its shapes may have a `track`. Then the annotations of a part are written
            together, when its last picture has been looked at, and an interrupted run begins anew
            with the part that it was at.

    Raises:
        InvalidAnnotationError: Two labels, or what belongs to a label, have the same name or id,
            or a label or an attribute could not be matched by any annotation.
    """

    labels: tuple[Label, ...] = field(converter=_checked)
    tracks: bool = False

    def name_of(self, number: int) -> str:
        """Return the name of the label with an id.

        Args:
            number: The id, such as the index of a class.

        Raises:
            KeyError: No label has it.
        """
        for label in self.labels:
            if label.id == number:
                return label.name
        raise KeyError(number)


class Function(Protocol):
    """A function that looks at one picture at a time. A module may be one, too.

    An attribute `name`, if there is one, tells the function from others in messages and in what is
    kept of an interrupted run: it should name the model and its weights.
    """

    @property
    def spec(self) -> Spec:
        """What it may return."""
        ...

    def detect(self, context: Context, image: Any, /) -> Sequence[Annotation]:
        """Return what is in a picture: tags and shapes, on frame 0, without id and source.

        Args:
            context: What there is to know about the picture.
            image: The picture, a `PIL.Image.Image`.
        """
        ...


class BatchFunction(Protocol):
    """A function that looks at several pictures at a time; otherwise as `Function`."""

    @property
    def spec(self) -> Spec:
        """What it may return."""
        ...

    def detect_batch(
        self, contexts: Sequence[Context], images: Sequence[Any], /
    ) -> Sequence[Sequence[Annotation]]:
        """Return what is in each of several pictures.

        Args:
            contexts: What there is to know about each picture.
            images: The pictures, each a `PIL.Image.Image`, in the order of the platform.
        """
        ...


AnyFunction: TypeAlias = Function | BatchFunction
"""Either kind of function."""


# --------------------------------------------------------------------------- helpers


def make_labels(
    names: Iterable[str],
    *,
    type: str = ANY,  # noqa: A002 (as the field of a label)
    attributes: Iterable[Attribute] = (),
) -> tuple[Label, ...]:
    """Return a label for each name; ids are the places in the list.

    Args:
        names: The names, such as the categories of a model.
        type: Which annotations all of them are for, such as "box"; as `vision.Label.type`.
        attributes: What annotations of each of them have.
    """
    kept = tuple(attributes)
    return tuple(
        Label(name=name, id=place, type=type, attributes=kept) for place, name in enumerate(names)
    )


def make_skeleton(
    name: str,
    parts: Iterable[str | Label],
    *,
    id: int | None = None,  # noqa: A002 (as the field of a label)
    attributes: Iterable[Attribute] = (),
    svg: str | None = None,
) -> Label:
    """Return the label of a skeleton.

    Args:
        name: Its name.
        parts: Its parts, by name or as labels; ids of named ones are their places in the list.
        id: Its id in the function.
        attributes: What annotations of it have.
        svg: Its drawing, as SVG.
    """
    sublabels = [
        Label(name=part, id=place, type=_POINTS) if isinstance(part, str) else part
        for place, part in enumerate(parts)
    ]
    return Label(
        name=name, id=id, type=_SKELETON, sublabels=sublabels, attributes=tuple(attributes), svg=svg
    )


# --------------------------------------------------------------------------- rules


def _check_distinct(given: Sequence[Label | Attribute], what: str, whose: str = "spec") -> None:
    names: set[str] = set()
    ids: set[int] = set()
    for each in given:
        if each.name in names:
            raise InvalidAnnotationError(whose, f"{what}[{each.name!r}]", "is there twice")
        names.add(each.name)
        if each.id is None:
            continue
        if each.id in ids:
            rule = f"another one has the id {each.id}, too"
            raise InvalidAnnotationError(whose, f"{what}[{each.name!r}]", rule)
        ids.add(each.id)


def _check_label(label: Label) -> None:
    whose = f"spec, label {label.name!r}"
    if not label.name:
        raise InvalidAnnotationError("spec", "labels", "the name of one is empty")
    _check_attributes(label, whose)
    if not label.sublabels:
        return
    if label.type != _SKELETON:
        rule = f"only a skeleton has sublabels, and it is for {label.type}"
        raise InvalidAnnotationError(whose, "type", rule)
    _check_distinct(label.sublabels, "sublabels", whose)
    for part in label.sublabels:
        if part.type not in (ANY, _POINTS):
            rule = f"parts are points, and it is for {part.type}"
            raise InvalidAnnotationError(whose, f"sublabels[{part.name!r}]", rule)
        _check_attributes(part, f"{whose}, part {part.name!r}")


def _check_attributes(label: Label, whose: str) -> None:
    _check_distinct(label.attributes, "attributes", whose)
    for attribute in label.attributes:
        rule = _unusable(attribute)
        if rule is not None:
            raise InvalidAnnotationError(whose, f"attributes[{attribute.name!r}]", rule)


def _unusable(attribute: Attribute) -> str | None:
    """Return why no value fits an attribute, if none does."""
    if attribute.kind in ("select", "radio") and not attribute.values:
        return "has no values to choose from"
    low, high = attribute.minimum, attribute.maximum
    if low is not None and high is not None and low > high:
        return f"its minimum, {low:g}, is greater than its maximum, {high:g}"
    if attribute.step is not None and attribute.step <= 0:
        return f"its step, {attribute.step:g}, is not greater than 0"
    return None
