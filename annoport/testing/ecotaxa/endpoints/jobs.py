"""Endpoints for jobs, their logs and their files."""

from __future__ import annotations

import datetime
import hashlib
import re
from email.utils import format_datetime

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import answer, crash, forbid, invalid, no_member, refuse
from annoport.testing.ecotaxa.background import Job
from annoport.testing.ecotaxa.call import Call, Routes
from annoport.testing.ranges import Span, part, whole

_STATES = ("P", "R", "A", "E", "F")
_TSV = "text/tab-separated-values; charset=utf-8"


def _job(call: Call) -> Job:
    """Return the job that the path names; Refused with 404, or with 403 if it is another user's."""
    user = call.user
    found = call.backend.jobs.find(call.number("job_id"))
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
        for job in call.backend.jobs.all()
        if (everybody or job.owner is user)
        and status in (None, job.state)
        and kind in (None, job.type)
    ]
    return answer(found)


async def job(call: Call) -> Response:
    """GET /jobs/{job_id}/: the slash is required."""
    found = _job(call)
    return answer(call.backend.jobs.readable(found.id).show())


async def reply(call: Call) -> Response:
    """POST /jobs/{job_id}/answer: null, whether or not the job was asking."""
    found = _job(call)
    given = await call.body()
    call.backend.jobs.answer(found, given)
    return answer(None)


async def restart(call: Call) -> Response:
    """GET /jobs/{job_id}/restart: null, whether or not the job was restarted."""
    call.backend.jobs.restart(_job(call))
    return answer(None)


async def erase(call: Call) -> Response:
    """DELETE /jobs/{job_id}: kills the job, or removes it if it has ended."""
    call.backend.jobs.erase(_job(call))
    return answer(None)


async def log(call: Call) -> Response:
    """GET /jobs/{job_id}/log: the whole text, whatever range or condition is sent."""
    found = _job(call)
    text = "".join(found.log).encode()
    moment = datetime.datetime.fromisoformat(found.updated_on).replace(tzinfo=datetime.UTC)
    headers = {
        "last-modified": format_datetime(moment, usegmt=True),
        "etag": hashlib.md5(text, usedforsecurity=False).hexdigest(),
    }
    return Response(text, media_type="text/plain", headers=headers)


async def file(call: Call) -> Response:
    """GET /jobs/{job_id}/file: without a validator, and in open-ended ranges only."""
    found = _job(call)
    done = found.done
    if found.state != "F" or done is None or done.payload is None:
        crash("AssertionError: the job has no file")
    found.enter("F", found.message, found.progress)  # every download changes the date
    payload = done.payload
    headers = {
        "content-disposition": f'attachment; filename="{done.filename}"',
        "accept-ranges": "bytes",
        "content-type": "application/zip" if done.filename.endswith(".zip") else _TSV,
    }
    asked = call.request.headers.get("range")
    if asked is None or not call.backend.ranges:
        return whole(payload, call.backend.link, headers=headers)
    match = re.fullmatch(r"bytes=(\d+)-", asked)
    if match is None or int(match.group(1)) > payload.size:
        refuse(416, f"Invalid/unsupported request range (Range:'{asked}')")
    return part(
        payload, Span(int(match.group(1)), payload.size), call.backend.link, headers=headers
    )


ROUTES: Routes = {
    "/jobs/": {"GET": jobs},
    "/jobs/{job_id}/": {"GET": job},
    "/jobs/{job_id}": {"DELETE": erase},
    "/jobs/{job_id}/answer": {"POST": reply},
    "/jobs/{job_id}/restart": {"GET": restart},
    "/jobs/{job_id}/log": {"GET": log},
    "/jobs/{job_id}/file": {"GET": file},
}
