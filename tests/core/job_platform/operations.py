"""The operations of the platform with jobs."""

from __future__ import annotations

from typing import Any

from annoport.core.contract.extensions import Download, JobLookup, JobStart
from annoport.core.contract.operation import LazyType, Operation, Parameter
from tests.core.job_platform import models

JSON = "application/json"


def _on_job(name: str, method: str, path: str, answer: LazyType | None) -> Operation[Any]:
    return Operation(
        id=name,
        method=method,
        path=path,
        parameters=(Parameter(name="number", wire="id", location="path", required=True),),
        bodies={JSON: lambda: dict[str, Any]} if name == "answer_job" else {},
        responses={"200": {} if answer is None else {JSON: answer}},
        repeatable=method == "GET",
    )


GET_JOB: Operation[models.State] = _on_job("get_job", "GET", "/jobs/{id}", lambda: models.State)
CANCEL_JOB = _on_job("cancel_job", "DELETE", "/jobs/{id}", None)
ANSWER_JOB = _on_job("answer_job", "POST", "/jobs/{id}/answer", None)
RESTART_JOB = _on_job("restart_job", "POST", "/jobs/{id}/restart", None)
JOB_LOG: Operation[str] = Operation(
    id="job_log",
    method="GET",
    path="/jobs/{id}/log",
    parameters=(Parameter(name="number", wire="id", location="path", required=True),),
    responses={"200": {"text/plain": lambda: str}},
    repeatable=True,
)
JOB_FILE: Operation[bytes] = Operation(
    id="job_file",
    method="GET",
    path="/jobs/{id}/file",
    parameters=(Parameter(name="number", wire="id", location="path", required=True),),
    responses={"200": {"application/zip": lambda: bytes}},
    repeatable=True,
    download=Download(ranges="open-ended", validator="job"),
)


def _starting(name: str, job: JobStart | None) -> Operation[Any]:
    answers: dict[str, LazyType] = {JSON: lambda: models.Started}
    return Operation(
        id=name,
        method="POST",
        path=f"/{name}",
        bodies={JSON: lambda: dict[str, Any]},
        responses={"200": answers, "201": answers, "202": answers},
        job=job,
    )


EXPORT = _starting(
    "export",
    JobStart(kind="export", id="/job_id", refused=0, errors="/errors", statuses=(200, 202)),
)
JOIN = _starting("join", JobStart(kind="linked", id="/job_id", join_statuses=(409,)))
NAMED = _starting(
    "named",
    JobStart(
        kind="export", id="/job_id", lookup=JobLookup(id="n{/number}-u{@user}", created="/created")
    ),
)
CHOSEN = _starting("chosen", JobStart(kind="export", id="/job_id", lookup=JobLookup(id="{/uid}")))
BATCH = _starting("batch", JobStart(kind="export", id="/job_id", many=True))
LISTED = _starting("listed", JobStart(kind="listed", id="/job_id"))
FILELESS = _starting("fileless", JobStart(kind="fileless", id="/job_id"))
STEP = _starting("step", JobStart(kind="export", id="/job_id", optional=True))
DRY = _starting(
    "dry", JobStart(kind="export", id="/job_id", refused=0, errors="/errors", optional=True)
)
SLOW = _starting("slow", JobStart(kind="slow", id="/job_id"))
PLAIN = _starting("plain", None)
WHO_AM_I: Operation[dict[str, Any]] = Operation(
    id="who_am_i",
    method="GET",
    path="/me",
    responses={"200": {JSON: lambda: dict[str, Any]}},
    repeatable=True,
)


_FOLDER = Parameter(name="folder_name", wire="folder", location="query")
_JOB = Parameter(name="job_number", wire="job", location="query")


def _listing(name: str, method: str = "GET") -> Operation[Any]:
    return Operation(
        id=name,
        method=method,
        path=f"/{name}",
        parameters=(_FOLDER, _JOB),
        bodies={JSON: lambda: dict[str, Any]} if method == "POST" else {},
        responses={"200": {JSON: lambda: list[Any]}},
        repeatable=True,
    )


LIST_FILES, LIST_OBJECTS = _listing("list_files"), _listing("list_objects")
SIGN = _listing("sign", "POST")


def get(operation_id: str) -> Operation[Any]:
    """The operation with that id."""
    return _BY_ID[operation_id]


_BY_ID: dict[str, Operation[Any]] = {
    operation.id: operation
    for operation in (
        *(GET_JOB, CANCEL_JOB, ANSWER_JOB, RESTART_JOB, JOB_LOG, JOB_FILE, WHO_AM_I),
        *(LIST_FILES, LIST_OBJECTS, SIGN),
    )
}
