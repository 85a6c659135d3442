"""A fixed part of what `make fuzz` runs, for CI."""

from __future__ import annotations

import pytest

from tests.fuzz.downloads import run_batch
from tests.fuzz.server_styles import STYLES

SEEDS = range(1, 61)


@pytest.mark.slow
@pytest.mark.parametrize("name", STYLES)
def test_no_wrong_file_and_no_lost_byte(name: str) -> None:
    tally = run_batch(name, SEEDS)
    assert (tally.failed, tally.wrong, tally.lost) == ([], 0, 0)
    assert tally.whole == tally.runs == len(SEEDS)
    assert tally.outcomes["killed"] > 10
    assert tally.outcomes["interrupted"] > 5
    assert tally.outcomes["incomplete, kept"] > 5
    assert set(tally.outcomes) <= {
        "whole",
        "killed",
        "interrupted",
        "incomplete, kept",
        "kept changing",
        "refused by the server",
    }
