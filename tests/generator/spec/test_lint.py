"""Lint wants a reason for every correction, and effective specs that are valid OpenAPI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator import documents
from generator.spec import lint
from tests.generator.sample_spec import POTS, SPEC


def faults_of(folder: Path, action: dict[str, Any]) -> list[str]:
    """Return what `lint` reports for the sample with one overlay action, a correction."""
    (folder / "sample").mkdir()
    overlay = documents.dump({"overlay": "1.1.0", "actions": [action]})
    overlay = overlay.replace("actions:\n", "actions:\n# ---- corrections\n")
    for name, text in (("openapi.yaml", documents.dump(SPEC)), ("overlay.yaml", overlay)):
        (folder / "sample" / name).write_text(text, encoding="utf-8")
    return list(lint.lint("sample", folder))


def test_a_sound_spec_has_no_faults(tmp_path: Path) -> None:
    action = {"target": "$.info", "update": {"version": "2"}, "description": "Why not."}
    assert faults_of(tmp_path, action) == []


def test_lint_looks_at_the_sections(tmp_path: Path) -> None:
    update = {"x-annoport-retry": "safe"}
    action = {"target": f"{POTS}.get", "update": update, "description": "Why not."}
    (fault,) = faults_of(tmp_path, action)
    assert fault.endswith("under 'corrections'; it belongs under 'retries'")


def test_lint_wants_a_reason_and_valid_openapi(tmp_path: Path) -> None:
    action = {"target": f"{POTS}.get", "update": {"deprecated": "often"}}
    reason, invalid = faults_of(tmp_path, action)
    assert reason.startswith("sample/overlay.yaml: action 1 has no description; say why")
    assert invalid.startswith("sample: effective spec: paths//pots/get/deprecated: 'often'")
