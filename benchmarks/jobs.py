"""How often a long job is polled, and how late the end of an export is noticed."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import annoport.testing
import annoport_cvat
from annoport.core.jobs.polling import JobWatch, Phase, PollAgain, Reading
from benchmarks.rows import Goal, Result, Row

_WAITS = 1000
_JOB_SECONDS = 60.0
_EXPORTS = tuple(3 + number / 8 for number in range(41))
"""Seconds that the server works on each export: 3 to 8. By chance the mean of few is far off."""

_AT_ONCE = 8
"""So few that they do not wait for each other: each has a server in this process."""


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
        goal=Goal(65, absolute=True),
        note=f"the most of {_WAITS} waits; the clock is simulated",
    )


def _lateness(job_seconds: float) -> float:
    """Return how many seconds after its end an export on the fake server is noticed."""
    with (
        annoport.testing.serve("cvat", job_seconds=job_seconds) as fake,
        annoport_cvat.Client(fake.url, token=fake.token) as client,
    ):
        task = next(task.id for task in client.tasks.list() if task.size)
        begun = time.monotonic()
        client.tasks.create_dataset_export(task, format="COCO 1.0").wait()
        return time.monotonic() - begun - job_seconds


def _noticed() -> Result:
    _lateness(0.0)  # what is imported by the first export is not the wait's
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        late = statistics.mean(pool.map(_lateness, _EXPORTS))
    return Result(
        ours=late,
        unit="s",
        goal=Goal(0.3, absolute=True),
        note=f"the mean of {len(_EXPORTS)} exports of the fake CVAT, less the server's seconds",
    )


ROWS = (
    Row("polls", "polls of a job of 60 s", _polls),
    Row("noticed", "end of an export of 3-8 s is noticed late by", _noticed),
)
