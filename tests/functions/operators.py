"""The operators of torchvision that its models need, where its own do not load."""

from __future__ import annotations

import importlib
from typing import Any

from tests.torch.libraries import torch, torchvision


def _nms(boxes: Any, scores: Any, overlap: float) -> Any:
    """Return the places of the boxes that stay, the surest first."""
    rest = scores.argsort(descending=True)
    stay: list[int] = []
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while len(rest):
        best, rest = rest[0], rest[1:]
        stay.append(int(best))
        low = torch.maximum(boxes[best, :2], boxes[rest, :2])
        high = torch.minimum(boxes[best, 2:], boxes[rest, 2:])
        common = (high - low).clamp(min=0).prod(dim=1)
        rest = rest[common <= overlap * (areas[best] + areas[rest] - common)]
    return torch.tensor(stay, dtype=torch.int64)


def _stand_in() -> bool:
    """Let models run without torchvision's own operators; return whether these are there."""
    if torchvision is None or torchvision.extension._has_ops():
        return torchvision is not None
    torch.library.impl("torchvision::nms", "CPU")(_nms)
    boxes: Any = importlib.import_module("torchvision.ops.boxes")
    boxes._assert_has_ops = lambda: None
    # What stands in for its other operator would be compiled first.
    align: Any = importlib.import_module("torchvision.ops.roi_align")
    align._roi_align = align._roi_align.__wrapped__
    return False


has_own_operators = _stand_in()
