"""Frames, made by pandas."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from benchmarks.workers.protocol import Task, serve


def normalize(path: str) -> Task:
    """Turn dicts into a frame with a column for each attribute."""
    pandas: Any = importlib.import_module("pandas")
    rows: Any = json.loads(Path(path).read_bytes())
    return lambda: pandas.json_normalize(rows)


if __name__ == "__main__":
    serve({"normalize": normalize})
