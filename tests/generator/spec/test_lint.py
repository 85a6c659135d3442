"""Lint wants a reason for every correction, and effective specs that are valid OpenAPI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator import documents
from generator.spec import lint
from tests.generator.sample_spec import POTS, SPEC


def faults_of(folder: Path, action: dict[str, Any]) -> list[str]:
    """Return what `lint` reports for the sample with one overlay action."""
    (folder / "sample").mkdir()
    overlay = {"overlay": "1.1.0", "actions": [action]}
    for name, document in (("openapi.yaml", SPEC), ("overlay.yaml", overlay)):
        (folder / "sample" / name).write_text(documents.dump(document), encoding="utf-8")
    return list(lint.lint("sample", folder))


def test_a_sound_spec_has_no_faults(tmp_path: Path) -> None:
    action = {"target": "$.info", "update": {"title": "Second"}, "description": "Why not."}
    assert faults_of(tmp_path, action) == []


def test_lint_wants_a_reason_and_valid_openapi(tmp_path: Path) -> None:
    action = {"target": f"{POTS}.get", "update": {"deprecated": "often"}}
    reason, invalid = faults_of(tmp_path, action)
    assert (
        reason
        == "sample/overlay.yaml: action 1 has no description; say why the correction is needed"
    )
    assert invalid.startswith("sample: effective spec: paths//pots/get/deprecated: 'often'")
