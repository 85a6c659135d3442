"""Threads that keep no program alive."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from annoport.core.support.threads import Threads


def test_results_and_errors_come_back() -> None:
    with Threads(2, "some") as threads:
        good, bad = threads.submit(pow, 2, 5), threads.submit(int, "x")
    assert good.result() == 32
    with pytest.raises(ValueError, match="invalid literal"):
        bad.result()


def test_no_more_threads_than_asked_for() -> None:
    with Threads(2, "a few") as threads:
        futures = [threads.submit(threading.get_ident) for _ in range(20)]
    assert len({future.result() for future in futures}) <= 2


def test_the_end_waits_for_what_was_submitted() -> None:
    done = list[int]()
    with Threads(1, "one") as threads:
        for number in range(3):
            threads.submit(done.append, number)
    assert done == [0, 1, 2]
    with pytest.raises(RuntimeError) as caught:
        threads.submit(done.append, 3)
    assert str(caught.value) == "cannot submit to the threads 'one' after shutdown()"


def leave_by_an_error(threads: Threads) -> None:
    with pytest.raises(LookupError), threads:
        raise LookupError


def leave_soon(threads: Threads) -> None:
    threads.leave(0.01)


@pytest.mark.parametrize("leave", [leave_by_an_error, leave_soon])
def test_what_is_left_behind_ends_by_itself(leave: Callable[[Threads], None]) -> None:
    threads, begun, free = Threads(1, "slow"), threading.Event(), threading.Event()

    def wait() -> bool:
        begun.set()
        return free.wait()

    running, waiting = threads.submit(wait), threads.submit(int)
    begun.wait()
    leave(threads)
    assert waiting.cancelled()
    assert not running.done()
    free.set()
    assert running.result()


PROGRAM = """
import threading
from annoport.core.support.threads import Threads

begun = threading.Event()
Threads(1, "endless").submit(lambda: begun.set() or threading.Event().wait())
begun.wait()
"""


def test_a_program_ends_without_them() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=60.0)
