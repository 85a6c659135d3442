"""Algorithm jobs and transcodes, driven by the clock."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from annoport.testing.tator.calls import Call, Routes, copy_known, reply, said
from annoport.testing.tator.errors import TatorError
from annoport.testing.tator.exports import make_export
from annoport.testing.tator.media import new_media
from annoport.testing.tator.projects import section_named
from annoport.testing.tator.rows import Row, members, now_text, shown

if TYPE_CHECKING:
    from starlette.responses import Response

    from annoport.testing.tator.clock import Clock
    from annoport.testing.tator.fake import FakeTator

Outcome: TypeAlias = Literal["succeeded", "failed", "error", "omitted", "skipped", "stuck", "lost"]
"""How a job ends: in one of the phases, never, or by being forgotten while it runs."""

_BEFORE_PENDING = 0.1
_BEFORE_RUNNING = 0.3
_STAND_IN_CLUSTER = "cluster.example.org"


@attrs.define(kw_only=True)
class Job:
    """Work that was ordered.

    answer: the fields that never change. seconds: how long it takes.
    """

    answer: Row
    outcome: Outcome
    seconds: float
    clock: Clock
    started_at: datetime = attrs.field(
        default=attrs.Factory(lambda self: self.clock.now(), takes_self=True)
    )
    settled: bool = False

    def done_share(self) -> float:
        """Return how much of the time has passed: below 1 while it runs."""
        passed = (self.clock.now() - self.started_at).total_seconds()
        share = passed / self.seconds if self.seconds > 0 else 1.0
        return min(share, 0.9) if self.outcome == "stuck" else share

    def is_gone(self) -> bool:
        """Say whether the server does not know it any more."""
        return self.outcome == "lost" and self.done_share() >= _BEFORE_RUNNING

    def phase(self) -> str:
        """Return the state as an Argo phase."""
        share = self.done_share()
        if share >= 1:
            return self.outcome.capitalize()
        # Until the cluster has taken it, the server itself says "Running".
        return "Pending" if _BEFORE_PENDING <= share < _BEFORE_RUNNING else "Running"

    def stopped_at(self) -> datetime:
        """Return when it ended or will end."""
        return self.started_at + timedelta(seconds=self.seconds)


class Board:
    """The jobs and transcodes of the platform, by uid."""

    def __init__(self) -> None:
        """Start with none."""
        self.jobs: dict[str, Job] = {}
        self.transcodes: dict[str, Job] = {}
        self._numbers = itertools.count(1)

    def next_number(self) -> int:
        """Return the number of a new job."""
        return next(self._numbers)

    def new_job(self, fake: FakeTator, answer: Row) -> Job:
        """Return a job that starts now."""
        return Job(
            answer=answer, outcome=fake.take_outcome(), seconds=fake.job_seconds, clock=fake.clock
        )

    def settle(self, fake: FakeTator) -> None:
        """Let the jobs whose time has come leave what they make."""
        for job in list(self.jobs.values()):
            if not job.settled and job.outcome == "succeeded" and job.done_share() >= 1:
                job.settled = True
                make_export(fake, job.answer)
        for job in list(self.transcodes.values()):
            if not job.settled and job.outcome == "succeeded" and job.done_share() >= 1:
                job.settled = True
                fake.finish_transcode(job.answer["media_id"])


def _unknown() -> TatorError:
    return TatorError("", status=404)


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _cluster_error(host: str, port: int, path: str) -> TatorError:
    return TatorError(
        f"HTTPConnectionPool(host='{host}', port={port}): Max retries exceeded with url: {path} "
        "(Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at "
        "0x7f0000000000>: Failed to establish a new connection: [Errno 111] Connection refused'))"
    )


# --------------------------------------------------------------------------- algorithms


def new_algorithm(project: int, name: str, *, user: int, files_per_job: int, **more: object) -> Row:
    """Return the fields of an algorithm."""
    row: Row = {
        "name": name,
        "project": project,
        "user": user,
        "description": "",
        "cluster": 1,
        "files_per_job": files_per_job,
        "categories": [],
        "parameters": [],
        "template": None,
        "tparams": [],
        "manifest": f"{project}/{name.lower().replace(' ', '_')}.yaml",
    }
    return {**row, **more}


def _list_algorithms(call: Call) -> Response:
    rows = call.tables.algorithms.where(project=call.project()["id"])
    return reply([shown(row) for row in rows])


def _register_algorithm(call: Call) -> Response:
    project = call.project()["id"]
    body = call.fields("name", "user", "files_per_job")
    row = new_algorithm(
        project, body["name"], user=body["user"], files_per_job=body["files_per_job"]
    )
    copy_known(row, body, ("description", "cluster", "categories", "parameters", "manifest"))
    added = call.tables.algorithms.add(row)
    return said("Successfully registered algorithm argo workflow.", 201, id=added["id"])


def _algorithm(call: Call) -> Row:
    row = call.tables.algorithms.get(call.number())
    call.member_of(row["project"])
    return row


def _get_algorithm(call: Call) -> Response:
    return reply(shown(_algorithm(call)))


def _delete_algorithm(call: Call) -> Response:
    call.tables.algorithms.remove(_algorithm(call)["id"])
    return said("Registered algorithm deleted successfully!")


# --------------------------------------------------------------------------- jobs


def _create_jobs(call: Call) -> Response:
    project = call.project()["id"]
    body = call.fields("algorithm_name", "media_ids")
    found = call.tables.algorithms.where(project=project, name=body["algorithm_name"])
    if not found:
        raise _unknown()
    if call.fake.cluster_down:
        path = "/apis/argoproj.io/v1alpha1/namespaces/default/workflows"
        raise _cluster_error(_STAND_IN_CLUSTER, 443, path)
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
    fake, user = call.fake, call.me["id"]
    slug = algorithm["name"].lower().replace(" ", "-")
    number = fake.board.next_number()
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
    job = fake.board.new_job(fake, answer)
    fake.board.jobs[answer["uid"]] = job
    return job


def _as_sent(job: Job, *, fresh: bool = False) -> Row:
    phase = "Running" if fresh else job.phase()
    sent = {**job.answer, "status": phase}
    if fresh or job.done_share() < _BEFORE_PENDING:
        return {**sent, "nodes": []}
    times = {"start_time": _second(job.started_at)}
    if phase == "Pending":
        return {**sent, **times, "nodes": []}
    if job.done_share() >= 1:
        times["stop_time"] = _second(job.stopped_at())
    name = job.answer["id"]
    root: Row = {"id": name, "children": [f"{name}-1"], "task": name, "status": phase}
    leaf: Row = {"id": f"{name}-1", "children": [], "task": "work", "status": phase, **times}
    return {**sent, **times, "nodes": [{**root, "start_time": times["start_time"]}, leaf]}


def _known_jobs(call: Call) -> list[Job]:
    project = str(call.project()["id"])
    if call.fake.cluster_down:
        return []
    gid, media = call.text("gid"), set(call.integers("media_id"))
    return [
        job
        for job in call.fake.board.jobs.values()
        if job.answer["project"] == project
        and not job.is_gone()
        and gid in (None, job.answer["gid"])
        and (not media or media & set(job.answer["media_ids"]))
    ]


def _list_jobs(call: Call) -> Response:
    return reply([_as_sent(job) for job in _known_jobs(call)])


def _job(call: Call) -> Job:
    fake = call.fake
    job = fake.board.jobs.get(call.word("uid"))
    if job is None or job.is_gone() or fake.cluster_down:
        raise _unknown()
    call.member_of(int(job.answer["project"]))
    if fake.hidden_polls > 0:
        fake.hidden_polls -= 1
        raise _unknown()
    return job


def _get_job(call: Call) -> Response:
    return reply(_as_sent(_job(call)))


def _delete_job(call: Call) -> Response:
    uid = _job(call).answer["uid"]
    del call.fake.board.jobs[uid]
    return said(f"Job with UID {uid} deleted!")


def _delete_jobs(call: Call) -> Response:
    jobs = _known_jobs(call)
    for job in jobs:
        del call.fake.board.jobs[job.answer["uid"]]
    return said(f"Deleted {len(jobs)} jobs for project {call.number('project')}!")


# --------------------------------------------------------------------------- transcodes


def _check_transcoder(call: Call) -> None:
    if call.fake.transcoder_down:
        raise _cluster_error("127.0.0.1", 58081, "/jobs")


def _create_transcode(call: Call) -> Response:
    project = call.project()
    body = call.fields("type", "gid", "uid", "url", "name")
    _check_transcoder(call)
    fake, user = call.fake, call.me["id"]
    media_type = call.tables.media_types.get(body["type"])
    section = section_named(call.tables, project["id"], body.get("section") or "Unnamed", user=user)
    row = new_media(
        media_type,
        body["name"],
        user=user,
        created=now_text(),
        md5=body.get("md5", ""),
        gid=body["gid"],
        uid=body["uid"],
        primary_section=section["id"],
    )
    medium = call.tables.media.add(row)
    spec: Row = {name: body[name] for name in ("type", "gid", "uid", "url")}
    spec |= {
        "size": body.get("size"),
        "section_id": section["id"],
        "name": body["name"],
        "attributes": body.get("attributes") or {},
        "media_id": medium["id"],
    }
    answer: Row = {
        "spec": spec,
        "id": f"transcode-{fake.board.next_number():04d}",
        "user": user,
        "project": project["id"],
        "media_id": medium["id"],
    }
    job = fake.board.new_job(fake, answer)
    fake.board.transcodes[body["uid"]] = job
    message = f"Transcode job {body['uid']} started for file {body['name']}"
    return said(
        f"{message} on project {project['name']}",
        201,
        id=body["uid"],
        object=_transcode_as_sent(job),
    )


def _transcode_as_sent(job: Job) -> Row:
    """Return it as the transcode service words it: lower case, no nodes, an empty stop time."""
    spec, done = job.answer["spec"], job.done_share() >= 1
    phase = job.phase().lower()
    if job.done_share() < _BEFORE_RUNNING:
        phase = "pending"
    work: Row = {
        "id": job.answer["id"],
        "uid": spec["uid"],
        "gid": spec["gid"],
        "user": job.answer["user"],
        "project": job.answer["project"],
        "nodes": [],
        "status": phase,
        "start_time": _second(job.started_at),
        "stop_time": _second(job.stopped_at()) if done else "",
    }
    return {"spec": spec, "job": work}


def _known_transcodes(call: Call) -> list[Job]:
    project = call.project()["id"]
    _check_transcoder(call)
    gid, uid = call.text("gid"), call.text("uid")
    ids = [] if call.body is None else members(call.fields(), "ids")
    return [
        job
        for job in call.fake.board.transcodes.values()
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
    job = call.fake.board.transcodes.get(call.word("uid"))
    if job is None or job.is_gone():
        raise _unknown()
    call.member_of(job.answer["project"])
    return job


def _get_transcode(call: Call) -> Response:
    return reply(_transcode_as_sent(_transcode(call)))


def _delete_transcode(call: Call) -> Response:
    del call.fake.board.transcodes[_transcode(call).answer["spec"]["uid"]]
    return said("Deleted 1 jobs")


def _delete_transcodes(call: Call) -> Response:
    jobs = _known_transcodes(call)
    for job in jobs:
        del call.fake.board.transcodes[job.answer["spec"]["uid"]]
    return said(f"Deleted {len(jobs)} jobs")


ROUTES: Routes = {
    "/rest/Algorithms/{project:int}": {"GET": _list_algorithms, "POST": _register_algorithm},
    "/rest/Algorithm/{id:int}": {"GET": _get_algorithm, "DELETE": _delete_algorithm},
    "/rest/Jobs/{project:int}": {"GET": _list_jobs, "POST": _create_jobs, "DELETE": _delete_jobs},
    "/rest/Job/{uid}": {"GET": _get_job, "DELETE": _delete_job},
    "/rest/Transcodes/{project:int}": {
        "GET": _list_transcodes,
        "PUT": _list_transcodes,
        "POST": _create_transcode,
        "DELETE": _delete_transcodes,
    },
    "/rest/Transcode/{uid}": {"GET": _get_transcode, "DELETE": _delete_transcode},
}
