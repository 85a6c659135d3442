"""The steps of a workflow, read out of its file and run as its machine would run them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from generator import documents
from tests.shared import ROOT

FOLDER = ROOT / ".github" / "workflows"


def workflow(name: str) -> dict[str, Any]:
    """The workflow of that name."""
    return documents.load(FOLDER / f"{name}.yml")


def scripts(name: str, job: str) -> dict[str, str]:
    """The named steps of a job that run a script, in order: name -> script."""
    steps = workflow(name)["jobs"][job]["steps"]
    return {step["name"]: step["run"] for step in steps if {"name", "run"} <= step.keys()}


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder with the shell options that the machine would use."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def syntax_fault(script: str) -> str:
    """What the shell has against a script; nothing if it is sound."""
    checked = subprocess.run(
        ["bash", "-n", "-c", script], capture_output=True, text=True, check=False
    )
    return checked.stderr
