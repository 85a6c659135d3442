"""A function that annotates, run by annoport; it needs Pillow."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annoport import cvat, functions
from annoport.vision import Annotation, Box
from benchmarks.workers.protocol import Figures, Task, peak_memory, serve


class _Sleeper:
    """Finds a crab in each picture, after a while."""

    spec = functions.Spec(labels=functions.make_labels(["crab"]))

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def detect(self, context: functions.Context, image: Any) -> Sequence[Annotation]:
        """Return a box."""
        del context, image
        time.sleep(self._seconds)
        return [Box(label="crab", left=10, top=10, right=100, bottom=100)]


def annotate(url: str, token: str, number: str, seconds: str) -> Task:
    """Annotate a task; `function` is the time of the function itself, `memory` the most so far."""
    client = cvat.Client(url, token=token)

    def run() -> Figures:
        with tempfile.TemporaryDirectory() as folder:
            report = functions.annotate(
                cvat.task(client, int(number)),
                _Sleeper(float(seconds)),
                mode="replace",
                progress=False,
                checkpoints=Path(folder),
            )
        return Figures(function=report.function_seconds, memory=peak_memory())

    return run


if __name__ == "__main__":
    serve({"annotate": annotate})
