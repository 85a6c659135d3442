"""Many tasks from one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annoport import cvat
from annoport.errors import InvalidArgumentError
from annoport.testing.images import png
from tests.cvat.conftest import CAMERA_TRAPS, Flows


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Two folders of pictures, two pictures beside them, and a text."""
    root = tmp_path / "dives"
    for name in ("dive_10/left/a.png", "dive_2/b.png", "dive_2/c.png", "x.png", "y.png"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(8, 8))
    (root / "notes.txt").write_text("x", encoding="utf-8")
    return root


UNITS: dict[str, list[tuple[str, int]]] = {
    "file": [("x", 1), ("y", 1)],
    "folder": [("dive_2", 2), ("dive_10", 1)],
}


@pytest.mark.parametrize("one", UNITS)
def test_one_task_each(flows: Flows, folders: Path, one: str) -> None:
    settings = cvat.models.TaskWriteRequest(name="", bug_tracker="https://bugs.example.org")
    data = cvat.models.DataRequest(image_quality=40)
    tasks = flows.call(
        "create_tasks", folders, one=one, labels=["crab"], settings=settings, data=data
    )
    assert [(task.name, task.size) for task in tasks] == UNITS[one]
    assert {task.bug_tracker for task in tasks} == {"https://bugs.example.org"}
    assert {task.image_quality for task in tasks} == {40}
    assert {
        tuple(label.name for label in flows.client.labels.list(task_id=task.id)) for task in tasks
    } == {("crab",)}


def test_they_are_in_a_project(flows: Flows, folders: Path) -> None:
    tasks = flows.call("create_tasks", folders, project=CAMERA_TRAPS, subset="Train")
    assert [(task.project_id, task.subset) for task in tasks] == [(CAMERA_TRAPS, "Train")] * 2


def test_a_call_that_ended_half_way_is_gone_on_with(flows: Flows, folders: Path) -> None:
    before = len(flows.fake.state.tasks)
    flows.fake.fail_next(503, times=100, path=f"/tasks/{before + 2}/data")
    with pytest.raises(cvat.UnfinishedTasksError) as caught:
        flows.call("create_tasks", folders, labels=["crab"])
    error = caught.value
    assert str(error) == (
        f"create_tasks: 1 of 2 tasks are ready, then 'y.png' failed: {error.__cause__}; put that "
        f"right and make the same call again with into={list(error.done)}"
    )
    assert (error.task, error.done, error.left) == (before + 2, (before + 1, before + 2), 1)
    flows.fake.faults.clear()
    tasks = flows.call("create_tasks", folders, labels=["crab"], into=error.done)
    assert [task.id for task in tasks] == [*error.done]
    assert [task.size for task in tasks] == [1, 1]
    assert len(flows.fake.state.tasks) == before + 2


def test_the_first_that_is_not_made_is_an_ordinary_error(flows: Flows, folders: Path) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("create_tasks", folders, labels=[])
    assert str(caught.value) == "create_task: labels is empty: name at least one"


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no folder": ("create_tasks: '{root}/x.png' is no folder", {"folder": "x.png"}),
    "another unit": ("create_tasks: one is 'page': expected 'file' or 'folder'", {"one": "page"}),
    "nothing in it": (
        "create_tasks: the folder '{root}/dive_10' has no file that CVAT makes frames of",
        {"folder": "dive_10"},
    ),
    "no folders in it": (
        "create_tasks: the folder '{root}/dive_2' has no folder with one that CVAT makes frames of",
        {"folder": "dive_2", "one": "folder"},
    ),
    "too many": (
        "create_tasks: into has 3 tasks, but the folder makes only 2",
        {"into": [1, 2, 3]},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_makes_nothing(flows: Flows, folders: Path, name: str) -> None:
    message, keywords = REFUSED[name]
    given: dict[str, Any] = {"folder": "", "labels": ["crab"], **keywords}
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("create_tasks", folders / given.pop("folder"), **given)
    assert str(caught.value) == message.replace("{root}", str(folders))
    assert flows.sent("POST") == []


def test_two_files_of_one_name(flows: Flows, folders: Path) -> None:
    (folders / "x.jpg").write_bytes(b"")
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("create_tasks", folders, labels=["crab"])
    assert str(caught.value) == (
        "create_tasks: 'x.jpg' and 'x.png' would both become the task 'x': rename one"
    )
