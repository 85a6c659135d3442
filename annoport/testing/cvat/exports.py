"""Files that the fake CVAT makes from tasks: datasets in three formats, and backups."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import attrs

from annoport.testing.cvat.answers import Json
from annoport.testing.cvat.background import WorkError
from annoport.testing.cvat.state import Image, Label, Task

Files = list[tuple[str, bytes]]
EXPORT_FORMATS = ("COCO 1.0", "CVAT for images 1.1", "MOT 1.1", "YOLO 1.1")
IMPORT_FORMATS = ("COCO 1.0",)
_RECTANGLE = 4  # numbers in the points of a rectangle


@attrs.frozen
class Part:
    """Frames of one task, `start` to `stop` inclusive."""

    task: Task
    start: int
    stop: int

    @property
    def subset(self) -> str:
        """The folder of the frames."""
        return self.task.subset or "default"

    def frames(self) -> Iterator[tuple[int, Image]]:
        """Yield the remaining frames with their numbers."""
        for number, image in enumerate(self.task.images):
            if self.start <= number <= self.stop and number not in self.task.deleted_frames:
                yield number, image

    def shapes(self, frame: int) -> list[Json]:
        """Return the shapes in a frame, including those of tracks."""
        return [shape for shape in flat_shapes(self.task) if shape["frame"] == frame]


def flat_shapes(task: Task) -> list[Json]:
    """Return the shapes of `task` and of its tracks as one list."""
    tracked = [
        {**step, "label_id": track["label_id"], "source": track["source"]}
        for track in task.tracks
        for step in track["shapes"]
        if not step["outside"]
    ]
    return [*task.shapes, *tracked]


def dataset(name: str, parts: Sequence[Part], labels: Sequence[Label], *, images: bool) -> Files:
    """Return the files of a dataset export in the format `name`.

    Raises WorkError where the real server fails, too.
    """
    if not any(part.task.images for part in parts):
        raise WorkError("cvat.apps.dataset_manager.bindings.CvatDatasetError: there are no frames")
    if name == "MOT 1.1":
        raise WorkError(
            "datumaro.components.errors.DatasetExportError: MotSeqGtExporter cannot export "
            "a dataset in a stream manner"
        )
    if name == "COCO 1.0":
        return _coco(parts, labels, images=images)
    if name == "YOLO 1.1":
        return _yolo(parts, labels, images=images)
    return _cvat_xml(parts, labels, images=images)


def _coco(parts: Sequence[Part], labels: Sequence[Label], *, images: bool) -> Files:
    files: Files = []
    for subset in sorted({part.subset for part in parts}):
        chosen = [part for part in parts if part.subset == subset]
        document = json.dumps(_coco_document(chosen, labels)).encode()
        files.append((f"annotations/instances_{subset}.json", document))
        if images:
            files += [
                (f"images/{subset}/{image.name}", image.content)
                for part in chosen
                for _, image in part.frames()
            ]
    return files


def _coco_document(parts: Sequence[Part], labels: Sequence[Label]) -> Json:
    categories = {label.id: number for number, label in enumerate(labels, 1)}
    shown: list[Json] = []
    annotations: list[Json] = []
    for part in parts:
        for frame, image in part.frames():
            number = len(shown) + 1
            shown.append(
                {
                    "id": number,
                    "width": image.width,
                    "height": image.height,
                    "file_name": image.name,
                    "license": 0,
                    "flickr_url": "",
                    "coco_url": "",
                    "date_captured": 0,
                }
            )
            for shape in part.shapes(frame):
                category = categories[shape["label_id"]]
                annotation = _coco_annotation(shape, len(annotations) + 1, number, category)
                annotations.append(annotation)
    return {
        "licenses": [{"name": "", "id": 0, "url": ""}],
        "info": {"contributor": "", "date_created": "", "description": "", "year": ""},
        "categories": [
            {"id": categories[label.id], "name": label.name, "supercategory": ""}
            for label in labels
        ],
        "images": shown,
        "annotations": annotations,
    }


def _coco_annotation(shape: Json, number: int, image: int, category: int) -> Json:
    left, top, right, bottom = _bounds(shape["points"])
    polygon: list[float] = shape["points"] if shape["type"] == "polygon" else []
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "segmentation": [polygon] if polygon else [],
        "area": (right - left) * (bottom - top),
        "bbox": [left, top, right - left, bottom - top],
        "iscrowd": 0,
        "attributes": {"occluded": shape["occluded"], "rotation": shape["rotation"]},
    }


def _bounds(points: Sequence[float]) -> tuple[float, float, float, float]:
    return min(points[::2]), min(points[1::2]), max(points[::2]), max(points[1::2])


def _yolo(parts: Sequence[Part], labels: Sequence[Label], *, images: bool) -> Files:
    classes = {label.id: number for number, label in enumerate(labels)}
    files: Files = [("obj.names", "".join(f"{label.name}\n" for label in labels).encode())]
    listed: list[str] = []
    for part in parts:
        for frame, image in part.frames():
            lines = [_yolo_line(shape, image, classes) for shape in part.shapes(frame)]
            stem = image.name.rpartition(".")[0]
            listed.append(f"data/obj_train_data/{image.name}\n")
            files.append((f"obj_train_data/{stem}.txt", "".join(lines).encode()))
            if images:
                files.append((f"obj_train_data/{image.name}", image.content))
    files.append(("train.txt", "".join(listed).encode()))
    data = f"classes = {len(labels)}\ntrain = data/train.txt\nnames = data/obj.names\n"
    return [*files, ("obj.data", data.encode())]


def _yolo_line(shape: Json, image: Image, classes: dict[int, int]) -> str:
    left, top, right, bottom = _bounds(shape["points"])
    box = (
        (left + right) / 2 / image.width,
        (top + bottom) / 2 / image.height,
        (right - left) / image.width,
        (bottom - top) / image.height,
    )
    return f"{classes[shape['label_id']]} {' '.join(f'{value:.6f}' for value in box)}\n"


def _cvat_xml(parts: Sequence[Part], labels: Sequence[Label], *, images: bool) -> Files:
    root = ET.Element("annotations")
    ET.SubElement(root, "version").text = "1.1"
    listed = ET.SubElement(ET.SubElement(root, "meta"), "labels")
    for label in labels:
        shown = ET.SubElement(listed, "label")
        for name in ("name", "color", "type"):
            ET.SubElement(shown, name).text = getattr(label, name)
    names = {label.id: label.name for label in labels}
    files: Files = []
    for part in parts:
        for frame, image in part.frames():
            element = ET.SubElement(
                root,
                "image",
                id=str(frame),
                name=image.name,
                subset=part.subset,
                task_id=str(part.task.id),
                width=str(image.width),
                height=str(image.height),
            )
            for shape in part.shapes(frame):
                _add_shape(element, shape, names[shape["label_id"]])
            if images:
                files.append((f"images/{part.subset}/{image.name}", image.content))
    ET.indent(root)
    return [("annotations.xml", ET.tostring(root, "utf-8", xml_declaration=True)), *files]


def _add_shape(image: ET.Element, shape: Json, label: str) -> None:
    points: list[float] = shape["points"]
    shared = {
        "label": label,
        "source": shape.get("source", "manual"),
        "occluded": str(int(shape["occluded"])),
        "z_order": str(shape["z_order"]),
    }
    if shape["type"] == "rectangle" and len(points) == _RECTANGLE:
        corners = dict(zip(("xtl", "ytl", "xbr", "ybr"), (f"{p:.2f}" for p in points), strict=True))
        ET.SubElement(image, "box", {**shared, **corners})
        return
    pairs = ";".join(f"{x:.2f},{y:.2f}" for x, y in zip(points[::2], points[1::2], strict=True))
    ET.SubElement(image, shape["type"], {**shared, "points": pairs})


def backup(task: Task, labels: Sequence[Label], *, folder: str = "") -> Files:
    """Return the files of a task's backup; `folder` is set in a project's backup."""
    described: Json = {
        "name": task.name,
        "bug_tracker": task.bug_tracker,
        "status": task.status,
        "subset": task.subset,
        "labels": [_portable(label) for label in labels],
        "version": "1.0",
        "data": {
            "chunk_size": task.chunk_size,
            "image_quality": task.image_quality,
            "storage": "local",
        },
        "jobs": [{"start_frame": 0, "stop_frame": len(task.images) - 1, "status": task.status}],
    }
    names = {label.id: label.name for label in labels}
    annotations = [
        {
            "version": 0,
            "tags": [_named(tag, names) for tag in task.tags],
            "shapes": [_named(shape, names) for shape in task.shapes],
            "tracks": [_named(track, names) for track in task.tracks],
        }
    ]
    return [
        (f"{folder}task.json", json.dumps(described).encode()),
        (f"{folder}annotations.json", json.dumps(annotations).encode()),
        *((f"{folder}data/{image.name}", image.content) for image in task.images),
    ]


def project_backup(name: str, labels: Sequence[Label], tasks: Sequence[Task]) -> Files:
    """Return the files of a project's backup."""
    described = {"name": name, "labels": [_portable(lb) for lb in labels], "version": "1.0"}
    files: Files = [("project.json", json.dumps(described).encode())]
    for number, task in enumerate(tasks):
        files += backup(task, labels, folder=f"task_{number}/")
    return files


def _portable(label: Label) -> Json:
    attributes = [
        {name: value for name, value in given.items() if name != "id"} for given in label.attributes
    ]
    return {"name": label.name, "color": label.color, "type": label.type, "attributes": attributes}


def _named(annotation: Json, names: dict[int, str]) -> dict[str, Any]:
    kept = {name: value for name, value in annotation.items() if name not in ("id", "label_id")}
    return {**kept, "label": names[annotation["label_id"]]}
