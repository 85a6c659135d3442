"""Many exports of CVAT's tasks, one after the other and at once."""

from __future__ import annotations

import functools
import importlib
import tempfile
from concurrent.futures import Executor
from typing import Any

import annoport_cvat
from annoport import batches
from benchmarks.workers.protocol import Task, serve

_FORMAT = "COCO 1.0"
_WORKERS = 2


def loop(url: str, token: str, first: str, count: str) -> Task:
    """Export so many tasks one after the other, as a script does."""

    def run() -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            annoport_cvat.Client(url, token=token) as client,
        ):
            for task in range(int(first), int(first) + int(count)):
                client.tasks.download_dataset(task, f"{folder}/{task}/", format=_FORMAT)

    return run


def threads(url: str, token: str, first: str, count: str, at_once: str) -> Task:
    """Export them as a batch on threads."""
    return _batch(url, token, range(int(first), int(first) + int(count)), at_once=int(at_once))


def dask(url: str, token: str, first: str, count: str, at_once: str) -> Task:
    """Export them as a batch on a cluster of two workers."""
    distributed: Any = importlib.import_module("distributed")
    cluster = distributed.Client(
        n_workers=_WORKERS, threads_per_worker=int(at_once) // _WORKERS, dashboard_address=None
    )
    tasks = range(int(first), int(first) + int(count))
    return _batch(url, token, tasks, at_once=int(at_once), executor=cluster.get_executor())


def _batch(
    url: str, token: str, tasks: range, *, at_once: int, executor: Executor | None = None
) -> Task:
    connect = functools.partial(annoport_cvat.Client, url, token=token)
    plan = batches.plan(tasks, "tasks.download_dataset", keywords={"format": _FORMAT})

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            report = batches.run_exports(
                plan, connect, folder, executor=executor, at_once=at_once, progress=False
            )
        report.raise_failed()

    return run


if __name__ == "__main__":
    serve({"loop": loop, "threads": threads, "dask": dask})
