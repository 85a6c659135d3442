"""What programs have in common whose processes are killed at random moments."""

from __future__ import annotations

import argparse
import collections
import time
import traceback
from collections.abc import Callable, Iterable
from typing import TypeVar

import attrs

WHOLE, INTERRUPTED, FAILED = 0, 2, 3
"""How a process ends that is not killed."""
_OUTCOMES = {None: "killed", WHOLE: "whole", INTERRUPTED: "interrupted"}


def exit_code(work: Callable[[], object]) -> int:
    """Do the work of a process, and return how it ended."""
    try:
        work()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BaseException:  # noqa: BLE001 (told by the exit status)
        traceback.print_exc()
        return FAILED
    return WHOLE


@attrs.define(kw_only=True)
class Tally:
    """The results of one platform.

    Attributes:
        platform: The platform.
        noun: What a run is called.
        runs: How many there were.
        moments: How many processes were to be killed.
        outcomes: How processes ended.
        faults: What was wrong.
    """

    platform: str
    noun: str = "run"
    runs: int = 0
    moments: int = 0
    outcomes: collections.Counter[str] = attrs.field(factory=collections.Counter[str])
    faults: list[str] = attrs.field(factory=list[str])

    def __str__(self) -> str:
        outcomes = ", ".join(f"{name} {count}" for name, count in sorted(self.outcomes.items()))
        told = [f"{self.runs} {self.noun}s, {self.moments} moments ({outcomes})", *self.more()]
        return f"{self.platform}: {', '.join(told)}, {len(self.faults)} faults"

    def more(self) -> Iterable[str]:
        """Return what else is told."""
        return ()

    def note(self, code: int | None) -> None:
        """Count how a process ended; None if it was killed."""
        outcome = _OUTCOMES.get(code, "failed")
        self.outcomes[outcome] += 1
        if outcome == "failed":
            self.complain("a process failed")

    def complain(self, what: str) -> None:
        """Note a fault of this run."""
        self.faults.append(f"{self.platform}, {self.noun} {self.runs}: {what}")


TallyT = TypeVar("TallyT", bound=Tally)


def run_platforms(
    about: str | None,
    platforms: Iterable[str],
    run: Callable[[str, int, int], TallyT],
    *,
    moments: int,
    arguments: list[str] | None = None,
) -> int:
    """Run all platforms; the exit status says whether anything was wrong.

    Args:
        about: The docstring of the program.
        platforms: The platforms.
        run: Ends runs on a platform at so many moments, with a seed.
        moments: How many by default.
        arguments: The words of the command line; None for those of this process.
    """
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--moments", type=int, default=moments, help="of each platform")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--platform", choices=platforms, help="only this one")
    options = parser.parse_args(arguments)
    failed = False
    for platform in [options.platform] if options.platform else platforms:
        begun = time.monotonic()
        tally = run(platform, options.moments, options.seed)
        print(f"{tally} ({time.monotonic() - begun:.0f} s)", flush=True)
        for fault in tally.faults:
            failed = True
            print(f"FAULT {fault}", flush=True)
    return 1 if failed else 0
