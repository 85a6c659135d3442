"""Pauses between failed attempts: how long each one is, and when to give up."""

from __future__ import annotations

import random
from collections.abc import Callable

import attrs

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0

LONGEST_REQUESTED_PAUSE = 300.0
"""The longest pause, in seconds, that a server can ask for with `Retry-After`.

If it asks for more, a transfer gives up, and a job is polled after this pause anyway.
"""

_JITTER = 0.5


def pause_after(failures: int, jitter: float) -> float:
    """Return the seconds to wait after one or more failures in a row.

    Args:
        failures: Number of failures so far, at least 1.
        jitter: Random number in 0..1. It shortens the pause by up to half, so that many clients
            do not come back at the same moment.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (failures - 1))
    return longest * (1 - _JITTER * jitter)


def after_failures(failures: int) -> str:
    """Return why a transfer ends, for its message."""
    times = "1 failure" if failures == 1 else f"{failures} failures in a row"
    return f"after {times} without a new byte"


@attrs.define(kw_only=True)
class Patience:
    """Counts failures in a row without a new byte, and decides how long to pause after each.

    Attributes:
        attempts: Number of such failures that are tolerated.
        jitter: Returns random numbers in 0..1.
    """

    attempts: int
    jitter: Callable[[], float] = random.random
    _best: int = attrs.field(default=0, init=False)
    _failures: int = attrs.field(default=0, init=False)

    @property
    def failures(self) -> int:
        """The number of failures in a row without a new byte."""
        return self._failures

    def reached(self, have: int) -> None:
        """Reset the count of failures if there are more bytes than ever before."""
        if have > self._best:
            self._best, self._failures = have, 0

    def pause(self, retry_after: float | None = None) -> float | None:
        """Count one more failure; return the seconds to wait, or None to give up."""
        self._failures += 1
        if self._failures > self.attempts or (retry_after or 0.0) > LONGEST_REQUESTED_PAUSE:
            return None
        return max(retry_after or 0.0, pause_after(self._failures, self.jitter()))
