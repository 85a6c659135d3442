"""The tasks of masks, done by CVAT's own SDK."""

from __future__ import annotations

import importlib
from typing import Any

from benchmarks.workers.pictures import HEIGHT, WIDTH, objects
from benchmarks.workers.protocol import Task, serve

masks: Any = importlib.import_module("cvat_sdk.masks")


def encode() -> Task:
    """Turn arrays into run lengths."""
    pictures = objects()
    return lambda: [masks.encode_mask(pixels) for pixels in pictures]


def decode() -> Task:
    """Turn run lengths into arrays."""
    encoded = [masks.encode_mask(pixels) for pixels in objects()]
    return lambda: [
        masks.decode_mask(points, image_width=WIDTH, image_height=HEIGHT) for points in encoded
    ]


if __name__ == "__main__":
    serve({"encode": encode, "decode": decode})
