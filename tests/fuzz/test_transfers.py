"""A small part of what `make fuzz` runs, for CI."""

from __future__ import annotations

import pytest

from tests.fuzz.transfers import CALLS, run_platform
from tests.systems import needs_fork, needs_interrupts

MOMENTS = 8


@pytest.mark.slow
@needs_fork
@needs_interrupts
@pytest.mark.parametrize("platform", CALLS)
def test_a_killed_transfer_run_again_goes_on(platform: str) -> None:
    tally = run_platform(platform, MOMENTS, seed=3)
    assert tally.faults == []
    assert tally.moments >= MOMENTS
    assert tally.outcomes["killed"] + tally.outcomes["interrupted"] > 1
