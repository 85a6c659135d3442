"""A fixed part of what `make fuzz` runs against uploads, for CI."""

from __future__ import annotations

import pytest

from tests.fuzz.uploads import run_all

SEEDS = range(1, 31)


@pytest.mark.slow
def test_the_same_call_always_goes_on() -> None:
    tally = run_all(SEEDS)
    assert (tally.failed, tally.wrong) == ([], 0)
    assert tally.whole == tally.runs == len(SEEDS)
    assert tally.outcomes["killed"] > 10
