"""Automatic annotations by the serverless functions of the fake CVAT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from annoport.testing.clock import Clock
from annoport.testing.cvat.answers import Json
from annoport.testing.cvat.state import State, Task, now

WentWrong: TypeAlias = Callable[[str, Exception], str]
"""Keeps what went wrong in the fake itself; returns what a client is told."""

_BOX = [4.0, 4.0, 20.0, 20.0]


@attrs.define(kw_only=True)
class Function:
    """A serverless function, which finds one box of each of its labels on each frame."""

    id: str
    labels: tuple[str, ...]
    kind: str = "detector"

    def show(self) -> Json:
        """Show the function."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.id,
            "description": "",
            "version": 1,
            "labels_v2": [
                {"name": name, "type": "rectangle", "attributes": []} for name in self.labels
            ],
        }

    def annotate(self, state: State, task: Task, frames: range, given: Json) -> None:
        """Put boxes into a task, as a request asks."""
        ids = {label.name: label.id for label in state.labels_of(task)}
        mapping: dict[str, Any] = given.get("mapping") or {
            name: {"name": name} for name in self.labels if name in ids
        }
        if given.get("cleanup"):
            task.tags, task.shapes, task.tracks = [], [], []
        for frame in frames:
            for name in self.labels:
                if name in mapping:
                    label = ids[mapping[name]["name"]]
                    task.shapes.append(_box(state.new_id("shapes"), label, frame))
        task.updated = now()


def _box(number: int, label: int, frame: int) -> Json:
    return {
        "id": number,
        "label_id": label,
        "type": "rectangle",
        "frame": frame,
        "group": 0,
        "source": "auto",
        "occluded": False,
        "outside": False,
        "z_order": 0,
        "rotation": 0.0,
        "points": _BOX,
        "attributes": [],
        "elements": [],
    }


@attrs.define(kw_only=True)
class FunctionCall:
    """A request to annotate a task; times are monotonic seconds."""

    id: str
    function: Function
    task: Task
    frames: range
    given: Json
    clock: Clock
    starts: float
    ends: float
    enqueued: str = attrs.field(factory=now)
    error: str | None = None
    done: bool = False

    def settle(self, state: State, went_wrong: WentWrong) -> None:
        """Do the work if it is due."""
        if self.done or self.clock.monotonic() < self.ends:
            return
        self.done = True
        if self.error is not None:
            return
        try:
            self.function.annotate(state, self.task, self.frames, self.given)
        except Exception as error:  # noqa: BLE001  # whatever it is, the call would look finished
            self.error = went_wrong(f"request {self.id}", error)

    def status(self) -> str:
        """Return the current status."""
        if self.clock.monotonic() < self.starts:
            return "queued"
        if not self.done:
            return "started"
        return "failed" if self.error else "finished"

    def show(self) -> Json:
        """Show the request."""
        status = self.status()
        given = {name: self.given.get(name) for name in ("threshold",)}
        return {
            "id": self.id,
            "function": {"id": self.function.id, "task": self.task.id, **given},
            "status": status,
            "progress": 100 if status == "finished" else None,
            "enqueued": self.enqueued,
            "started": None if status == "queued" else self.enqueued,
            "ended": now() if self.done else None,
            "exc_info": self.error if status == "failed" else None,
        }
