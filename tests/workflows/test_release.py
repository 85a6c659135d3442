"""The release workflow: everything but the publishing, run on a copy of this tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import PLATFORMS, ROOT
from tests.workflows.steps import run, scripts, syntax_fault, workflow

VERSION = "9.8.7"
PACKAGES = ("annoport", *(f"annoport_{name}" for name in PLATFORMS))


def _git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    command = ["git", *identity, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the workflow checks out: the files of this tree with a release prepared."""
    folder = tmp_path_factory.mktemp("release") / "clone"
    listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "As it is here")
    # `make setup` would fill an environment with what this one holds.
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def _step(clone: Path, name: str, tag: str = f"v{VERSION}") -> None:
    done = run(scripts("release", "build")[name], clone, GITHUB_REF_NAME=tag)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.slow
def test_from_a_prepared_release_to_wheels_that_work(clone: Path) -> None:
    python = clone / ".venv" / "bin" / "python"
    subprocess.run([python, "tools/release.py", VERSION], cwd=clone, check=True)
    changelog = (clone / "CHANGELOG.md").read_text(encoding="utf-8")
    for path in (ROOT / "changelog.d").glob("[0-9]*.md"):
        assert path.read_text(encoding="utf-8").strip() in changelog
        assert not (clone / "changelog.d" / path.name).exists()
    assert (clone / "changelog.d" / "README.md").exists()
    for name in PLATFORMS:
        module = clone / "generated" / f"annoport-{name}" / f"annoport_{name}" / "__init__.py"
        assert f'__version__ = "{VERSION}"' in module.read_text(encoding="utf-8")

    _step(clone, "Check the tag")
    _step(clone, "Build")
    endings = (f"-{VERSION}.tar.gz", f"-{VERSION}-py3-none-any.whl")
    built = {path.name for path in (clone / "dist").iterdir()}
    assert built == {package + ending for package in PACKAGES for ending in endings}
    _step(clone, "Inspect the wheels")
    _step(clone, "Try the wheels")
    assert {path.name for path in (clone / "build" / "try" / "demo").iterdir()} >= set(PLATFORMS)


def test_a_tag_that_was_not_prepared_stops_the_release(clone: Path) -> None:
    script = scripts("release", "build")["Check the tag"]
    assert run(script, clone, GITHUB_REF_NAME="v9.9.9").returncode == 1


def test_a_bad_wheel_stops_the_release(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "annoport-1.0-py3-none-any.whl").write_bytes(b"no zip")
    assert run(scripts("release", "build")["Inspect the wheels"], tmp_path).returncode != 0


def test_the_steps_that_this_file_runs_are_all_that_there_are() -> None:
    assert list(scripts("release", "build")) == [
        "Set up",
        "Check the tag",
        "Build",
        "Inspect the wheels",
        "Try the wheels",
    ]
    for script in scripts("release", "build").values():
        assert syntax_fault(script) == ""
        # Values of others reach a shell through the environment only.
        assert "${{" not in script


def test_only_the_publishing_job_may_publish() -> None:
    release = workflow("release")
    assert release["on"] == {"push": {"tags": ["v*"]}}
    assert release["permissions"] == {"contents": "read"}
    build, publish = release["jobs"]["build"], release["jobs"]["publish"]
    assert "permissions" not in build
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"]
    assert publish["needs"] == "build"
    # It gets what was tried, as it is, and runs nothing of ours.
    [upload] = [
        step["with"] for step in build["steps"] if "upload-artifact" in step.get("uses", "")
    ]
    download, index = publish["steps"]
    assert download["with"]["name"] == upload["name"]
    assert download["with"]["path"] == upload["path"] == "dist/"
    assert index["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert "with" not in index  # no token: the index trusts the workflow itself


def test_the_changelog_can_be_gathered() -> None:
    """Every fragment is of a known kind, so that a release leaves none behind."""
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", VERSION]
    draft = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    fragments = sorted((ROOT / "changelog.d").glob("[!R]*"))
    for path in fragments:
        issue = path.name.partition(".")[0]
        text = path.read_text(encoding="utf-8").strip()
        assert f"\n- {text} (#{issue})\n" in draft, path.name
