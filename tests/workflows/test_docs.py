"""The workflow that publishes the site: what it builds, and who may publish."""

from __future__ import annotations

from tests.shared import ROOT
from tests.workflows.steps import scripts, workflow


def test_the_site_of_main_is_published() -> None:
    docs = workflow("docs")
    assert docs["on"] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}
    assert scripts("docs", "build") == {"Build": "make docs"}
    [path] = [step["with"]["path"] for step in docs["jobs"]["build"]["steps"] if _uploads(step)]
    assert f"build/docs/source {path}" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_only_the_publishing_job_may_publish() -> None:
    docs = workflow("docs")
    assert docs["permissions"] == {"contents": "read"}
    build, publish = docs["jobs"]["build"], docs["jobs"]["publish"]
    assert "permissions" not in build
    assert publish["permissions"] == {"pages": "write", "id-token": "write"}
    assert publish["needs"] == "build"
    # It gets what was built, as it is, and runs nothing of ours.
    [step] = publish["steps"]
    assert step["uses"].startswith("actions/deploy-pages@")


def _uploads(step: dict[str, object]) -> bool:
    return str(step.get("uses", "")).startswith("actions/upload-pages-artifact@")
