"""The jobs and transcodes of the fake Tator, driven by its clock."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeAlias

import attrs

from annoport.testing.clock import Clock
from annoport.testing.tator.answers import TatorError
from annoport.testing.tator.state import Row

Outcome: TypeAlias = Literal["succeeded", "failed", "error", "omitted", "skipped", "stuck", "lost"]
"""How a job ends: in one of the phases, never, or by being forgotten while it runs."""

BEFORE_PENDING = 0.1
BEFORE_RUNNING = 0.3
"""The fractions of its time after which a job is pending, then running."""


@attrs.define(kw_only=True)
class Job:
    """A job or a transcode.

    answer: the fields of its answer that never change.
    work: called when it succeeds.
    seconds: how long it takes.
    """

    answer: Row
    work: Callable[[], None]
    outcome: Outcome
    seconds: float
    clock: Clock
    started_at: datetime = attrs.field(
        default=attrs.Factory(lambda self: self.clock.now(), takes_self=True)
    )
    settled: bool = False

    def done_share(self) -> float:
        """Return the fraction of its time that has passed: below 1 while it runs."""
        passed = (self.clock.now() - self.started_at).total_seconds()
        share = passed / self.seconds if self.seconds > 0 else 1.0
        return min(share, 0.9) if self.outcome == "stuck" else share

    def is_gone(self) -> bool:
        """Tell whether the server has forgotten it."""
        return self.outcome == "lost" and self.done_share() >= BEFORE_RUNNING

    def phase(self) -> str:
        """Return its state as an Argo phase."""
        share = self.done_share()
        if share >= 1:
            return self.outcome.capitalize()
        # Until the cluster has accepted a job, the server itself says "Running".
        return "Pending" if BEFORE_PENDING <= share < BEFORE_RUNNING else "Running"

    def stopped_at(self) -> datetime:
        """Return when it ended or will end."""
        return self.started_at + timedelta(seconds=self.seconds)


class Behaviour(Protocol):
    """How jobs are to behave; a test may change this at any time."""

    job_seconds: float
    next_job: Outcome
    clock: Clock

    def went_wrong(self, doing: str, error: Exception) -> str:
        """Keep what went wrong in the fake itself; return what a client is told."""
        ...


class Jobs:
    """The jobs of the platform, and its transcodes, both by uid."""

    def __init__(self, behaviour: Behaviour) -> None:
        """Start with none."""
        self.by_uid: dict[str, Job] = {}
        self.transcodes: dict[str, Job] = {}
        self._behaviour = behaviour
        self._numbers = itertools.count(1)

    def next_number(self) -> int:
        """Return the number of a new job."""
        return next(self._numbers)

    def new(self, answer: Row, work: Callable[[], None]) -> Job:
        """Return a job that starts now and does `work` when it succeeds."""
        behaviour = self._behaviour
        outcome, behaviour.next_job = behaviour.next_job, "succeeded"
        return Job(
            answer=answer,
            work=work,
            outcome=outcome,
            seconds=behaviour.job_seconds,
            clock=behaviour.clock,
        )

    def settle(self) -> None:
        """Do the work of the jobs that are due."""
        for job in [*self.by_uid.values(), *self.transcodes.values()]:
            if not job.settled and job.outcome == "succeeded" and job.done_share() >= 1:
                job.settled = True
                self._work(job)

    def _work(self, job: Job) -> None:
        try:
            job.work()
        except TatorError:
            job.outcome = "failed"
        except Exception as error:  # noqa: BLE001  # the poll that met it would get a 400
            job.outcome = "failed"
            self._behaviour.went_wrong(f"job {job.answer['id']}", error)
