"""Background requests: the work that CVAT goes on with after it has answered."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from typing import Literal, Protocol
from urllib.parse import quote

import attrs

from annoport.testing.clock import Clock
from annoport.testing.cvat.answers import Json, Refused, answer, text
from annoport.testing.cvat.state import User, stamp
from annoport.testing.payloads import Payload

Outcome = Literal["finished", "failed", "stuck", "lost"]
_HOUR = 3600.0
_KEPT = {  # seconds after the end, by action and status
    ("export", "finished"): 24 * _HOUR,
    ("export", "failed"): 24 * _HOUR,
    ("import", "finished"): _HOUR,
    ("import", "failed"): 30 * 24 * _HOUR,
    ("create", "finished"): 500.0,
    ("create", "failed"): 365 * 24 * _HOUR,
    ("calculate", "finished"): 120.0,
    ("calculate", "failed"): 120.0,
}
_EXPORT_ID = re.compile(
    r"action=export&target=(project|task|job)&target_id=\d+&user_id=\d+(&format=[^&]+)?"
    r"&subresource=(dataset|annotations|backup)"
)


class WorkError(Exception):
    """The server's explanation of a failed background request."""


@attrs.frozen(kw_only=True)
class Done:
    """The result of a background request."""

    payload: Payload | None = None
    filename: str = ""
    result_id: int | None = None


@attrs.frozen(kw_only=True)
class Plan:
    """A background request, as a client asked for it.

    operation: the type, e.g. "export:dataset".
    subject: project_id, task_id and job_id, where they are known.
    local: False if the result goes to a cloud storage.
    """

    id: str
    operation: str
    target: str
    owner: User
    work: Callable[[], Done]
    subject: dict[str, int | None]
    format: str | None = None
    local: bool = True


@attrs.define(kw_only=True)
class BackgroundRequest:
    """A background request and its progress; times are monotonic seconds."""

    plan: Plan
    clock: Clock
    outcome: Outcome
    message: str
    created: float
    starts: float
    ends: float
    kept: float
    created_date: dt.datetime
    done: Done | None = None
    modified: int = 0  # POSIX seconds of the result file
    final_reads: int = 0

    def status(self) -> str:
        """Return the current status."""
        if self.clock.monotonic() < self.starts:
            return "queued"
        if not self.is_over():
            return "started"
        if self.outcome == "failed":
            return "failed"
        return "started" if self.done is None else "finished"

    def is_over(self) -> bool:
        """Whether its time is over, so that its work is due."""
        return self.outcome != "stuck" and self.clock.monotonic() >= self.ends

    def date(self, moment: float) -> str:
        """Convert a monotonic time to a date."""
        return stamp(self.created_date + dt.timedelta(seconds=moment - self.created))


class Behaviour(Protocol):
    """How background requests are to behave; a test may change this at any time."""

    clock: Clock
    job_seconds: float
    queue_seconds: float
    next_job: Outcome
    failure: str
    keep_seconds: float | None
    races: bool

    def went_wrong(self, doing: str, error: Exception) -> str:
        """Keep what went wrong in the fake itself; return what a client is told."""
        ...


@attrs.define
class Queue:
    """All background requests of a server."""

    _behaviour: Behaviour
    _known: dict[str, BackgroundRequest] = attrs.field(
        factory=dict[str, BackgroundRequest], init=False
    )
    _last_modified: int = attrs.field(default=0, init=False)

    def start(self, plan: Plan) -> None:
        """Queue `plan`; Refused with 409 if an equal one is queued or started."""
        self.settle()
        running = self._known.get(plan.id)
        if running is not None and running.status() in ("queued", "started"):
            raise Refused(answer({"rq_id": plan.id}, 409))
        behaviour = self._behaviour
        outcome, behaviour.next_job = behaviour.next_job, "finished"
        created = behaviour.clock.monotonic()
        self._known.pop(plan.id, None)
        self._known[plan.id] = BackgroundRequest(
            plan=plan,
            clock=behaviour.clock,
            outcome=outcome,
            message=behaviour.failure if outcome == "failed" else "",
            created=created,
            starts=created + behaviour.queue_seconds,
            ends=created + behaviour.queue_seconds + behaviour.job_seconds,
            kept=0.0,
            created_date=dt.datetime.now(dt.UTC),
        )

    def settle(self) -> None:
        """Do the work that is due, and forget expired requests."""
        moment = self._behaviour.clock.monotonic()
        for known in list(self._known.values()):
            if not known.is_over():
                continue
            if known.outcome == "lost":
                del self._known[known.plan.id]
                continue
            if known.outcome == "finished" and known.done is None:
                self._finish(known)
            if known.status() in ("finished", "failed"):
                self._set_kept(known)
                if moment > known.ends + known.kept:
                    self._known.pop(known.plan.id, None)

    def _finish(self, known: BackgroundRequest) -> None:
        try:
            known.done = known.plan.work()
        except WorkError as error:
            known.outcome = "failed"
            known.message = f"{error}\n"
        except Refused as refused:
            known.outcome = "failed"
            known.message = f"{bytes(refused.response.body).decode()}\n"
        except Exception as error:  # noqa: BLE001  # whatever it is, each poll would meet it again
            known.outcome = "failed"
            told = self._behaviour.went_wrong(f"request {known.plan.id}", error)
            known.message = f"{told}\n"
        self._last_modified = max(int(time.time()), self._last_modified + 1)
        known.modified = self._last_modified

    def _set_kept(self, known: BackgroundRequest) -> None:
        if self._behaviour.keep_seconds is not None:
            known.kept = self._behaviour.keep_seconds
            return
        action = known.plan.operation.partition(":")[0]
        known.kept = _KEPT[action, known.status()]

    def find(self, rq_id: str) -> BackgroundRequest:
        """Return a request; Refused with the server's 404 if it is not known."""
        self.settle()
        if rq_id not in self._known:
            raise Refused(text("There is no request with specified id", 404))
        return self._known[rq_id]

    def all(self) -> list[BackgroundRequest]:
        """Return all known requests, newest first."""
        self.settle()
        return sorted(self._known.values(), key=lambda known: known.created, reverse=True)

    def cancel(self, rq_id: str) -> None:
        """Forget a queued request; Refused with 400 if it has started."""
        if self.find(rq_id).status() != "queued":
            sentence = "Only requests that have not yet been started can be cancelled"
            raise Refused(text(sentence, 400))
        del self._known[rq_id]

    def exported(self, rq_id: str) -> BackgroundRequest:
        """Return the finished export that a download asks for; Refused if there is none."""
        if not _EXPORT_ID.fullmatch(rq_id):
            raise Refused(answer(["Invalid export request id"], 400))
        self.settle()
        known = self._known.get(rq_id)
        if known is None:
            raise Refused(text("Unknown export request id", 400))
        if known.status() != "finished":
            raise Refused(text("The export process is not finished", 400))
        if known.done is None or known.done.payload is None:
            raise Refused(text("The file has expired", 404))
        return known

    def forget_files(self) -> None:
        """Remove the files of finished exports, as the nightly cleanup does."""
        self.settle()
        for known in self._known.values():
            if known.done is not None:
                known.done = attrs.evolve(known.done, payload=None)

    def show(self, known: BackgroundRequest, base: str) -> Json:
        """Show a request as `/api/requests` does."""
        plan, status = known.plan, known.status()
        ended = status in ("finished", "failed")
        early = ended and self._behaviour.races and known.final_reads == 0
        known.final_reads += ended
        return {
            "status": status,
            "message": _message(known, status, raw=early),
            "id": plan.id,
            "operation": {
                "type": plan.operation,
                "target": plan.target,
                "project_id": plan.subject.get("project_id"),
                "task_id": plan.subject.get("task_id"),
                "job_id": plan.subject.get("job_id"),
                "format": plan.format,
                "lightweight": None,
            },
            "progress": 0.0,
            "created_date": known.date(known.created),
            "started_date": None if status == "queued" else known.date(known.starts),
            "finished_date": known.date(known.ends) if ended and not early else None,
            "expiry_date": known.date(known.ends + known.kept) if ended and not early else None,
            "owner": {"id": plan.owner.id, "username": plan.owner.username},
            "result_url": _result_url(known, base),
            "result_id": known.done.result_id if known.done else None,
        }


def _message(known: BackgroundRequest, status: str, *, raw: bool) -> str:
    if status != "failed" or not raw:
        return known.message
    frames = (
        '  File "/opt/cvat/rq/job.py", line 1317, in _execute\n'
        "    result = self.func(*self.args, **self.kwargs)\n"
    )
    return f"Traceback (most recent call last):\n{frames}{known.message}"


def _result_url(known: BackgroundRequest, base: str) -> str | None:
    plan = known.plan
    if known.done is None or not known.done.filename or not plan.local:
        return None
    kind = "backup" if plan.operation == "export:backup" else "dataset"
    number = plan.subject[f"{plan.target}_id"]
    query = quote(plan.id, safe="~")
    return f"{base}/api/{plan.target}s/{number}/{kind}/download?rq_id={query}"
