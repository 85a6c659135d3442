"""What `create_task` leaves on the server, and what it says when it cannot."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annoport import UploadFile, cvat, vision
from annoport.errors import (
    AnnoportError,
    InvalidAnnotationError,
    InvalidArgumentError,
    InvalidBodyError,
    JobFailedError,
    TransportError,
)
from annoport.testing.images import png
from tests.cvat.conftest import CAMERA_TRAPS, EMPTY, MEADOW, Flows

CRAB = vision.Label(
    name="crab",
    type="box",
    color="#ff0000",
    attributes=[vision.Attribute(name="age", kind="select", values=("young", "adult"))],
)


def box(label: str, frame: int = 0, **attributes: str) -> vision.Box:
    return vision.Box(
        label=label, frame=frame, attributes=attributes, left=1, top=2, right=30, bottom=40
    )


def names_of(flows: Flows, task: int) -> list[str]:
    return [frame.name for frame in flows.client.tasks.retrieve_data_meta(task).frames or ()]


def coco(folder: Path, name: str) -> Path:
    """Write a file with one box of a label on the first picture."""
    path = folder.parent / f"{name}.json"
    document = {
        "images": [{"id": 1, "file_name": "dive_1.png", "width": 64, "height": 48}],
        "categories": [{"id": 1, "name": name}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


# --------------------------------------------------------------------------- what is there


def test_a_folder_becomes_a_task_with_labels_and_annotations(flows: Flows, pictures: Path) -> None:
    (pictures / "notes.txt").write_text("no picture", encoding="utf-8")
    (pictures / ".hidden.png").write_bytes(b"")
    boxes = [box("crab", 2, age="young"), vision.Tag(label="empty", frame=0)]
    settings = cvat.models.TaskWriteRequest(name="dive", segment_size=2, overlap=0)
    task = flows.call("create_task", settings, pictures, labels=["empty", CRAB], annotations=boxes)
    assert (task.name, task.size, task.segment_size, task.jobs.count) == ("dive", 3, 2, 2)
    assert task.image_quality == 70
    assert names_of(flows, task.id) == ["dive_1.png", "dive_2.png", "dive_10.png"]
    labels = list(flows.client.labels.list(task_id=task.id))
    assert [label.name for label in labels] == ["empty", "crab"]
    assert (labels[1].type, labels[1].color) == ("rectangle", "#ff0000")
    stored = cvat.Converter(labels).from_data(flows.client.tasks.retrieve_annotations(task.id))
    assert [(each.label, each.frame, dict(each.attributes)) for each in stored] == [
        ("empty", 0, {}),
        ("crab", 2, {"age": "young"}),
    ]


def test_files_may_come_from_an_iterator(flows: Flows, pictures: Path) -> None:
    found = (pictures / f"dive_{number}.png" for number in (10, 1))
    task = flows.call("create_task", "dive", found, labels=["empty"])
    assert names_of(flows, task.id) == ["dive_10.png", "dive_1.png"]


def test_a_task_in_a_project_has_its_labels(flows: Flows, pictures: Path) -> None:
    project = flows.client.projects.retrieve(CAMERA_TRAPS)
    fox = box("fox", 1)
    task = flows.call(
        "create_task", "dive", pictures, project=project, subset="Train", annotations=[fox]
    )
    assert (task.project_id, task.subset) == (CAMERA_TRAPS, "Train")
    shapes = flows.client.tasks.retrieve_annotations(task.id).shapes
    assert [shape.frame for shape in shapes] == [1]


def test_labels_of_another_task_are_taken(flows: Flows, pictures: Path) -> None:
    labels = list(flows.client.labels.list(task_id=MEADOW))
    task = flows.call("create_task", "dive", pictures, labels=labels)
    made = list(flows.client.labels.list(task_id=task.id))
    assert [(a.name, a.color) for a in made] == [(a.name, a.color) for a in labels]
    assert [a.name for a in made[0].attributes or ()] == ["age"]


ORDERS: dict[str, tuple[Any, list[str]]] = {
    "as listed": (None, ["dive_10.png", "dive_1.png", "dive_2.png"]),
    "natural": ("natural", ["dive_1.png", "dive_2.png", "dive_10.png"]),
    "lexicographical": ("lexicographical", ["dive_1.png", "dive_10.png", "dive_2.png"]),
    "named": (
        ["dive_2.png", "dive_10.png", "dive_1.png"],
        ["dive_2.png", "dive_10.png", "dive_1.png"],
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_of_files(flows: Flows, pictures: Path, name: str) -> None:
    order, expected = ORDERS[name]
    files = [pictures / f"dive_{number}.png" for number in (10, 1, 2)]
    task = flows.call("create_task", "dive", files, labels=["a"], order=order)
    assert names_of(flows, task.id) == expected


def test_all_data_options_arrive(flows: Flows, pictures: Path) -> None:
    data = cvat.models.DataRequest(
        image_quality=30, chunk_size=2, start_frame=1, frame_filter="step=1"
    )
    task = flows.call("create_task", "dive", pictures, labels=["a"], data=data)
    meta = flows.client.tasks.retrieve_data_meta(task.id)
    assert (meta.image_quality, meta.chunk_size, meta.start_frame, meta.size) == (30, 2, 1, 2)


def test_an_archive_a_single_file_and_files_of_the_share(flows: Flows, pictures: Path) -> None:
    archive = pictures.parent / "dive.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        for path in pictures.iterdir():
            writer.write(path, path.name)
    task = flows.call("create_task", "zipped", archive, labels=["a"])
    assert task.size == 3
    for name in ("only.png", "dive.mp4"):
        single = UploadFile(png(8, 8), name=name)
        assert flows.call("create_task", "single", single, labels=["a"]).size == 1
    task = flows.call("create_task", "shared", labels=["a"], server_files=["x/1.png", "x/2.png"])
    assert names_of(flows, task.id) == ["x/1.png", "x/2.png"]


def test_annotations_from_a_file(flows: Flows, pictures: Path) -> None:
    file = coco(pictures, "crab")
    task = flows.call(
        "create_task", "dive", pictures, labels=["crab"], annotations=file, format="COCO 1.0"
    )
    assert len(flows.client.tasks.retrieve_annotations(task.id).shapes) == 1


# --------------------------------------------------------------------------- refused beforehand

Refused = tuple[type[AnnoportError], str, Callable[[Path], dict[str, Any]]]
REFUSED: dict[str, Refused] = {
    "no labels": (
        InvalidArgumentError,
        "create_task: expected labels, or the project whose labels count",
        lambda folder: {"files": folder, "labels": None},
    ),
    "labels and a project": (
        InvalidArgumentError,
        "create_task: a task in a project has the labels of the project: leave out labels",
        lambda folder: {"files": folder, "project": 1},
    ),
    "one label as a text": (
        InvalidArgumentError,
        "create_task: labels is the text 'crab': expected a list of labels, as in labels=['crab']",
        lambda folder: {"files": folder, "labels": "crab"},
    ),
    "equal labels": (
        InvalidArgumentError,
        "create_task: there are several labels 'a': names must differ",
        lambda folder: {"files": folder, "labels": ["a", vision.Label(name="a")]},
    ),
    "no files": (
        InvalidArgumentError,
        "create_task: expected one of files, urls and server_files, got none of them",
        lambda _: {},
    ),
    "files and addresses": (
        InvalidArgumentError,
        "create_task: expected one of files, urls and server_files, got files and urls",
        lambda folder: {"files": folder, "urls": ["https://example.org/a.png"]},
    ),
    "an address as a text": (
        InvalidArgumentError,
        (
            "create_task: urls is the text 'https://example.org/a.png': expected a list, as in "
            "urls=['https://example.org/a.png']"
        ),
        lambda _: {"urls": "https://example.org/a.png"},
    ),
    "a storage without paths": (
        InvalidArgumentError,
        (
            "create_task: cloud_storage needs server_files: the paths in it, which storage_files() "
            "lists"
        ),
        lambda folder: {"files": folder, "cloud_storage": 1},
    ),
    "a missing file": (
        InvalidBodyError,
        (
            "create_task: cannot read the file to upload: [Errno 2] No such file or directory: "
            "'{folder}/gone.png'"
        ),
        lambda folder: {"files": [folder / "dive_1.png", folder / "gone.png"]},
    ),
    "equal names": (
        InvalidArgumentError,
        "create_task: ",  # the rest is of the core, and tested there
        lambda folder: {"files": [folder / "dive_1.png", folder / "sub" / "dive_1.png"]},
    ),
    "no pictures": (
        InvalidArgumentError,
        (
            "create_task: 'notes.txt': neither pictures nor a video, an archive or a PDF, so there "
            "would be no frame"
        ),
        lambda folder: {"files": folder / "sub" / "notes.txt"},
    ),
    "a video among pictures": (
        InvalidArgumentError,
        (
            "create_task: 'dive.mp4' must be the only file, not one of 2: a task is made of "
            "pictures, or of a video, an archive or a PDF; create_tasks() makes several tasks"
        ),
        lambda folder: {"files": [folder / "dive_1.png", UploadFile(b"video", name="dive.mp4")]},
    ),
    "an order of other names": (
        InvalidArgumentError,
        (
            "create_task: order must have the name of each file once, without folders: 'x.png' is "
            "no file; 'dive_10.png' is not in the order; 'dive_2.png' is not in the order"
        ),
        lambda folder: {
            "files": [folder / f"dive_{number}.png" for number in (1, 2, 10)],
            "order": ["dive_1.png", "x.png"],
        },
    ),
    "order twice": (
        InvalidArgumentError,
        (
            "create_task: order and data both say how to sort: leave out sorting_method and "
            "upload_file_order of data"
        ),
        lambda folder: {
            "files": folder,
            "order": "natural",
            "data": cvat.models.DataRequest(sorting_method=cvat.models.SortingMethod.RANDOM),
        },
    ),
    "addresses in the data": (
        InvalidArgumentError,
        "create_task: data has remote_files: pass urls= in place of it",
        lambda folder: {"files": folder, "data": cvat.models.DataRequest(remote_files=["x"])},
    ),
    "an unknown label": (
        InvalidAnnotationError,
        (
            "Tag 'cod' on frame 0: label: the place has the labels 'crab' only; a mapping can say "
            "what it is there"
        ),
        lambda folder: {"files": folder, "annotations": [vision.Tag(label="cod")]},
    ),
    "an unknown attribute": (
        InvalidAnnotationError,
        "Tag 'crab' on frame 0: attributes['age']: label 'crab' has no attributes",
        lambda folder: {
            "files": folder,
            "annotations": [vision.Tag(label="crab", attributes={"age": "old"})],
        },
    ),
    "a frame past the end": (
        InvalidArgumentError,
        (
            "create_task: Tag 'crab' on frame 3: frame 3 is past the last one, 2, and CVAT would "
            "drop it without a word"
        ),
        lambda folder: {
            "files": [folder / f"dive_{number}.png" for number in (1, 2, 10)],
            "annotations": [vision.Tag(label="crab", frame=3)],
        },
    ),
    "no annotation": (
        InvalidArgumentError,
        (
            "create_task: {'label': 'crab'} is no annotation: expected those of annoport.vision, "
            "or a file"
        ),
        lambda folder: {"files": folder, "annotations": [{"label": "crab"}]},
    ),
    "an unknown format": (
        InvalidArgumentError,
        (
            "create_task: format 'COCO' is none of this server's: such are 'COCO 1.0'; "
            "server.retrieve_annotation_formats() lists all"
        ),
        lambda folder: {"files": folder, "annotations": folder / "dive_1.png", "format": "COCO"},
    ),
    "no format": (
        InvalidArgumentError,
        (
            "create_task: annotations from a file need its format, such as format='COCO 1.0'; "
            "server.retrieve_annotation_formats() lists them"
        ),
        lambda folder: {"files": folder, "annotations": folder / "dive_1.png"},
    ),
    "a format without a file": (
        InvalidArgumentError,
        "create_task: format is 'COCO 1.0', but there is no file",
        lambda folder: {"files": folder, "format": "COCO 1.0"},
    ),
    "no name": (
        InvalidArgumentError,
        "create_task: the name of the task is empty",
        lambda folder: {"task": "", "files": folder},
    ),
    "no task to go on with": (
        InvalidArgumentError,
        "into is 'dive': expected an id, or what retrieve() and list() return",
        lambda folder: {"files": folder, "into": "dive"},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_before_anything_is_made(
    flows: Flows, pictures: Path, name: str
) -> None:
    inner = pictures / "sub"
    inner.mkdir()
    (inner / "notes.txt").write_text("x", encoding="utf-8")
    if name == "equal names":
        (inner / "dive_1.png").write_bytes(png(8, 8))
    kind, message, make = REFUSED[name]
    before = len(flows.fake.state.tasks)
    keywords = {"task": "dive", "labels": ["crab"], **make(pictures)}
    with pytest.raises(kind) as caught:
        flows.call("create_task", keywords.pop("task"), keywords.pop("files", None), **keywords)
    wanted = message.replace("{folder}", str(pictures))
    assert str(caught.value) == wanted or (name == "equal names" and wanted in str(caught.value))
    assert len(flows.fake.state.tasks) == before
    assert flows.sent("POST") == []


# --------------------------------------------------------------------------- half way


def test_a_server_that_is_gone_half_way(flows: Flows, pictures: Path) -> None:
    flows.fake.fail_next(503, times=100, path="/data")
    with pytest.raises(cvat.UnfinishedTaskError) as caught:
        flows.call("create_task", "dive", pictures, labels=["crab"])
    error = caught.value
    assert str(error) == (
        f"create_task: task {error.task} was made, but its frames are missing: "
        f"{error.__cause__}; put that right and make the same call again with into={error.task}, "
        "or delete the task"
    )
    assert (error.done, error.left) == ((), 2)
    before = len(flows.fake.state.tasks)
    flows.fake.faults.clear()
    task = flows.call("create_task", "dive", pictures, labels=["crab"], into=error.task)
    assert (task.id, task.size) == (error.task, 3)
    assert len(flows.fake.state.tasks) == before


def test_a_task_whose_answer_is_lost_is_not_made_twice(flows: Flows, pictures: Path) -> None:
    before = len(flows.fake.state.tasks)
    flows.fake.lose_next(path="/api/tasks", method="POST")
    with pytest.raises(TransportError) as caught:
        flows.call("create_task", "dive", pictures, labels=["crab"])
    assert caught.value.may_be_done
    number = max(flows.fake.state.tasks)
    assert (len(flows.fake.state.tasks), flows.sent("POST")) == (before + 1, ["/api/tasks"])
    assert flows.call("create_task", "dive", pictures, labels=["crab"], into=number).size == 3


def test_answers_that_are_lost_on_the_way_change_nothing(flows: Flows, pictures: Path) -> None:
    for path, method in (("/data", "POST"), ("/annotations", "PUT"), ("/requests/", "GET")):
        flows.fake.lose_next(path=path, method=method)
    task = flows.call("create_task", "dive", pictures, labels=["crab"], annotations=[box("crab")])
    assert task.size == 3
    assert len(flows.client.tasks.retrieve_annotations(task.id).shapes) == 1


def test_a_failed_job_is_gone_on_with(flows: Flows, pictures: Path) -> None:
    flows.fake.next_job = "failed"
    with pytest.raises(cvat.UnfinishedTaskError) as caught:
        flows.call("create_task", "dive", pictures, labels=["crab"])
    assert isinstance(caught.value.__cause__, JobFailedError)
    task = flows.call("create_task", "dive", pictures, labels=["crab"], into=caught.value.task)
    assert task.size == 3


def test_a_job_that_still_runs_is_waited_for(flows: Flows, pictures: Path) -> None:
    flows.fake.next_job = "stuck"
    with pytest.raises(cvat.UnfinishedTaskError):
        flows.call("create_task", "dive", pictures, labels=["crab"], timeout=0.05)
    number = max(flows.fake.state.tasks)
    running = flows.fake.queue.find(f"action=create&target=task&target_id={number}")
    running.outcome = "finished"
    flows.server.requests.clear()
    task = flows.call("create_task", "dive", pictures, labels=["crab"], into=number)
    assert task.size == 3
    assert flows.sent("POST") == []


@pytest.mark.parametrize("source", ["file", "annotations"])
def test_only_annotations_are_added_again(flows: Flows, pictures: Path, source: str) -> None:
    given: dict[str, Any] = (
        {"annotations": coco(pictures, "crab"), "format": "COCO 1.0"}
        if source == "file"
        else {"annotations": [box("crab")]}
    )
    flows.fake.fail_next(503, times=100, path="/annotations")
    with pytest.raises(cvat.UnfinishedTaskError) as caught:
        flows.call("create_task", "dive", pictures, labels=["crab"], **given)
    error = caught.value
    assert (error.done, error.left) == (("frames",), 1)
    assert f"task {error.task} was made, but its annotations are missing: " in str(error)
    flows.fake.faults.clear()
    for _ in range(2):
        task = flows.call(
            "create_task", "dive", pictures, labels=["crab"], into=error.task, **given
        )
        assert len(flows.client.tasks.retrieve_annotations(task.id).shapes) == 1


def test_an_import_that_still_runs_is_waited_for(flows: Flows, pictures: Path) -> None:
    task = flows.call("create_task", "dive", pictures, labels=["crab"])
    given: dict[str, Any] = {"annotations": coco(pictures, "crab"), "format": "COCO 1.0"}
    flows.fake.next_job = "stuck"
    with pytest.raises(cvat.UnfinishedTaskError):
        flows.call("create_task", "dive", pictures, labels=["a"], into=task, timeout=0.05, **given)
    request = f"action=import&target=task&target_id={task.id}&subresource=annotations"
    flows.server.requests.clear()
    timer = threading.Timer(0.1, setattr, (flows.fake.queue.find(request), "outcome", "finished"))
    timer.start()
    flows.call("create_task", "dive", pictures, labels=["a"], into=task, **given)
    timer.join()
    assert flows.sent("POST") == []
    assert len(flows.client.tasks.retrieve_annotations(task.id).shapes) == 1


def test_annotations_of_others_are_not_replaced(flows: Flows, pictures: Path) -> None:
    for given in (
        {"annotations": coco(pictures, "fox"), "format": "COCO 1.0"},
        {"annotations": [vision.Tag(label="fox")]},
    ):
        before = flows.client.tasks.retrieve_annotations(MEADOW)
        with pytest.raises(cvat.UnfinishedTaskError) as caught:
            flows.call("create_task", "dive", pictures, project=CAMERA_TRAPS, into=MEADOW, **given)
        assert "it has 5 annotations already, which would be replaced" in str(caught.value)
        assert flows.client.tasks.retrieve_annotations(MEADOW) == before


def test_a_frame_past_the_end_of_an_archive_is_told_afterwards(
    flows: Flows, pictures: Path
) -> None:
    archive = pictures.parent / "dive.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        writer.write(pictures / "dive_1.png", "dive_1.png")
    tag = vision.Tag(label="crab", frame=1)
    with pytest.raises(cvat.UnfinishedTaskError, match="frame 1 is past the last one, 0"):
        flows.call("create_task", "dive", archive, labels=["crab"], annotations=[tag])


def test_a_task_without_data_is_taken_into(flows: Flows, pictures: Path) -> None:
    given = flows.client.tasks.retrieve(EMPTY)
    task = flows.call("create_task", "any", pictures, project=CAMERA_TRAPS, into=given)
    assert (task.id, task.size) == (EMPTY, 3)


def test_frames_have_the_names_of_their_files(flows: Flows, tmp_path: Path) -> None:
    """A screenshot of macOS, and what the form reader of CVAT's framework would change."""
    names = ["1.png", "10.00\u202fPM.png", 'a"b.png', "c&amp;d.png"]
    for name in names:
        (tmp_path / name).write_bytes(png(8, 8))
    task = flows.call("create_task", "odd", tmp_path, labels=[CRAB])
    assert names_of(flows, task.id) == names
