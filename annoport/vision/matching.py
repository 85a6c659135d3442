"""Match annotations with the labels of the place that they go to, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, TypeVar

from attrs import evolve, field, frozen

from annoport.core.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.vision.annotations import Annotation
from annoport.vision.attributes import Value
from annoport.vision.labels import Label
from annoport.vision.shapes import Skeleton
from annoport.vision.tracks import Track

Mapped: TypeAlias = "str | LabelRule | None"
"""What a label is called in the place, with more to say or without; None drops what has it."""
_AnnotationT = TypeVar("_AnnotationT", bound=Annotation)


@frozen(kw_only=True)
class LabelRule:
    """What a label and what belongs to it are called in the place.

    Attributes:
        name: Name of the label there.
        attributes: Names of attributes there, by their names here; None drops an attribute. Those
            that are not named are called the same.
        sublabels: The same for the parts of a skeleton.
    """

    name: str
    attributes: Mapping[str, str | None] = field(factory=dict[str, str | None])
    sublabels: Mapping[str, Mapped] = field(factory=dict[str, Mapped])


@frozen
class Matched:
    """Annotations in the terms of a place.

    Attributes:
        annotations: What fits, with the names of the place.
        dropped: What was left out because it does not fit: whole annotations, their attributes, or
            their parts. Each error says which, and why. What the mapping drops is not here.
    """

    annotations: tuple[Annotation, ...]
    dropped: tuple[InvalidAnnotationError, ...]


def match_labels(
    annotations: Iterable[Annotation],
    labels: Iterable[Label],
    *,
    mapping: Mapping[str, Mapped] | None = None,
    unmatched: Literal["error", "drop"] = "error",
) -> Matched:
    """Return annotations in the terms of the place that they go to.

    Names of labels, sublabels and attributes are matched exactly, and what has them is checked:
    whether the label is for such a shape, and whether each attribute takes its value.

    Args:
        annotations: The annotations.
        labels: The labels of the place.
        mapping: What labels are called there, by their names here; None drops all annotations of a
            label, and a `LabelRule` says more. Labels that are not named are called the same.
        unmatched: "drop" leaves out what does not fit, as little as is possible: an attribute
            before a part, a part before the annotation.

    Raises:
        InvalidAnnotationError: Something does not fit, and `unmatched` is "error".
        InvalidArgumentError: The mapping names a label that the place does not have.
    """
    place = {label.name: label for label in labels}
    matcher = _Matcher(drop=unmatched == "drop")
    _check_targets(mapping or {}, place)
    found = tuple(matcher.matched(annotations, place, mapping or {}, field="label"))
    return Matched(found, tuple(matcher.dropped))


def _check_targets(mapping: Mapping[str, Mapped], place: Mapping[str, Label]) -> None:
    for source, target in mapping.items():
        name = target.name if isinstance(target, LabelRule) else target
        if name is not None and name not in place:
            raise InvalidArgumentError(
                f"mapping[{source!r}] is {name!r}, but the place has {_known(place)}"
            )


class _Matcher:
    """Does it, and collects what does not fit."""

    def __init__(self, *, drop: bool) -> None:
        self.dropped: list[InvalidAnnotationError] = []
        self._drop = drop

    def matched(
        self,
        annotations: Iterable[_AnnotationT],
        place: Mapping[str, Label],
        mapping: Mapping[str, Mapped],
        *,
        field: str,
    ) -> Iterator[_AnnotationT]:
        for annotation in annotations:
            target = mapping.get(annotation.label, annotation.label)
            if target is None:
                continue
            rule = target if isinstance(target, LabelRule) else LabelRule(name=target)
            if rule.name not in place:
                rule_text = f"the place has {_known(place)}; a mapping can say what it is there"
                where = field if field == "label" else f"{field}[{annotation.label!r}]"
                self._unfit(InvalidAnnotationError(str(annotation), where, rule_text))
                continue
            label = place[rule.name]
            try:
                label.check_type(annotation)
            except InvalidAnnotationError as error:
                self._unfit(error)
                continue
            yield self._renamed(annotation, label, rule)

    def _renamed(self, annotation: _AnnotationT, label: Label, rule: LabelRule) -> _AnnotationT:
        fields: dict[str, Any] = {"label": label.name}
        fields["attributes"] = self._attributes(annotation, label, rule)
        if isinstance(annotation, Track):
            fields["shapes"] = [self._renamed(shape, label, rule) for shape in annotation.shapes]
        if isinstance(annotation, Track | Skeleton):
            parts = {part.name: part for part in label.sublabels}
            elements: Iterable[Annotation] = annotation.elements
            fields["elements"] = self.matched(elements, parts, rule.sublabels, field="elements")
        return evolve(annotation, **fields)

    def _attributes(
        self, annotation: Annotation, label: Label, rule: LabelRule
    ) -> dict[str, Value]:
        attributes: dict[str, Value] = {}
        item = str(annotation)
        for name, value in annotation.attributes.items():
            target = rule.attributes.get(name, name)
            if target is None:
                continue
            try:
                label.attribute(target, item=item).check(value, item=item)
            except InvalidAnnotationError as error:
                self._unfit(error)
            else:
                attributes[target] = value
        return attributes

    def _unfit(self, error: InvalidAnnotationError) -> None:
        if not self._drop:
            raise error
        self.dropped.append(error)


def _known(names: Iterable[str]) -> str:
    listed = ", ".join(map(repr, names))
    return f"the labels {listed} only" if listed else "no labels"
