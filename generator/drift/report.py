"""Reports as text, JSON, Markdown and annotations of GitHub's workflows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from generator.drift.findings import Finding, Severity
from generator.drift.platform_report import PlatformReport
from generator.drift.wording import printable

_VIEWS = {
    "api": "What changes in the Python API",
    "overlay": "What changes for our overlays",
    "contract": "What changed in the contract",
}
_GITHUB_LEVELS = {Severity.BREAKING: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_LISTED_OPERATIONS = 4
# GitHub rejects issues whose text exceeds 65,536 characters.
_LONGEST_MARKDOWN = 60_000


def text(reports: list[PlatformReport]) -> str:
    """Return the report for a terminal: a line for each finding, worst first, by view."""
    lines = (printable(line) for report in reports for line in _text_lines(report))
    return "\n".join(lines) + "\n"


def _text_lines(report: PlatformReport) -> Iterator[str]:
    yield report.head
    for view, title in _VIEWS.items():
        chosen = [finding for finding in report.findings if finding.view == view]
        if chosen:
            yield f"  {title}:"
        for finding in chosen:
            yield (
                f"    {finding.severity.word:8} {finding.fingerprint} "
                f"{finding.message}{_operations(finding)}"
            )
    for finding, entry in report.silenced:
        yield f"  accepted until {entry.expires}: {finding.message} ({entry.reason})"
    for note in report.notes:
        yield f"  note: {note}"


def _operations(finding: Finding) -> str:
    names = finding.operations
    if not names or (finding.anchor.startswith("#/paths/") and len(names) == 1):
        return ""
    if len(names) > _LISTED_OPERATIONS:
        return f" ({len(names)} operations)"
    return f" ({', '.join(names)})"


def as_json(reports: list[PlatformReport]) -> str:
    """Return the report for machines."""
    return json.dumps([report.as_json() for report in reports], indent=2, default=str) + "\n"


def markdown(reports: list[PlatformReport]) -> str:
    """Return the report for an issue or a pull request, cut at a line end if it is too long."""
    lines = [line for report in reports for line in _markdown_lines(report)]
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line) + 1
        if length > _LONGEST_MARKDOWN:
            kept += ["", f"{len(lines) - len(kept)} more lines: run `make drift` to see them."]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _markdown_lines(report: PlatformReport) -> Iterator[str]:
    yield f"## Drift of {_escaped(report.head)}"
    yield ""
    if report.live:
        yield f"Live spec: {_escaped(report.live)}"
        yield ""
    for view, title in _VIEWS.items():
        chosen = [finding for finding in report.findings if finding.view == view]
        if chosen:
            yield from (f"### {title}", "")
            yield from ("| severity | change | operations | fingerprint |", "|---|---|---|---|")
            yield from (_markdown_row(finding) for finding in chosen)
            yield ""
    if report.silenced:
        yield from ("### Accepted", "")
        for finding, entry in report.silenced:
            yield f"- {_escaped(finding.message)}: {_escaped(entry.reason)} (until {entry.expires})"
        yield ""
    if report.notes:
        yield from (*(f"- {_escaped(note)}" for note in report.notes), "")
    if report.findings:
        yield (
            f"To take the changes over: `make update PLATFORM={report.platform}`. To accept a "
            f"finding: add its fingerprint to `specs/{report.platform}/accepted-drift.yaml`, "
            "with a reason and a date."
        )


def _markdown_row(finding: Finding) -> str:
    word = finding.severity.word
    word = f"**{word}**" if finding.severity is Severity.BREAKING else word
    operations = _operations(finding).strip(" ()")
    return (
        f"| {word} | {_escaped(finding.message)} | {_escaped(operations)} | {finding.fingerprint} |"
    )


def _escaped(words: str) -> str:
    """Make text of an upstream spec safe in a cell: no markup, no mention, no link, one line."""
    parts = re.split(r"(`[^`]*`)", printable(words))
    return "".join(_escaped_part(part) for part in parts)


def _escaped_part(part: str) -> str:
    if re.fullmatch(r"`[^`]+`", part):
        return part.replace("|", "\\|")
    escaped = re.sub(r"([\\`*_\[\]<>|#!])", r"\\\1", part)
    # An invisible word joiner keeps upstream text from notifying people.
    return escaped.replace("@", "@\u2060")


def github(reports: list[PlatformReport]) -> str:
    """Return workflow commands: an annotation for each finding, on the vendored contract's file."""
    return "".join(f"{line}\n" for report in reports for line in _github_lines(report))


def _github_lines(report: PlatformReport) -> Iterator[str]:
    where = f"file=specs/{report.platform}/openapi.yaml"
    if report.error:
        yield f"::error {where},title=drift::{_command_text(report.head)}"
    for finding in report.findings:
        level = _GITHUB_LEVELS[finding.severity]
        title = f"{report.platform} {finding.kind} {finding.fingerprint}"
        yield f"::{level} {where},title={title}::{_command_text(finding.message)}"
    for note in report.notes:
        yield f"::notice {where},title=drift::{_command_text(note)}"


def _command_text(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


FORMATS: dict[str, Callable[[list[PlatformReport]], str]] = {
    "text": text,
    "json": as_json,
    "markdown": markdown,
    "github": github,
}
