"""Where the benchmarks keep their files."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "bench"
GENERATED = ROOT / "generated"

SOURCES = [ROOT, *sorted(GENERATED.glob("annoport-*")), CACHE / "stock"]
"""The content of PYTHONPATH: nothing has to be installed, and no import hook slows a start."""


def environment() -> dict[str, str]:
    """Return the environment variables of every process that is measured."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"PYTHONPATH": os.pathsep.join(map(str, SOURCES))}
