"""After an interrupt nobody waits for a lock that was never released."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.core.interrupting import USES

LONG = 100.0
"""Seconds after which a process is taken to stand still."""


@pytest.mark.parametrize("use", USES)
def test_nothing_stands_still_after_an_interrupt_at_any_line(use: str) -> None:
    command = [sys.executable, "-m", "tests.core.interrupting", use]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        told, _ = child.communicate(timeout=LONG)
    except subprocess.TimeoutExpired:
        child.kill()
        told, _ = child.communicate()
        pytest.fail(f"it stands still after an interrupt in {told.splitlines()[-1]}")
    assert child.returncode == 0, told
    assert int(told.splitlines()[-1]) >= {"sync": 300, "async": 300, "stop": 3, "lock": 2}[use]
