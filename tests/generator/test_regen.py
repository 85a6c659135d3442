"""Regenerating: the same bytes on every run, and `--check` notices whatever has changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator import documents, effective
from generator.errors import GeneratorError
from generator.regen import regenerate
from tests.generator.kitchen import SPEC
from tests.shared import PLATFORMS, ROOT

_INPUTS = ("generator", "templates", "pyproject.toml", "annoport/core/annotations.py")
_OVERLAY = {"overlay": "1.1.0", "actions": [{"target": "$.info", "update": {"x-by": "us"}}]}


def write_platform(specs: Path, name: str, overlay: Mapping[str, object] = _OVERLAY) -> None:
    (specs / name).mkdir(parents=True, exist_ok=True)
    record = {"version": "1"}
    for file, document in (("openapi", SPEC), ("source", record), ("overlay", dict(overlay))):
        (specs / name / f"{file}.yaml").write_text(documents.dump(document), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_real_platforms_are_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys; from generator.regen import regenerate; "
        "regenerate(sys.argv[2:], output=pathlib.Path(sys.argv[1]))"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", script, tmp_path / seed, *PLATFORMS],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            check=True,
        )
    assert len(contents(tmp_path / "1")) > 600
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    write_platform(tmp_path / "specs", "kitchen")
    for output in ("one", "two"):
        (outcome,) = regenerate(["kitchen"], specs=tmp_path / "specs", output=tmp_path / output)
        assert outcome == {
            "platform": "kitchen",
            "operations": 3,
            "resources": 1,
            "models": 4,
            "fresh": False,
        }
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_up_to_date_package_is_left_alone(tmp_path: Path) -> None:
    write_platform(tmp_path / "specs", "kitchen")
    output = tmp_path / "out"
    regenerate(["kitchen"], specs=tmp_path / "specs", output=output)
    before = {path: path.stat().st_mtime_ns for path in (output / "annoport-kitchen").rglob("*")}
    (outcome,) = regenerate(["kitchen"], specs=tmp_path / "specs", output=output)
    assert outcome["fresh"]
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_what_was_changed_or_added_by_hand_is_gone(tmp_path: Path) -> None:
    write_platform(tmp_path / "specs", "kitchen")
    output = tmp_path / "out"
    regenerate(["kitchen"], specs=tmp_path / "specs", output=output)
    before = contents(output)
    package = output / "annoport-kitchen" / "annoport_kitchen"
    (package / "job_kinds.py").write_text("JOB_KINDS = {}\n")
    (package / "models" / "stray.py").write_text("")
    (outcome,) = regenerate(["kitchen"], specs=tmp_path / "specs", output=output)
    assert not outcome["fresh"]
    assert contents(output) == before


def test_the_package_of_a_platform_that_is_gone_goes_too(tmp_path: Path) -> None:
    specs, output = tmp_path / "specs", tmp_path / "out"
    for name in ("kitchen", "larder"):
        write_platform(specs, name)
    regenerate(["kitchen", "larder"], specs=specs, output=output)
    shutil.rmtree(specs / "larder")
    regenerate(["kitchen"], specs=specs, output=output)
    assert sorted(path.name for path in output.iterdir()) == ["annoport-kitchen", "manifest.json"]
    assert list(json.loads((output / "manifest.json").read_text())) == ["kitchen"]


def test_an_unknown_platform_is_named(tmp_path: Path) -> None:
    write_platform(tmp_path, "kitchen")
    with pytest.raises(GeneratorError, match="larder: no such platform; expected one of kitchen"):
        effective.load("larder", tmp_path)


# ---------------------------------------------------------- the command, in a tree of its own


def command(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m generator generate`, run with the generator that stands in the tree."""
    return subprocess.run(
        [sys.executable, "-m", "generator", "generate", *arguments],
        cwd=tree,
        env={"PYTHONPATH": f"{tree}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A maintainer's tree with two small platforms, generated."""
    tree = tmp_path_factory.mktemp("tree")
    for name in _INPUTS:
        source, target = ROOT / name, tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for name in ("kitchen", "larder"):
        write_platform(tree / "specs", name)
    done = command(tree)
    assert done.returncode == 0, done.stderr
    assert "kitchen     3 operations,   1 resources,    4 models: written" in done.stdout
    return tree


@pytest.fixture
def tree(pristine: Path, tmp_path: Path) -> Path:
    """A copy of that tree, to be spoilt."""
    return Path(shutil.copytree(pristine, tmp_path / "tree"))


def stale_names(tree: Path, *platforms: str) -> list[str]:
    """What `--check` reports; it must write nothing."""
    before = contents(tree)
    done = command(tree, "--check", *platforms)
    assert contents(tree) == before
    names = [
        line.removesuffix(" is not what `make regen` writes") for line in done.stderr.splitlines()
    ]
    assert done.returncode == (1 if names else 0), done.stderr
    return names


def test_check_passes_where_nothing_has_changed(tree: Path) -> None:
    assert stale_names(tree) == []


def test_check_notices_a_generated_file_that_was_changed(tree: Path) -> None:
    package = tree / "generated" / "annoport-kitchen" / "annoport_kitchen"
    with (package / "_client.py").open("a") as file:
        file.write("# by hand\n")
    (package / "models" / "pot.py").unlink()
    (package / "models" / "pan.py").write_text("")
    folder = "generated/annoport-kitchen/annoport_kitchen"
    assert stale_names(tree) == [
        f"{folder}/_client.py",
        f"{folder}/models/pan.py",
        f"{folder}/models/pot.py",
    ]
    assert stale_names(tree, "larder") == []
    assert command(tree).returncode == 0
    assert stale_names(tree) == []


def test_check_notices_a_changed_overlay(tree: Path) -> None:
    action = {"target": "$.paths['/pots/{id}'].get", "update": {"summary": "Take a pot."}}
    write_platform(tree / "specs", "larder", {"overlay": "1.1.0", "actions": [action]})
    folder = "generated/annoport-larder/annoport_larder"
    assert stale_names(tree) == [
        f"{folder}/operations/pots.py",
        f"{folder}/resources/pots.py",
        "generated/manifest.json",
    ]
    assert stale_names(tree, "kitchen") == []


def test_check_notices_a_changed_template(tree: Path) -> None:
    template = tree / "templates" / "README.md.jinja"
    template.write_text(template.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    assert stale_names(tree) == [
        "generated/annoport-kitchen/README.md",
        "generated/annoport-larder/README.md",
        "generated/manifest.json",
    ]


def test_check_notices_a_platform_that_is_gone(tree: Path) -> None:
    shutil.rmtree(tree / "specs" / "larder")
    names = stale_names(tree)
    assert "generated/manifest.json" in names
    assert "generated/annoport-larder/pyproject.toml" in names
    assert not [name for name in names if "kitchen" in name]


def test_an_unknown_platform_is_an_error(tree: Path) -> None:
    done = command(tree, "pantry")
    assert done.returncode == 3
    assert "pantry: no such platform; expected one of kitchen, larder" in done.stderr
