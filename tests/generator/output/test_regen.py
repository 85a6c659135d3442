"""Regeneration: the same bytes on every run, and `--check` notices every change."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from generator import documents
from generator.errors import GeneratorError
from generator.output.regen import regenerate
from generator.spec import effective
from tests.generator.sample_spec import SPEC
from tests.shared import PLATFORMS, ROOT

_INPUTS = ("generator", "templates", "pyproject.toml", "annoport/core/contract/extensions.py")
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
        "import pathlib, sys; from generator.output.regen import regenerate; "
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
    write_platform(tmp_path / "specs", "sample")
    for output in ("one", "two"):
        (outcome,) = regenerate(["sample"], specs=tmp_path / "specs", output=tmp_path / output)
        assert outcome == {
            "platform": "sample",
            "operations": 3,
            "resources": 1,
            "models": 4,
            "fresh": False,
        }
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_up_to_date_package_is_left_alone(tmp_path: Path) -> None:
    write_platform(tmp_path / "specs", "sample")
    output = tmp_path / "out"
    regenerate(["sample"], specs=tmp_path / "specs", output=output)
    before = {path: path.stat().st_mtime_ns for path in (output / "annoport-sample").rglob("*")}
    (outcome,) = regenerate(["sample"], specs=tmp_path / "specs", output=output)
    assert outcome["fresh"]
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_what_was_changed_or_added_by_hand_is_gone(tmp_path: Path) -> None:
    write_platform(tmp_path / "specs", "sample")
    output = tmp_path / "out"
    regenerate(["sample"], specs=tmp_path / "specs", output=output)
    before = contents(output)
    package = output / "annoport-sample" / "annoport_sample"
    (package / "job_kinds.py").write_text("JOB_KINDS = {}\n")
    (package / "models" / "stray.py").write_text("")
    (outcome,) = regenerate(["sample"], specs=tmp_path / "specs", output=output)
    assert not outcome["fresh"]
    assert contents(output) == before


def test_a_spec_without_models_or_operations_makes_a_package(tmp_path: Path) -> None:
    ring: dict[str, Any] = {"operationId": "ring", "tags": ["bells"], "responses": {"204": {}}}
    about = {key: value for key, value in SPEC.items() if key in {"openapi", "info"}}
    platform = {"x-annoport-platform": SPEC["x-annoport-platform"]}
    action = {"target": "$", "update": platform}
    for name, paths in (("bell", {"/ring": {"post": ring}}), ("mute", {})):
        write_platform(tmp_path / "specs", name, {"overlay": "1.1.0", "actions": [action]})
        text = documents.dump({**about, "paths": paths})
        (tmp_path / "specs" / name / "openapi.yaml").write_text(text)
        (outcome,) = regenerate([name], specs=tmp_path / "specs", output=tmp_path / name)
        assert (outcome["models"], outcome["operations"]) == (0, len(paths))
        script = (
            f"import annoport_{name} as package; from annoport_{name} import models; "
            "client = package.Client('https://x.example', token='t'); "
            "print(client.bells.ring if package.operations.ids() else client)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": f"{tmp_path / name / f'annoport-{name}'}:{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_the_package_of_a_platform_that_is_gone_goes_too(tmp_path: Path) -> None:
    specs, output = tmp_path / "specs", tmp_path / "out"
    for name in ("sample", "second"):
        write_platform(specs, name)
    regenerate(["sample", "second"], specs=specs, output=output)
    shutil.rmtree(specs / "second")
    regenerate(["sample"], specs=specs, output=output)
    assert sorted(path.name for path in output.iterdir()) == ["annoport-sample", "manifest.json"]
    assert list(json.loads((output / "manifest.json").read_text())) == ["sample"]


def test_an_unknown_platform_is_named(tmp_path: Path) -> None:
    write_platform(tmp_path, "sample")
    with pytest.raises(GeneratorError, match="second: no such platform; expected one of sample"):
        effective.load("second", tmp_path)


# ---------------------------------------------------------- the command, in a tree of its own


def command(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m generator generate` with the generator in the tree."""
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
    for name in ("sample", "second"):
        write_platform(tree / "specs", name)
    done = command(tree)
    assert done.returncode == 0, done.stderr
    assert "sample      3 operations,   1 resources,    4 models: written" in done.stdout
    return tree


@pytest.fixture
def tree(pristine: Path, tmp_path: Path) -> Path:
    """A copy of that tree, to be broken."""
    return Path(shutil.copytree(pristine, tmp_path / "tree"))


def stale_names(tree: Path, *platforms: str) -> list[str]:
    """Return what `--check` reports; it must write nothing."""
    before = contents(tree)
    done = command(tree, "--check", *platforms)
    assert contents(tree) == before
    if done.returncode == 0:
        assert done.stderr == ""
        return []
    assert done.returncode == 1, done.stderr
    listed, advice = done.stderr.splitlines()
    assert advice.startswith("Run `make regen`")
    return listed.removeprefix("these differ from what `make regen` writes: ").split(", ")


def test_check_passes_where_nothing_has_changed(tree: Path) -> None:
    assert stale_names(tree) == []


def test_check_notices_a_generated_file_that_was_changed(tree: Path) -> None:
    package = tree / "generated" / "annoport-sample" / "annoport_sample"
    with (package / "_client.py").open("a") as file:
        file.write("# by hand\n")
    (package / "models" / "pot.py").unlink()
    (package / "models" / "pan.py").write_text("")
    folder = "generated/annoport-sample/annoport_sample"
    assert stale_names(tree) == [
        f"{folder}/_client.py",
        f"{folder}/models/pan.py",
        f"{folder}/models/pot.py",
    ]
    assert stale_names(tree, "second") == []
    assert command(tree).returncode == 0
    assert stale_names(tree) == []


def test_check_notices_a_changed_overlay(tree: Path) -> None:
    action = {"target": "$.paths['/pots/{id}'].get", "update": {"summary": "Take a pot."}}
    write_platform(tree / "specs", "second", {"overlay": "1.1.0", "actions": [action]})
    folder = "generated/annoport-second/annoport_second"
    assert stale_names(tree) == [
        f"{folder}/_commands.py",
        f"{folder}/operations/pots.py",
        f"{folder}/resources/pots.py",
        "generated/manifest.json",
    ]
    assert stale_names(tree, "sample") == []


def test_check_notices_a_changed_template(tree: Path) -> None:
    template = tree / "templates" / "README.md.jinja"
    template.write_text(template.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    assert stale_names(tree) == [
        "generated/annoport-sample/README.md",
        "generated/annoport-second/README.md",
        "generated/manifest.json",
    ]


def test_check_notices_a_platform_that_is_gone(tree: Path) -> None:
    shutil.rmtree(tree / "specs" / "second")
    assert stale_names(tree) == ["generated/annoport-second/", "generated/manifest.json"]


def test_check_names_a_few_and_counts_the_others(tree: Path) -> None:
    package = tree / "generated" / "annoport-sample"
    for number in range(8):
        (package / f"stray{number}").write_text("")
    names = stale_names(tree)
    assert names[0] == "generated/annoport-sample/stray0"
    assert names[4:] == ["generated/annoport-sample/stray4 and 3 more"]


BROKEN_MANIFESTS = {
    "empty": b"",
    "conflict": b"<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n",
    "cut": b'{"sample": {"counts": {',
    "not text": b'{"kit\xff": {}}',
    "of another kind": b'{"sample": []}',
}


@pytest.mark.parametrize("manifest", BROKEN_MANIFESTS.values(), ids=BROKEN_MANIFESTS.keys())
def test_regen_heals_a_broken_manifest(tree: Path, manifest: bytes) -> None:
    before = contents(tree)
    (tree / "generated" / "manifest.json").write_bytes(manifest)
    assert stale_names(tree) == ["generated/manifest.json"]
    assert stale_names(tree, "second") == ["generated/manifest.json"]
    done = command(tree)
    assert done.returncode == 0, done.stderr
    assert contents(tree) == before


def test_regen_heals_what_a_killed_run_leaves(tree: Path) -> None:
    """Unfinished output, a missing package, and packages of unknown platforms."""
    before = contents(tree)
    generated = tree / "generated"
    (generated / "annoport-sample").rename(generated / ".regen-abc")
    (generated / ".regen-manifest.json").write_bytes(b"{")
    shutil.copytree(generated / "annoport-second", generated / "annoport-cellar")
    shutil.copytree(generated / "annoport-second", generated / ".regen-def" / "stale")
    assert stale_names(tree) == [
        "generated/.regen-abc/",
        "generated/.regen-def/",
        "generated/.regen-manifest.json",
        "generated/annoport-cellar/",
        "generated/annoport-sample/",
    ]
    assert command(tree).returncode == 0
    assert contents(tree) == before
    assert not list(generated.glob(".regen-*"))


def test_a_killed_run_leaves_a_manifest_that_can_be_read(tree: Path) -> None:
    """The manifest is replaced as a whole: whoever has the old one open keeps it."""
    path = tree / "generated" / "manifest.json"
    action = {"target": "$.paths['/pots/{id}'].get", "update": {"summary": "Take a pot."}}
    write_platform(tree / "specs", "second", {"overlay": "1.1.0", "actions": [action]})
    with path.open("rb") as old:
        before = path.read_bytes()
        assert command(tree).returncode == 0
        assert old.read() == before
    assert path.read_bytes() != before


def test_a_platform_without_an_overlay_is_told_what_to_write(tree: Path) -> None:
    (tree / "specs" / "second" / "overlay.yaml").unlink()
    done = command(tree)
    assert done.returncode == 3
    assert "second/overlay.yaml: no such file; a platform needs an overlay that" in done.stderr


def test_a_record_without_a_version_is_named(tree: Path) -> None:
    (tree / "specs" / "second" / "source.yaml").write_text("live: https://second.example.org\n")
    done = command(tree)
    assert done.returncode == 3
    assert "source.yaml: expected the `version`" in done.stderr


@pytest.mark.parametrize("name", ["label-studio", "My Platform", "class", "Pots", "4pots", "pot_"])
def test_a_folder_that_can_be_no_platform_is_named(tree: Path, name: str) -> None:
    shutil.copytree(tree / "specs" / "second", tree / "specs" / name)
    for arguments in ([], ["--check"], ["sample"]):
        done = command(tree, *arguments)
        assert done.returncode == 3
        assert f"{name!r} is not a platform name" in done.stderr


def test_an_unknown_platform_is_an_error(tree: Path) -> None:
    done = command(tree, "third")
    assert done.returncode == 3
    assert "third: no such platform; expected one of sample, second" in done.stderr
