"""A function for cvat-sdk; `tests/judges/finder.py` has the same for annoport."""

from __future__ import annotations

import importlib
from typing import Any

from tests.judges.finder import BOX, CORNERS, SIZE

# Its types are not ours to check: it is not in the environment of the tests.
SDK: Any = importlib.import_module("cvat_sdk.auto_annotation")
_ID = 7


class Finder:
    """Finds a box of a label in each picture, and a polygon in place of a mask."""

    def __init__(self, label: str, score: float) -> None:
        self.spec = SDK.DetectionFunctionSpec(
            labels=[SDK.label_spec("fox", _ID), SDK.label_spec(label, _ID + 1)]
        )
        self._score = score

    def detect(self, context: Any, image: Any) -> list[Any]:
        """Return what is sure enough."""
        if self._score < (context.conf_threshold or 0):
            return []
        if context.conv_mask_to_poly:
            return [SDK.polygon(_ID, [side for corner in CORNERS for side in corner])]
        left, top, width, height = BOX
        last = [left, top, left + width - 1, top + height - 1]
        mask = SDK.mask(_ID, [0, width * height, *last])
        return [SDK.rectangle(_ID + 1, [1, 2, image.width / 2, SIZE]), mask]


def create(label: str = "deer", score: float = 0.5) -> Finder:
    """Return one."""
    return Finder(label, score)
