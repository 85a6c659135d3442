"""The Makefile finds the generated packages; it does not name them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.shared import ROOT

_OLD, _NEW = 1_000_000_000, 1_000_000_100


def planned(tree: Path, target: str) -> str:
    """Return what make would run."""
    command = ["make", "--dry-run", "--no-print-directory", target]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True).stdout


def touch(path: Path, moment: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (moment, moment))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with one package, set up."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("constraints.txt", "pyproject.toml", "generated/annoport-pots/pyproject.toml"):
        touch(tmp_path / name, _OLD)
    touch(tmp_path / "generated" / "annoport-pots" / "annoport_pots" / "__init__.py", _OLD)
    for name in ("filled", "ready"):
        touch(tmp_path / ".venv" / name, _OLD)
    return tmp_path


def test_nothing_is_set_up_twice(tree: Path) -> None:
    assert "pip" not in planned(tree, "setup")


def test_a_new_package_is_installed_and_nothing_else_is_fetched(tree: Path) -> None:
    touch(tree / "generated" / "annoport-pans" / "pyproject.toml", _NEW)
    plan = planned(tree, "setup")
    assert "-e ./generated/annoport-pans -e ./generated/annoport-pots" in plan
    assert "--require-hashes" not in plan


def test_new_pins_fill_the_environment_anew(tree: Path) -> None:
    touch(tree / "constraints.txt", _NEW)
    assert "--require-hashes -r constraints.txt" in planned(tree, "setup")


def test_the_site_has_an_environment_of_its_own(tree: Path) -> None:
    touch(tree / "docs" / "requirements.txt", _OLD)
    plan = planned(tree, "docs")
    assert "build/docs-env/bin/pip install --quiet --require-hashes" in plan
    assert plan.rstrip().endswith('The site is at build/docs/site/index.html"')


def test_the_environment_of_the_site_is_filled_anew_for_new_pins_only(tree: Path) -> None:
    touch(tree / "docs" / "requirements.txt", _OLD)
    touch(tree / "build" / "docs-env" / "filled", _OLD)
    assert "docs-env/bin/pip" not in planned(tree, "docs")
    touch(tree / "docs" / "requirements.txt", _NEW)
    assert "docs-env/bin/pip" in planned(tree, "docs")


def test_torch_is_in_an_environment_of_its_own_which_sees_that_of_the_tests(tree: Path) -> None:
    touch(tree / "tests" / "torch" / "requirements.txt", _OLD)
    plan = planned(tree, "test-torch")
    assert "build/torch-env/bin/pip install --quiet -r tests/torch/requirements.txt" in plan
    assert "site.addsitedir(" in plan
    assert "build/torch-env/bin/python -m pytest tests/torch" in plan
    touch(tree / "build" / "torch-env" / "filled", _OLD)
    assert "pip install" not in planned(tree, "test-torch")
