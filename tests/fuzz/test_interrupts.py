"""A few moments of the fuzz program for interrupts, and those that lose one without our help."""

from __future__ import annotations

import signal
import sys
import time
import weakref
from collections.abc import Callable

import pytest

from annoport.cli.interrupts import heard
from tests.fuzz.interrupts import run, run_in_callbacks
from tests.systems import needs_interrupts

pytestmark = needs_interrupts


def test_interrupts_at_some_moments() -> None:
    counts = run(3, seed=3)
    assert sum(counts.values()) == 3


def test_interrupts_where_python_drops_them() -> None:
    counts = run_in_callbacks([-40, 1, 2])
    assert counts["starting"] >= 1
    assert counts["waiting"] >= 1
    assert not counts["never"]


class Thing:
    """Something that can be referred to weakly, and interrupts when it ends."""

    interrupts = False

    def __del__(self) -> None:
        """Interrupt at a moment that may raise nothing."""
        if self.interrupts:
            signal.raise_signal(signal.SIGINT)


def in_a_callback() -> None:
    thing = Thing()
    reference = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
    del thing
    assert reference() is None


def in_a_finalizer() -> None:
    thing = Thing()
    thing.interrupts = True
    del thing


@pytest.mark.parametrize("interrupted", [in_a_callback, in_a_finalizer])
def test_an_interrupt_that_python_drops_comes_again(interrupted: Callable[[], None]) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    hook = sys.unraisablehook
    try:
        with pytest.raises(KeyboardInterrupt):
            wait_after(interrupted)
    finally:
        signal.signal(signal.SIGINT, before)
    assert sys.unraisablehook is hook


def wait_after(interrupted: Callable[[], None]) -> None:
    with heard():
        interrupted()
        for _ in range(1000):
            time.sleep(0.01)
