"""torch and torchvision for the tests, which are skipped where they are missing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.torch.cpu import torchvision_or_none

torch: Any = pytest.importorskip(
    "torch", reason="torch is not installed; `make test-torch` makes an environment that has it"
)
torchvision = torchvision_or_none()
needs_torchvision = pytest.mark.skipif(torchvision is None, reason="torchvision is not installed")
