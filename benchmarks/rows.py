"""What a row of the table is, and how its contestants are measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import attrs

from benchmarks.process import Contestant


@attrs.frozen
class Goal:
    """A limit on the ratio to the base, or (`absolute`) on our own figure."""

    limit: float
    at_least: bool = attrs.field(default=False, kw_only=True)
    absolute: bool = attrs.field(default=False, kw_only=True)

    def met(self, value: float) -> bool:
        """Return whether `value` keeps the limit."""
        return value >= self.limit if self.at_least else value <= self.limit


@attrs.frozen
class Figure:
    """What one contestant needs: seconds, bytes or lines, depending on the row's unit."""

    name: str
    value: float


@attrs.frozen(kw_only=True)
class Result:
    """The result of a row.

    Attributes:
        base: What the ratio is to; None if the goal is absolute.
        inverse: The ratio is base / ours, so that more is better.
    """

    ours: float
    unit: str
    goal: Goal
    base: Figure | None = None
    inverse: bool = False
    peers: Sequence[Figure] = ()
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours to the base, or the base to ours."""
        return None if self.base is None else self.against(self.ours)

    def against(self, value: float) -> float:
        """Return the ratio of a figure to the base."""
        base = 0.0 if self.base is None else self.base.value
        return base / value if self.inverse else value / base

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        ratio = self.ratio
        return self.goal.met(self.ours if self.goal.absolute or ratio is None else ratio)


@attrs.frozen
class Row:
    """A row that can be run.

    Attributes:
        name: What ROW= selects by.
        title: What is measured.
    """

    name: str
    title: str
    run: Callable[[], Result]


def race(
    contestants: Sequence[Contestant], rounds: int = 7, before: Callable[[], None] | None = None
) -> dict[str, list[dict[str, float]]]:
    """Let each contestant run once per round, in turns.

    Contestants with fewer rounds of their own drop out when these are done.

    Args:
        contestants: Who runs.
        rounds: How often.
        before: Called before each run, and not measured.

    Returns:
        The readings of each contestant, by name.
    """
    readings: dict[str, list[dict[str, float]]] = {one.name: [] for one in contestants}
    try:
        for one in contestants:
            one.start()
            one.run()  # not counted: it fills the caches
        for number in range(rounds):
            first = number % len(contestants)  # so that none always follows the same other
            for one in (*contestants[first:], *contestants[:first]):
                if number >= one.rounds:
                    continue
                if before is not None:
                    before()
                readings[one.name].append(one.run())
    finally:
        for one in contestants:
            one.stop()
    return readings


def once(contestant: Contestant) -> dict[str, float]:
    """Let a contestant run once, in a process that has done nothing before; return the reading."""
    try:
        contestant.start()
        return contestant.run()
    finally:
        contestant.stop()


def seconds(contestants: Sequence[Contestant], rounds: int = 7) -> list[Figure]:
    """Return the median seconds of each contestant."""
    return medians(race(contestants, rounds), "seconds")


def medians(readings: dict[str, list[dict[str, float]]], key: str) -> list[Figure]:
    """Return the median of one reading of each contestant."""
    return [
        Figure(name, statistics.median(one[key] for one in found))
        for name, found in readings.items()
    ]
