"""Findings between consecutive releases, against a comparison that shares no code with them."""

from __future__ import annotations

import functools
import itertools
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator import documents
from generator.contract import canonical
from generator.drift import contract_diff
from generator.drift.findings import Finding
from generator.json_pointers import split
from generator.json_values import is_list
from tests import npm_tools
from tests.generator.flat_diff import METHODS, Differences, differences
from tests.shared import PLATFORMS, SHARED, needs_shared

pytestmark = needs_shared


def _releases(platform: str) -> list[Path]:
    return _sorted(SHARED / "upstream" / platform)


def _sorted(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"), key=lambda p: [int(n) for n in re.findall(r"\d+", p.stem)])


def _pairs() -> list[tuple[Path, Path]]:
    pairs: list[tuple[Path, Path]] = []
    for platform in PLATFORMS:
        paths = _releases(platform)
        pairs += itertools.pairwise(paths)
        # The whole distance, too: many changes at once.
        if len(paths) > 2:
            pairs.append((paths[0], paths[-1]))
    return pairs


def _recovered() -> list[tuple[Path, Path]]:
    """Return every third pair of neighbours among CVAT's releases, of which there are many."""
    return list(itertools.pairwise(_sorted(SHARED / "recovered" / "cvat-open-source")))[::3]


PAIRS = _pairs() if SHARED.is_dir() else []
MORE = _recovered() if SHARED.is_dir() else []


@functools.cache
def _load(path: Path) -> dict[str, Any]:
    return documents.load(path)


@functools.cache
def _compared(old: Path, new: Path) -> tuple[list[Finding], Differences]:
    before, after = _load(old), _load(new)
    findings = contract_diff.compare(canonical.canonicalize(before), canonical.canonicalize(after))
    return findings, differences(before, after)


def _each(
    findings: list[Finding], kinds: set[str], name: Callable[[Finding], str]
) -> set[tuple[str, str, str]]:
    return {
        (operation, finding.direction, name(finding))
        for finding in findings
        if finding.kind in kinds and finding.direction
        for operation in finding.operations
    }


def _last(finding: Finding) -> str:
    return split(finding.anchor)[-1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(pytest.param(a, b, id=f"{a.parent.name}-{a.stem}-{b.stem}") for a, b in PAIRS),
        *(
            pytest.param(a, b, id=f"recovered-{a.stem}-{b.stem}", marks=pytest.mark.slow)
            for a, b in MORE
        ),
    ],
)
class TestPair:
    def test_operations(self, old: Path, new: Path) -> None:
        findings, expected = _compared(old, new)

        def ids(kind: str) -> set[str]:
            return {op for f in findings if f.kind == kind for op in f.operations}

        assert ids("operation-removed") == expected.operations_removed
        assert ids("operation-added") == expected.operations_added

    def test_parameters(self, old: Path, new: Path) -> None:
        findings, expected = _compared(old, new)

        def named(kinds: set[str]) -> set[tuple[str, str]]:
            return {
                (f.operations[0], _bare(_last(f).partition(":")))
                for f in findings
                if f.kind in kinds
            }

        # A path's parameter keeps its place under a new name, which the other
        # comparison, that knows names only, calls one removed and one added.
        renamed = [f for f in findings if f.kind == "parameter-renamed"]
        removed = named({"parameter-removed"}) | {(f.operations[0], str(f.before)) for f in renamed}
        added = named({"parameter-added", "required-parameter-added"}) | {
            (f.operations[0], str(f.after)) for f in renamed
        }
        assert removed == expected.parameters_removed
        assert added == expected.parameters_added

    def test_properties(self, old: Path, new: Path) -> None:
        findings, expected = _compared(old, new)
        assert _each(findings, {"property-removed"}, _last) == expected.properties_removed
        added = _each(findings, {"property-added", "required-property-added"}, _last)
        assert added == expected.properties_added

    def test_enum_values(self, old: Path, new: Path) -> None:
        findings, expected = _compared(old, new)
        removed = _each(findings, {"enum-value-removed"}, lambda f: str(f.before))
        added = _each(findings, {"enum-value-added"}, lambda f: str(f.after))
        assert removed == expected.values_removed
        assert added == expected.values_added

    def test_requiredness(self, old: Path, new: Path) -> None:
        findings, expected = _compared(old, new)
        assert _each(findings, {"property-required"}, _last) == expected.required
        assert _each(findings, {"property-optional"}, _last) == expected.optional

    def test_nullability(self, old: Path, new: Path) -> None:
        findings, expected = _compared(old, new)
        words = {"became-nullable": "came", "no-longer-nullable": "went"}
        found = _each(findings, set(words), lambda f: words[f.kind])
        assert found == expected.nulls

    def test_types_formats_and_limits(self, old: Path, new: Path) -> None:
        findings, expected = _compared(old, new)
        kinds = {"type-changed", "format-changed"}
        kinds |= {"limit-tightened", "limit-loosened", "limit-changed"}
        found = _each(findings, kinds, lambda f: f"{_last(f)}: {f.before} -> {f.after}")
        assert found == expected.facts

    def test_nothing_differs_from_itself(self, old: Path, new: Path) -> None:
        for path in (old, new):
            spec = canonical.canonicalize(_load(path))
            assert contract_diff.compare(spec, spec) == []


def _bare(parts: tuple[str, str, str]) -> str:
    """Return the name of a parameter; headers in lower case."""
    return parts[2].lower() if parts[0] == "header" else parts[2]


def test_corpus_is_there() -> None:
    assert len(PAIRS) >= 13
    assert len(MORE) >= 18


# --------------------------------------------------------------------- a third opinion


@pytest.mark.slow
@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize(
    ("old", "new"),
    [(a, b) for a, b in PAIRS if a.parent.name == "cvat"],
    ids=lambda path: str(path.stem),
)
def test_paths_and_methods_agree_with_openapi_diff(old: Path, new: Path, tmp_path: Path) -> None:
    # To a file: into a pipe, it exits before everything is written.
    printed = tmp_path / "printed"
    with printed.open("w") as file:
        subprocess.run([npm_tools.command("openapi-diff"), old, new], stdout=file, check=False)
    theirs = printed.read_text()
    said = json.loads(theirs[theirs.index("{") :])
    listed = [entry for value in said.values() if is_list(value) for entry in value]
    findings, _ = _compared(old, new)
    for action, document in (("remove", old), ("add", new)):
        wires = _their_wires(listed, action, _load(document))
        ours = set(_our_wires(findings, action))
        assert ours == wires


def _their_wires(
    listed: list[dict[str, Any]], action: str, document: dict[str, Any]
) -> set[tuple[str, str]]:
    """Return (method, path) of what they list as added or removed; a path means all methods."""
    details = "sourceSpecEntityDetails" if action == "remove" else "destinationSpecEntityDetails"
    wires: set[tuple[str, str]] = set()
    for entry in listed:
        for place in (detail["location"].removeprefix("paths.") for detail in entry[details]):
            if entry["code"] == f"path.{action}":
                wires |= {(m, place) for m in METHODS if m in document["paths"][place]}
            elif entry["code"] == f"method.{action}":
                path, _, method = place.rpartition(".")
                wires.add((method, path))
    return wires


def _our_wires(findings: list[Finding], action: str) -> Iterator[tuple[str, str]]:
    for finding in findings:
        if finding.kind == {"remove": "operation-removed", "add": "operation-added"}[action]:
            _, path, method = split(finding.anchor)
            yield method, path
        elif finding.kind == "operation-moved":
            wire = finding.before if action == "remove" else finding.after
            method, _, path = str(wire).partition(" ")
            yield method.lower(), path
