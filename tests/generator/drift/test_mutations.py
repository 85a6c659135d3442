"""300 seeded changes are found with the right kind; 120 documents with the same content are not."""

from __future__ import annotations

import copy
import functools
import pickle
import random
from typing import Any

import pytest

from generator import documents
from generator.contract import canonical
from generator.drift import contract_diff
from generator.drift.findings import Finding
from generator.spec import effective
from tests.generator import mutations
from tests.generator.mutations import Expected, Mutation
from tests.shared import PLATFORMS

SEEDS = range(3)


@functools.cache
def _contract(platform: str) -> dict[str, Any]:
    return documents.load(effective.SPECS / platform / "openapi.yaml")


def _fits(finding: Finding, wanted: Expected) -> bool:
    return (finding.kind, finding.direction, finding.severity.word) == (
        wanted.kind,
        wanted.direction,
        wanted.severity,
    ) and wanted.operation in finding.operations


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("mutate", mutations.MUTATIONS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_mutation_is_found(platform: str, mutate: Mutation, seed: int) -> None:
    spec = _contract(platform)
    changed = pickle.loads(pickle.dumps(spec))
    wanted = mutate(changed, random.Random(f"{platform} {mutate.__name__} {seed}"))
    if wanted is None:
        pytest.skip(f"{platform} has no place for {mutate.__name__}")
    findings = contract_diff.compare(spec, canonical.canonicalize(changed))
    missing = [item for item in wanted if not any(_fits(f, item) for f in findings)]
    assert missing == [], [f.message for f in findings]
    # Nothing else is reported.
    assert {f.kind for f in findings} == {item.kind for item in wanted}


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("platform", PLATFORMS)
def test_same_interface_is_no_finding(platform: str, seed: int) -> None:
    spec = _contract(platform)
    for other in mutations.neutral(spec, random.Random(seed)):
        assert contract_diff.compare(spec, canonical.canonicalize(other)) == []


def test_there_are_enough() -> None:
    assert len(PLATFORMS) * len(mutations.MUTATIONS) * len(SEEDS) >= 300


def test_fingerprints_do_not_move_with_the_order() -> None:
    spec = _contract("cvat")
    changed = copy.deepcopy(spec)
    for mutate in (mutations.drop_field, mutations.add_parameter, mutations.retype_parameter):
        mutate(changed, random.Random(1))
    first = contract_diff.compare(spec, changed)
    shuffled = canonical.canonicalize(mutations.shuffled(changed, random.Random(2)))
    second = contract_diff.compare(spec, shuffled)
    assert {f.fingerprint for f in first} == {f.fingerprint for f in second}
    assert len(first) == len({f.fingerprint for f in first}) > 2
