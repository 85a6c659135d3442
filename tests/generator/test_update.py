"""`make update`: take over a new release, or say what is in the way and touch nothing."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from generator import documents, update
from generator.drift.findings import Finding, Severity
from generator.errors import GeneratorError
from generator.output.regen import digest_folder
from generator.spec import effective
from tests.shared import ROOT, SHARED, needs_shared

PLATFORM = "ecotaxa"
_TREE = ("annoport", "generated", "generator", "specs", "templates")


@attrs.frozen
class Tree:
    """A copy of the project."""

    root: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return subprocess.run(
            [sys.executable, "-m", "generator", *arguments],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    root = tmp_path / "tree"
    for name in _TREE:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", root)
    return Tree(root)


@needs_shared
@pytest.mark.slow
def test_cvat_from_one_release_to_the_next(tree: Tree) -> None:
    """The result is the project's own state, which was made from the newer release."""
    upstream = SHARED / "upstream" / "cvat"
    tree.done("generate")
    wanted = {name: digest_folder(tree.root / name) for name in ("specs", "generated")}
    tree.done("vendor", "cvat", "--from", str(upstream / "2.68.0.json"))
    assert digest_folder(tree.root / "specs") != wanted["specs"]
    printed = tree.done("update", "cvat", "--from", str(upstream / "2.72.0.json"))
    _restore_date(tree.root / "specs" / "cvat")
    tree.done("generate")
    tree.done("generate", "--check")
    tree.done("lint")
    assert {name: digest_folder(tree.root / name) for name in wanted} == wanted
    assert "## annoport-cvat: 2.68.0 to 2.72.0" in printed
    assert "- `models.FunctionCallRequest.roi` is new." in printed
    assert "(breaks callers)." in printed
    # Our overlay keeps the operation that this release dropped, for older servers.
    assert "partial_update" not in printed


def _restore_date(folder: Path) -> None:
    """Replace today's date by the one that the project's own update has."""
    source = documents.load(folder / "source.yaml")
    own = documents.load(effective.SPECS / "cvat" / "source.yaml")
    for key in ("date", "etag"):
        source.pop(key, None)
        if key in own:
            source[key] = own[key]
    order = [
        key for key in ("live", "accept", "etag", "version", "date", "sha256") if key in source
    ]
    (folder / "source.yaml").write_text(documents.dump({key: source[key] for key in order}))


def _copied(tmp_path: Path) -> Path:
    specs = tmp_path / "specs"
    shutil.copytree(effective.SPECS / PLATFORM, specs / PLATFORM)
    return specs


def _published(tmp_path: Path, spec: dict[str, Any], version: str) -> str:
    path = tmp_path / "live.json"
    spec["info"]["version"] = version
    path.write_text(json.dumps(spec))
    return str(path)


def _contract() -> dict[str, Any]:
    return documents.load(effective.SPECS / PLATFORM / "openapi.yaml")


def test_takes_over_marks_and_tells(tmp_path: Path) -> None:
    specs, output = _copied(tmp_path), tmp_path / "generated"
    spec = _contract()
    parameters = spec["paths"]["/projects/search"]["get"]["parameters"]
    parameters.append({"name": "colour", "in": "query", "schema": {"type": "string"}})
    source = _published(tmp_path, spec, "0.0.46")
    done = update.update(PLATFORM, source, specs=specs, output=output)
    record = documents.load(specs / PLATFORM / "source.yaml")
    assert record["version"] == "0.0.46"
    lines = list(update.changelog(done))
    assert lines[0].startswith("## annoport-ecotaxa: ")
    assert lines[0].endswith(" to 0.0.46")
    assert "- `client.projects.search(colour)` is new." in lines
    known = documents.load(specs / PLATFORM / "releases.yaml")["editions"]["server"]
    assert known == {
        "releases": ["0.0.45", "0.0.46"],
        "parameters": {"GET /projects/search query colour": "since 0.0.46"},
    }
    resource = output / "annoport-ecotaxa" / "annoport_ecotaxa" / "resources" / "projects.py"
    assert "EcoTaxa 0.0.46 and later." in " ".join(resource.read_text().split())
    # Once more: the same document changes no byte, and there is nothing left to report.
    before = digest_folder(tmp_path)
    again = update.update(PLATFORM, source, specs=specs, output=output)
    assert digest_folder(tmp_path) == before
    assert list(update.changelog(again))[-1] == "Nothing changes in the Python API."


def test_overlays_that_do_not_fit_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    specs = _copied(tmp_path)
    spec = _contract()
    del spec["components"]["schemas"]["CollectionReq"]["properties"]["citation"]
    source = _published(tmp_path, spec, "0.0.46")
    before = digest_folder(specs)
    with pytest.raises(GeneratorError, match=r"overlay\.yaml: action \d+ .*citation"):
        update.update(PLATFORM, source, specs=specs, output=tmp_path / "generated")
    assert digest_folder(specs) == before
    assert not (tmp_path / "generated").exists()


def test_what_the_generator_refuses_is_not_written(tmp_path: Path) -> None:
    specs = _copied(tmp_path)
    spec = copy.deepcopy(_contract())
    spec["paths"]["/nameless"] = {"get": {"responses": {"200": {}}}}
    source = _published(tmp_path, spec, "0.0.46")
    before = digest_folder(specs)
    with pytest.raises(GeneratorError, match="GET /nameless: no operationId"):
        update.update(PLATFORM, source, specs=specs, output=tmp_path / "generated")
    assert digest_folder(specs) == before


def test_a_spec_without_a_release_needs_one(tmp_path: Path) -> None:
    specs = _copied(tmp_path)
    source = _published(tmp_path, _contract(), "v1")
    with pytest.raises(GeneratorError, match="pass --release VERSION"):
        update.update(PLATFORM, source, specs=specs, output=tmp_path / "generated")
    output = tmp_path / "generated"
    done = update.update(PLATFORM, source, release="0.0.47", specs=specs, output=output)
    assert done.after == "0.0.47"


def test_changelog_sorts_by_what_happened() -> None:
    def change(kind: str, anchor: str, severity: Severity) -> Finding:
        return Finding(
            view="api", kind=kind, severity=severity, anchor=anchor, message=f"`{anchor}` is other"
        )

    done = update.Update(
        platform="cvat",
        before="1",
        after="2",
        changes=[
            change("argument-removed", "a", Severity.BREAKING),
            change("field-added", "b", Severity.INFO),
            change("returns-changed", "c", Severity.BREAKING),
            change("argument-optional", "d", Severity.INFO),
        ],
        advice=[],
    )
    assert list(update.changelog(done)) == [
        "## annoport-cvat: 1 to 2",
        "",
        "### Added",
        "",
        "- `b` is other.",
        "",
        "### Removed",
        "",
        "- `a` is other (breaks callers).",
        "",
        "### Changed",
        "",
        "- `c` is other (breaks callers).",
        "- `d` is other.",
    ]
