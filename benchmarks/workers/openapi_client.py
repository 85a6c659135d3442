"""The tasks, done by what openapi-python-client generates from the same specs."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from benchmarks.workers.protocol import Task, serve


def _model(path: str) -> Any:
    package, name = {
        "shapes": ("stock_cvat", "LabeledData"),
        "tasks": ("stock_cvat", "PaginatedTaskReadList"),
        "localizations": ("stock_tator", "Localization"),
    }[Path(path).stem]
    return getattr(importlib.import_module(f"{package}.models"), name)


def decode(path: str) -> Task:
    """JSON to dicts to models."""
    data, model = Path(path).read_bytes(), _model(path)

    def run() -> Any:
        found = json.loads(data)
        return [model.from_dict(one) for one in found] if isinstance(found, list) else (
            model.from_dict(found)
        )

    return run


def encode(path: str) -> Task:
    """Models to dicts to JSON."""
    value: Any = decode(path)()

    def run() -> str:
        if isinstance(value, list):
            return json.dumps([one.to_dict() for one in value])
        return json.dumps(value.to_dict())

    return run


if __name__ == "__main__":
    serve({"decode": decode, "encode": encode})
