"""How often a long job is polled: the real state machine on a clock that does not wait."""

from __future__ import annotations

import annoport_cvat
from annoport.core.jobs.polling import JobWatch, Phase, PollAgain, Reading
from benchmarks.rows import Goal, Result, Row

_WAITS = 1000
_JOB_SECONDS = 60.0


def _polls_of_one_wait() -> int:
    """Return how many polls it takes to see that a one-minute job has finished."""
    now, polls = 0.0, 0
    watch = JobWatch(kind=annoport_cvat.job_kinds.JOB_KINDS["request"], begun=now, created=now)
    while True:
        polls += 1
        done = now >= _JOB_SECONDS
        phase: Phase = "done" if done else "running"
        reading = Reading(phase=phase, status=phase)
        step = watch.answered(reading, now)
        if not isinstance(step, PollAgain):
            return polls
        now += step.delay


def _polls() -> Result:
    most = max(_polls_of_one_wait() for _ in range(_WAITS))
    return Result(
        ours=most,
        unit="polls",
        goal=Goal(25, absolute=True),
        note=f"the most of {_WAITS} waits; the clock is simulated",
    )


ROWS = (Row("polls", "polls of a job of 60 s", _polls),)
