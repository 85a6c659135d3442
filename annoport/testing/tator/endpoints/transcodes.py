"""Endpoints for transcodes, which make uploaded videos playable."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from annoport.testing.tator import attributes
from annoport.testing.tator.answers import cluster_error, reply, said, unknown_job
from annoport.testing.tator.backend import Backend
from annoport.testing.tator.background import BEFORE_RUNNING, Job
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.endpoints.media import section_in
from annoport.testing.tator.media_files import add_video_files
from annoport.testing.tator.records import new_media
from annoport.testing.tator.state import Row, members, now_text, second_text


def _check_transcoder(call: Call) -> None:
    if call.backend.transcoder_down:
        raise cluster_error("127.0.0.1", 58081, "/jobs")


def _create_transcode(call: Call) -> Response:
    project = call.project()
    body = call.fields("type", "gid", "uid", "url", "name")
    _check_transcoder(call)
    backend, user = call.backend, call.me["id"]
    media_type = call.tables.media_types.get(body["type"])
    section = section_in(call, body)
    if body.get("media_id") is not None:
        medium = call.tables.media.get(body["media_id"])
    else:
        row = new_media(
            media_type,
            body["name"],
            user=user,
            created=now_text(),
            md5=body.get("md5", ""),
            gid=body["gid"],
            uid=body["uid"],
            primary_section=section["id"],
            attributes={
                **attributes.for_create(body.get("attributes"), media_type),
                "tator_user_sections": section["tator_user_sections"],
            },
        )
        medium = call.tables.media.add(row)
    spec: Row = {name: body[name] for name in ("type", "gid", "uid", "url")}
    spec |= {
        "size": _size(backend, body),
        "section_id": section["id"],
        "name": body["name"],
        "attributes": body.get("attributes") or {},
        "media_id": medium["id"],
    }
    answer: Row = {
        "spec": spec,
        "id": f"transcode-{backend.jobs.next_number():04d}",
        "user": user,
        "project": project["id"],
        "media_id": medium["id"],
    }
    job = backend.jobs.new(answer, partial(_finish, backend, medium["id"]))
    backend.jobs.transcodes[body["uid"]] = job
    message = f"Transcode job {body['uid']} started for file {body['name']}"
    return said(
        f"{message} on project {project['name']}",
        201,
        id=body["uid"],
        object=_transcode_as_sent(job),
    )


def _size(backend: Backend, body: Row) -> int | None:
    """Return the size of the file, which the server asks for by a HEAD if it was not told."""
    if "size" in body:
        found: int = body["size"]
        return found
    stored = backend.store.objects.get(backend.store.key_in(body["url"]) or "")
    return None if stored is None else stored.payload.size


def _finish(backend: Backend, media_id: int) -> None:
    row = backend.tables.media.rows.get(media_id)
    if row is not None:
        add_video_files(backend.tables, backend.store, row, backend.video_bytes)


def _transcode_as_sent(job: Job) -> Row:
    """Return a transcode as its service does: lower case, no nodes, an empty stop time."""
    spec, done = job.answer["spec"], job.done_share() >= 1
    phase = job.phase().lower()
    if job.done_share() < BEFORE_RUNNING:
        phase = "pending"
    work: Row = {
        "id": job.answer["id"],
        "uid": spec["uid"],
        "gid": spec["gid"],
        "user": job.answer["user"],
        "project": job.answer["project"],
        "nodes": [],
        "status": phase,
        "start_time": second_text(job.started_at),
        "stop_time": second_text(job.stopped_at()) if done else "",
    }
    return {"spec": spec, "job": work}


def _known_transcodes(call: Call) -> list[Job]:
    project = call.project_id()
    _check_transcoder(call)
    gid, uid = call.text("gid"), call.text("uid")
    ids = [] if call.body is None else members(call.fields(), "ids")
    return [
        job
        for job in call.backend.jobs.transcodes.values()
        if job.answer["project"] == project
        and not job.is_gone()
        and gid in (None, job.answer["spec"]["gid"])
        and uid in (None, job.answer["spec"]["uid"])
        and (not ids or job.answer["media_id"] in ids)
    ]


def _list_transcodes(call: Call) -> Response:
    return reply([_transcode_as_sent(job) for job in _known_transcodes(call)])


def _transcode(call: Call) -> Job:
    _check_transcoder(call)
    job = call.backend.jobs.transcodes.get(call.word("uid"))
    if job is None or job.is_gone():
        raise unknown_job()
    call.member_of(job.answer["project"])
    return job


def _get_transcode(call: Call) -> Response:
    return reply(_transcode_as_sent(_transcode(call)))


def _delete_transcode(call: Call) -> Response:
    del call.backend.jobs.transcodes[_transcode(call).answer["spec"]["uid"]]
    return said("Deleted 1 jobs")


def _delete_transcodes(call: Call) -> Response:
    jobs = _known_transcodes(call)
    for job in jobs:
        del call.backend.jobs.transcodes[job.answer["spec"]["uid"]]
    return said(f"Deleted {len(jobs)} jobs")


ROUTES: Routes = {
    "/rest/Transcodes/{project:int}": {
        "GET": _list_transcodes,
        "PUT": _list_transcodes,
        "POST": _create_transcode,
        "DELETE": _delete_transcodes,
    },
    "/rest/Transcode/{uid}": {"GET": _get_transcode, "DELETE": _delete_transcode},
}
