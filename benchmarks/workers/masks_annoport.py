"""The tasks of masks, done by annoport."""

from __future__ import annotations

from annoport.vision import masks
from benchmarks.workers.pictures import HEIGHT, WIDTH, objects
from benchmarks.workers.protocol import Task, serve


def encode() -> Task:
    """Turn arrays into run lengths."""
    pictures = objects()
    return lambda: [masks.from_array(pixels, label="a") for pixels in pictures]


def decode() -> Task:
    """Turn run lengths into arrays."""
    encoded = [masks.from_array(pixels, label="a") for pixels in objects()]
    return lambda: [masks.to_array(mask, WIDTH, HEIGHT) for mask in encoded]


if __name__ == "__main__":
    serve({"encode": encode, "decode": decode})
