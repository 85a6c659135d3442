"""The tasks, done by Tator's own SDK, of any version."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.workers.boxes import PROJECT
from benchmarks.workers.boxes import new as new_boxes
from benchmarks.workers.protocol import Task, serve

tator: Any = importlib.import_module("tator")


def decode(path: str) -> Task:
    """Turn an answer into models, the SDK's own way."""
    client = importlib.import_module("tator.openapi.tator_openapi").ApiClient()
    answer = SimpleNamespace(data=Path(path).read_text(encoding="utf-8"))
    return lambda: client.deserialize(answer, "list[Localization]")


def rows(url: str) -> Task:
    """List all localizations of a project, in one request."""
    client = tator.get_api(url, "none")
    return lambda: sum(row.id for row in client.get_localization_list(3))


def write(url: str, token: str) -> Task:
    """Create localizations by the SDK's own way for many."""
    client, boxes = tator.get_api(url, token), new_boxes()
    create = importlib.import_module("tator.util").chunked_create

    def run() -> int:
        answers = create(client.create_localization_list, PROJECT, body=boxes)
        return sum(len(answer.id) for answer in answers)

    return run


if __name__ == "__main__":
    serve({"decode": decode, "rows": rows, "write": write})
