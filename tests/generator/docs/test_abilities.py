"""The table of what jobs can do says what is so, wherever it is shown."""

from __future__ import annotations

import re

import pytest

from generator.__main__ import main
from generator.docs import abilities
from tests.shared import ROOT


@pytest.mark.parametrize("page", ["README.md", "docs/reference/jobs.md"])
def test_the_table_is_that_of_the_specs(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    (shown,) = re.findall(r"^\| job \|.*\n(?:\|.*\n)+", text, re.MULTILINE)
    assert shown == abilities.table(), "python -m generator docs --abilities prints the right one"


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "--abilities"]) == 0
    assert capsys.readouterr().out == abilities.table()
