"""Threads and tasks that work together: how they end when something goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from annoport.core.support.workers import Stop, async_pause, async_run_together, pause, run_together

LONG = 30.0


def fail() -> None:
    """Raise an error."""
    raise LookupError("no")


def test_an_error_ends_the_pause_of_the_others() -> None:
    stop, begun = Stop(), time.monotonic()
    with pytest.raises(LookupError):
        run_together([lambda: pause(LONG, stop), fail], stop)
    assert time.monotonic() - begun < LONG


async def test_an_error_ends_the_pause_of_the_other_tasks() -> None:
    stop, begun = Stop(), time.monotonic()

    async def wait() -> None:
        await async_pause(LONG, stop)

    async def give_up() -> None:
        fail()

    with pytest.raises(LookupError):
        await async_run_together([wait, give_up], stop)
    assert stop
    assert time.monotonic() - begun < LONG


def test_an_error_wakes_those_who_wait() -> None:
    stop, woken = Stop(), threading.Event()
    ended: list[bool] = []

    def wait() -> None:
        with stop.calling(woken.set):
            woken.wait(LONG)
        ended.append(True)

    with pytest.raises(LookupError):
        run_together([wait, fail], stop)
    assert ended == [True]


def test_a_thread_that_does_not_wake_is_left_behind() -> None:
    stop, begun, free = Stop(), time.monotonic(), threading.Event()
    with pytest.raises(LookupError):
        run_together([lambda: none(free.wait(LONG)), fail], stop)
    assert time.monotonic() - begun < LONG
    free.set()


def none(_value: object) -> None:
    """Return nothing, as workers must."""


def test_what_is_called_when_they_are_told_to_stop() -> None:
    stop, called = Stop(), list[str]()

    def note(name: str) -> Callable[[], None]:
        return lambda: called.append(name)

    with stop.calling(note("over")):
        assert called == []
    with stop.calling(note("running")):
        assert not stop
        stop.set()
    with stop.calling(note("late")):
        assert stop
    assert called == ["running", "late"]


def test_all_of_them_end() -> None:
    stop, ended = Stop(), list[int]()
    run_together([lambda: ended.append(1), lambda: ended.append(2)], stop)
    assert sorted(ended) == [1, 2]
