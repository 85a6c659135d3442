"""Endpoints for starting and downloading exports and backups."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from email.utils import format_datetime
from urllib.parse import quote

from starlette.responses import Response

from annoport.testing.cvat.answers import Refused, answer, empty, gone, refuse_list, server_error
from annoport.testing.cvat.background import BackgroundRequest, Done, Plan, WorkError
from annoport.testing.cvat.call import Call, Methods, Routes
from annoport.testing.cvat.exports import (
    EXPORT_FORMATS,
    Files,
    Part,
    backup,
    dataset,
    project_backup,
)
from annoport.testing.cvat.state import Label
from annoport.testing.payloads import zip_payload
from annoport.testing.ranges import answer_validated

_UNSATISFIABLE = (
    "<html>\r\n<head><title>416 Requested Range Not Satisfiable</title></head>\r\n<body>\r\n"
    "<center><h1>416 Requested Range Not Satisfiable</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class _Subject:
    """The project, task or job whose data a client asks for."""

    def __init__(self, call: Call) -> None:
        state = call.state
        self.kind = call.request.url.path.split("/")[2].removesuffix("s")
        self.id = call.number()
        self.ids: dict[str, int | None] = {f"{self.kind}_id": self.id}
        self.labels: list[Label]
        if self.kind == "project":
            project = call.project()
            self.name, self.updated = project.name, project.updated
            self.parts = [Part(task, 0, len(task.images)) for task in state.tasks_of(project)]
            self.labels = [lb for lb in state.labels.values() if lb.project_id == project.id]
            return
        if self.kind == "job":
            job = call.job()
            task = state.tasks[job.task_id]
            self.parts = [Part(task, job.start, job.stop)]
            self.updated = job.updated
        else:
            task = call.task()
            self.parts = [Part(task, 0, len(task.images))]
            self.updated = task.updated
        self.name = task.name
        self.labels = state.labels_of(task)
        self.ids |= {"project_id": task.project_id, "task_id": task.id}

    def filename(self, stem: str, suffix: str = "") -> str:
        """Return the name that the server gives the file."""
        moment = re.sub(r"[-:T]", "_", self.updated[:19])
        return f"{stem}_{moment}{suffix}.zip"


async def export_dataset(call: Call) -> Response:
    """POST dataset/export of a project, task or job."""
    images = call.query.get("save_images", "false").lower() == "true"
    return _start(call, _of_dataset(call, _Subject(call), images=images))


async def export_backup(call: Call) -> Response:
    """POST backup/export of a project or task."""
    return _start(call, _of_backup(call, _Subject(call)))


def _start(call: Call, plan: Plan) -> Response:
    call.backend.queue.start(plan)
    return answer({"rq_id": plan.id}, 202)


def _of_dataset(call: Call, subject: _Subject, *, images: bool) -> Plan:
    name = call.query.get("format", "")
    if name not in EXPORT_FORMATS:
        refuse_list("Unknown format specified for the request")
    subresource = "dataset" if images else "annotations"
    stem = f"{subject.kind}_{subject.id}_{subresource}"
    return _plan(
        call,
        subject,
        f"format={re.sub(' ', '_', name).replace('.', '~')}&subresource={subresource}",
        operation=f"export:{subresource}",
        filename=call.query.get("filename") or subject.filename(stem, f"_{name.lower()}"),
        files=lambda: dataset(name, subject.parts, subject.labels, images=images),
        shown_format=name,
    )


def _of_backup(call: Call, subject: _Subject) -> Plan:
    def files() -> Files:
        if subject.kind == "project":
            tasks = [part.task for part in subject.parts]
            return project_backup(subject.name, subject.labels, tasks)
        task = subject.parts[0].task
        if not task.images:
            raise WorkError("rest_framework.exceptions.ValidationError: a task without data")
        return backup(task, subject.labels)

    stem = f"{subject.kind}_{subject.name.lower()}_backup"
    return _plan(
        call,
        subject,
        "subresource=backup",
        operation="export:backup",
        filename=call.query.get("filename") or subject.filename(stem),
        files=files,
    )


def _plan(
    call: Call,
    subject: _Subject,
    suffix: str,
    *,
    operation: str,
    filename: str,
    files: Callable[[], Files],
    shown_format: str | None = None,
) -> Plan:
    local = call.query.get("location", "local") == "local"
    if not local and "cloud_storage_id" not in call.query:
        raise Refused(server_error())
    rq_id = (
        f"action=export&target={subject.kind}&target_id={subject.id}"
        f"&user_id={call.user.id}&{suffix}"
    )

    def work() -> Done:
        call.backend.exports_made += 1
        seed = f"{rq_id} {call.backend.exports_made}"
        payload = zip_payload(files(), pad_to=call.backend.export_bytes, seed=seed)
        if not local:
            bucket = call.backend.buckets.of(int(call.query["cloud_storage_id"]))
            bucket[filename] = payload.read()
        return Done(payload=payload, filename=filename)

    return Plan(
        id=rq_id,
        operation=operation,
        target=subject.kind,
        owner=call.user,
        work=work,
        subject=subject.ids,
        format=shown_format,
        local=local,
    )


async def export_by_get(call: Call) -> Response:
    """GET of an export: old releases start it so, say when it is ready, and send the file."""
    path = call.request.url.path.rstrip("/")
    if call.backend.is_since("2.32"):
        return gone(path)
    subject, resource = _Subject(call), path.rpartition("/")[2]
    plan = (
        _of_backup(call, subject)
        if resource == "backup"
        else _of_dataset(call, subject, images=resource == "dataset")
    )
    found = next((known for known in call.backend.queue.all() if known.plan.id == plan.id), None)
    status = found.status() if found else None
    if found is None or status == "failed":
        call.backend.queue.start(plan)
    if found is None or status != "finished":
        return empty(202)
    return _file(call, found) if call.query.get("action") == "download" else empty(201)


async def download(call: Call) -> Response:
    """GET the file of a finished export, as the web server in front of CVAT sends it."""
    _Subject(call)  # for its 404
    return _file(call, call.backend.queue.exported(call.query.get("rq_id", "")))


def _file(call: Call, found: BackgroundRequest) -> Response:
    if found.done is None or found.done.payload is None:
        return server_error()
    payload = found.done.payload
    modified = dt.datetime.fromtimestamp(found.modified, dt.UTC)
    return answer_validated(
        call.request,
        payload,
        call.backend.link,
        headers={
            "content-type": "application/zip",
            "content-disposition": _disposition(found.done.filename),
            "etag": f'"{found.modified:x}-{payload.size:x}"',
            "last-modified": format_datetime(modified, usegmt=True),
        },
        unsatisfiable=_UNSATISFIABLE,
        several=True,
    )


def _disposition(filename: str) -> str:
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    value = f'attachment; filename="{plain}"'
    return value if plain == filename else f"{value}; filename*=UTF-8''{quote(filename)}"


async def download_head(call: Call) -> Response:
    """HEAD of a download: the real server fails, too."""
    _Subject(call)
    return server_error()


_DOWNLOAD: Methods = {"GET": download, "HEAD": download_head}
ROUTES: Routes = {
    "projects/{id:int}/annotations": {"GET": export_by_get},
    "projects/{id:int}/dataset[/]": {"GET": export_by_get},
    "projects/{id:int}/dataset/export": {"POST": export_dataset},
    "projects/{id:int}/dataset/download": _DOWNLOAD,
    "projects/{id:int}/backup": {"GET": export_by_get},
    "projects/{id:int}/backup/export": {"POST": export_backup},
    "projects/{id:int}/backup/download": _DOWNLOAD,
    "tasks/{id:int}/dataset": {"GET": export_by_get},
    "tasks/{id:int}/dataset/export": {"POST": export_dataset},
    "tasks/{id:int}/dataset/download": _DOWNLOAD,
    "tasks/{id:int}/backup": {"GET": export_by_get},
    "tasks/{id:int}/backup/export": {"POST": export_backup},
    "tasks/{id:int}/backup/download": _DOWNLOAD,
    "jobs/{id:int}/dataset": {"GET": export_by_get},
    "jobs/{id:int}/dataset/export": {"POST": export_dataset},
    "jobs/{id:int}/dataset/download": _DOWNLOAD,
}
