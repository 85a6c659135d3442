"""Where a maintainer's machine has the material that the project was made from."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="needs the seeds, specs and recordings in ../shared"
)
PLATFORMS = ("cvat", "ecotaxa", "tator")
