"""What tator 1.8.1 left on a server after some random work, ours leaves there too.

`python -m tests.judges tator_flows` lets it work again, on many more cases.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.judges.tator_cases import KINDS, left_by

SAMPLE: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "tator_flows.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("kind", KINDS)
def test_ours_leaves_what_the_judge_left(kind: str) -> None:
    told = [each for each in SAMPLE if each["kind"] == kind]
    assert len(told) == 10
    for each in told:
        assert left_by(KINDS[kind], KINDS[kind].ours, each["case"]) == each["theirs"], each
