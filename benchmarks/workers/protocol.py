"""How a worker talks to the benchmark: a line in, the work once, a line of figures out."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path


class Figures(dict[str, float]):
    """What a task measures besides the time."""


_KIB = 1024


def peak_memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    # Not from getrusage, which also counts what the parent had before this program began.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * _KIB


Task = Callable[[], object]
Maker = Callable[..., Task]
"""Prepares a task from the arguments of the command line."""


def serve(makers: Mapping[str, Maker]) -> None:
    """Prepare the task that the command line names, then do it once for each line of stdin."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    task = makers[sys.argv[1]](*sys.argv[2:])
    print("{}", file=answers, flush=True)
    for _ in sys.stdin:
        gc.collect()
        started = time.perf_counter()
        found = task()
        figures = {"seconds": time.perf_counter() - started}
        if isinstance(found, Figures):
            figures |= found
        del found
        print(json.dumps(figures), file=answers, flush=True)
