"""How the fakes are served, and what that leaves alone."""

from __future__ import annotations

import logging
from pathlib import Path

from annoport import testing


def test_log_files_of_the_program_stay_open(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    handler = logging.FileHandler(path, mode="w")
    log = logging.getLogger("tests.testing.program")
    log.addHandler(handler)
    try:
        log.warning("before")
        with testing.serve("cvat"):
            log.warning("inside")
        log.warning("after")
    finally:
        log.removeHandler(handler)
        handler.close()
    assert path.read_text().split() == ["before", "inside", "after"]
