"""Random tasks of CVAT, and what a dataset of them has, in a form that JSON can hold."""

from __future__ import annotations

import hashlib
import importlib.util
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from annoport import UploadFile, cvat
from annoport.cvat.annotations import points_of
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png
from annoport.vision import Annotation, Dataset, Shape
from tests.torch.cpu import torchvision_or_none

Json = dict[str, Any]

SUBSETS = ("Train", "Validation", "")
HAS_TORCH = importlib.util.find_spec("torch") is not None
TENSORS = ("size", "target_label", "target_boxes", "target_masks")
"""What ours has only where torch is installed."""
WITH_BOX = ("rectangle", "polygon", "polyline", "points")
"""Not ellipses: cvat-sdk's box is that of their upper right quarter."""
_NAMES = ("crab", "cod", "shrimp", "eel")
_OUR_KINDS = {"rectangle": "box"}


def make(dice: random.Random) -> Json:
    """Return a random project of one or two tasks."""
    labels = dice.sample(_NAMES, dice.randint(1, len(_NAMES)))
    indexes = dice.sample(range(20), len(labels))
    return {
        "labels": labels,
        "indexes": dict(zip(labels, indexes, strict=True)) if dice.random() < 0.5 else None,
        "subset": dice.choice([None, *SUBSETS[:2]]),
        "tasks": [_task(dice, labels) for _ in range(dice.randint(1, 2))],
    }


def _task(dice: random.Random, labels: Sequence[str]) -> Json:
    frames, width, height = dice.randint(1, 7), dice.randint(4, 40), dice.randint(4, 30)
    tagged = [frame for frame in range(frames) for _ in range(dice.choice([0, 1, 1, 2]))]
    drawn = [dice.randrange(frames) for _ in range(dice.randrange(12))]
    return {
        "subset": dice.choice(SUBSETS),
        "chunk_size": dice.randint(1, 4),
        "size": [width, height],
        "frames": frames,
        "deleted": sorted(dice.sample(range(frames), dice.randrange(frames))),
        "tags": [{"frame": frame, "label": dice.choice(labels)} for frame in tagged],
        "shapes": [
            {"frame": frame, "label": dice.choice(labels), **_shape(dice, width, height)}
            for frame in drawn
        ],
    }


def _shape(dice: random.Random, width: int, height: int) -> Json:
    def point() -> list[float]:
        return [round(dice.uniform(0, width), 2), round(dice.uniform(0, height), 2)]

    kind = dice.choice(["rectangle", "polygon", "polyline", "points", "ellipse", "mask"])
    if kind == "mask":
        left, top = dice.randrange(width), dice.randrange(height)
        across, down = dice.randint(1, width - left), dice.randint(1, height - top)
        first = dice.randrange(across * down)
        points: list[float] = [first, across * down - first]
        points += [left, top, left + across - 1, top + down - 1]
    elif kind == "rectangle":
        (x0, y0), (x1, y1) = point(), point()
        points = [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]
    elif kind == "ellipse":
        (x0, y0), (x1, y1) = point(), point()
        points = [min(x0, x1), max(y0, y1), max(x0, x1), min(y0, y1)]
    else:
        points = [figure for _ in range(dice.randint(3, 6)) for figure in point()]
    return {"type": kind, "points": points, "occluded": dice.random() < 0.3}


def add(case: Json, client: cvat.Client) -> tuple[int, list[int]]:
    """Make the project of a case, and return its id and those of its tasks."""
    names = [{"name": name} for name in case["labels"]]
    project = client.projects.create(body={"name": "judged", "labels": names})
    ids = {label.name: label.id for label in client.labels.list(project_id=project.id)}
    return project.id, [_add(task, project.id, ids, client) for task in case["tasks"]]


def _add(task: Json, project: int, ids: Mapping[str, Any], client: cvat.Client) -> int:
    made = client.tasks.create(
        body={"name": "judged", "project_id": project, "subset": task["subset"]}
    )
    files = [
        UploadFile(png(*task["size"], shade=20 * (frame + 1)), name=f"{frame}.png")
        for frame in range(task["frames"])
    ]
    options = {"image_quality": 70, "chunk_size": task["chunk_size"]}
    client.tasks.upload_data(made.id, files, body=options).wait()
    client.tasks.partial_update_data_meta(made.id, body={"deleted_frames": task["deleted"]})

    def sent(one: Json) -> Json:
        rest = {name: value for name, value in one.items() if name != "label"}
        return {**rest, "label_id": ids[one["label"]], "attributes": []}

    body: Any = {
        "version": 0,
        "tags": list(map(sent, task["tags"])),
        "shapes": list(map(sent, task["shapes"])),
        "tracks": [],
    }
    client.tasks.update_annotations(made.id, body=body)
    return made.id


def pixels(image: Any) -> list[Any]:
    """Return what tells one picture from another."""
    return [list(image.size), image.mode, hashlib.sha256(image.tobytes()).hexdigest()[:16]]


def array(mask: Any) -> list[str]:
    """Return the rows of a mask."""
    return ["".join(map(str, row)) for row in mask.tolist()]


def ours(case: Json, server: FakeServer[FakeCvat]) -> list[Json]:
    """Return what ours has of each sample of a case."""
    with cvat.Client(server.url, token=server.token) as client:
        project, _ = add(case, client)
        subsets = None if case["subset"] is None else [case["subset"]]
        known = {task["subset"] for task in case["tasks"]}
        if subsets is not None and not known.intersection(subsets):
            return []  # ours says that there is no such subset
        data = Dataset(
            cvat.project(client, project), labels=case["indexes"], subsets=subsets, images="all"
        )
    targets: list[Json] = _targets(data) if HAS_TORCH else [{}] * len(data)
    return [
        {
            "image": pixels(sample.load()),
            "index": dict(sample.label_index),
            "tags": [one.label for one in sample.annotations if one.kind == "tag"],
            "shapes": list(_shapes(sample.annotations)),
            **target,
        }
        for sample, target in zip(data, targets, strict=True)
    ]


def _shapes(annotations: Iterable[Annotation]) -> Iterable[Json]:
    names = {ours: theirs for theirs, ours in _OUR_KINDS.items()}
    for one in annotations:
        if isinstance(one, Shape):
            kind = names.get(one.kind, one.kind)
            yield {
                "type": kind,
                "label": one.label,
                "points": [round(figure, 6) for figure in points_of(one)],
                "occluded": one.occluded,
                "id": one.id,
            }


def _targets(data: Dataset) -> list[Json]:
    """Return the tensors of each sample, as lists."""
    from annoport import torch

    torchvision_or_none()
    boxes = torch.ToBoxes(shapes=[_OUR_KINDS.get(kind, kind) for kind in WITH_BOX])
    masks = torch.ToMasks(shapes="mask")
    found: list[Json] = []
    for image, target in torch.VisionDataset(data):
        boxed, masked = boxes(target), masks(target)
        try:
            label = torch.ToLabel()(target).item()
        except ValueError:
            label = None
        found.append(
            {
                "size": list(image.size),
                "target_label": label,
                "target_boxes": {name: one.tolist() for name, one in boxed.items()},
                "target_masks": {
                    "boxes": masked["boxes"].tolist(),
                    "labels": masked["labels"].tolist(),
                    "masks": [array(mask) for mask in masked["masks"]],
                },
            }
        )
    return found
