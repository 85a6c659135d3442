"""What it costs to find all differences between two releases."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from benchmarks.paths import ROOT
from benchmarks.rows import Figure, Goal, Result, Row
from generator import documents
from generator.contract import canonical
from generator.drift import contract_diff

_ROUNDS = 5
_CORPUS = ROOT.parent / "shared" / "upstream" / "cvat"
_OLD, _NEW = _CORPUS / "2.52.0.yaml", _CORPUS / "2.72.0.json"


def _median(work: Callable[[], object]) -> float:
    """Return CPU seconds, the median of some rounds."""
    taken: list[float] = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def _compare() -> Result:
    old, new = documents.load(_OLD), documents.load(_NEW)
    return Result(
        ours=_median(
            lambda: contract_diff.compare(canonical.canonicalize(old), canonical.canonicalize(new))
        ),
        unit="s",
        base=Figure(
            "loading the two files", _median(lambda: [documents.load(_OLD), documents.load(_NEW)])
        ),
        goal=Goal(10.0),
        note="CPU seconds; CVAT 2.52.0 to 2.72.0",
    )


# The older release is not in the repository.
ROWS = (Row("drift", "differences between two releases", _compare),) if _OLD.exists() else ()
