"""Which labels of a place stand for those of a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from attrs import define, evolve, field, frozen

from annoport.core.errors import InvalidAnnotationError
from annoport.functions.protocol import Spec
from annoport.vision.annotations import Annotation
from annoport.vision.attributes import Attribute, Value
from annoport.vision.labels import ANY, Label
from annoport.vision.matching import LabelRule, Mapped, match_labels
from annoport.vision.sources import Content

Unmatched = Literal["error", "drop"]


@frozen
class Terms:
    """The labels of a place, and what those of a function are called there.

    Attributes:
        labels: The labels of the place.
        mapping: For each label of the function what it is there; None for what is left out.
        dropped: What the place does not have, so that it is left out, in words.
    """

    labels: tuple[Label, ...]
    mapping: Mapping[str, LabelRule | None]
    dropped: tuple[str, ...]

    def told(self, annotations: Iterable[Annotation]) -> tuple[Annotation, ...]:
        """Return annotations in the terms of the place.

        Args:
            annotations: Annotations of the function, which keep to its spec.

        Raises:
            InvalidAnnotationError: The place does not take one.
        """
        return match_labels(annotations, self.labels, mapping=self.mapping).annotations


def terms(
    spec: Spec,
    content: Content,
    mapping: Mapping[str, Mapped] | None,
    *,
    unmatched: Unmatched,
    polygons: bool,
) -> Terms:
    """Match the labels of a function with those of a place, before any picture is looked at.

    Args:
        spec: What the function may return.
        content: The place.
        mapping: What the caller says that labels are called there, as for `vision.match_labels`.
        unmatched: "drop" leaves out labels, parts and attributes that the place does not have.
        polygons: Whether masks become polygons.

    Raises:
        InvalidAnnotationError: The place does not have one and `unmatched` is "error"; or it has
            it for something else, so that no annotation could go there.
    """
    matcher = _Matcher(drop=unmatched == "drop", polygons=polygons)
    own = {label.name for label in spec.labels}
    place = {label.name: label for label in content.labels}
    if content.open_labels:
        place = {**_unlisted(spec.labels, mapping or {}), **place}
    for name, target in (mapping or {}).items():
        if name not in own:
            raise InvalidAnnotationError(
                f"mapping[{name!r}]", "label", f"the function has {_listed(own)}"
            )
        wanted = target.name if isinstance(target, LabelRule) else target
        if wanted is not None and wanted not in place:
            raise InvalidAnnotationError(
                f"mapping[{name!r}]", "label", f"{wanted!r}: the place has {_listed(place)}"
            )
    rules = dict(matcher.rules(spec.labels, place, mapping or {}, "label"))
    return Terms(tuple(place.values()), rules, tuple(matcher.dropped))


def _unlisted(own: Sequence[Label], mapping: Mapping[str, Mapped]) -> dict[str, Label]:
    """Return what the place may have besides its labels: those of the function, as they are."""
    found: dict[str, Label] = {}
    for label in own:
        target = mapping.get(label.name, label.name)
        if target is not None:
            name = target.name if isinstance(target, LabelRule) else target
            found[name] = evolve(label, name=name, id=None)
    return found


@define
class _Matcher:
    drop: bool
    polygons: bool
    dropped: list[str] = field(factory=list[str], init=False)

    def rules(
        self,
        own: Sequence[Label],
        place: Mapping[str, Label],
        mapping: Mapping[str, Mapped],
        what: str,
    ) -> Iterator[tuple[str, LabelRule | None]]:
        for label in own:
            target = mapping.get(label.name, label.name)
            if target is None:
                yield label.name, None
                continue
            rule = target if isinstance(target, LabelRule) else LabelRule(name=target)
            name = f"{what} {label.name!r}"
            there = place.get(rule.name)
            if there is None:
                self._missing(name, f"the place has {_listed(place)}")
                yield label.name, None
                continue
            self._check_type(name, label, there)
            yield label.name, self._rule(name, label, there, rule)

    def _rule(self, name: str, label: Label, there: Label, rule: LabelRule) -> LabelRule:
        parts = {part.name: part for part in there.sublabels}
        sublabels = dict(self.rules(label.sublabels, parts, rule.sublabels, f"{name}, part"))
        used = {part.name for part in sublabels.values() if part is not None}
        lacking = [part for part in parts if part not in used]
        if label.sublabels and lacking:
            raise InvalidAnnotationError(
                name, "sublabels", f"the function has none for {', '.join(map(repr, lacking))}"
            )
        attributes: dict[str, str | None] = {}
        for attribute in label.attributes:
            wanted = rule.attributes.get(attribute.name, attribute.name)
            attributes[attribute.name] = wanted
            if wanted is None:
                continue
            found = {each.name: each for each in there.attributes}.get(wanted)
            if found is None:
                known = _listed([each.name for each in there.attributes])
                self._missing(f"{name}, attribute {attribute.name!r}", f"the place has {known}")
                attributes[attribute.name] = None
                continue
            _check_attribute(f"{name}, attribute {attribute.name!r}", attribute, found)
        return LabelRule(name=rule.name, attributes=attributes, sublabels=sublabels)

    def _missing(self, name: str, rule: str) -> None:
        if not self.drop:
            hint = 'a mapping can say what it is there, and unmatched="drop" leaves it out'
            raise InvalidAnnotationError(name, "name", f"{rule}; {hint}")
        self.dropped.append(name)

    def _check_type(self, name: str, label: Label, there: Label) -> None:
        kind = "polygon" if self.polygons and label.type == "mask" else label.type
        if kind != ANY and there.type not in (ANY, kind):
            rule = f"{there.name!r} is for {there.type} there, not for {kind}"
            raise InvalidAnnotationError(name, "type", rule)


def _check_attribute(name: str, own: Attribute, there: Attribute) -> None:
    """Check that the place takes every value that the function may set."""
    if own.kind != there.kind:
        rule = f"is {own.kind} in the function, but {there.kind} in the place"
        raise InvalidAnnotationError(name, "kind", rule)
    bounds = [limit for limit in (own.minimum, own.maximum) if limit is not None]
    values: list[Value] = [*own.values, *map(_whole, bounds)]
    for value in values if own.kind != "text" else ():
        broken = there.broken_rule(value)
        if broken is not None:
            raise InvalidAnnotationError(name, "values", f"there, {broken}")


def _whole(number: float) -> Value:
    return int(number) if float(number).is_integer() else number


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(names))) or "none"
