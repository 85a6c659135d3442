"""`make update`: take over a new release, or say what is in the way and touch nothing."""

from __future__ import annotations

import copy
import json
import os
import random
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
from generator.spec import effective, facts, former, lint, releases, wordless
from tests.generator import mutations
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
def test_cvat_from_its_own_release_to_the_one_that_was_recovered(tree: Tree) -> None:
    """The result is the project's own state, without an edit by hand."""
    tree.done("generate")
    wanted = {name: digest_folder(tree.root / name) for name in ("specs", "generated")}
    folder = tree.root / "specs" / "cvat"
    whole = effective.restored(effective.contract("cvat"), folder)
    tree.done("vendor", "cvat", "--from", str(SHARED / "upstream" / "cvat" / "2.72.0.json"))
    older = documents.load(folder / "openapi.yaml")
    # What only the newer release has stands there, too, so that our words about it have a place.
    kept: dict[str, Any] = former.lacking(whole, older, "cvat") or {}
    # An enum that only the newer release has stood for this one there, with a value more.
    del kept["actions"][0]["update"]["components"]["schemas"]["WebhookType"]
    former.save(folder, kept)
    assert digest_folder(tree.root / "specs") != wanted["specs"]
    recovered = SHARED / "recovered" / "cvat" / "2.80.0.json"
    printed = tree.done("update", "cvat", "--from", str(recovered))
    _restore_date(folder)
    tree.done("generate")
    tree.done("generate", "--check")
    tree.done("lint")
    assert {name: digest_folder(tree.root / name) for name in wanted} == wanted
    assert "## annoport-cvat: 2.72.0 to 2.80.0" in printed
    assert "have no words" not in printed


# Edits after which somebody has to think: the same argument is sent in another form.
_HARD = (mutations.wrap_parameter,)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 3])
def test_ten_random_edits_need_no_hand(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    specs, folder = tmp_path / "specs", tmp_path / "specs" / "cvat"
    shutil.copytree(effective.SPECS / "cvat", folder)
    before = facts_of(effective.load("cvat", specs))
    contract, made = _edited(effective.contract("cvat"), rng)
    contract["info"]["version"] = "2.81.0"
    source = tmp_path / "live.json"
    source.write_text(json.dumps(contract))
    words = (folder / "docs.yaml").read_bytes()
    done = update.update("cvat", str(source), specs=specs, output=tmp_path / "generated")
    assert (folder / "docs.yaml").read_bytes() == words
    assert list(lint.lint("cvat", specs)) == []
    after = effective.load("cvat", specs)
    assert before - facts_of(after) == set(), made
    # Whatever is new is asked for, and dated.
    named = {action["target"] for action in done.words["actions"]}
    assert named <= {action["target"] for action in _wordless(after)}
    known = releases.load(folder)
    assert known["app.cvat.ai"].releases[-1] == "2.81.0"
    assert known["open-source"].releases[-1] == "2.80.0"


def _edited(contract: dict[str, Any], rng: random.Random) -> tuple[dict[str, Any], list[str]]:
    """Return a contract with ten random changes, and what these are called."""
    result, made = copy.deepcopy(contract), list[str]()
    while len(made) < 10:
        mutation = rng.choice([each for each in mutations.MUTATIONS if each not in _HARD])
        if mutation(result, rng) is not None:
            made.append(mutation.__name__)
    return result, made


def facts_of(spec: dict[str, Any]) -> set[facts.Key]:
    return {fact.key for fact in facts.facts(spec)}


def _wordless(spec: dict[str, Any]) -> list[dict[str, Any]]:
    actions: list[dict[str, Any]] = wordless.overlay_to_fill("cvat", spec, fields=True)["actions"]
    return actions


def test_what_lacks_words_and_what_is_not_needed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    specs = _copied(tmp_path)
    folder = specs / PLATFORM
    overlay = folder / "overlay.yaml"
    action = (
        "\n- target: $.components.schemas.TaxonModel.properties.name.maxLength\n"
        "  description: Names can be longer.\n  remove: true\n"
    )
    own = documents.load(folder / "openapi.yaml")
    own["components"]["schemas"]["TaxonModel"]["properties"]["name"]["maxLength"] = 3
    (folder / "openapi.yaml").write_text(documents.dump(own))
    text = overlay.read_text()
    place = text.index(
        "# -- ",
        text.index(
            "# ------------------------------------------------------------------ corrections"
        ),
    )
    overlay.write_text(text[:place] + action.lstrip("\n") + "\n" + text[place:])
    spec = _contract()
    spec["components"]["schemas"]["TaxonModel"]["properties"]["colour"] = {"type": "string"}
    source = _published(tmp_path, spec, "0.0.46")
    done = update.update(PLATFORM, source, specs=specs, output=tmp_path / "generated")
    assert overlay.read_text() == text
    (told,) = [finding.message for finding in done.advice if "maxLength" in finding.message]
    assert "what it removes no longer exists" in told
    assert done.words["actions"] == [
        {
            "target": "$.components.schemas['TaxonModel'].properties['colour']",
            "update": {"description": ""},
        }
    ]


def test_a_list_without_a_pager_is_told_before_anything_is_written(tmp_path: Path) -> None:
    specs = _copied(tmp_path)
    spec = _contract()
    page = {
        "type": "object",
        "properties": {
            "next": {"type": "string"},
            "results": {"type": "array", "items": {"type": "string"}},
        },
    }
    answer = {"content": {"application/json": {"schema": page}}}
    get = {"operationId": "colours", "tags": ["misc"], "responses": {"200": answer}}
    spec["paths"]["/colours"] = {"get": get}
    source = _published(tmp_path, spec, "0.0.46")
    before = digest_folder(specs)
    with pytest.raises(GeneratorError, match="GET /colours: it answers like a page of a list"):
        update.update(PLATFORM, source, specs=specs, output=tmp_path / "generated")
    assert digest_folder(specs) == before


def _restore_date(folder: Path) -> None:
    """Replace today's date by the one that the project's own update has."""
    source = documents.load(folder / "source.yaml")
    own = documents.load(effective.SPECS / "cvat" / "source.yaml")
    for key in ("date", "etag", "recovered"):
        source.pop(key, None)
        if key in own:
            source[key] = own[key]
    order = [
        key
        for key in ("live", "accept", "etag", "edition", "version", "recovered", "date", "sha256")
        if key in source
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
    body = spec["paths"]["/users/activate/{user_id}/{status}"]["post"]["requestBody"]
    body["content"] = {"text/plain": body["content"]["application/json"]}
    source = _published(tmp_path, spec, "0.0.46")
    before = digest_folder(specs)
    with pytest.raises(GeneratorError, match=r"overlay\.yaml: action \d+ .*users/activate"):
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
        words={"actions": []},
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
