"""Datasets in the form of COCO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from annoport.vision import keypoints, masks
from annoport.vision.annotations import Annotation, Shape
from annoport.vision.folders import FolderWriter, Unfit, Written, no_form, size_of, write_json
from annoport.vision.labels import Label
from annoport.vision.outlines import area, outline
from annoport.vision.shapes import Box, Ellipse, Mask, Points, Polygon, Skeleton

if TYPE_CHECKING:
    from annoport.vision.datasets import Dataset


def to_coco(dataset: Dataset, folder: Path | str, *, unfit: Unfit = "error") -> Written:
    """Write a dataset as COCO: `images/` and `annotations.json`.

    Boxes, polygons, ellipses and masks become instances with a segmentation where they have one;
    skeletons and points become key points. A score is written as `score`, and what is occluded has
    the attribute `occluded`, as in the files of CVAT. Ids of categories are the dataset's label
    indexes plus 1, because 0 means background to many programs. `from_coco` reads the file.

    Args:
        dataset: The dataset.
        folder: The folder; it is made if missing.
        unfit: "drop" leaves out tags and lines, which COCO has no form for.

    Raises:
        InvalidAnnotationError: COCO has no form for an annotation, and `unfit` is "error".
        AnnoportError: As raised when a picture is fetched.
    """
    writer = FolderWriter(Path(folder), unfit)
    parts = {label.name: [part.name for part in label.sublabels] for label in dataset.labels}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, sample in enumerate(dataset, 1):
        name = writer.picture(sample, "images")
        width, height = size_of(sample)
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        for annotation, form in writer.forms(sample, _Coco(width, height, parts).of):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": dataset.label_index[annotation.label] + 1,
                    "iscrowd": 0,
                    **form,
                    **_told(annotation),
                }
            )
    categories = [_category(dataset.label_index[label.name] + 1, label) for label in dataset.labels]
    document = {"images": images, "annotations": annotations, "categories": categories}
    write_json(writer.folder / "annotations.json", document)
    return writer.written(len(images), len(annotations))


@frozen
class _Coco:
    """Makes COCO's fields of annotations of one picture."""

    width: int
    height: int
    parts: Mapping[str, Sequence[str]]

    def of(self, annotation: Annotation) -> dict[str, Any]:
        """Return the fields of an annotation."""
        match annotation:
            case Box(rotation=0):
                return self._placed(annotation.bounds(), annotation.width * annotation.height, [])
            case Box() | Polygon() | Ellipse():
                corners = outline(annotation)
                flat = [at for point in corners for at in point]
                return self._placed(annotation.bounds(), area(corners), [flat])
            case Mask():
                segmentation = dict(masks.to_coco(annotation, self.width, self.height))
                return self._placed(annotation.bounds(), annotation.area, segmentation)
            case Skeleton():
                points = keypoints.of_skeleton(annotation, self.parts[annotation.label])
                return self._with_points(annotation.bounds(), points)
            case Points():
                return self._with_points(annotation.bounds(), keypoints.of_points(annotation))
            case _:
                raise no_form(annotation, "COCO")

    def _placed(
        self, bounds: tuple[float, float, float, float], area: float, segmentation: Any
    ) -> dict[str, Any]:
        left, top, right, bottom = bounds
        box = [left, top, right - left, bottom - top]
        return {"bbox": box, "area": area, "segmentation": segmentation}

    def _with_points(
        self, bounds: tuple[float, float, float, float], points: Sequence[keypoints.KeyPoint]
    ) -> dict[str, Any]:
        left, top, right, bottom = bounds
        placed = self._placed(bounds, (right - left) * (bottom - top), [])
        seen = sum(visible > 0 for _, _, visible in points)
        flat = [figure for point in points for figure in point]
        return {**placed, "keypoints": flat, "num_keypoints": seen}


def _told(annotation: Annotation) -> dict[str, Any]:
    """Return what is said of an annotation beside its place."""
    hidden = isinstance(annotation, Shape) and annotation.occluded
    attributes = {**({"occluded": True} if hidden else {}), **annotation.attributes}
    score = {} if annotation.score is None else {"score": annotation.score}
    return {**score, "attributes": attributes}


def _category(number: int, label: Label) -> dict[str, Any]:
    named = {"id": number, "name": label.name, "supercategory": ""}
    parts = [part.name for part in label.sublabels]
    return {**named, "keypoints": parts, "skeleton": []} if parts else named
