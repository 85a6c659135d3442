"""The sections of an overlay: their order, and which actions stand in them."""

from __future__ import annotations

from typing import Any

import pytest

from generator import documents
from generator.spec import sections

JOB = "{x-annoport-job: {kind: a, id: /id}}"
GET = "$.paths['/a'].get"


def faults(*lines: str) -> list[str]:
    text = "overlay: 1.1.0\nactions:\n" + "\n".join(lines)
    actions: list[dict[str, Any]] = documents.parse(text, origin="a.yaml")["actions"]
    return list(sections.faults(text, actions, "a.yaml"))


def action(update: str, target: str = GET) -> str:
    return f'- target: "{target}"\n  update: {update}'


def test_an_overlay_in_order() -> None:
    made = faults(
        "# ---- platform",
        action("{x-annoport-platform: {title: A}}", "$"),
        action("{security: []}"),
        "- {target: $.servers, remove: true}",
        "# ---- older servers",
        action("{schemas: {A: {type: object, x-annoport-removed: '2'}}}", "$.components"),
        action("{schemas: {B: {type: object}}}", "$.components"),
        "# ---- jobs",
        "# A remark is no heading.",
        action(JOB),
        "# ---- corrections",
        "# -- what is sent",
        action("{deprecated: true}"),
        action("{schemas: {C: {type: object, x-annoport-class: D}}}", "$.components"),
        "- {target: $.components.schemas.A, remove: true}",
        "# ---- names",
        action("{x-annoport-name: list}"),
        action("{schemas: {A: {x-annoport-class: B, title: C}}}", "$.components"),
    )
    assert made == []


@pytest.mark.parametrize(
    ("update", "section"),
    [
        ("{x-annoport-pagination: {style: page}}", "lists"),
        ("{x-annoport-download: {ranges: any}}", "downloads"),
        ("{x-annoport-upload: {style: form}}", "uploads"),
        ("{x-annoport-retry: safe}", "retries"),
        ("{x-annoport-aliases: [delete]}", "names"),
        ("{responses: {'200': {}}}", "corrections"),
        ("{responses: {'200': {x-annoport-type: any}}}", "corrections"),
        ("[{name: a, in: query}]", "corrections"),
    ],
)
def test_what_an_action_is_about(update: str, section: str) -> None:
    assert faults(f"# ---- {section}", action(update)) == []
    assert faults("# ---- platform", action(update)) == [
        f"a.yaml:4: this action is under 'platform'; it belongs under '{section}'"
    ]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([action(JOB)], "a.yaml:3: this action is under no heading; it belongs under 'jobs'"),
        (
            ["# ---- jobs", action(JOB), "# ---- pages"],
            "a.yaml:6: unknown section 'pages'; expected one of platform, older servers",
        ),
        (
            ["# ---- names", "# ---- jobs", action(JOB)],
            "a.yaml:4: the section 'jobs' comes too late; the order is platform, older servers",
        ),
        (
            ["# ---- jobs", action("{x-annoport-retry: safe, x-annoport-job: {kind: a}}")],
            "a.yaml:4: this action is about jobs and retries; split it into several actions",
        ),
        (
            ["# ---- jobs", action("{deprecated: true, x-annoport-job: {kind: a}}")],
            "a.yaml:4: this action is about jobs and corrections; split it into several actions",
        ),
        (
            ["# ---- corrections", "- {target: $.security, remove: true}"],
            "a.yaml:4: this action is under 'corrections'; it belongs under 'platform'",
        ),
    ],
)
def test_what_is_told(lines: list[str], fault: str) -> None:
    (found,) = faults(*lines)
    assert found.startswith(fault)
