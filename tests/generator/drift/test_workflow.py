"""The scheduled workflow: its own commands, run with a live server and a `gh` that takes notes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from generator import documents
from generator.spec import effective
from tests.generator.spec_server import Page, SpecServer
from tests.shared import ROOT
from tests.workflows.steps import run, scripts, syntax_fault, workflow

PLATFORM = "ecotaxa"
# Prints the number of the open issue when asked, and records all calls.
GH = """\
#!{python}
import json, pathlib, sys
arguments = sys.argv[1:]
body = ""
if "--body-file" in arguments:
    body = pathlib.Path(arguments[arguments.index("--body-file") + 1]).read_text()
with open({log!r}, "a") as log:
    log.write(json.dumps([arguments, body]) + "\\n")
if arguments[:2] == ["issue", "list"]:
    print({issue!r})
"""


def _script(name: str) -> str:
    return scripts("drift", "drift")[name]


@attrs.frozen
class Runner:
    """A folder with what a workflow's machine has: the tree, an environment, `gh`."""

    folder: Path

    def step(self, name: str, **variables: str) -> int:
        """Run a step as GitHub does; its exit code."""
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "PLATFORM": PLATFORM,
            **variables,
        }
        return run(_script(name), self.folder, **environment).returncode

    def compare(self, live: str) -> tuple[int, str]:
        """The first step: its exit code, and the drift command's own."""
        code = self.step("Compare", LIVE=live)
        return code, (self.folder / "output").read_text().strip()

    def calls(self) -> list[tuple[list[str], str]]:
        """What `gh` was asked to do, with the bodies that it was given."""
        log = self.folder / "gh.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [(arguments, body) for arguments, body in map(json.loads, lines)]

    def with_issue(self, number: str) -> Runner:
        """The same machine, with this issue open; an empty string is none."""
        path = self.folder / "bin" / "gh"
        path.parent.mkdir(exist_ok=True)
        log = str(self.folder / "gh.log")
        path.write_text(GH.format(python=sys.executable, log=log, issue=number))
        path.chmod(0o755)
        return self


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    # The workflow uses the environment that `make setup` made.
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return Runner(tmp_path).with_issue("")


def _spec(*, changed: bool) -> bytes:
    spec = documents.load(effective.SPECS / PLATFORM / "openapi.yaml")
    if changed:
        del spec["paths"]["/status"]
    return json.dumps(spec).encode()


def test_no_drift_asks_for_nothing(runner: Runner, live: SpecServer) -> None:
    url = live.add("/spec", Page(body=_spec(changed=False)))
    assert runner.compare(url) == (0, "code=0")
    assert "no drift" in (runner.folder / "summary").read_text()
    assert runner.step("Report", CODE="0") == 0
    assert [arguments[:2] for arguments, _ in runner.calls()] == [["issue", "list"]]


def test_drift_opens_an_issue(runner: Runner, live: SpecServer) -> None:
    url = live.add("/spec", Page(body=_spec(changed=True)))
    assert runner.compare(url) == (0, "code=1")
    assert runner.step("Report", CODE="1") == 0
    calls = runner.calls()
    assert [arguments[:2] for arguments, _ in calls] == [
        ["issue", "list"],
        ["label", "create"],
        ["issue", "create"],
    ]
    arguments, body = calls[-1]
    assert arguments[arguments.index("--title") + 1] == f"Drift: {PLATFORM}"
    assert "GET /status" in body
    assert body == (runner.folder / "summary").read_text()


def test_drift_updates_the_open_issue(runner: Runner, live: SpecServer) -> None:
    runner.compare(live.add("/spec", Page(body=_spec(changed=True))))
    assert runner.with_issue("17").step("Report", CODE="1") == 0
    arguments, body = runner.calls()[-1]
    assert arguments[:3] == ["issue", "edit", "17"]
    assert "GET /status" in body


def test_peace_closes_the_open_issue(runner: Runner, live: SpecServer) -> None:
    runner.compare(live.add("/spec", Page(body=_spec(changed=False))))
    assert runner.with_issue("17").step("Report", CODE="0") == 0
    assert runner.calls()[-1][0][:3] == ["issue", "close", "17"]


@pytest.mark.parametrize(
    ("page", "code"), [(Page(body=b"<html>"), 3), (Page(statuses=[404]), 4)], ids=["broken", "none"]
)
def test_a_fault_makes_the_run_red(runner: Runner, live: SpecServer, page: Page, code: int) -> None:
    failed, said = runner.compare(live.add("/spec", page))
    assert failed != 0
    assert said == f"code={code}"


def test_a_program_that_ends_without_a_report_makes_the_run_red(runner: Runner) -> None:
    """Python ends with 1, which would be drift, where it cannot even import the generator."""
    python = runner.folder / ".venv" / "bin" / "python"
    for code in (0, 1, 70):
        python.write_text(f"#!/bin/sh\necho broken >&2\nexit {code}\n")
        (runner.folder / "output").write_text("")
        failed, said = runner.compare("")
        assert failed != 0
        assert said == f"code={code}"


def test_another_spec_needs_a_platform(runner: Runner) -> None:
    assert runner.step("Check the inputs", LIVE="", CHOICE="all") == 0
    assert runner.step("Check the inputs", LIVE="", CHOICE=PLATFORM) == 0
    assert runner.step("Check the inputs", LIVE="https://x.example", CHOICE=PLATFORM) == 0
    assert runner.step("Check the inputs", LIVE="https://x.example", CHOICE="all") != 0


def test_only_the_platform_that_was_chosen_is_compared() -> None:
    drift = workflow("drift")
    job = drift["jobs"]["drift"]
    choice = drift["on"]["workflow_dispatch"]["inputs"]["platform"]
    assert choice["options"] == ["all", *effective.platforms()]
    assert choice["default"] == "all"
    # A schedule has no inputs; then all platforms are compared.
    assert job["env"]["ASKED"] == (
        "${{ !inputs.platform || inputs.platform == 'all' || inputs.platform == matrix.platform }}"
    )
    for step in job["steps"]:
        if step.get("name") != "Check the inputs":
            assert step["if"].startswith("env.ASKED == 'true'")


def test_another_spec_touches_no_issue() -> None:
    for step in workflow("drift")["jobs"]["drift"]["steps"]:
        if "GH_TOKEN" in step.get("env", {}) or "gh " in step.get("run", ""):
            assert step["if"] == "env.ASKED == 'true' && env.LIVE == ''"


def test_the_file_itself() -> None:
    drift = workflow("drift")
    job = drift["jobs"]["drift"]
    assert job["strategy"]["matrix"]["platform"] == effective.platforms()
    assert job["strategy"]["fail-fast"] is False
    assert drift["permissions"] == {"contents": "read", "issues": "write"}
    assert drift["on"]["schedule"][0]["cron"]
    for step in job["steps"]:
        # Outside values reach a shell only through the environment.
        assert "${{" not in step.get("run", "")


def test_the_scripts_are_sound_shell() -> None:
    for script in scripts("drift", "drift").values():
        assert syntax_fault(script) == ""
    if shutil.which("shellcheck"):
        for name in ("Compare", "Report"):
            subprocess.run(
                ["shellcheck", "--shell=bash", "-"], input=_script(name).encode(), check=True
            )
