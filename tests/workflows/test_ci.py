"""What is tested on which system."""

from __future__ import annotations

from tests.shared import ROOT
from tests.workflows.steps import scripts, workflow


def test_everything_is_tested_on_linux() -> None:
    job = workflow("ci")["jobs"]["test"]
    assert job["runs-on"] == "ubuntu-latest"
    assert job["strategy"]["matrix"] == {"python": ["3.11", "3.12", "3.13"]}
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]


def test_the_core_is_tested_on_windows_and_macos() -> None:
    job = workflow("ci")["jobs"]["core"]
    assert job["runs-on"] == "${{ matrix.system }}"
    assert job["strategy"]["matrix"] == {
        "system": ["windows-latest", "macos-latest"],
        "python": ["3.11", "3.13"],
    }
    script = scripts("ci", "core")["Test the core"]
    assert script == "python -m pytest tests/core"
    assert (ROOT / script.split()[-1]).is_dir()


def test_one_failure_hides_no_other() -> None:
    for job in workflow("ci")["jobs"].values():
        assert job["strategy"]["fail-fast"] is False
