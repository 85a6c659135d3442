"""Endpoints for jobs, which run algorithms."""

from __future__ import annotations

import uuid
from functools import partial

from starlette.responses import Response

from annoport.testing.tator.answers import cluster_error, reply, said, unknown_job
from annoport.testing.tator.background import BEFORE_PENDING, Job
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.exports import make_export
from annoport.testing.tator.state import Row, second_text

_STAND_IN_CLUSTER = "cluster.example.org"


def _create_jobs(call: Call) -> Response:
    project = call.project_id()
    body = call.fields("algorithm_name", "media_ids")
    found = call.tables.algorithms.where(project=project, name=body["algorithm_name"])
    if not found:
        raise unknown_job()
    if call.backend.cluster_down:
        path = "/apis/argoproj.io/v1alpha1/namespaces/default/workflows"
        raise cluster_error(_STAND_IN_CLUSTER, 443, path)
    algorithm, gid = found[0], str(uuid.uuid1())
    media_ids, size = body["media_ids"], algorithm["files_per_job"]
    jobs = [
        _start(call, algorithm, gid, media_ids[first : first + size])
        for first in range(0, len(media_ids), size)
    ]
    return said(
        f"Algorithm {algorithm['name']} started successfully!",
        201,
        id=[job.answer["uid"] for job in jobs],
        object=[_as_sent(job, fresh=True) for job in jobs],
    )


def _start(call: Call, algorithm: Row, gid: str, media_ids: list[int]) -> Job:
    backend, user = call.backend, call.me["id"]
    slug = algorithm["name"].lower().replace(" ", "-")
    number = backend.jobs.next_number()
    name = f"alg-{algorithm['id']}-proj-{algorithm['project']}-usr-{user}-name-{slug}-{number:05d}"
    answer: Row = {
        "id": name,
        "uid": str(uuid.uuid1()),
        "gid": gid,
        "project": str(algorithm["project"]),
        "user": str(user),
        "media_ids": media_ids,
        "alg_id": algorithm["id"],
    }
    job = backend.jobs.new(answer, partial(make_export, backend, answer))
    backend.jobs.by_uid[answer["uid"]] = job
    return job


def _as_sent(job: Job, *, fresh: bool = False) -> Row:
    phase = "Running" if fresh else job.phase()
    sent = {**job.answer, "status": phase}
    if fresh or job.done_share() < BEFORE_PENDING:
        return {**sent, "nodes": []}
    times = {"start_time": second_text(job.started_at)}
    if phase == "Pending":
        return {**sent, **times, "nodes": []}
    if job.done_share() >= 1:
        times["stop_time"] = second_text(job.stopped_at())
    name = job.answer["id"]
    root: Row = {"id": name, "children": [f"{name}-1"], "task": name, "status": phase}
    leaf: Row = {"id": f"{name}-1", "children": [], "task": "work", "status": phase, **times}
    return {**sent, **times, "nodes": [{**root, "start_time": times["start_time"]}, leaf]}


def _known_jobs(call: Call) -> list[Job]:
    project = str(call.project_id())
    if call.backend.cluster_down:
        return []
    gid, media = call.text("gid"), set(call.integers("media_id"))
    return [
        job
        for job in call.backend.jobs.by_uid.values()
        if job.answer["project"] == project
        and not job.is_gone()
        and gid in (None, job.answer["gid"])
        and (not media or media & set(job.answer["media_ids"]))
    ]


def _list_jobs(call: Call) -> Response:
    return reply([_as_sent(job) for job in _known_jobs(call)])


def _job(call: Call) -> Job:
    backend = call.backend
    job = backend.jobs.by_uid.get(call.word("uid"))
    if job is None or job.is_gone() or backend.cluster_down:
        raise unknown_job()
    call.member_of(int(job.answer["project"]))
    if backend.hidden_polls > 0:
        backend.hidden_polls -= 1
        raise unknown_job()
    return job


def _get_job(call: Call) -> Response:
    return reply(_as_sent(_job(call)))


def _delete_job(call: Call) -> Response:
    uid = _job(call).answer["uid"]
    del call.backend.jobs.by_uid[uid]
    return said(f"Job with UID {uid} deleted!")


def _delete_jobs(call: Call) -> Response:
    jobs = _known_jobs(call)
    for job in jobs:
        del call.backend.jobs.by_uid[job.answer["uid"]]
    return said(f"Deleted {len(jobs)} jobs for project {call.number('project')}!")


ROUTES: Routes = {
    "/rest/Jobs/{project:int}": {"GET": _list_jobs, "POST": _create_jobs, "DELETE": _delete_jobs},
    "/rest/Job/{uid}": {"GET": _get_job, "DELETE": _delete_job},
}
