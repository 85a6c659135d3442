"""The tasks, done by annoport."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import annoport_cvat
import annoport_tator
from annoport.core._sync.download import RemoteUrl
from annoport.core.codec import json as codec
from annoport.core.contract.extensions import Download
from annoport.core.http.parsing import parse
from annoport.core.http.request import build
from annoport.core.http.response import Headers, RawResponse
from annoport_cvat.operations import server as server_operations
from annoport_cvat.operations import tasks as task_operations
from annoport_tator.operations import localizations as localization_operations
from benchmarks.workers.boxes import PROJECT
from benchmarks.workers.boxes import new as new_boxes
from benchmarks.workers.protocol import Figures, Task, peak_memory, serve

_OPERATIONS: dict[str, Any] = {
    "shapes": task_operations.TASKS_RETRIEVE_ANNOTATIONS,
    "tasks": task_operations.TASKS_LIST,
    "localizations": localization_operations.GET_LOCALIZATION_LIST,
}
_CALLS = 1000


def _client(url: str) -> annoport_cvat.Client:
    return annoport_cvat.Client(url, token="none")


def decode(path: str) -> Task:
    """Turn an answer into its value, all the way."""
    operation = _OPERATIONS[Path(path).stem]
    headers = Headers({"content-type": "application/json"})
    raw = RawResponse(200, headers, Path(path).read_bytes(), "http://annotate.test", 0.0)
    return lambda: parse(operation, raw, strict=True)


def encode(path: str) -> Task:
    """Turn a model into a request, if there is one that takes it."""
    data, name = Path(path).read_bytes(), Path(path).stem
    if name == "shapes":
        body = codec.decode(data, annoport_cvat.models.LabeledDataRequest, strict=True, where="")
        return lambda: build(task_operations.TASKS_UPDATE_ANNOTATIONS, {"id": 1}, body)
    kind: Any = (
        list[annoport_tator.models.Localization]
        if name == "localizations"
        else annoport_cvat.models.PaginatedTaskReadList
    )
    value = codec.decode(data, kind, strict=True, where="")
    return lambda: codec.encode(value)


def get(url: str) -> Task:
    """Send small GETs, each answered by a typed object."""
    client = _client(url)

    def run() -> None:
        for _ in range(_CALLS):
            client.call(server_operations.SERVER_RETRIEVE_ABOUT, {})

    return run


def send(url: str, path: str, version: str = "") -> Task:
    """Send a body, looked through for what a version of the server lacks if there is one."""
    body = codec.decode(
        Path(path).read_bytes(), annoport_cvat.models.LabeledDataRequest, strict=True, where=""
    )
    client = annoport_cvat.Client(
        url, token="none", server_version=version or None, check_server_version=bool(version)
    )
    return lambda: client.call(task_operations.TASKS_UPDATE_ANNOTATIONS, {"id": 1}, body=body)


def pages(url: str) -> Task:
    """List all tasks."""
    client = _client(url)
    return lambda: sum(task.id for task in client.tasks.list())


def rows(url: str) -> Task:
    """List all localizations; `memory` is what the process needed beyond its idle state."""
    client = annoport_tator.Client(url, token="none")
    client.localizations.list(1).first()  # an empty project
    idle = peak_memory()

    def run() -> Figures:
        found = sum(row.id for row in client.localizations.list(3))
        return Figures(memory=peak_memory() - idle, found=found)

    return run


def export(url: str, token: str) -> Task:
    """Start an export, wait for it, download it."""
    client = annoport_cvat.Client(url, token=token)
    folder = Path(tempfile.mkdtemp())
    numbers = itertools.count()
    task = next(task.id for task in client.tasks.list() if task.size)

    def run() -> None:
        job = client.tasks.create_dataset_export(task, format="COCO 1.0", save_images=False)
        job.download(folder / f"{next(numbers)}.zip")

    return run


def download(url: str, folder: str, connections: str = "1") -> Task:
    """Fetch a large file; `memory` is what the process needed beyond its idle state, in bytes."""
    target = Path(folder) / "ours.bin"
    client = _client(url.rpartition("/")[0])
    client.call(server_operations.SERVER_RETRIEVE_ABOUT, {})
    idle = peak_memory()
    remote = RemoteUrl(client, url, Download(ranges="any"))

    def run() -> Figures:
        target.unlink(missing_ok=True)
        remote.download(target, connections=int(connections))
        return Figures(memory=peak_memory() - idle, size=target.stat().st_size)

    return run


def upload(url: str, token: str, folder: str) -> Task:
    """Make a task and send its pictures."""
    client = annoport_cvat.Client(url, token=token)
    paths = sorted(Path(folder).iterdir())

    def run() -> None:
        task = client.tasks.create(body={"name": "bench", "labels": [{"name": "whale"}]})
        client.tasks.upload_data(task.id, paths, body={"image_quality": 70})

    return run


def frames(url: str, token: str, number: str, count: str) -> Task:
    """Save all frames of a task, as many as `count` says."""
    from annoport import cvat  # the other tasks need no flows

    client = annoport_cvat.Client(url, token=token)
    wanted = range(int(count))
    return lambda: cvat.save_frames(client, int(number), tempfile.mkdtemp(), frames=wanted)


def write(url: str, token: str) -> Task:
    """Create localizations, checked beforehand."""
    from annoport import tator  # the other tasks need no flows

    client, boxes = tator.Client(url, token=token), new_boxes()
    return lambda: tator.create_localizations(client, PROJECT, boxes)


if __name__ == "__main__":
    serve(
        {
            "decode": decode,
            "encode": encode,
            "get": get,
            "send": send,
            "pages": pages,
            "rows": rows,
            "export": export,
            "download": download,
            "upload": upload,
            "frames": frames,
            "write": write,
        }
    )
