"""The tasks, done by Tator's own SDK."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.workers.protocol import Task, serve

openapi: Any = importlib.import_module("tator.openapi.tator_openapi")


def decode(path: str) -> Task:
    """Turn an answer into models, the SDK's own way."""
    client = openapi.ApiClient()
    answer = SimpleNamespace(data=Path(path).read_text(encoding="utf-8"))
    return lambda: client.deserialize(answer, "list[Localization]")


if __name__ == "__main__":
    serve({"decode": decode})
