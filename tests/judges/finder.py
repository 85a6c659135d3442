"""A function for annoport; `tests/judges/finder_of_cvat_sdk.py` has the same for cvat-sdk."""

from __future__ import annotations

from typing import Any

from annoport.functions import Context, Spec, make_labels
from annoport.vision import Annotation, Box, Mask, Polygon

BOX = (2, 3, 4, 2)
"""Left, top, width and height of what is found, in pixels."""
CORNERS = ((2.0, 3.0), (6.0, 3.0), (6.0, 5.0))
SIZE = 7.5


class Finder:
    """Finds a box of a label in each picture, and a polygon in place of a mask."""

    def __init__(self, label: str, score: float) -> None:
        self.spec = Spec(labels=make_labels(["fox", label]))
        self._score = score

    def detect(self, context: Context, image: Any) -> list[Annotation]:
        """Return what is sure enough."""
        if self._score < (context.threshold or 0):
            return []
        if context.polygons:
            return [Polygon(label="fox", points=CORNERS)]
        left, top, width, height = BOX
        first, second = self.spec.labels
        mask = Mask(
            label=first.name, left=left, top=top, width=width, height=height,
            runs=[0, width * height],
        )  # fmt: skip
        box = Box(label=second.name, left=1, top=2, right=image.width / 2, bottom=SIZE)
        return [box, mask]


def create(label: str = "deer", score: float = 0.5) -> Finder:
    """Return one."""
    return Finder(label, score)
