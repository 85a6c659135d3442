"""Endpoints of jobs, of what starts them, and of the users' files."""

from __future__ import annotations

import datetime
import hashlib
import posixpath
import re
import zipfile
from email.utils import format_datetime
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.responses import Response

from annoport.testing.ecotaxa import exports, files
from annoport.testing.ecotaxa.answers import (
    Json,
    answer,
    crash,
    forbid,
    invalid,
    missing,
    no_member,
    not_found,
    refuse,
)
from annoport.testing.ecotaxa.filters import all_filters
from annoport.testing.ranges import Span, part, whole

if TYPE_CHECKING:
    from annoport.testing.ecotaxa.call import Call
    from annoport.testing.ecotaxa.jobs import Done, Job, Work
    from annoport.testing.ecotaxa.state import Project

_STATES = ("P", "R", "A", "E", "F")
_SPLITS = ("sample", "acquisition", "taxon", "none")
_IMAGES = ("all", "first", "none")
_QUANTITIES = ("abundance", "concentration", "biovolume")
_SUMS = ("none", "sample", "acquisition")
_OLD_TYPES = ("TSV", "BAK", "DOI", "SUM", "ABO", "CNC", "BIV")
_OLD_QUANTITIES = {"SUM": "abundance", "ABO": "abundance", "CNC": "concentration"}
_OLD_SPLITS = {"S": "sample", "A": "acquisition", "T": "taxon"}
_NUMBERS = ("latitude", "longitude", "depthmin", "depthmax")
_TSV = "text/tab-separated-values; charset=utf-8"


def _job(call: Call) -> Job:
    """Return the job of the path, if it is the user's; Refused with 404 or 403."""
    user = call.user
    found = call.fake.jobs.find(call.number("job_id"))
    if found.owner is not user and not user.admin:
        forbid()
    return found


async def jobs(call: Call) -> Response:
    """GET /jobs/."""
    status, kind = call.query.get("job_status"), call.query.get("job_type")
    if status is not None and status not in _STATES:
        invalid(no_member(_STATES, "query", "job_status"))
    everybody = call.query.get("for_admin", "").lower() == "true"
    user = call.user
    if everybody and not user.admin:
        forbid()
    found = [
        job.show()
        for job in call.fake.jobs.all()
        if (everybody or job.owner is user)
        and status in (None, job.state)
        and kind in (None, job.type)
    ]
    return answer(found)


async def job(call: Call) -> Response:
    """GET /jobs/{job_id}/: the slash is needed."""
    found = _job(call)
    return answer(call.fake.jobs.readable(found.id).show())


async def reply(call: Call) -> Response:
    """POST /jobs/{job_id}/answer: null, whether it was asked or not."""
    found = _job(call)
    given = await call.body()
    call.fake.jobs.answer(found, given)
    return answer(None)


async def restart(call: Call) -> Response:
    """GET /jobs/{job_id}/restart: null, whether it was possible or not."""
    call.fake.jobs.restart(_job(call))
    return answer(None)


async def erase(call: Call) -> Response:
    """DELETE /jobs/{job_id}: kills, or removes."""
    call.fake.jobs.erase(_job(call))
    return answer(None)


async def log(call: Call) -> Response:
    """GET /jobs/{job_id}/log: the whole text, whatever range or condition is asked."""
    found = _job(call)
    text = "".join(found.log).encode()
    moment = datetime.datetime.fromisoformat(found.updated_on).replace(tzinfo=datetime.UTC)
    headers = {
        "last-modified": format_datetime(moment, usegmt=True),
        "etag": hashlib.md5(text, usedforsecurity=False).hexdigest(),
    }
    return Response(text, media_type="text/plain", headers=headers)


async def file(call: Call) -> Response:
    """GET /jobs/{job_id}/file: only ranges with an open end, and no validator."""
    found = _job(call)
    done = found.done
    if found.state != "F" or done is None or done.payload is None:
        crash("AssertionError: the job has no file")
    found.enter("F", found.message, found.progress)  # each download moves the date
    payload = done.payload
    headers = {
        "content-disposition": f'attachment; filename="{done.filename}"',
        "accept-ranges": "bytes",
        "content-type": "application/zip" if done.filename.endswith(".zip") else _TSV,
    }
    asked = call.request.headers.get("range")
    if asked is None or not call.fake.ranges:
        return whole(payload, call.fake.link, headers=headers)
    match = re.fullmatch(r"bytes=(\d+)-", asked)
    if match is None or int(match.group(1)) > payload.size:
        refuse(416, f"Invalid/unsupported request range (Range:'{asked}')")
    return part(payload, Span(int(match.group(1)), payload.size), call.fake.link, headers=headers)


async def _export(call: Call) -> tuple[Json, Json, list[Project]]:
    """Return the request, all filters and the projects of an export; Refused with 422."""
    given = await call.body("filters", "request")
    wanted: Json = given["request"]
    if "project_id" not in wanted:
        invalid(missing("body", "request", "project_id"))
    numbers = [int(number) for number in str(wanted["project_id"]).split(",")]
    return wanted, all_filters(given["filters"]), [call.managed(number) for number in numbers]


def _start(call: Call, kind: str, params: Json, work: Work) -> Response:
    number = call.fake.jobs.start(kind, call.user, params, work)
    return answer({"errors": [], "warnings": [], "job_id": number})


async def export_general(call: Call) -> Response:
    """POST /object_set/export/general."""
    wanted, filters, projects = await _export(call)
    request: Json = {
        "collection_id": wanted.get("collection_id"),
        "project_id": wanted["project_id"],
        "split_by": call.choice(wanted, "split_by", _SPLITS, "none"),
        "with_images": call.choice(wanted, "with_images", _IMAGES, "none"),
        "with_internal_ids": wanted.get("with_internal_ids", False),
        "with_types_row": wanted.get("with_types_row", False),
        "only_annotations": wanted.get("only_annotations", False),
        "out_to_ftp": wanted.get("out_to_ftp", False),
    }
    if len(projects) > 1 and request["collection_id"] is None:
        crash("AssertionError: several projects need a collection")
    params = {"req": request, "filters": filters}
    return _start(call, "GeneralExport", params, _general(call, projects))


def _general(call: Call, projects: list[Project]) -> Work:
    def work(job: Job) -> Done:
        fake = call.fake
        size, seed = fake.export_bytes, f"job {job.id} {job.updated_on}"
        return exports.general(fake.state, job, projects, pad_to=size, seed=seed)

    return work


def _backup(call: Call, projects: list[Project]) -> Work:
    def work(job: Job) -> Done:
        fake = call.fake
        size, seed = fake.export_bytes, f"job {job.id} {job.updated_on}"
        return exports.backup(fake.state, job, projects, pad_to=size, seed=seed)

    return work


def _summary(call: Call, projects: list[Project]) -> Work:
    def work(job: Job) -> Done:
        return exports.summary(call.fake.state, job, projects, pad_to=call.fake.export_bytes)

    return work


async def export_summary(call: Call) -> Response:
    """POST /object_set/export/summary."""
    wanted, filters, projects = await _export(call)
    request: Json = {
        "collection_id": wanted.get("collection_id"),
        "project_id": wanted["project_id"],
        "quantity": call.choice(wanted, "quantity", _QUANTITIES, "abundance"),
        "summarise_by": call.choice(wanted, "summarise_by", _SUMS, "sample"),
        "formulae": wanted.get("formulae", {}),
        "out_to_ftp": wanted.get("out_to_ftp", False),
    }
    params = {"req": request, "filters": filters}
    return _start(call, "SummaryExport", params, _summary(call, projects))


async def export_backup(call: Call) -> Response:
    """POST /object_set/export/backup."""
    wanted, filters, projects = await _export(call)
    request: Json = {
        "collection_id": wanted.get("collection_id"),
        "project_id": wanted["project_id"],
        "out_to_ftp": wanted.get("out_to_ftp", False),
    }
    params = {"req": request, "filters": filters}
    return _start(call, "BackupExport", params, _backup(call, projects))


async def export_old(call: Call) -> Response:
    """POST /object_set/export: the deprecated one for all kinds."""
    wanted, filters, projects = await _export(call)
    if "exp_type" not in wanted:
        invalid(missing("body", "request", "exp_type"))
    kind = call.choice(wanted, "exp_type", _OLD_TYPES, "")
    request: Json = {
        **wanted,
        "split_by": _OLD_SPLITS.get(wanted.get("split_by", ""), "none"),
        "with_images": "all" if wanted.get("with_images") else "none",
        "with_types_row": wanted.get("with_types_row", False),
        "quantity": _OLD_QUANTITIES.get(kind, "biovolume"),
        "summarise_by": _OLD_SPLITS.get(wanted.get("sum_subtotal", ""), "none"),
    }
    makers = {"TSV": _general, "DOI": _general, "BAK": _backup}
    work = makers.get(kind, _summary)(call, projects)
    return _start(call, "GenExport", {"req": request, "filters": filters}, work)


async def import_file(call: Call) -> Response:
    """POST /file_import/{project_id}."""
    given = await call.body("source_path")
    number, _ = call.number("project_id"), call.user
    if number not in call.state.projects:
        crash(f"AssertionError: no project {number}")
    project, folder = call.managed(number), call.folder
    request: Json = {
        "source_path": given["source_path"],
        "taxo_mappings": given.get("taxo_mappings", {}),
        "skip_loaded_files": given.get("skip_loaded_files", False),
        "skip_existing_objects": given.get("skip_existing_objects", False),
        "update_mode": given.get("update_mode", ""),
    }
    started = call.fake.jobs.start(
        "FileImport",
        call.user,
        {"prj_id": number, "req": request},
        lambda job: files.import_tables(call.state, folder, project, job),
    )
    return answer({"job_id": started, "errors": []})


async def simple_import(call: Call) -> Response:
    """POST /simple_import/{project_id}: no job for a dry run or for wrong values."""
    given = await call.body("source_path", "values")
    dry_run = call.needed("dry_run").lower() == "true"
    project, folder = call.managed(call.number("project_id")), call.folder
    values: dict[str, str] = given["values"]
    wrong = [name for name in _NUMBERS if name in values and not _is_number(values[name])]
    errors = [f"'{values[name]}' is not a valid value for {name}" for name in wrong]
    if dry_run or errors:
        return answer({"job_id": 0, "errors": errors})
    request: Json = {
        "source_path": given["source_path"],
        "values": values,
        "possible_values": [
            "imgdate", "imgtime", "latitude", "longitude", "depthmin", "depthmax", "taxolb",
            "userlb", "datelb", "status",
        ],
    }  # fmt: skip
    started = call.fake.jobs.start(
        "SimpleImport",
        call.user,
        {"prj_id": project.id, "req": request, "dry_run": False},
        lambda job: files.import_images(call.state, folder, project, job),
    )
    return answer({"job_id": started, "errors": []})


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


async def upload(call: Call) -> Response:
    """POST /user_files/: `path` must end with the name of the file."""
    folder = call.folder
    async with call.request.form(max_part_size=1 << 40) as form:
        sent, path = form.get("file"), form.get("path")
        if not isinstance(sent, UploadFile):
            invalid(missing("body", "file"))
        name, content = sent.filename or "", await sent.read()
    target = path if isinstance(path, str) and path else name
    if posixpath.basename(target) != name:
        crash("AssertionError: path does not end with the file name")
    try:
        return answer(folder.add(target, content))
    except zipfile.BadZipFile as error:
        crash(f"zipfile.BadZipFile: {error}")


async def listing(call: Call) -> Response:
    """GET /user_files/{sub_path}: sizes and dates are empty."""
    path = call.request.path_params.get("sub_path", "").strip("/")
    folder = call.folder
    if path and path not in folder.directories:
        not_found()
    return answer({"path": path, "entries": folder.entries(path)})


async def make_directory(call: Call) -> Response:
    """POST /user_files/create/."""
    folder = call.folder
    path = (await call.form("source_path"))["source_path"]
    if not folder.make(path):
        refuse(422, "Data were already in the required state")
    return answer(f"{folder.root}/{path}")


async def move(call: Call) -> Response:
    """POST /user_files/mv/."""
    folder = call.folder
    form = await call.form("source_path", "dest_path")
    if not folder.known(form["source_path"]):
        refuse(500, "Unknown error")
    folder.move(form["source_path"], form["dest_path"])
    return answer(f"{folder.root}/{form['dest_path']}")


async def remove(call: Call) -> Response:
    """POST /user_files/rm/."""
    folder = call.folder
    path = (await call.form("source_path"))["source_path"]
    if not folder.known(path):
        refuse(500, "Unknown error")
    folder.remove(path)
    return answer(1)
