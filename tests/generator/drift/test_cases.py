"""Small changes from public reports: each has a right outcome, in all three views."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from generator import documents
from generator.contract import canonical, untrusted
from generator.drift import command
from tests.shared import SHARED, needs_shared

CASES = SHARED / "cases" / "drift"
PLATFORM: dict[str, Any] = {
    "title": "D",
    "env_prefix": "D",
    "example_url": "https://d.example.org",
    "credentials": {"token": {}},
}
# View, kind, severity, and the place as the view names it; of the contract also the direction.
Told = tuple[str, ...]
OUTCOMES: dict[str, set[Told]] = {
    "d01_inside_oneof": {
        ("contract", "property-optional", "breaking", "Problem/properties/code", "response"),
        ("api", "field-type-changed", "breaking", "models.Problem.code"),
    },
    "d02_param_nullable": {
        ("contract", "became-nullable", "info", "parameters/query:zone/schema", "request"),
        ("api", "argument-type-changed", "info", "client.samples.get_sample(zone)"),
    },
    "d03_response_not_nullable": {
        ("contract", "no-longer-nullable", "info", "Sample/properties/old", "response"),
        ("api", "field-type-changed", "info", "models.Sample.old"),
    },
    "d05_enum_ref_nullable_request": {
        ("contract", "became-nullable", "info", "SampleIn/properties/kind", "request"),
        ("api", "field-type-changed", "info", "models.SampleIn.kind"),
    },
    "d08_openapi31": set(),
    "d09_inline_to_ref": set(),
    "d11_order_only": set(),
    "d12_allof_wrapper": set(),
    "d13_enum_added": {
        ("contract", "enum-value-added", "info", "Kind/enum", "request"),
        ("contract", "enum-value-added", "info", "Kind/enum", "response"),
        ("api", "field-added", "info", "models.Kind.BUOY"),
    },
    "d26_untyped": {
        ("contract", "type-changed", "breaking", "Sample/properties/old/type", "response"),
        ("api", "field-type-changed", "breaking", "models.Sample.old"),
    },
    "d26b_untyped_request": {
        ("contract", "type-changed", "info", "SampleIn/properties/note/type", "request"),
        ("api", "field-type-changed", "info", "models.SampleIn.note"),
    },
    "d26c_typed_response": {
        ("contract", "alternative-added", "breaking", "Sample/properties/old", "response"),
        ("api", "field-type-changed", "breaking", "models.Sample.old"),
    },
    "d26d_free_to_nullable": {
        ("contract", "type-changed", "breaking", "SampleIn/properties/free/type", "request"),
        ("api", "field-type-changed", "breaking", "models.SampleIn.free"),
    },
    "d35_explode": {
        ("contract", "type-changed", "breaking", "query:zone/schema/type", "request"),
        ("api", "argument-type-changed", "breaking", "client.samples.get_sample(zone)"),
    },
}


def _contract(document: dict[str, Any]) -> dict[str, Any]:
    return canonical.canonicalize(untrusted.judged(document, origin="test"))


def _base(changed: dict[str, Any]) -> dict[str, Any]:
    """Return what a case is compared with: two properties came after most of the cases."""
    base = documents.load(CASES / "base.yaml")
    path = ("components", "schemas", "SampleIn", "properties")
    old, new = base, changed
    for key in path:
        old, new = old[key], new[key]
    if not {"free", "note"} & new.keys():
        del old["free"], old["note"]
    return base


@needs_shared
@pytest.mark.parametrize("name", OUTCOMES)
def test_each_case_has_its_outcome(tmp_path: Path, name: str) -> None:
    changed = documents.load(CASES / f"{name}.yaml")
    action = {"target": "$", "update": {"x-annoport-platform": PLATFORM}}
    overlay: dict[str, Any] = {"overlay": "1.1.0", "actions": [action]}
    (tmp_path / "overlay.yaml").write_text(documents.dump(overlay))
    old, new = _contract(_base(copy.deepcopy(changed))), _contract(changed)
    findings, notes = command.views("d", tmp_path, old, new)
    assert notes == []
    wanted = {told[:3] + told[4:] for told in OUTCOMES[name]}
    found = {
        (f.view, f.kind, f.severity.word, *((f.direction,) if f.direction else ()))
        for f in findings
    }
    assert found == wanted
    for told in OUTCOMES[name]:
        assert any(f.kind == told[1] and f.anchor.endswith(told[3]) for f in findings)
    assert len(findings) == len(OUTCOMES[name])


@needs_shared
def test_no_case_is_forgotten() -> None:
    assert {path.stem for path in CASES.glob("d*.yaml")} == OUTCOMES.keys()
