"""One table has the severity of everything that the drift report can say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.drift import severity
from generator.drift.findings import Direction

_DRIFT = Path(severity.__file__).parent
_SOURCES = {path.name: path.read_text(encoding="utf-8") for path in _DRIFT.glob("*.py")}


def test_no_other_module_names_a_severity() -> None:
    """Reports and thresholds read severities; only the table sets them."""
    setting = re.compile(r"severity=(?!severity\.of)|\b_?(BREAKING|WARNING|INFO)\b")
    readers = {"severity.py", "findings.py", "report.py", "command.py"}
    assert {name for name, text in _SOURCES.items() if setting.search(text)} <= readers


@pytest.mark.parametrize("row", severity.SEVERITIES)
def test_every_row_is_used(row: str) -> None:
    text = "".join(text for name, text in _SOURCES.items() if name != "severity.py")
    kind, _, case = row.partition(": ")
    stem = re.escape(kind.removeprefix("operation-").removeprefix("parameter-"))
    cases = "".join(_SOURCES.values()) if case else text
    named = re.search(rf'"{re.escape(kind)}"|\{{what\}}-{stem}"', text)
    made = kind.startswith("limit-") and f'"{kind}"' in _SOURCES["severity.py"]
    assert named or made
    assert not case or f'"{case}"' in cases


@pytest.mark.parametrize(
    ("kind", "direction", "case", "word"),
    [
        ("alternative-added", "request", "", "info"),
        ("alternative-added", "response", "", "breaking"),
        ("style-changed", "request", "", "breaking"),
        ("style-changed", "request", "allowReserved", "warning"),
        ("status-removed", "response", "error status", "info"),
    ],
)
def test_direction_and_case_decide(kind: str, direction: Direction, case: str, word: str) -> None:
    assert severity.of(kind, direction, case=case).word == word


def test_a_schema_that_no_operation_uses_breaks_nobody() -> None:
    assert severity.of_schema("type-changed", "").word == "info"
    assert severity.of_schema("type-changed", "request").word == "breaking"
