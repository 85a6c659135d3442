"""What the fake CVAT makes of uploaded files: images, annotations, tasks and projects."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from annoport.testing.cvat.answers import Json
from annoport.testing.cvat.background import WorkError
from annoport.testing.cvat.frames import Selection, is_media
from annoport.testing.cvat.state import Image, Project, State, Task, User, read_image

_IMPORT_ERROR = "cvat.apps.dataset_manager.bindings.CvatImportError"


def unzip(content: bytes) -> dict[str, bytes]:
    """Return the members of a zip; WorkError for any other file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise WorkError(f"zipfile.BadZipFile: {error}") from None


def images(files: Mapping[str, bytes], selection: Selection) -> list[Image]:
    """Return the uploaded images, also those inside zips; WorkError for one that is broken."""
    media: dict[str, bytes] = {}
    for name, content in files.items():
        media |= unzip(content) if name.lower().endswith(".zip") else {name: content}
    media = {name: content for name, content in media.items() if is_media(name)}
    if not media:
        raise WorkError("ValueError: No media data found")
    names = selection.sorted(media)
    found: list[Image] = []
    for number in selection.numbers(len(names)):
        name = names[number]
        try:
            found.append(read_image(name, media[name]))
        except ValueError:
            raise WorkError(
                f"PIL.UnidentifiedImageError: cannot identify image file '{name}'"
            ) from None
    return found


def coco(state: State, task: Task, content: bytes, *, append: bool = False) -> None:
    """Give `task` the annotations of a COCO file; WorkError if they do not fit.

    Args:
        state: What the server stores.
        task: The task.
        content: The file.
        append: Keep the annotations that are there; without it, they are replaced.
    """
    document = _coco_document(content)
    labels = {label.name: label.id for label in state.labels_of(task)}
    for category in document["categories"]:
        if category["name"] not in labels:
            raise WorkError(
                f'{_IMPORT_ERROR}: Target task does not have label "{category["name"]}"'
            )
    categories = {c["id"]: labels[c["name"]] for c in document["categories"]}
    frames = {image.name: number for number, image in enumerate(task.images)}
    shown = {image["id"]: frames.get(image["file_name"]) for image in document["images"]}
    read = [
        _shape(state, annotation, categories[annotation["category_id"]], frame)
        for annotation in document["annotations"]
        if (frame := shown[annotation["image_id"]]) is not None
    ]
    if not append:
        task.tags, task.shapes, task.tracks = [], [], []
    task.shapes += read
    state.annotated(task)


def project_dataset(state: State, owner: User, project: Project, content: bytes) -> Task:
    """Make a task of `project` from the images and annotations of a zip; WorkError if it fails."""
    folder = "images/"
    found = {
        name.rpartition("/")[2]: member
        for name, member in unzip(content).items()
        if name.startswith(folder) and not name.endswith("/")
    }
    frames = images(found, Selection())
    task = Task(
        id=state.new_id("task"),
        name="Imported dataset",
        owner=owner,
        project_id=project.id,
        organization_id=project.organization_id,
    )
    task.images = frames
    if not state.labels_of(task):
        for category in _coco_document(content)["categories"]:
            state.add_label({"name": category["name"]}, project_id=project.id)
    coco(state, task, content)
    state.tasks[task.id] = task
    state.attach(task, frames)
    return task


def _coco_document(content: bytes) -> dict[str, list[Any]]:
    if not content.startswith(b"{"):
        members = unzip(content)
        names = [n for n in members if n.startswith("annotations/") and n.endswith(".json")]
        if not names:
            raise WorkError(f"{_IMPORT_ERROR}: Failed to import dataset 'coco_instances'")
        content = members[names[0]]
    try:
        document: dict[str, list[Any]] = json.loads(content)
    except ValueError:
        raise WorkError(f"{_IMPORT_ERROR}: Failed to import dataset 'coco_instances'") from None
    return document


def _shape(state: State, annotation: Json, label_id: int, frame: int) -> Json:
    left, top, width, height = annotation["bbox"]
    polygons: list[list[float]] = annotation.get("segmentation") or []
    return {
        "id": state.new_id("shapes"),
        "label_id": label_id,
        "type": "polygon" if polygons else "rectangle",
        "frame": frame,
        "group": 0,
        "source": "file",
        "occluded": bool(annotation.get("attributes", {}).get("occluded", False)),
        "outside": False,
        "z_order": 0,
        "rotation": 0.0,
        "points": polygons[0] if polygons else [left, top, left + width, top + height],
        "attributes": [],
        "elements": [],
    }


def task_backup(
    state: State, owner: User, members: Mapping[str, bytes], *, project: Project | None = None
) -> Task:
    """Make a task from the members of a backup; WorkError if one is missing."""
    if "task.json" not in members:
        raise WorkError("KeyError: \"There is no item named 'task.json' in the archive\"")
    described: Json = json.loads(members["task.json"])
    number = state.new_id("task")
    task = Task(
        id=number,
        name=described["name"],
        owner=owner,
        subset=described["subset"],
        project_id=project.id if project else None,
        organization_id=project.organization_id if project else None,
    )
    state.tasks[number] = task
    if project is None:
        for spec in described["labels"]:
            state.add_label(spec, task_id=number)
    data = {n.removeprefix("data/"): c for n, c in members.items() if n.startswith("data/")}
    if data:
        state.attach(task, images(data, Selection(sorting="predefined")))
    labels = {label.name: label.id for label in state.labels_of(task)}
    for stored in json.loads(members["annotations.json"]):
        for kind in ("tags", "shapes", "tracks"):
            getattr(task, kind).extend(_own(state, kind, given, labels) for given in stored[kind])
    return task


def _own(state: State, kind: str, given: Json, labels: Mapping[str, int]) -> Json:
    kept = {name: value for name, value in given.items() if name != "label"}
    return {"id": state.new_id(kind), "label_id": labels[given["label"]], **kept}


def project_backup(state: State, owner: User, members: Mapping[str, bytes]) -> Project:
    """Make a project and its tasks from the members of a backup; WorkError if one is missing."""
    if "project.json" not in members:
        raise WorkError("KeyError: \"There is no item named 'project.json' in the archive\"")
    described: Json = json.loads(members["project.json"])
    project = Project(id=state.new_id("project"), name=described["name"], owner=owner)
    state.projects[project.id] = project
    for spec in described["labels"]:
        state.add_label(spec, project_id=project.id)
    folders = sorted({n.partition("/")[0] for n in members if n.startswith("task_")})
    for folder in folders:
        own = {n.removeprefix(f"{folder}/"): c for n, c in members.items() if n.startswith(folder)}
        task_backup(state, owner, own, project=project)
    return project
