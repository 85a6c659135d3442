"""Compare datasets of CVAT with those of cvat_sdk.pytorch; run by `__main__`.

`python -m tests.judges cvat_datasets --runs 1000` compares a share of that many random projects. It
also writes what cvat-sdk has of the first ones to `cvat_datasets.json`, which the tests compare
with.
"""

from __future__ import annotations

import importlib
import json
import math
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from annoport import cvat
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.torch import Target, ToBoxes, ToMasks
from annoport.vision import Ellipse, Frame, Label, Polygon, Shape
from tests.judges.cases import within
from tests.judges.dataset_cases import WITH_BOX, Json, add, array, make, ours, pixels
from tests.torch.cpu import torchvision_or_none

assert torchvision_or_none() is not None  # or cvat_sdk.pytorch could not be imported
# Their types are not ours to check: they are not in the environment of the tests.
SDK: Any = importlib.import_module("cvat_sdk")
SDK_MODELS: Any = importlib.import_module("cvat_sdk.models")
SDK_TORCH: Any = importlib.import_module("cvat_sdk.pytorch")

SAMPLE = Path(__file__).with_suffix(".json")
_SAMPLED = 10


def theirs(case: Json, server: FakeServer[FakeCvat]) -> list[Json]:
    """Return what cvat-sdk has of each sample of a case."""
    with cvat.Client(server.url, token=server.token) as client:
        project, _ = add(case, client)
    subsets = None if case["subset"] is None else [case["subset"]]
    with tempfile.TemporaryDirectory() as folder:
        settings = SDK.Config(status_check_period=0.01, cache_dir=Path(folder))
        client = SDK.Client(server.url, config=settings, check_server_version=False)
        client.login((server.username, server.password))
        names = {label.id: label.name for label in client.projects.retrieve(project).get_labels()}
        try:
            dataset = SDK_TORCH.ProjectVisionDataset(
                client, project, include_subsets=subsets, label_name_to_index=case["indexes"]
            )
        except AssertionError:  # torch makes no dataset of no tasks
            return []
        samples = [dataset[number] for number in range(len(dataset))]
        return [_said(image, target, names) for image, target in samples]


def _said(image: Any, target: Any, names: dict[int, str]) -> Json:
    boxes = SDK_TORCH.ExtractBoundingBoxes(include_shape_types=WITH_BOX)(target)
    masks = SDK_TORCH.ExtractInstanceMasks(include_shape_types=["mask"])(target)
    try:
        label = SDK_TORCH.ExtractSingleLabelIndex()(target).item()
    except ValueError:
        label = None
    return {
        "image": pixels(image),
        "index": {names[key]: index for key, index in target.label_id_to_index.items()},
        "tags": [names[tag.label_id] for tag in target.annotations.tags],
        "shapes": [
            {
                "type": shape.type.value,
                "label": names[shape.label_id],
                "points": list(shape.points),
                "occluded": shape.occluded,
            }
            for shape in target.annotations.shapes
        ],
        "size": list(target.image_size),
        "target_label": label,
        "target_boxes": {name: one.tolist() for name, one in boxes.items()},
        "target_masks": {
            "boxes": masks["boxes"].tolist(),
            "labels": masks["labels"].tolist(),
            "masks": [array(mask) for mask in masks["masks"]],
        },
    }


# --------------------------------------------------------------------------- what differs

_WIDTH, _HEIGHT = 40, 30
_NEAR = 1.5
"""Pixels from an outline: those that it touches are inside to cvat-sdk, which counts from their
middles."""


def judge_polygon(dice: random.Random) -> None:
    """Masks of a polygon differ near its outline only."""
    corners = [
        (dice.uniform(0, _WIDTH), dice.uniform(0, _HEIGHT)) for _ in range(dice.randint(3, 7))
    ]
    shape = Polygon(label="crab", points=corners)
    (mask,) = ToMasks()(_target(shape))["masks"]
    extract = SDK_TORCH.ExtractInstanceMasks(include_shape_types=["polygon"])
    (other,) = extract(_their_target("polygon", [at for corner in corners for at in corner]))[
        "masks"
    ]
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    for y, x in (mask != other).nonzero().tolist():
        far = min(_distance((x + 0.5, y + 0.5), *side) for side in sides)
        assert far <= _NEAR, (corners, x, y, far)


def judge_ellipse(dice: random.Random) -> None:
    """The box of an ellipse is around all of it; cvat-sdk's is that of its upper right quarter."""
    x, y = dice.uniform(10, 30), dice.uniform(10, 20)
    across, down = dice.uniform(1, 10), dice.uniform(1, 10)
    shape = Ellipse(label="crab", x=x, y=y, radius_x=across, radius_y=down)
    ((left, top, right, bottom),) = ToBoxes()(_target(shape))["boxes"].tolist()
    extract = SDK_TORCH.ExtractBoundingBoxes(include_shape_types=["ellipse"])
    (quarter,) = extract(_their_target("ellipse", [x, y, x + across, y - down]))["boxes"].tolist()
    expected = [(left + right) / 2, top, right, (top + bottom) / 2]
    assert math.dist(quarter, expected) < 1e-4, (quarter, expected)


def _target(shape: Shape) -> Target:
    return Target(
        annotations=(shape,),
        label_index={"crab": 0},
        labels=(Label(name="crab"),),
        image_size=(_WIDTH, _HEIGHT),
        frame=Frame(number=0, name="a.png"),
        part="task 1",
        subset=None,
    )


def _their_target(kind: str, points: list[float]) -> Any:
    shape = SDK_MODELS.LabeledShape(
        type=SDK_MODELS.ShapeType(kind), frame=0, label_id=1, points=points, rotation=0.0
    )
    annotations = SDK_TORCH.FrameAnnotations(shapes=[shape])
    return SDK_TORCH.Target(annotations, {1: 0}, (_WIDTH, _HEIGHT))


def _distance(
    point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]
) -> float:
    """Return how far a point is from a side."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = across * across + down * down or 1.0
    share = ((point[0] - start[0]) * across + (point[1] - start[1]) * down) / length
    share = min(max(share, 0.0), 1.0)
    return math.dist(point, (start[0] + share * across, start[1] + share * down))


ALONE: dict[str, Callable[[random.Random], None]] = {
    "polygons": judge_polygon,
    "ellipses": judge_ellipse,
}


def main() -> None:
    """Let cvat-sdk see as many random projects as the first argument says."""
    runs = int(sys.argv[1])
    sample: list[Json] = []
    tasks = samples = 0
    with serve("cvat", job_seconds=0.0, anonymous_per_minute=None) as server:
        for seed in range(runs):
            case = make(random.Random(seed))
            expected, found = theirs(case, server), ours(case, server)
            assert within(expected, found), (seed, case, expected, found)
            tasks, samples = tasks + len(case["tasks"]), samples + len(found)
            if seed < _SAMPLED:
                sample.append({"case": case, "theirs": expected})
    print(f"datasets: {runs} projects of {tasks} tasks and {samples} samples alike")
    for name, judge in ALONE.items():
        for seed in range(runs):
            judge(random.Random(seed))
        print(f"{name}: {runs} cases as they should be")
    if runs >= _SAMPLED:
        lines = ",\n".join(map(json.dumps, sample))
        SAMPLE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
