"""A class of objects, with its attributes and, for a skeleton, its parts."""

from __future__ import annotations

from attrs import field, frozen

from annoport.core.errors import InvalidAnnotationError
from annoport.vision.annotations import Annotation, Raw
from annoport.vision.attributes import Attribute
from annoport.vision.shapes import Skeleton
from annoport.vision.tracks import Track

ANY = "any"


@frozen(kw_only=True)
class Label:
    """A class of objects.

    Attributes:
        name: Its name.
        type: Which annotations it is for: tag, box, polygon, polyline, points, ellipse, mask,
            skeleton, or any. A platform may have others, by its own name for them.
        attributes: The attributes that its annotations have.
        sublabels: The parts of a skeleton.
        color: Colour as `#rrggbb`; None leaves it to the platform.
        svg: Drawing of a skeleton, as SVG.
        id: The platform's id.
        raw: What only the platform has, under its name.
    """

    name: str
    type: str = ANY
    attributes: tuple[Attribute, ...] = field(default=(), converter=tuple[Attribute, ...])
    sublabels: tuple[Label, ...] = field(default=(), converter=tuple["Label", ...])
    color: str | None = None
    svg: str | None = None
    id: int | None = None
    raw: Raw = field(factory=dict[str, dict[str, object]], repr=False)

    def check(self, annotation: Annotation) -> None:
        """Check that an annotation fits: its type, its attributes and their values, its parts.

        Args:
            annotation: An annotation of this label.

        Raises:
            InvalidAnnotationError: It does not fit.
        """
        item = str(annotation)
        self.check_type(annotation)
        for name, value in annotation.attributes.items():
            self.attribute(name, item=item).check(value, item=item)
        if isinstance(annotation, Track):
            for shape in annotation.shapes:
                self.check(shape)
        if isinstance(annotation, Track | Skeleton):
            for part in annotation.elements:
                self.sublabel(part.label, item=item).check(part)

    def check_type(self, annotation: Annotation) -> None:
        """Check that this label is for annotations of that type; for a track, that of its shapes.

        Args:
            annotation: The annotation.

        Raises:
            InvalidAnnotationError: It is for another type.
        """
        kind = annotation.shapes[0].kind if isinstance(annotation, Track) else annotation.kind
        if self.type not in (ANY, kind):
            rule = f"{self.name!r} is for {self.type}, not for {kind}"
            raise InvalidAnnotationError(str(annotation), "label", rule)

    def attribute(self, name: str, *, item: str) -> Attribute:
        """Return an attribute by its name.

        Args:
            name: The name.
            item: What has it, for the message.

        Raises:
            InvalidAnnotationError: This label has no such attribute.
        """
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        known = tuple(attribute.name for attribute in self.attributes)
        raise InvalidAnnotationError(
            item, f"attributes[{name!r}]", f"label {self.name!r} {_has(known, 'attributes')}"
        )

    def sublabel(self, name: str, *, item: str) -> Label:
        """Return the label of a part by its name.

        Args:
            name: The name.
            item: What has it, for the message.

        Raises:
            InvalidAnnotationError: This label has no such part.
        """
        for label in self.sublabels:
            if label.name == name:
                return label
        known = tuple(label.name for label in self.sublabels)
        raise InvalidAnnotationError(
            item, f"elements[{name!r}]", f"label {self.name!r} {_has(known, 'sublabels')}"
        )


def _has(names: tuple[str, ...], what: str) -> str:
    return f"has {what} {', '.join(map(repr, names))} only" if names else f"has no {what}"
