"""Annotations that a flow is given: a file in a format, or annotations as such."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TypeAlias, cast

import attrs

from annoport.core import FileSource
from annoport.core.http.multipart import is_file_like
from annoport.core.upload.sources import local_files
from annoport.errors import InvalidArgumentError
from annoport.vision import Annotation, Label, Track, match_labels
from annoport_cvat import models

AnnotationsLike: TypeAlias = FileSource | Iterable[Annotation]
"""A file that holds annotations, or annotations that know no platform."""


@attrs.frozen
class AnnotationFile:
    """A file in a format.

    Attributes:
        file: The file.
        format: Name and version of an import format.
    """

    file: FileSource
    format: str


Annotations: TypeAlias = AnnotationFile | tuple[Annotation, ...]


def annotations_of(
    given: AnnotationsLike | None, format_name: str | None, *, where: str
) -> Annotations | None:
    """Return what annotations there are; a file is opened, to see that it can be read.

    Args:
        given: What the caller gave.
        format_name: Name and version of the format of a file.
        where: The function that was called, for messages.

    Raises:
        InvalidArgumentError: The format is missing or of no use, or something is no annotation.
        InvalidBodyError: The file cannot be read.
    """
    if given is None:
        if format_name is not None:
            raise InvalidArgumentError(f"{where}: format is {format_name!r}, but there is no file")
        return None
    if isinstance(given, str) or is_file_like(given):
        if not format_name:
            raise InvalidArgumentError(
                f"{where}: annotations from a file need its format, such as format='COCO 1.0'; "
                "server.retrieve_annotation_formats() lists them"
            )
        file = cast("FileSource", given)
        local_files(file, field="file", where=where, several=False)
        return AnnotationFile(file, format_name)
    if format_name is not None:
        raise InvalidArgumentError(
            f"{where}: format is {format_name!r}, but the annotations are not in a file"
        )
    listed = tuple(cast("Iterable[Annotation]", given))
    for item in cast("tuple[object, ...]", listed):
        if not isinstance(item, Annotation):
            raise InvalidArgumentError(
                f"{where}: {item!r} is no annotation: expected those of annoport.vision, or a file"
            )
    return listed


def check_format(format_name: str, known: Sequence[models.DatasetFormat], *, where: str) -> None:
    """Check that the server knows a format.

    Args:
        format_name: Name and version of the format.
        known: The formats of the server for this direction.
        where: The function that was called, for messages.

    Raises:
        InvalidArgumentError: It does not, or has it switched off.
    """
    names = [known_format.name for known_format in known if known_format.enabled]
    if format_name in names:
        return
    close = difflib.get_close_matches(format_name, names, n=3, cutoff=0.4) or names[:3]
    raise InvalidArgumentError(
        f"{where}: format {format_name!r} is none of this server's: such are "
        f"{', '.join(map(repr, close))}; server.retrieve_annotation_formats() lists all"
    )


def check_annotations(
    annotations: Sequence[Annotation], labels: Iterable[Label], frames: int | None, *, where: str
) -> None:
    """Check that annotations fit the labels and the frames of a task.

    Args:
        annotations: The annotations.
        labels: The labels.
        frames: How many frames there are; None if that is not known yet.
        where: The function that was called, for messages.

    Raises:
        InvalidAnnotationError: One does not fit its label, or there is no such label.
        InvalidArgumentError: One is on a frame that the task does not have. The server would drop
            it without a word.
    """
    match_labels(annotations, labels)
    if frames is None:
        return
    for annotation in annotations:
        last = max([annotation.frame, *_frames_of(annotation)])
        if last >= frames:
            raise InvalidArgumentError(
                f"{where}: {annotation}: frame {last} is past the last one, {frames - 1}, and "
                "CVAT would drop it without a word"
            )


def _frames_of(annotation: Annotation) -> list[int]:
    return [shape.frame for shape in annotation.shapes] if isinstance(annotation, Track) else []


def count_of(
    data: models.LabeledData | models.LabeledDataRequest | models.PatchedLabeledDataRequest,
) -> int:
    """Return how many tags, shapes and tracks there are."""
    kinds = (data.tags, data.shapes, data.tracks)
    return sum(len(kind) for kind in kinds if isinstance(kind, list))
