"""A small part of what `make fuzz` runs, for CI."""

from __future__ import annotations

import pytest

from tests.fuzz.annotations import PLACES, run_platform
from tests.systems import needs_fork, needs_interrupts

MOMENTS = 2


@pytest.mark.slow
@needs_fork
@needs_interrupts
@pytest.mark.parametrize("platform", PLACES)
def test_a_killed_run_is_gone_on_with(platform: str) -> None:
    tally = run_platform(platform, MOMENTS, seed=2)
    assert tally.faults == []
    assert tally.outcomes["killed"] + tally.outcomes["interrupted"] > 0
