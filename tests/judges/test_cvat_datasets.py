"""What cvat_sdk.pytorch 2.80 had of some random projects, our datasets have still.

`python -m tests.judges cvat_datasets` lets it read again, many more. Tensors are compared where
torch is installed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annoport.testing import serve
from tests.judges.cases import within
from tests.judges.dataset_cases import HAS_TORCH, TENSORS, ours

SAMPLE: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "cvat_datasets.json").read_text(encoding="utf-8")
)


def test_ours_has_what_the_judge_had() -> None:
    assert len(SAMPLE) == 10
    with serve("cvat", job_seconds=0.0, anonymous_per_minute=None) as server:
        for told in SAMPLE:
            theirs = [
                {name: value for name, value in one.items() if HAS_TORCH or name not in TENSORS}
                for one in told["theirs"]
            ]
            found = json.loads(json.dumps(ours(told["case"], server)))
            assert within(theirs, found), told["case"]
