"""Lint wants a reason for every correction, and effective specs that are valid OpenAPI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator import documents
from generator.contract import canonical, untrusted
from generator.spec import lint
from tests.generator.sample_spec import POTS, SCHEMAS, SPEC
from tests.shared import SHARED, needs_shared


def faults_of(folder: Path, action: dict[str, Any], contract: dict[str, Any] = SPEC) -> list[str]:
    """Return what `lint` reports for a contract with one overlay action, a correction."""
    (folder / "sample").mkdir()
    overlay = documents.dump({"overlay": "1.1.0", "actions": [action]})
    overlay = overlay.replace("actions:\n", "actions:\n# ---- corrections\n")
    for name, text in (("openapi.yaml", documents.dump(contract)), ("overlay.yaml", overlay)):
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
    assert invalid == (
        "sample: effective spec: GET /pots: deprecated: 'often' is not of type 'boolean'"
    )


@pytest.mark.parametrize(
    ("update", "place"),
    [
        ({"properties": {"lid-size": {"type": "floating"}}}, "lid-size"),
        # A boolean or an object may stand there.
        ({"additionalProperties": {"type": "floating"}}, "*"),
    ],
)
def test_a_nested_fault_is_told_where_it_is(
    tmp_path: Path, update: dict[str, Any], place: str
) -> None:
    action = {"target": f"{SCHEMAS}.Pot", "update": update, "description": "Why not."}
    assert faults_of(tmp_path, action) == [
        (
            f"sample: effective spec: component 'Pot'.{place}: type: 'floating' is not one of "
            "['array', 'boolean', 'integer', 'number', 'object', 'string']"
        )
    ]


def test_a_fault_of_a_parameter_is_told_where_it_is(tmp_path: Path) -> None:
    target = f"{POTS}.get.parameters[?@.name=='page']"
    action = {"target": target, "update": {"required": "often"}, "description": "Why not."}
    assert faults_of(tmp_path, action) == [
        (
            "sample: effective spec: GET /pots parameter 'page': required: 'often' is not of type "
            "'boolean'"
        )
    ]


def test_responses_need_no_words_wherever_they_stand(tmp_path: Path) -> None:
    """The contract drops descriptions as prose, and OpenAPI requires those of responses."""
    heard: dict[str, Any] = {"responses": {"204": {}}}
    update: dict[str, Any] = {
        "paths": {
            "/pots": {"post": {"callbacks": {"done": {"{$request.body#/u}": {"post": heard}}}}}
        },
        "components": {"responses": {"Gone": {"content": {}}}},
    }
    action = {"target": "$", "update": update, "description": "Why not."}
    assert faults_of(tmp_path, action) == []


def test_a_page_without_pagination_is_a_fault(tmp_path: Path) -> None:
    action = {
        "target": f"{POTS}.get['x-annoport-pagination']",
        "remove": True,
        "description": "Why not.",
    }
    (fault,) = faults_of(tmp_path, action)
    assert fault.startswith("sample: effective spec: GET /pots: it answers like a page of a list")


@needs_shared
def test_the_public_case_of_a_shared_response_is_clean(tmp_path: Path) -> None:
    spec = documents.load(SHARED / "cases" / "generator" / "g24_component_response.yaml")
    contract = canonical.canonicalize(untrusted.judged(spec, origin="test"))
    action = {"target": "$.info", "update": {"version": "2"}, "description": "Why not."}
    assert faults_of(tmp_path, action, contract) == []
