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


def _is_list(path: str) -> bool:
    return Path(path).stem == "localizations"


def decode(path: str) -> Task:
    """Turn JSON into dicts, and these into models."""
    data, model = Path(path).read_bytes(), _model(path)
    if _is_list(path):
        return lambda: [model.from_dict(one) for one in json.loads(data)]
    return lambda: model.from_dict(json.loads(data))


def encode(path: str) -> Task:
    """Turn models into dicts, and these into JSON."""
    value: Any = decode(path)()
    if _is_list(path):
        return lambda: json.dumps([one.to_dict() for one in value])
    return lambda: json.dumps(value.to_dict())


if __name__ == "__main__":
    serve({"decode": decode, "encode": encode})
