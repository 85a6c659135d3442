"""torch and torchvision for the tests, which are skipped where they are missing."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from typing import Any

import pytest

torch: Any = pytest.importorskip(
    "torch", reason="torch is not installed; `make test-torch` makes an environment that has it"
)

_OPERATORS = ("nms", "qnms")
_ARGUMENTS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def torchvision_or_none() -> Any:
    """Return torchvision; None if it is not installed.

    A wheel of it is built for one build of torch, and its own operators do not load beside another,
    such as that for CPUs. Its tensors and transforms do not need them, but for their names.
    """
    if importlib.util.find_spec("torchvision") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module("torchvision")
        except RuntimeError:
            for name in [name for name in sys.modules if name.startswith("torchvision")]:
                del sys.modules[name]
            for name in _OPERATORS:
                torch.library.define(f"torchvision::{name}", _ARGUMENTS)
            return importlib.import_module("torchvision")


torchvision = torchvision_or_none()
needs_torchvision = pytest.mark.skipif(torchvision is None, reason="torchvision is not installed")
