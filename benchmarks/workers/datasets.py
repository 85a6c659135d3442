"""Datasets of CVAT, read by annoport."""

from __future__ import annotations

from pathlib import Path

from annoport import cvat
from annoport.vision import Dataset
from benchmarks.workers.protocol import Figures, Task, peak_memory, serve


def read(url: str, token: str, number: str, cache: str) -> Task:
    """Decode all pictures of a task, in order."""
    client = cvat.Client(url, token=token)

    def run() -> Figures:
        dataset = Dataset(cvat.task(client, int(number)), cache=cache)
        pixels = boxes = 0
        for sample, image in dataset.loaded():
            pixels += image.size[0] * image.size[1]
            boxes += len(sample.annotations)
        return Figures(pixels=pixels, boxes=boxes)

    return run


def memory(url: str, token: str, number: str, cache: str) -> Task:
    """Decode all pictures; `memory` is what the process needed beyond the dataset itself."""
    client = cvat.Client(url, token=token)

    def run() -> Figures:
        dataset = Dataset(cvat.task(client, int(number)), cache=cache)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is now
        before = peak_memory()
        count = sum(1 for _ in dataset.loaded())
        return Figures(memory=peak_memory() - before, count=count)

    return run


if __name__ == "__main__":
    serve({"read": read, "memory": memory})
