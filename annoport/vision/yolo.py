"""Datasets in the form of YOLO."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from annoport.core.download.file_names import safe_name
from annoport.core.errors import InvalidArgumentError
from annoport.core.support.small_files import write_whole
from annoport.vision.annotations import Annotation, Shape
from annoport.vision.folders import FolderWriter, Unfit, Written, no_form, size_of, write_json
from annoport.vision.outlines import outline

if TYPE_CHECKING:
    from annoport.vision.datasets import Dataset


def to_yolo(
    dataset: Dataset,
    folder: Path | str,
    *,
    shapes: Literal["box", "polygon"] = "box",
    unfit: Unfit = "error",
) -> Written:
    """Write a dataset for YOLO: `images/SUBSET/`, `labels/SUBSET/` and `data.yaml`.

    Args:
        dataset: The dataset; its label indexes must count from 0 without a gap.
        folder: The folder; it is made if missing. Pictures without a subset are in `train`.
        shapes: "box" writes the upright box around each shape, "polygon" its outline.
        unfit: "drop" leaves out tags, and for "polygon" all that has no outline.

    Raises:
        InvalidAnnotationError: YOLO has no form for an annotation, and `unfit` is "error".
        InvalidArgumentError: The label indexes have a gap.
        AnnoportError: As raised when a picture is fetched.
    """
    names = {index: name for name, index in dataset.label_index.items()}
    if sorted(names) != list(range(len(dataset.label_index))):
        raise InvalidArgumentError(
            f"YOLO counts labels from 0 without a gap; this dataset's indexes are {sorted(names)}"
        )
    writer = FolderWriter(Path(folder), unfit)
    subsets: dict[str, None] = {}
    pictures = written = 0
    for sample in dataset:
        subset = safe_name(sample.subset, "train")
        subsets[subset] = None
        name = writer.picture(sample, f"images/{subset}")
        form = _Yolo(*size_of(sample), polygons=shapes == "polygon").of
        lines = [
            " ".join([str(dataset.label_index[annotation.label]), *(f"{at:.6f}" for at in figures)])
            for annotation, figures in writer.forms(sample, form)
        ]
        text = "".join(f"{line}\n" for line in lines)
        target = writer.folder / "labels" / subset / Path(name).with_suffix(".txt")
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, text.encode(), survives_power_cut=False)
        pictures += 1
        written += len(lines)
    document = {"path": ".", **{name: f"images/{name}" for name in subsets}, "names": names}
    write_json(writer.folder / "data.yaml", document)
    return writer.written(pictures, written)


@frozen
class _Yolo:
    """Makes YOLO's figures of annotations of one picture: shares of its width and height."""

    width: int
    height: int
    polygons: bool

    def of(self, annotation: Annotation) -> list[float]:
        """Return the figures of an annotation, after its label."""
        if self.polygons:
            return [at for x, y in outline(annotation) for at in (x / self.width, y / self.height)]
        if not isinstance(annotation, Shape):
            raise no_form(annotation, "YOLO")
        left, top, right, bottom = annotation.bounds()
        return [
            (left + right) / 2 / self.width,
            (top + bottom) / 2 / self.height,
            (right - left) / self.width,
            (bottom - top) / self.height,
        ]
