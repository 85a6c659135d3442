"""One command of cvat-cli and the same of ours, for each of its commands and options."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import json
import os
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from annoport import cvat
from annoport.core.values.type_guards import is_array, is_mapping
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png
from tests.cli.commands import here

Json = dict[str, Any]

PROJECT, TASK, EMPTY, PLAIN = "1", "1", "3", "12"
"""A project, a task of it with pictures and one without, and a task in no project."""
_WAIT = ("--completion_verification_period", "0.01")
_LABELS = '[{"name": "crab", "attributes": []}, {"name": "cod", "attributes": []}]'
_LOCAL = ("local", "{folder}/c.png", "{folder}/a.png", "{folder}/b.png")
_FILES = ("{folder}/c.png", "{folder}/a.png", "{folder}/b.png")
_LEXICAL = ("--order", "lexicographical")
"""What cvat-cli does with pictures that come in some order."""
_PASSING = (
    *("id", "task_id", "label_id", "spec_id"),
    *("created", "updated", "assignee_updated", "chunks_updated"),
)
"""Ids and times: no two calls have the same."""

_COMPARED = (
    *("name", "bug_tracker", "subset", "status", "project_id", "organization_id"),
    *("segment_size", "overlap", "image_quality", "chunk_size", "first_frame", "frame_step"),
    *("cloud_storage_id", "has_data", "deleted_frames", "start", "stop", "stage", "state", "type"),
)
"""What is compared of tasks, jobs and projects: fakes store more, for themselves."""

Run = Callable[[Sequence[str], FakeServer[FakeCvat]], tuple[int, str]]
"""Runs a command, and returns its exit code and what it wrote."""


@attrs.frozen
class Case:
    """A command of both.

    Attributes:
        theirs: The words after `cvat-cli` and how to connect.
        ours: The words after `annoport cvat`.
        written: What is compared of what they write: "ids", "json" or nothing.
    """

    theirs: Sequence[str]
    ours: Sequence[str]
    written: str = ""


def _create(*theirs: str, ours: Sequence[str], data: Sequence[str] = ()) -> Case:
    """A task of local pictures."""
    options = [word for one in data for word in ("--data", one)]
    return Case(
        ("task", "create", "dive", *_LOCAL, "--labels", _LABELS, *_WAIT, *theirs),
        ("create-task", "dive", *_FILES, "--labels", "@{folder}/labels.json", *ours, *options),
        written="ids",
    )


def _export(*theirs: str, of: str, ours: Sequence[str]) -> Case:
    number = TASK if of == "task" else PROJECT
    return Case(
        (of, "export-dataset", *theirs, *_WAIT, number, "{folder}/out/dive.zip"),
        (f"{of}s", "download-dataset", number, "{folder}/out/dive.zip", *ours),
    )


def _annotate(*theirs: str, ours: Mapping[str, Sequence[str]] | None = None) -> Case:
    """A function of each, whose options are called the same but for some."""
    here = str(Path(__file__).parent)
    said = [word.replace("{here}", here) for word in theirs]
    renamed = [other for word in said for other in (ours or {}).get(word, [word])]
    return Case(
        ("task", "auto-annotate", TASK, *(word.replace("{of}", "_of_cvat_sdk") for word in said)),
        ("annotate", "task", TASK, *(word.replace("{of}", "") for word in renamed)),
    )


CASES: Mapping[str, Case] = {
    "tasks": Case(("task", "ls"), ("tasks", "list", "-o", "ids"), written="ids"),
    "tasks in JSON": Case(
        ("task", "ls", "--json"), ("tasks", "list", "-o", "json"), written="json"
    ),
    "tasks of an organization": Case(
        ("--organization", "marsh-watch", "task", "ls"),
        ("tasks", "list", "-o", "ids", "--organization", "marsh-watch"),
        written="ids",
    ),
    "tasks of the personal workspace": Case(
        ("--org", "", "task", "ls"),
        ("tasks", "list", "-o", "ids", "--organization", ""),
        written="ids",
    ),
    "local files": _create(ours=_LEXICAL),
    "labels of a file": Case(
        ("task", "create", "dive", *_LOCAL, "--labels", "{folder}/labels.json", *_WAIT),
        ("create-task", "dive", *_FILES, "--labels", "@{folder}/labels.json", *_LEXICAL),
        written="ids",
    ),
    "a task of a project": Case(
        ("task", "create", "dive", *_LOCAL, "--project_id", PROJECT, "--subset", "Train", *_WAIT),
        ("create-task", "dive", *_FILES, "--project", PROJECT, "--subset", "Train", *_LEXICAL),
        written="ids",
    ),
    "settings of a task": _create(
        *("--bug_tracker", "https://bugs.example.org", "--segment_size", "2", "--overlap", "1"),
        ours=(
            *("--set", "bug_tracker=https://bugs.example.org", "--set", "segment_size=2"),
            *("--set", "overlap=1", *_LEXICAL),
        ),
    ),
    "another name of an option": _create(
        "--bug", "https://bugs.example.org",
        ours=("--set", "bug_tracker=https://bugs.example.org", *_LEXICAL),
    ),
    "settings of the frames": _create(
        *("--image_quality", "80", "--chunk_size", "2", "--start_frame", "1", "--stop_frame", "2"),
        *("--use_cache", "--use_zip_chunks"),
        ours=_LEXICAL,
        data=(
            *("image_quality=80", "chunk_size=2", "start_frame=1", "stop_frame=2"),
            *("use_cache=true", "use_zip_chunks=true"),
        ),
    ),
    "every second frame": _create("--frame_step", "2", ours=_LEXICAL, data=["frame_filter=step=2"]),
    "natural order": _create("--sorting-method", "natural", ours=("--order", "natural")),
    "random order": _create("--sorting-method", "random", ours=("--order", "random")),
    "order as given": _create("--sorting-method", "predefined", ours=()),
    "annotations": _create(
        *("--annotation_path", "{folder}/annotations.json", "--annotation_format", "COCO 1.0"),
        ours=("--annotations", "{folder}/annotations.json", "--format", "COCO 1.0", *_LEXICAL),
    ),
    "files of the share": Case(
        ("task", "create", "dive", "share", "x/a.png", "x/b.png", "--labels", _LABELS,
         "--copy_data", *_WAIT),
        ("create-task", "dive", "--server-files", "x/a.png", "--server-files", "x/b.png",
         "--labels", "@{folder}/labels.json", "--data", "copy_data=true", *_LEXICAL),
        written="ids",
    ),
    "files of a cloud storage": Case(
        ("task", "create", "dive", "share", "a.png", "b.png", "--labels", _LABELS,
         "--cloud_storage_id", "1", "--filename_pattern", "*", *_WAIT),
        ("create-task", "dive", "--server-files", "a.png", "--server-files", "b.png",
         "--labels", "@{folder}/labels.json", "--cloud-storage", "1",
         "--data", "filename_pattern=*", *_LEXICAL),
        written="ids",
    ),
    "files of the web": Case(
        ("task", "create", "dive", "remote", "{web}/a.png", "--labels", _LABELS,
         *_WAIT),
        ("create-task", "dive", "--urls", "{web}/a.png",
         "--labels", "@{folder}/labels.json", *_LEXICAL),
        written="ids",
    ),
    "tasks that go": Case(("task", "delete", "4", "5"), ("tasks", "delete", "4", "5", "--yes")),
    "frames": Case(
        ("task", "frames", TASK, "0", "2", "--outdir", "{folder}/out"),
        ("save-frames", TASK, "{folder}/out", "--frames", "0,2",
         "--name", f"task_{TASK}_frame_{{frame:06d}}"),
    ),
    "smaller frames": Case(
        ("task", "frames", TASK, "1", "--outdir", "{folder}/out", "--quality", "compressed"),
        ("save-frames", TASK, "{folder}/out", "--frames", "1", "--quality", "compressed",
         "--name", f"task_{TASK}_frame_{{frame:06d}}"),
    ),
    "an export": _export(of="task", ours=("--format", "CVAT for images 1.1")),
    "an export with images": _export(
        "--format", "COCO 1.0", "--with-images", "yes",
        of="task", ours=("--format", "COCO 1.0", "--save-images"),
    ),
    "an export of a project": _export(of="project", ours=("--format", "CVAT for images 1.1")),
    "an export of a project with images": _export(
        "--format", "COCO 1.0", "--with-images", "true",
        of="project", ours=("--format", "COCO 1.0", "--save-images"),
    ),
    "annotations of a task": Case(
        ("task", "import-dataset", "--format", "COCO 1.0", TASK, "{folder}/of_task.json"),
        ("import-annotations", TASK, "{folder}/of_task.json", "--format", "COCO 1.0", "--yes"),
    ),
    "a model": _annotate("--function-module", "tests.judges.finder{of}"),
    "a model in a file": _annotate(
        *("--function-file", "{here}/finder{of}.py", "-p", "score=float:0.75"),
        *("--function-parameter", "label=str:badger"),
        ours={"--function-parameter": ["--parameter"]},
    ),
    "a model in place of what was there": _annotate(
        "--function-module", "tests.judges.finder{of}", "--clear-existing",
        ours={"--clear-existing": ["--mode", "replace", "--yes"]},
    ),
    "a model that knows more labels": _annotate(
        *("--function-module", "tests.judges.finder{of}", "-p", "label=str:otter"),
        "--allow-unmatched-labels",
        ours={"--allow-unmatched-labels": ["--allow-unmatched"]},
    ),
    "a model that is sure enough": _annotate(
        "--function-module", "tests.judges.finder{of}", "--conf-threshold", "0.5",
        ours={"--conf-threshold": ["--threshold"]},
    ),
    "a model that is not sure enough": _annotate(
        "--function-module", "tests.judges.finder{of}", "--conf-threshold", "0.6",
        ours={"--conf-threshold": ["--threshold"]},
    ),
    "outlines of a model": _annotate(
        "--function-module", "tests.judges.finder{of}", "--conv-mask-to-poly",
        ours={"--conv-mask-to-poly": ["--polygons"]},
    ),
    "a backup": Case(
        ("task", "backup", *_WAIT, TASK, "{folder}/out/task.zip"),
        ("back-up", TASK, "{folder}/out/task.zip"),
    ),
    "a task from a backup": Case(
        ("task", "create-from-backup", *_WAIT, "{folder}/task.zip"),
        ("restore-task", "{folder}/task.zip"),
        written="ids",
    ),
    "projects": Case(("project", "ls"), ("projects", "list", "-o", "ids"), written="ids"),
    "projects in JSON": Case(
        ("project", "ls", "--json"), ("projects", "list", "-o", "json"), written="json"
    ),
    "a project": Case(
        ("project", "create", "reef", "--labels", _LABELS,
         "--bug_tracker", "https://bugs.example.org"),
        ("create-project", "reef", "--labels", "@{folder}/labels.json",
         "--set", "bug_tracker=https://bugs.example.org"),
        written="ids",
    ),
    "a project with another name of an option": Case(
        ("project", "create", "reef", "--bug", "https://bugs.example.org"),
        ("create-project", "reef", "--set", "bug_tracker=https://bugs.example.org"),
        written="ids",
    ),
    "a project of a dataset": Case(
        ("project", "create", "reef", "--dataset_path", "{folder}/dataset.zip",
         "--dataset_format", "COCO 1.0", *_WAIT),
        ("create-project", "reef", "--dataset", "{folder}/dataset.zip", "--format", "COCO 1.0"),
        written="ids",
    ),
    "projects that go": Case(("project", "delete", "2"), ("projects", "delete", "2", "--yes")),
    "a backup of a project": Case(
        ("project", "backup", *_WAIT, PROJECT, "{folder}/out/project.zip"),
        ("projects", "download-backup", PROJECT, "{folder}/out/project.zip"),
    ),
    "a project from a backup": Case(
        ("project", "create-from-backup", *_WAIT, "{folder}/project.zip"),
        ("restore-project", "{folder}/project.zip"),
        written="ids",
    ),
    "a dataset for a project": Case(
        ("project", "import-dataset", "--format", "COCO 1.0", PROJECT, "{folder}/dataset.zip"),
        ("projects", "upload-dataset", PROJECT, "{folder}/dataset.zip", "--format", "COCO 1.0",
         "--wait"),
    ),
}  # fmt: skip


def left_by(run: Run, case: Case, words: Sequence[str]) -> Json:
    """Return what a command leaves on a fresh server and on the disk, as JSON can hold it."""
    with (
        serve("cvat", job_seconds=0.0, anonymous_per_minute=None) as server,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        _prepare(server, folder)
        before = _stored(server.fake)
        with _web(name) as address:
            told = [word.replace("{folder}", name).replace("{web}", address) for word in words]
            code, out = run(told, server)
        found = {
            "code": code,
            "written": _written(case.written, out, server),
            "stored": _changes(before, _stored(server.fake)),
            "files": _files(folder / "out"),
        }
        result: Json = json.loads(json.dumps(found))
        return result


class _Files(http.server.SimpleHTTPRequestHandler):
    """Serves the files of a folder, and says nothing of it."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextlib.contextmanager
def _web(folder: str) -> Generator[str]:
    """Serve the files of a folder, and yield the address."""
    handler = functools.partial(_Files, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def ours(words: Sequence[str], server: FakeServer[FakeCvat]) -> tuple[int, str]:
    """Run a command of ours."""
    with environment(CVAT_URL=server.url, CVAT_TOKEN=server.token):
        done = here("cvat", *words, "--quiet")
    return done.code, done.out


@contextlib.contextmanager
def environment(**variables: str) -> Generator[None]:
    """Let only these variables name a server and a login."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("CVAT_", "ANNOPORT_PROFILE")):
            del os.environ[name]
    nowhere = tempfile.mkdtemp()
    ours = {"ANNOPORT_CONFIG": nowhere, "XDG_CACHE_HOME": nowhere}
    os.environ.update({"XDG_CONFIG_HOME": nowhere, **ours, **variables})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(nowhere)


def _prepare(server: FakeServer[FakeCvat], folder: Path) -> None:
    """Write the files that the commands take, and let the server know a bucket."""
    (folder / "out").mkdir()
    (folder / "labels.json").write_text(_LABELS, encoding="utf-8")
    for number, name in enumerate(("a.png", "b.png", "c.png"), 1):
        (folder / name).write_bytes(png(8 * number, 8, shade=40 * number))
    _coco(folder / "annotations.json", ["a.png", "b.png", "c.png"], "crab")
    _coco(folder / "of_task.json", [f"meadow_{number:03d}.png" for number in range(5)], "fox")
    with cvat.Client(server.url, token=server.token) as client:
        client.tasks.download_backup(int(TASK), folder / "task.zip")
        client.projects.download_backup(int(PROJECT), folder / "project.zip")
        client.tasks.download_dataset(
            int(TASK), folder / "dataset.zip", format="COCO 1.0", save_images=True
        )
        client.cloudstorages.create(
            body={
                "provider_type": "AWS_S3_BUCKET",
                "resource": "survey",
                "display_name": "Survey",
                "credentials_type": "ANONYMOUS_ACCESS",
            }
        )


def _coco(path: Path, names: Sequence[str], label: str) -> None:
    document = {
        "images": [{"id": number, "file_name": name} for number, name in enumerate(names, 1)],
        "categories": [{"id": 1, "name": label}],
        "annotations": [{"id": 1, "image_id": 2, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    path.write_text(json.dumps(document), encoding="utf-8")


def _stored(fake: FakeCvat) -> dict[str, Json]:
    """Return what is stored of each task and project, without ids and times."""
    state = fake.state
    found = {f"task {number}": _task(fake, number) for number in sorted(state.tasks)}
    for number, project in sorted(state.projects.items()):
        labels = [_lasting(one.show()) for one in state.labels.values() if one.project_id == number]
        found[f"project {number}"] = {**_fields(project), "labels": labels}
    return found


def _task(fake: FakeCvat, number: int) -> Json:
    state = fake.state
    task = state.tasks[number]
    labels = {label.id: label.name for label in state.labels_of(task)}
    return {
        **_fields(task),
        "images": [[one.name, hashlib.sha256(one.content).hexdigest()] for one in task.images],
        "annotations": [
            {**_lasting(one), "label": labels[one["label_id"]]}
            for kind in (task.tags, task.shapes, task.tracks)
            for one in kind
        ],
        "labels": [_lasting(label.show()) for label in state.labels_of(task)],
        "jobs": [_fields(job) for job in state.jobs_of(task)],
    }


def _fields(stored: Any) -> Json:
    found = {name: getattr(stored, name) for name in _COMPARED if hasattr(stored, name)}
    kept: Json = _lasting(found)
    return kept


def _lasting(stored: Any) -> Any:
    """Return a record without what differs from one to the next."""
    if is_mapping(stored):
        kept = {name: one for name, one in stored.items() if name not in _PASSING}
        # What is not said is left out, so that a fake may come to store more.
        return {name: _lasting(one) for name, one in kept.items() if one is not None}
    if is_array(stored):
        return [_lasting(one) for one in stored]
    return stored if isinstance(stored, str | int | float | None) else str(stored)


def _changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> Json:
    return {
        "gone": sorted(before.keys() - after.keys()),
        "changed": {name: one for name, one in after.items() if before.get(name) != one},
    }


def _written(kind: str, out: str, server: FakeServer[FakeCvat]) -> Any:
    """Return what is compared of what a command wrote."""
    if kind == "json":
        document = _timeless(json.loads(out.replace(server.url, "")))
        told = json.dumps(document, sort_keys=True)
        return [[one["id"] for one in document], hashlib.sha256(told.encode()).hexdigest()]
    if kind == "ids":
        made = json.loads(out)["id"] if out.startswith("{") else out
        return str(made).split()
    return None


def _timeless(document: Any) -> Any:
    if is_array(document):
        return [_timeless(one) for one in document]
    if is_mapping(document):
        kept = {name: one for name, one in document.items() if not name.endswith("_date")}
        return {name: _timeless(one) for name, one in kept.items()}
    return document


def _files(folder: Path) -> Json:
    """Return what is in each file that was asked for; hidden ones are notes of ours."""
    return {
        path.name: _content(path)
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    }


def _content(path: Path) -> Any:
    """Return what is in a file: of a zip, its members; a picture is just that.

    cvat-cli writes pictures anew, and ours as they come: `cvat_flows` compares their pixels.
    """
    if path.suffix in {".png", ".jpg"}:
        return "a picture"
    if not zipfile.is_zipfile(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    with zipfile.ZipFile(path) as file:
        return [[one.filename, one.file_size, one.CRC] for one in file.infolist()]
