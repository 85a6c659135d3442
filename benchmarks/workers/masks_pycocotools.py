"""The tasks of masks, done by pycocotools, from arrays in the order that it wants."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from benchmarks.workers.pictures import objects
from benchmarks.workers.protocol import Task, serve

coco: Any = importlib.import_module("pycocotools.mask")


def encode() -> Task:
    """Turn arrays into run lengths."""
    pictures = [np.asfortranarray(pixels.astype(np.uint8)) for pixels in objects()]
    return lambda: [coco.encode(pixels) for pixels in pictures]


def decode() -> Task:
    """Turn run lengths into arrays."""
    encoded = [coco.encode(np.asfortranarray(pixels.astype(np.uint8))) for pixels in objects()]
    return lambda: [coco.decode(mask) for mask in encoded]


if __name__ == "__main__":
    serve({"encode": encode, "decode": decode})
