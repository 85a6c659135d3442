"""What is in a cloud storage, and what comes from there or goes there."""

from __future__ import annotations

import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from annoport import cvat
from annoport.errors import (
    InvalidArgumentError,
    JobFailedError,
    TargetExistsError,
    UnsupportedByServerError,
)
from tests.cvat.conftest import CAMERA_TRAPS, MEADOW, POND, STORAGE, Flows, renew


@pytest.fixture
def storage(flows: Flows) -> cvat.models.CloudStorageRead:
    """The bucket of the fake, as a storage."""
    made = flows.client.cloudstorages.create(body=STORAGE)
    flows.server.requests.clear()
    return made


def bucket(flows: Flows) -> dict[str, bytes]:
    return flows.fake.buckets.files["survey"]


# --------------------------------------------------------------------------- what is there

WALKS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "all": ({}, ["a.png", "b.png", "c.png", "notes.txt", "deep/d.png", "deep/er/e.png"]),
    "pictures": ({"pattern": "*.png"}, ["a.png", "b.png", "c.png", "deep/d.png", "deep/er/e.png"]),
    "a folder": ({"folder": "deep"}, ["deep/d.png", "deep/er/e.png"]),
    "a folder with a slash": ({"folder": "deep/er/"}, ["deep/er/e.png"]),
    "nothing": ({"folder": "none"}, []),
}


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_through_a_bucket(
    flows: Flows, storage: cvat.models.CloudStorageRead, name: str
) -> None:
    bucket(flows).update({"deep/er/e.png": b"", "notes.txt": b""})
    keywords, expected = WALKS[name]
    assert flows.call("storage_files", storage, **keywords) == expected


def test_a_walk_through_a_long_folder(flows: Flows, storage: cvat.models.CloudStorageRead) -> None:
    files = {f"many/{number:04d}.png": b"" for number in range(1100)}
    bucket(flows).update(files)
    assert flows.call("storage_files", storage.id, "many") == list(files)
    assert len(flows.sent("GET")) == 3


def test_a_path_that_begins_with_a_slash(flows: Flows) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("storage_files", 1, "/deep")
    assert str(caught.value) == (
        "storage_files: folder is '/deep': paths in a storage begin without a slash"
    )


# --------------------------------------------------------------------------- frames


def test_a_task_of_files_in_a_storage(flows: Flows, storage: cvat.models.CloudStorageRead) -> None:
    task = flows.call(
        "create_task",
        "bucket",
        labels=["a"],
        cloud_storage=storage,
        server_files=["b.png", "deep/d.png"],
    )
    assert (task.size, task.data_cloud_storage_id) == (2, storage.id)
    with pytest.raises(cvat.UnfinishedTaskError, match="No such file or directory"):
        flows.call(
            "create_task", "x", labels=["a"], cloud_storage=storage, server_files=["gone.png"]
        )


@pytest.fixture
def website(pictures: Path) -> Iterator[str]:
    """The address of a web server with pictures."""
    handler = partial(_Quiet, directory=str(pictures))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def test_a_task_of_pictures_elsewhere(flows: Flows, website: str) -> None:
    urls = [f"{website}/dive_{number}.png" for number in (1, 2)]
    assert flows.call("create_task", "web", labels=["a"], urls=urls).size == 2
    with pytest.raises(cvat.UnfinishedTaskError, match="HTTP Error 404"):
        flows.call("create_task", "web", labels=["a"], urls=[f"{website}/gone.png"])


# --------------------------------------------------------------------------- annotations


def test_an_export_comes_back_from_a_storage(
    flows: Flows, storage: cvat.models.CloudStorageRead
) -> None:
    path = flows.call(
        "export_dataset", MEADOW, "exports/dive.zip", format="COCO 1.0", to_storage=storage
    )
    assert path == "exports/dive.zip"
    members = zipfile.ZipFile(io.BytesIO(bucket(flows)[path])).namelist()
    assert [name for name in members if name.endswith(".json")]
    flows.client.tasks.destroy_annotations(MEADOW)
    flows.call("import_annotations", MEADOW, path, format="COCO 1.0", from_storage=storage.id)
    assert len(flows.client.tasks.retrieve_annotations(MEADOW).shapes) == 4
    with pytest.raises(JobFailedError):
        flows.call(
            "import_annotations", MEADOW, "gone.zip", format="COCO 1.0", from_storage=storage
        )


def test_an_export_comes_back_from_a_file(flows: Flows, tmp_path: Path) -> None:
    part = flows.client.jobs.list(task_id=MEADOW, sort="id").first()
    given: dict[str, Any] = {"format": "COCO 1.0"}
    path = flows.call("export_dataset", part, tmp_path / "job.zip", **given)
    assert path == str(tmp_path / "job.zip")
    with pytest.raises(TargetExistsError):
        flows.call("export_dataset", part, tmp_path / "job.zip", **given)
    flows.call("import_annotations", MEADOW, Path(path), mode="append", **given)
    assert len(flows.client.tasks.retrieve_annotations(MEADOW).shapes) > 4
    flows.call("import_annotations", part, Path(path), **given)
    project = flows.client.projects.retrieve(CAMERA_TRAPS)
    assert Path(
        flows.call("export_dataset", project, f"{tmp_path}/", save_images=True, **given)
    ).exists()


def test_a_server_that_would_replace_is_not_asked_to_append(flows: Flows, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"images": [], "categories": [], "annotations": []}), "utf-8")
    renew(flows.fake, version="2.52.0")
    with pytest.raises(UnsupportedByServerError, match=r"import_mode: CVAT .* and later"):
        flows.call("import_annotations", MEADOW, file, format="COCO 1.0", mode="append")
    assert len(flows.client.tasks.retrieve_annotations(MEADOW).shapes) == 4


# --------------------------------------------------------------------------- backups


@pytest.mark.parametrize("place", ["file", "storage"])
def test_a_backup_becomes_a_new_task_or_project(
    flows: Flows, storage: cvat.models.CloudStorageRead, tmp_path: Path, place: str
) -> None:
    to: dict[str, Any] = {"to_storage": storage} if place == "storage" else {}
    back: dict[str, Any] = {"from_storage": storage} if place == "storage" else {}
    folder = "" if place == "storage" else f"{tmp_path}/"
    saved = flows.call("back_up", POND, f"{folder}task.zip", **to)
    task = flows.call("restore_task", saved, **back)
    assert (task.id, task.name, task.size) == (13, "Pond, week 13", 3)
    flows.client.tasks.delete(12)
    for number in range(3, 11):  # those without data cannot be backed up
        flows.client.tasks.delete(number)
    project = flows.client.projects.retrieve(CAMERA_TRAPS)
    saved = flows.call("back_up", project, f"{folder}project.zip", **to)
    restored = flows.call("restore_project", saved, **back)
    assert (restored.id, restored.name) == (3, "Camera traps")


def test_a_broken_backup_makes_nothing(flows: Flows, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    file.write_bytes(b"no zip")
    before = len(flows.fake.state.tasks)
    with pytest.raises(JobFailedError):
        flows.call("restore_task", file)
    assert len(flows.fake.state.tasks) == before


REFUSED: dict[str, tuple[str, str, tuple[Any, ...], dict[str, Any]]] = {
    "an unknown import format": (
        "import_annotations",
        (
            "import_annotations: format 'VOC' is none of this server's: such are 'COCO 1.0'; "
            "server.retrieve_annotation_formats() lists all"
        ),
        (MEADOW, "a.zip"),
        {"format": "VOC"},
    ),
    "an unknown export format": (
        "export_dataset",
        (
            "export_dataset: format 'COCO 2.0' is none of this server's: such are 'COCO 1.0', "
            "'YOLO 1.1', 'MOT 1.1'; server.retrieve_annotation_formats() lists all"
        ),
        (MEADOW, "a.zip"),
        {"format": "COCO 2.0"},
    ),
    "bytes from a storage": (
        "restore_task",
        "restore_task: expected the path of the file in the cloud storage, got bytes",
        (b"zip",),
        {"from_storage": 1},
    ),
    "an absolute path": (
        "back_up",
        ("back_up: '/a.zip' is no path of a file in a cloud storage: they begin without a slash"),
        (POND, "/a.zip"),
        {"to_storage": 1},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_starts_nothing(flows: Flows, name: str) -> None:
    function, message, arguments, keywords = REFUSED[name]
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call(function, *arguments, **keywords)
    assert str(caught.value) == message
    assert flows.sent("POST") == []
