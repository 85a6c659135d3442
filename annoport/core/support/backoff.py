"""Pauses between the attempts at one thing: they grow, and they end when there is no hope."""

from __future__ import annotations

import random
from collections.abc import Callable

import attrs

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0

LONGEST_REQUESTED_PAUSE = 300.0
"""Seconds that a server may ask us to stay away (`Retry-After`). Beyond that, a transfer is given
up, and a job is polled all the same."""

_JITTER = 0.5


def pause_after(failures: int, jitter: float) -> float:
    """Return the seconds to wait after the last of several failures in a row.

    Args:
        failures: How many there have been, from 1 on.
        jitter: A random number in 0..1; up to half of the pause is taken off, so that many
            clients do not come back at once.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (failures - 1))
    return longest * (1 - _JITTER * jitter)


@attrs.define(kw_only=True)
class Patience:
    """Counts failures in a row without a new byte, and says how long to pause before the next try.

    Attributes:
        attempts: How many such failures are tolerated.
        jitter: Returns random numbers in 0..1.
    """

    attempts: int
    jitter: Callable[[], float] = random.random
    _best: int = attrs.field(default=0, init=False)
    _failures: int = attrs.field(default=0, init=False)

    def reached(self, have: int) -> None:
        """Note how many bytes there are; more than ever before makes patient again."""
        if have > self._best:
            self._best, self._failures = have, 0

    def pause(self, retry_after: float | None = None) -> float | None:
        """Return the seconds to wait after one more failure; None when it is time to give up."""
        self._failures += 1
        if self._failures > self.attempts or (retry_after or 0.0) > LONGEST_REQUESTED_PAUSE:
            return None
        return max(retry_after or 0.0, pause_after(self._failures, self.jitter()))
