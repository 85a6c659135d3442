"""An internal error of the generator must not look like anything that a command reports."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import ROOT

_FAULTY = """

def checked_platform(platform: str) -> str:
    return str(1 // 0)


def platforms(specs: Path = SPECS) -> list[str]:
    return [checked_platform("any")]
"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree whose generator cannot list the platforms."""
    tree = tmp_path_factory.mktemp("faulty")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "generator", tree / "generator", ignore=ignored)
    with (tree / "generator" / "spec" / "effective.py").open("a") as file:
        file.write(_FAULTY)
    return tree


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate"],
        ["generate", "--check"],
        ["lint"],
        ["vendor", "cvat", "--from", "x.json"],
        ["drift"],
        ["drift", "cvat", "--format", "markdown"],
        ["update", "cvat"],
        ["history", "cvat", "--corpus", "x.json"],
    ],
    ids=" ".join,
)
def test_every_command_ends_with_its_own_code_and_says_why(
    faulty: Path, arguments: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "generator", *arguments],
        cwd=faulty,
        env={"PYTHONPATH": f"{faulty}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 70
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-1] == (
        f"error: python -m generator {arguments[0]}: internal error, please report it: "
        "ZeroDivisionError: integer division or modulo by zero"
    )
