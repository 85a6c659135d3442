"""The objects of a project as JSON gives them, by bare requests."""

from __future__ import annotations

import json
from typing import Any

import httpx

from benchmarks.objects_server import PROJECT
from benchmarks.payloads import OBJECT_FIELDS
from benchmarks.workers.protocol import Task, serve


def objects(url: str, window: str = "") -> Task:
    """Ask for all objects in one request, or in windows of so many, and decode them."""
    client = httpx.Client(base_url=url, headers={"Authorization": "Bearer none"})
    address = f"/object_set/{PROJECT}/query"
    asked: dict[str, Any] = {"fields": ",".join(OBJECT_FIELDS), "order_field": "obj.objid"}

    def ask(**part: int) -> Any:
        answer = client.post(address, params={**asked, **part}, json={}).raise_for_status()
        return json.loads(answer.content)

    def run() -> int:
        if not window:
            return len(ask()["details"])
        size, rows, total = int(window), list[Any](), 1
        while len(rows) < total:
            answer = ask(window_start=len(rows), window_size=size)
            rows += answer["details"]
            total = answer["total_ids"]
        return len(rows)

    return run


if __name__ == "__main__":
    serve({"objects": objects})
