"""The jobs of the fake EcoTaxa, and the scheduler that runs them by the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

import attrs

from annoport.testing.clock import Clock
from annoport.testing.ecotaxa.answers import Json, Refused, not_found, traceback_lines
from annoport.testing.ecotaxa.state import User, now
from annoport.testing.payloads import Payload

Outcome = Literal["finished", "failed", "reported", "asking", "stuck"]
_QUESTION: Json = {"missing_users": ["jane doe"], "missing_taxa": []}


@attrs.frozen(kw_only=True)
class Done:
    """The result of a job, with its file if it made one."""

    result: Json
    payload: Payload | None = None
    filename: str = ""


@attrs.frozen
class Asked:
    """A question that stops a job until it is answered."""

    question: Json


class ReportedError(Exception):
    """Errors that a job reports itself; the arguments are the messages."""


class CrashedError(Exception):
    """An exception that ended a job: its class name and its message, which may be empty."""

    def __init__(self, kind: str, text: str) -> None:
        """Hold both."""
        super().__init__(kind, text)
        self.kind, self.text = kind, text


Work: TypeAlias = Callable[["Job"], Done | Asked]


@attrs.define(kw_only=True)
class Job:
    """A job, and when (in monotonic seconds) the scheduler starts and ends it."""

    id: int
    owner: User
    type: str
    params: Json
    work: Work
    created: float
    runs_at: float
    ends_at: float
    outcome: Outcome
    state: str = "P"
    progress: int | None = None
    message: str = "Waiting for a slot"
    result: Json = attrs.field(factory=dict[str, object])
    errors: list[str] = attrs.field(factory=list[str])
    question: Json = attrs.field(factory=dict[str, object])
    reply: Json = attrs.field(factory=dict[str, object])
    inside: Json = attrs.field(factory=dict[str, object])
    done: Done | None = None
    killed_while_running: bool = False
    creation_date: str = attrs.field(factory=now)
    updated_on: str = attrs.field(factory=now)
    log: list[str] = attrs.field(factory=list[str])

    def show(self) -> Json:
        """Show the job; no field is ever left out."""
        return {
            "params": self.params,
            "result": self.result,
            "errors": self.errors,
            "question": self.question,
            "reply": self.reply,
            "inside": self.inside,
            "id": self.id,
            "owner_id": self.owner.id,
            "type": self.type,
            "state": self.state,
            "step": None,
            "progress_pct": self.progress,
            "progress_msg": self.message,
            "creation_date": self.creation_date,
            "updated_on": self.updated_on,
        }

    def write(self, source: str, text: str) -> None:
        """Add a line to the job's log."""
        moment = now().replace("T", " ").replace(".", ",")[:-3]
        self.log.append(f"{moment}:{source}:INFO {text}\n")

    def enter(self, state: str, message: str, progress: int | None) -> None:
        """Change the state."""
        self.state, self.message, self.progress = state, message, progress
        self.updated_on = now()

    def answered(self) -> bool:
        """Tell whether the reply gives an id for every name in the question."""
        for key in ("users", "taxa"):
            given = self.reply.get(key)
            if not isinstance(given, dict):
                return False
            if any(name not in given for name in self.question.get(f"missing_{key}", ())):
                return False
        return True


class Behaviour(Protocol):
    """How jobs are to behave; a test may change this at any time."""

    clock: Clock
    job_seconds: float
    queue_seconds: float
    replica_seconds: float
    next_job: Outcome
    zombies: bool

    def went_wrong(self, doing: str, error: Exception) -> str:
        """Keep what went wrong in the fake itself; return what a client is told."""
        ...


@attrs.define
class Jobs:
    """All jobs of a server."""

    _behaviour: Behaviour
    _known: dict[int, Job] = attrs.field(factory=dict[int, Job], init=False)
    _last: int = attrs.field(default=0, init=False)

    def start(self, kind: str, owner: User, params: Json, work: Work) -> int:
        """Make a pending job and return its id."""
        behaviour = self._behaviour
        outcome, behaviour.next_job = behaviour.next_job, "finished"
        self._last += 1
        created = behaviour.clock.monotonic()
        job = Job(
            id=self._last,
            owner=owner,
            type=kind,
            params=params,
            work=work,
            created=created,
            runs_at=created + behaviour.queue_seconds,
            ends_at=created + behaviour.queue_seconds + behaviour.job_seconds,
            outcome=outcome,
        )
        job.write("API_operations.helpers.JobService", f"Creating job {job.id}")
        self._known[job.id] = job
        return job.id

    def find(self, number: int) -> Job:
        """Return a job as it is now; Refused with 404 if there is none."""
        self.settle()
        if number not in self._known:
            not_found()
        return self._known[number]

    def readable(self, number: int) -> Job:
        """Return a job from a replica of the database; Refused with 404 while it is too new."""
        job = self.find(number)
        if self._behaviour.clock.monotonic() < job.created + self._behaviour.replica_seconds:
            not_found()
        return job

    def all(self) -> list[Job]:
        """Return all jobs."""
        self.settle()
        return list(self._known.values())

    def settle(self) -> None:
        """Bring every job to the state that is due."""
        moment = self._behaviour.clock.monotonic()
        for job in self._known.values():
            if job.state == "P" and moment >= job.runs_at and job.outcome != "stuck":
                job.enter("R", job.message, job.progress)
                job.write("BG_operations.JobScheduler", "Running in PID 4711")
            if job.state == "R":
                self._run(job, moment)
            elif job.killed_while_running and moment >= job.ends_at and self._behaviour.zombies:
                job.killed_while_running = False
                self._finish(job)

    def _run(self, job: Job, moment: float) -> None:
        if moment >= job.ends_at:
            self._finish(job)
            return
        share = (moment - job.runs_at) / (job.ends_at - job.runs_at)
        if share > 0.5:  # no progress is reported in the first half
            job.enter("R", "Processing", int(share * 100))

    def _finish(self, job: Job) -> None:
        outcome, job.outcome = job.outcome, "finished"
        try:
            done = self._work(job, outcome)
        except ReportedError as error:
            job.errors = [str(sentence) for sentence in error.args]
            job.result = {"infos": []} if job.type == "FileImport" else {}
            job.enter("E", f"{len(job.errors)} error(s) during run", job.progress or 0)
        except CrashedError as error:
            text = f"{error.kind}: {error.text}" if error.text else error.kind
            job.errors = traceback_lines(text)
            job.enter("E", error.text, job.progress)
        except Refused as refused:
            job.errors = traceback_lines(bytes(refused.response.body).decode())
            job.enter("E", "", job.progress)
        except Exception as error:  # noqa: BLE001  # whatever it is, each poll would meet it again
            told = self._behaviour.went_wrong(f"job {job.id}, {job.type}", error)
            job.errors = traceback_lines(told)
            job.enter("E", told, job.progress)
        else:
            self._settle_done(job, done)

    def _work(self, job: Job, outcome: Outcome) -> Done | Asked:
        if outcome == "failed":
            kind = "ValueError"
            raise CrashedError(kind, "could not convert string to float: 'abc'")
        if outcome == "reported":
            raise ReportedError("Line 2: no image file", "Line 5: depth is not a number")
        if outcome == "asking" or (job.question == _QUESTION and not job.answered()):
            return Asked(_QUESTION)
        return job.work(job)

    def _settle_done(self, job: Job, done: Done | Asked) -> None:
        if isinstance(done, Asked):
            job.question = done.question
            job.enter("A", "Some users or taxonomic references could not be matched", 10)
            return
        job.done, job.result, job.errors = done, done.result, []
        job.enter("F", "Done", 100)

    def answer(self, job: Job, reply: Json) -> None:
        """Continue a job that is asking; do nothing in any other state."""
        if job.state == "A":
            job.reply = reply
            self._again(job, "Proceeding")

    def restart(self, job: Job) -> None:
        """Run a failed job again; do nothing in any other state."""
        if job.state == "E":
            self._again(job, "Restarting")

    def _again(self, job: Job, message: str) -> None:
        moment = self._behaviour.clock.monotonic()
        job.killed_while_running = False
        job.runs_at = moment + self._behaviour.queue_seconds
        job.ends_at = job.runs_at + self._behaviour.job_seconds
        job.enter("P", message, job.progress)

    def erase(self, job: Job) -> None:
        """Kill a job that has not ended, or remove one that has."""
        if job.state in ("F", "E"):
            del self._known[job.id]
            return
        job.killed_while_running = job.state == "R"
        job.errors = []
        job.enter("E", "Killed", job.progress)
