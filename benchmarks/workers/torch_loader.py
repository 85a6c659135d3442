"""Batches of a DataLoader with two workers: of a dataset, and of a plain folder of images."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.workers.protocol import Figures, Task, serve

torch: Any = importlib.import_module("torch")
data: Any = importlib.import_module("torch.utils.data")

_BATCH, _WORKERS = 16, 2


def _tensor(image: Any) -> Any:
    return torch.from_numpy(np.array(image))


class Folder:
    """The pictures of a folder, as tutorials write it."""

    def __init__(self, folder: str) -> None:
        self.paths = sorted(Path(folder).iterdir())

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Any:
        with Image.open(self.paths[index]) as image:
            return _tensor(image), index


def _batches(dataset: Any) -> Figures:
    loader = data.DataLoader(dataset, batch_size=_BATCH, num_workers=_WORKERS)
    return Figures(pictures=sum(len(images) for images, _ in loader))


def folder(path: str) -> Task:
    """Read all pictures of a folder."""
    dataset = Folder(path)
    return lambda: _batches(dataset)


def dataset(url: str, token: str, number: str, cache: str) -> Task:
    """Read all pictures of a task."""
    from annoport import cvat
    from annoport.torch import VisionDataset
    from annoport.vision import Dataset

    with cvat.Client(url, token=token) as client:
        samples = Dataset(cvat.task(client, int(number)), images="all", cache=cache)
    read = VisionDataset(samples, transform=_tensor, target_transform=_number)
    return lambda: _batches(read)


def _number(target: Any) -> int:
    return int(target.frame.number)


if __name__ == "__main__":
    serve({"folder": folder, "dataset": dataset})
