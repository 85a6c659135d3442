"""Annotations of one task in the terms of another, and those of a task that are meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar

from attrs import evolve, field, frozen

from annoport.convert import from_json, to_json
from annoport.cvat.annotations import Converter
from annoport.cvat.changed_models import changed
from annoport.cvat.labels import from_label
from annoport.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.vision import Annotation, LabelRule, Skeleton, Track, match_labels
from annoport_cvat import models

LabelMapping: TypeAlias = Mapping[str, str | LabelRule | None]
"""What labels are called in the other place, as `annoport.vision.match_labels` takes it."""

AnnotationT = TypeVar("AnnotationT", bound=Annotation)
WireT = TypeVar("WireT", models.LabeledImage, models.LabeledShape, models.LabeledTrack)


@frozen
class Fitted:
    """Annotations as another task takes them.

    Attributes:
        data: What to send.
        dropped: What was left out because it does not fit; each error says which, and why.
    """

    data: models.LabeledDataRequest
    dropped: tuple[InvalidAnnotationError, ...]


def for_create(
    data: models.LabeledData,
    labels: Iterable[models.Label],
    target: Iterable[models.Label] | None = None,
    *,
    mapping: LabelMapping | None = None,
    frames: Mapping[int, int] | None = None,
    unmatched: Literal["error", "drop"] = "error",
) -> Fitted:
    """Return annotations that were read as new ones, for the same task or another.

    What the server sends cannot be sent to it again: ids must be absent everywhere, and labels and
    attributes have other ids in another task.

    Args:
        data: The annotations, as the server sends them.
        labels: The labels of the task that they are from.
        target: The labels of the task that they go to; None if they are the same, as in one
            project.
        mapping: What labels are called there, where that differs.
        frames: Numbers of frames there, by those here; what is on others does not fit. None if
            they are the same.
        unmatched: "drop" leaves out what does not fit.

    Raises:
        InvalidAnnotationError: Something does not fit, and `unmatched` is "error".
        InvalidArgumentError: The mapping names a label that is not there.
    """
    known = tuple(labels)
    goal = known if target is None else tuple(target)
    reader = Converter(known)
    dropped = list[InvalidAnnotationError]()
    read = list[Annotation]()
    for part in _single(data):
        try:
            found = reader.from_data(part)
            read += found if frames is None else [_on(each, frames) for each in found]
        except InvalidAnnotationError as error:
            if unmatched == "error":
                raise
            dropped.append(error)
    matched = match_labels(
        read, [from_label(label) for label in goal], mapping=mapping, unmatched=unmatched
    )
    return Fitted(Converter(goal).to_data(matched.annotations), (*dropped, *matched.dropped))


def _single(data: models.LabeledData) -> Iterable[models.LabeledData]:
    """Yield annotations one by one, so that one that has no form does not spoil the others."""
    none = changed(data, {"tags": [], "shapes": [], "tracks": []})
    for name in ("tags", "shapes", "tracks"):
        for item in getattr(data, name):
            yield changed(none, {name: [item]})


def _on(annotation: AnnotationT, frames: Mapping[int, int]) -> AnnotationT:
    if annotation.frame not in frames:
        raise InvalidAnnotationError(str(annotation), "frame", "the other task has no such frame")
    fields: dict[str, Any] = {"frame": frames[annotation.frame]}
    if isinstance(annotation, Track):
        fields["shapes"] = [_on(shape, frames) for shape in annotation.shapes]
    if isinstance(annotation, Track | Skeleton):
        fields["elements"] = [_on(part, frames) for part in annotation.elements]
    return evolve(annotation, **fields)


def frames_by_name(
    here: Sequence[models.FrameMeta] | None, there: Sequence[models.FrameMeta] | None
) -> dict[int, int]:
    """Return the numbers of frames there, by those here, of files that have the same name."""
    places = {frame.name: number for number, frame in enumerate(there or ())}
    return {
        number: places[frame.name]
        for number, frame in enumerate(here or ())
        if frame.name in places
    }


@frozen(kw_only=True)
class Choice:
    """Which annotations are meant. All conditions that are given must hold.

    Attributes:
        ids: Ids by kind, "tags", "shapes" and "tracks"; None if ids do not matter.
        labels: Names of labels; None if they do not matter.
        source: How they were made; None if that does not matter.
    """

    ids: Mapping[str, Collection[int]] | None = field()
    labels: Collection[str] | None = field()
    source: str | None = field()

    @classmethod
    def of(
        cls,
        tags: Collection[int] | None,
        shapes: Collection[int] | None,
        tracks: Collection[int] | None,
        labels: Collection[str] | None,
        source: str | None,
    ) -> Choice:
        """Return which annotations a caller means.

        Raises:
            InvalidArgumentError: Nothing says which, or something says none.
        """
        given: dict[str, Collection[Any] | None] = {
            "tags": tags,
            "shapes": shapes,
            "tracks": tracks,
            "labels": labels,
            "source": source,
        }
        if isinstance(labels, str):
            raise InvalidArgumentError(
                f"delete_annotations: labels is the text {labels!r}: expected a list of names, as "
                f"in labels=[{labels!r}]"
            )
        for name, value in given.items():
            if value is not None and not value:
                raise InvalidArgumentError(
                    f"delete_annotations: {name} is empty, which would mean none of them: leave it "
                    "out, or say which"
                )
        if all(value is None for value in given.values()):
            raise InvalidArgumentError(
                "delete_annotations: nothing says which annotations to delete: pass ids as tags, "
                "shapes or tracks, or labels, or source; tasks.destroy_annotations() deletes all"
            )
        kinds = {"tags": tags, "shapes": shapes, "tracks": tracks}
        ids = {name: frozenset(value) for name, value in kinds.items() if value is not None}
        names = None if labels is None else frozenset(labels)
        return cls(ids=ids or None, labels=names, source=source)

    def body(
        self, data: models.LabeledData, labels: Iterable[models.Label]
    ) -> models.PatchedLabeledDataRequest:
        """Return the chosen annotations as a request that deletes them.

        Args:
            data: All annotations.
            labels: The labels of the task.

        Raises:
            InvalidArgumentError: There is no such label.
        """
        by_name = {label.name: label.id for label in labels}
        unknown = sorted((self.labels or frozenset()) - by_name.keys())
        if unknown:
            known = ", ".join(map(repr, by_name)) or "none"
            raise InvalidArgumentError(
                f"delete_annotations: there is no label {', '.join(map(repr, unknown))}: the "
                f"labels are {known}"
            )
        wanted = None if self.labels is None else {by_name[name] for name in self.labels}

        def chosen(kind: str, items: Iterable[WireT]) -> list[WireT]:
            ids = None if self.ids is None else self.ids.get(kind, frozenset())
            return [
                item
                for item in items
                if (ids is None or item.id in ids)
                and (wanted is None or item.label_id in wanted)
                and self.source in (None, item.source)
            ]

        fields = {
            "tags": chosen("tags", data.tags),
            "shapes": chosen("shapes", data.shapes),
            "tracks": chosen("tracks", data.tracks),
        }
        picked = changed(data, fields)
        return from_json(to_json(picked), models.PatchedLabeledDataRequest, strict=False)
