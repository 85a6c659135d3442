"""Datasets as folders that other programs read: what all forms have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from attrs import frozen

from annoport.core.download.file_names import safe_name
from annoport.core.errors import InvalidAnnotationError
from annoport.core.support.small_files import write_whole
from annoport.vision.annotations import Annotation
from annoport.vision.writing import OfPart

if TYPE_CHECKING:
    from annoport.vision.datasets import Sample

FormT = TypeVar("FormT")

Unfit = Literal["error", "drop"]
"""What to do with an annotation that the format has no form for."""


@frozen
class Written:
    """A folder that was written.

    Attributes:
        folder: The folder.
        pictures: Number of pictures in it.
        annotations: Number of annotations in it.
        dropped: What was left out because the format has no form for it.
    """

    folder: Path
    pictures: int
    annotations: int
    dropped: tuple[InvalidAnnotationError, ...]


class FolderWriter:
    """Writes pictures, and collects what the format has no form for."""

    def __init__(self, folder: Path, unfit: Unfit) -> None:
        self.folder = folder
        self.dropped: list[InvalidAnnotationError] = []
        self._unfit = unfit

    def picture(self, sample: Sample, below: str) -> str:
        """Write a picture, and return its name in the folder of pictures."""
        kept = sample.path
        target = self.folder / below / f"{stem_of(sample)}{kept.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, sample.content, survives_power_cut=False)
        return target.name

    def forms(
        self, sample: Sample, form: Callable[[Annotation], FormT]
    ) -> Iterator[tuple[Annotation, FormT]]:
        """Yield each annotation with its form."""
        for annotation in sample.annotations:
            try:
                yield annotation, form(annotation)
            except InvalidAnnotationError as error:
                if self._unfit == "error":
                    raise
                self.dropped.append(error)

    def written(self, pictures: int, annotations: int) -> Written:
        """Return what was written."""
        return Written(self.folder, pictures, annotations, tuple(self.dropped))


def stem_of(sample: OfPart) -> str:
    """Return what the picture of a sample is called in a folder, without its suffix."""
    stem = safe_name(Path(sample.frame.name).stem, "frame")
    return f"{safe_name(sample.part.replace(' ', '_'))}_{sample.frame.number:06d}_{stem}"


def size_of(sample: Sample) -> tuple[int, int]:
    """Return width and height of a picture, which is read if the platform does not tell."""
    width, height = sample.frame.width, sample.frame.height
    if width and height:
        return width, height
    size: tuple[int, int] = sample.load().size
    return size


def no_form(annotation: Annotation, format_: str) -> InvalidAnnotationError:
    """Return the error for an annotation that a format has no form for."""
    return InvalidAnnotationError(
        str(annotation),
        "kind",
        f'{annotation.kind} has no form in {format_}; unfit="drop" omits it',
    )


def write_json(path: Path, document: Any) -> None:
    """Write a document as JSON, which is YAML, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, (json.dumps(document, ensure_ascii=False) + "\n").encode())
