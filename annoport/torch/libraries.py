"""torch, and torchvision's tensors where that is installed."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Sequence
from typing import Any

try:
    import torch
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ImportError(
        "annoport.torch needs torch, which is not installed: pip install 'annoport[torch]'",
        name="torch",
    ) from None

from torch import Tensor
from torch.utils.data import Dataset

__all__ = ["Dataset", "Tensor", "boxes", "keypoints", "masks", "torch"]


@functools.cache
def _tv_tensors() -> Any:
    """Return `torchvision.tv_tensors`; None if it is not installed, or too old to have it."""
    try:
        return importlib.import_module("torchvision.tv_tensors")
    except ModuleNotFoundError:
        return None
    except RuntimeError as error:
        raise ImportError(
            f"torchvision is for another build of torch: {error}; install those that go together, "
            "or only torch",
            name="torchvision",
        ) from error


def boxes(rows: Sequence[Sequence[float]], size: tuple[int, int]) -> Tensor:
    """Return boxes, which torchvision's transforms move together with the picture.

    Args:
        rows: Left, top, right and bottom of each.
        size: Width and height of the picture.
    """
    found: Tensor = torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)
    kinds = _tv_tensors()
    if kinds is not None:
        found = kinds.BoundingBoxes(found, format="XYXY", canvas_size=(size[1], size[0]))
    return found


def masks(tensor: Tensor) -> Tensor:
    """Return masks, which torchvision's transforms move together with the picture.

    Args:
        tensor: Number x height x width.
    """
    kinds = _tv_tensors()
    found: Tensor = tensor if kinds is None else kinds.Mask(tensor)
    return found


def keypoints(tensor: Tensor, size: tuple[int, int]) -> Tensor:
    """Return points, which torchvision's transforms move, if it is new enough to have such.

    Args:
        tensor: Anything x 2.
        size: Width and height of the picture.
    """
    kind = getattr(_tv_tensors(), "KeyPoints", None)
    found: Tensor = tensor if kind is None else kind(tensor, canvas_size=(size[1], size[0]))
    return found
