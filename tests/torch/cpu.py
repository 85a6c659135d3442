"""torchvision beside a build of torch that its own was not made for, such as that for CPUs."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from typing import Any

_OPERATORS = ("nms", "qnms")
_ARGUMENTS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def torchvision_or_none() -> Any:
    """Return torchvision; None if it is not installed.

    Each wheel of it goes with one build of torch, and its own operators do not load beside another.
    Its tensors, transforms and datasets do not need them, but for their names.
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
            define: Any = importlib.import_module("torch").library.define
            for name in _OPERATORS:
                define(f"torchvision::{name}", _ARGUMENTS)
            return importlib.import_module("torchvision")
