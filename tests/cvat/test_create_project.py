"""Projects with labels, and with what a dataset holds."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from annoport import cvat
from annoport.errors import InvalidArgumentError, InvalidBodyError
from annoport.testing.images import png
from tests.cvat.conftest import CAMERA_TRAPS, STORAGE, Flows


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A picture with a box on it, as COCO."""
    path = tmp_path / "dataset.zip"
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 8, "height": 8}],
        "categories": [{"id": 1, "name": "crab"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("annotations/instances.json", json.dumps(document))
        archive.writestr("images/a.png", png(8, 8))
    return path


def labels_of(flows: Flows, project: int) -> list[str]:
    return [label.name for label in flows.client.labels.list(project_id=project)]


def test_a_project_with_labels(flows: Flows) -> None:
    project = flows.call("create_project", "survey", labels=["crab", "cod"])
    assert project.name == "survey"
    assert labels_of(flows, project.id) == ["crab", "cod"]
    settings = cvat.models.ProjectWriteRequest(name="other", bug_tracker="https://b.example.org")
    assert flows.call("create_project", settings).bug_tracker == "https://b.example.org"


def test_a_dataset_becomes_tasks_and_labels(flows: Flows, dataset: Path) -> None:
    project = flows.call("create_project", "survey", dataset=dataset, format="COCO 1.0")
    assert project.tasks.count == 1
    assert labels_of(flows, project.id) == ["crab"]
    task = next(iter(flows.client.tasks.list(project_id=project.id)))
    assert len(flows.client.tasks.retrieve_annotations(task.id).shapes) == 1


def test_a_dataset_comes_from_a_storage(flows: Flows, dataset: Path) -> None:
    flows.fake.buckets.files["survey"]["sets/a.zip"] = dataset.read_bytes()
    storage = flows.client.cloudstorages.create(body=STORAGE)
    project = flows.call(
        "create_project", "survey", dataset="sets/a.zip", format="COCO 1.0", from_storage=storage
    )
    assert project.tasks.count == 1


def test_a_failed_import_is_gone_on_with(flows: Flows, dataset: Path) -> None:
    flows.fake.next_job = "failed"
    given: dict[str, Any] = {"dataset": dataset, "format": "COCO 1.0"}
    with pytest.raises(cvat.UnfinishedProjectError) as caught:
        flows.call("create_project", "survey", **given)
    error = caught.value
    assert str(error) == (
        f"create_project: project {error.project} was made, but its dataset is missing: "
        f"{error.__cause__}; put that right and make the same call again with "
        f"into={error.project}, or delete the project"
    )
    before = len(flows.fake.state.projects)
    for _ in range(2):  # what is there is not imported again
        project = flows.call("create_project", "survey", into=error.project, **given)
        assert (project.id, project.tasks.count) == (error.project, 1)
    assert len(flows.fake.state.projects) == before


def test_a_dataset_is_not_added_to_tasks_of_others(flows: Flows, dataset: Path) -> None:
    with pytest.raises(cvat.UnfinishedProjectError) as caught:
        flows.call(
            "create_project", "survey", dataset=dataset, format="COCO 1.0", into=CAMERA_TRAPS
        )
    assert "it has 10 tasks already, and those of the dataset would be added" in str(caught.value)


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no name": ("create_project: the name of the project is empty", {"project": ""}),
    "a dataset without a format": (
        (
            "create_project: a dataset needs its format, such as format='COCO 1.0'; "
            "server.retrieve_annotation_formats() lists them"
        ),
        {"dataset": b"zip"},
    ),
    "a format without a dataset": (
        "create_project: format needs the dataset that it is about",
        {"format": "COCO 1.0"},
    ),
    "a storage without a dataset": (
        "create_project: from_storage needs the dataset that it is about",
        {"from_storage": 1},
    ),
    "into without a dataset": (
        "create_project: into needs the dataset that it is about",
        {"into": 1},
    ),
    "an unknown format": (
        (
            "create_project: format 'VOC' is none of this server's: such are 'COCO 1.0'; "
            "server.retrieve_annotation_formats() lists all"
        ),
        {"dataset": b"zip", "format": "VOC"},
    ),
    "labels twice": (
        "create_project: the argument and the settings both say labels",
        {"project": cvat.models.ProjectWriteRequest(name="a", labels=[]), "labels": ["b"]},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_makes_nothing(flows: Flows, name: str) -> None:
    message, keywords = REFUSED[name]
    given = {"project": "survey", **keywords}
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("create_project", given.pop("project"), **given)
    assert str(caught.value) == message
    assert flows.sent("POST") == []


def test_a_missing_dataset_makes_nothing(flows: Flows, tmp_path: Path) -> None:
    with pytest.raises(InvalidBodyError):
        flows.call("create_project", "survey", dataset=tmp_path / "gone.zip", format="COCO 1.0")
    assert flows.sent("POST") == []
