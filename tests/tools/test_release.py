"""Preparing a release, and checking a tag before it is published."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.shared import ROOT
from tools import release


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of version 0.1.0 with one package and one fragment."""
    for name in ("pyproject.toml", "generated/annoport-cvat/pyproject.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('[project]\nname = "x"\nversion = "0.1.0"\n')
    module = tmp_path / "annoport/core/support/version.py"
    module.parent.mkdir(parents=True)
    module.write_text('VERSION: Final = "0.1.0"\n')
    (tmp_path / "changelog.d").mkdir()
    shutil.copy(ROOT / "changelog.d" / "README.md", tmp_path / "changelog.d")
    (tmp_path / "changelog.d" / "9.added.md").write_text("A thing.\n")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.0.9 (2026-01-01)\n")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    return tmp_path


def released(tree: Path) -> None:
    """Bring the tree to the state in which 0.1.0 is tagged."""
    (tree / "changelog.d" / "9.added.md").unlink()
    with (tree / "CHANGELOG.md").open("a") as changelog:
        changelog.write("\n## 0.1.0 (2026-02-01)\n")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.0", "'1.0' is not a version"),
        ("1.0.0-beta", "'1.0.0-beta' is not a version"),
        ("0.0.9", "CHANGELOG.md has a section 0.0.9"),
    ],
)
def test_a_version_that_cannot_be_prepared(
    tree: Path, capsys: pytest.CaptureFixture[str], version: str, said: str
) -> None:
    assert release.main([version]) == 1
    assert said in capsys.readouterr().err


def test_nothing_to_release(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "changelog.d" / "9.added.md").unlink()
    assert release.main(["0.2.0"]) == 1
    assert "no fragments" in capsys.readouterr().err


def test_a_tag_that_the_tree_agrees_with(tree: Path) -> None:
    released(tree)
    assert release.main(["--check", "v0.1.0"]) == 0


@pytest.mark.parametrize("name", ["pyproject.toml", "generated/annoport-cvat/pyproject.toml"])
def test_a_tag_of_another_version(
    tree: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    released(tree)
    (tree / name).write_text('[project]\nversion = "0.2.0"\n')
    assert release.main(["--check", "v0.1.0"]) == 1
    assert capsys.readouterr().err == f"error: {name} says 0.2.0, the tag says 0.1.0\n"


def test_a_tag_without_its_changelog(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["--check", "v0.1.0"]) == 1
    said = capsys.readouterr().err
    assert "CHANGELOG.md has no section 0.1.0" in said
    assert "changelog.d/9.added.md is not in CHANGELOG.md" in said


def test_two_lines_that_look_like_the_version(tree: Path) -> None:
    with (tree / "pyproject.toml").open("a") as file:
        file.write('[tool.x]\nversion = "1"\n')
    before = (tree / "pyproject.toml").read_text()
    with pytest.raises(
        SystemExit, match=r"pyproject.toml has 2 lines with a version: expected one"
    ):
        release.main(["0.2.0"])
    assert (tree / "pyproject.toml").read_text() == before
