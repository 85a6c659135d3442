"""Findings between consecutive releases, against a judge that shares no code with them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator import contract, documents
from generator.drift import contract_diff
from generator.drift.findings import Finding
from generator.drift.schema_view import split
from tests.generator.judge import Verdict, judge
from tests.shared import PLATFORMS, SHARED, needs_shared

pytestmark = needs_shared


def _releases(platform: str) -> list[Path]:
    paths = (SHARED / "upstream" / platform).glob("*")
    return sorted(paths, key=lambda p: [int(n) for n in re.findall(r"\d+", p.stem)])


def _pairs() -> list[tuple[Path, Path]]:
    pairs: list[tuple[Path, Path]] = []
    for platform in PLATFORMS:
        paths = _releases(platform)
        pairs += zip(paths, paths[1:], strict=False)
        # The whole way too: many changes at once, and far apart.
        if len(paths) > 2:
            pairs.append((paths[0], paths[-1]))
    return pairs


PAIRS = _pairs() if SHARED.is_dir() else []


@functools.cache
def _load(path: Path) -> dict[str, Any]:
    return documents.load(path)


@functools.cache
def _compared(old: Path, new: Path) -> tuple[list[Finding], Verdict]:
    before, after = _load(old), _load(new)
    findings = contract_diff.compare(contract.canonicalize(before), contract.canonicalize(after))
    return findings, judge(before, after)


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
    return split(finding.place)[-1]


@pytest.mark.parametrize(
    ("old", "new"), PAIRS, ids=[f"{a.parent.name}-{a.stem}-{b.stem}" for a, b in PAIRS]
)
class TestPair:
    def test_operations(self, old: Path, new: Path) -> None:
        findings, verdict = _compared(old, new)

        def ids(kind: str) -> set[str]:
            return {op for f in findings if f.kind == kind for op in f.operations}

        assert ids("operation-removed") == verdict.operations_removed
        assert ids("operation-added") == verdict.operations_added

    def test_parameters(self, old: Path, new: Path) -> None:
        findings, verdict = _compared(old, new)

        def named(kinds: set[str]) -> set[tuple[str, str]]:
            return {
                (f.operations[0], _bare(_last(f).partition(":")))
                for f in findings
                if f.kind in kinds
            }

        assert named({"parameter-removed"}) == verdict.parameters_removed
        added = named({"parameter-added", "required-parameter-added"})
        assert added == verdict.parameters_added

    def test_properties(self, old: Path, new: Path) -> None:
        findings, verdict = _compared(old, new)
        assert _each(findings, {"property-removed"}, _last) == verdict.properties_removed
        added = _each(findings, {"property-added", "required-property-added"}, _last)
        assert added == verdict.properties_added

    def test_enum_values(self, old: Path, new: Path) -> None:
        findings, verdict = _compared(old, new)
        removed = _each(findings, {"enum-value-removed"}, lambda f: str(f.before))
        added = _each(findings, {"enum-value-added"}, lambda f: str(f.after))
        assert removed == verdict.values_removed
        assert added == verdict.values_added

    def test_nothing_differs_from_itself(self, old: Path, new: Path) -> None:
        for path in (old, new):
            spec = contract.canonicalize(_load(path))
            assert contract_diff.compare(spec, spec) == []


def _bare(parts: tuple[str, str, str]) -> str:
    """The name of a parameter; headers in lower case."""
    return parts[2].lower() if parts[0] == "header" else parts[2]


def test_corpus_is_there() -> None:
    assert len(PAIRS) >= 13
