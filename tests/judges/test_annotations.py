"""What cvat-sdk 2.80 and pycocotools 2.0 said of some random annotations, ours says still.

`python -m tests.judges annotations` asks them again, about many more.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.judges.cases import KINDS, within

SAMPLE: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "annotations.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("kind", KINDS)
def test_ours_says_what_the_judges_said(kind: str) -> None:
    told = [each for each in SAMPLE if each["kind"] == kind]
    assert len(told) >= 20
    for each in told:
        ours = json.loads(json.dumps(KINDS[kind].ours(each["case"])))
        assert within(each["theirs"], ours), each
