"""The tasks, done by CVAT's own SDK."""

from __future__ import annotations

import importlib
import itertools
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.workers.protocol import Figures, Task, serve

sdk: Any = importlib.import_module("cvat_sdk")
api: Any = importlib.import_module("cvat_sdk.api_client")

_TYPES = {"shapes": "LabeledData", "tasks": "PaginatedTaskReadList"}
_CALLS = 1000


def decode(path: str) -> Task:
    """Turn an answer into a model, the SDK's own way."""
    model = getattr(importlib.import_module("cvat_sdk.models"), _TYPES[Path(path).stem])
    client = api.ApiClient(api.Configuration(host="http://annotate.test"))
    answer = SimpleNamespace(data=Path(path).read_bytes(), headers={})
    return lambda: client.deserialize(answer, (model,), _check_type=True)


def get(url: str) -> Task:
    """Send small GETs, each answered by a model."""
    client = api.ApiClient(api.Configuration(host=url))

    def run() -> None:
        for _ in range(_CALLS):
            client.server_api.retrieve_about()

    return run


def export(url: str, username: str, password: str, period: str) -> Task:
    """Start an export, wait for it with a poll each `period` seconds, download it."""
    settings = sdk.Config(status_check_period=float(period))
    client = sdk.Client(url, config=settings, check_server_version=False)
    client.login((username, password))
    task = next(task for task in client.tasks.list() if getattr(task, "size", 0))
    folder = Path(tempfile.mkdtemp())
    numbers = itertools.count()
    return lambda: task.export_dataset(
        "COCO 1.0", folder / f"{next(numbers)}.zip", include_images=False
    )


def upload(url: str, username: str, password: str, folder: str) -> Task:
    """Make a task and send its pictures."""
    models: Any = importlib.import_module("cvat_sdk.models")
    client = sdk.Client(url, check_server_version=False)
    client.login((username, password))
    paths = sorted(Path(folder).iterdir())

    def run() -> None:
        labels = [models.PatchedLabelRequest(name="whale")]
        task = client.tasks.create(models.TaskWriteRequest(name="bench", labels=labels))
        task.upload_data(paths, wait_for_completion=False)

    return run


def frames(url: str, username: str, password: str, number: str, count: str) -> Task:
    """Save all frames of a task."""
    client = sdk.Client(url, check_server_version=False)
    client.login((username, password))
    task = client.tasks.retrieve(int(number))
    return lambda: task.download_frames(range(int(count)), outdir=tempfile.mkdtemp())


def annotate(url: str, username: str, password: str, number: str, seconds: str) -> Task:
    """Annotate a task by a function that takes so many seconds for a picture."""
    auto: Any = importlib.import_module("cvat_sdk.auto_annotation")

    class Sleeper:
        spec = auto.DetectionFunctionSpec(labels=[auto.label_spec("crab", 0)])

        def detect(self, _context: Any, _image: Any) -> list[Any]:
            time.sleep(float(seconds))
            return [auto.rectangle(0, [10, 10, 100, 100])]

    def run() -> None:
        config = sdk.Config(cache_dir=Path(tempfile.mkdtemp()))
        client = sdk.Client(url, config=config, check_server_version=False)
        client.login((username, password))
        auto.annotate_task(client, int(number), Sleeper(), clear_existing=True)

    return run


def dataset(url: str, username: str, password: str, number: str, cache: str) -> Task:
    """Decode all pictures of a task, in order."""
    datasets: Any = importlib.import_module("cvat_sdk.datasets")
    settings = sdk.Config(cache_dir=Path(cache))
    client = sdk.Client(url, config=settings, check_server_version=False)
    client.login((username, password))

    def run() -> Figures:
        pixels = boxes = 0
        for sample in datasets.TaskDataset(client, int(number)).samples:
            image = sample.media.load_image()
            pixels += image.size[0] * image.size[1]
            boxes += len(sample.annotations.shapes)
        return Figures(pixels=pixels, boxes=boxes)

    return run


if __name__ == "__main__":
    serve(
        {
            "decode": decode,
            "get": get,
            "export": export,
            "upload": upload,
            "frames": frames,
            "annotate": annotate,
            "dataset": dataset,
        }
    )
