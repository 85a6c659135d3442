"""specs/PLATFORM/accepted-drift.yaml: differences that are known, why, and until when."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from generator import documents
from generator.drift.findings import Finding
from generator.errors import GeneratorError
from generator.json_values import is_list, is_object

NAME = "accepted-drift.yaml"
_KEYS = {"fingerprint", "reason", "expires"}


@attrs.frozen(kw_only=True)
class Entry:
    """One accepted difference."""

    fingerprint: str
    reason: str
    expires: datetime.date


@attrs.frozen(kw_only=True)
class Sorted:
    """Findings that count, those that are accepted, and notes about the entries."""

    counted: list[Finding]
    silenced: list[tuple[Finding, Entry]]
    notes: list[str]


def load(folder: Path) -> list[Entry]:
    """Return the entries of a platform; none if there is no file.

    Raises:
        GeneratorError: An entry is malformed.
    """
    path = folder / NAME
    if not path.exists():
        return []
    listed = documents.load(path).get("accepted")
    if not is_list(listed):
        raise GeneratorError(f"{path}: expected a list under 'accepted'")
    return [_entry(item, f"{path}: entry {number}") for number, item in enumerate(listed, start=1)]


def _entry(item: Any, place: str) -> Entry:
    if not is_object(item) or set(item) != _KEYS:
        raise GeneratorError(f"{place}: expected exactly the keys {', '.join(sorted(_KEYS))}")
    reason = str(item["reason"] or "").strip()
    if not reason:
        raise GeneratorError(f"{place}: the reason is empty; say why the difference is accepted")
    try:
        expires = datetime.date.fromisoformat(str(item["expires"]))
    except ValueError:
        raise GeneratorError(
            f"{place}: expires is {item['expires']!r}; expected a date such as 2027-01-31"
        ) from None
    return Entry(fingerprint=str(item["fingerprint"]), reason=reason, expires=expires)


def sort(findings: Iterable[Finding], entries: list[Entry], today: datetime.date) -> Sorted:
    """Separate the accepted findings; an entry is valid until the end of its last day."""
    by_fingerprint = {entry.fingerprint: entry for entry in entries}
    counted: list[Finding] = []
    silenced: list[tuple[Finding, Entry]] = []
    notes: list[str] = []
    for finding in findings:
        entry = by_fingerprint.get(finding.fingerprint)
        if entry is None:
            counted.append(finding)
        elif entry.expires < today:
            counted.append(finding)
            notes.append(
                f"accepted entry {entry.fingerprint} expired on {entry.expires}: "
                f"its finding counts again ({entry.reason})"
            )
        else:
            silenced.append((finding, entry))
    found = {finding.fingerprint for finding in counted}
    found |= {finding.fingerprint for finding, _ in silenced}
    notes += [
        f"accepted entry {entry.fingerprint} matches no finding: remove it ({entry.reason})"
        for entry in entries
        if entry.fingerprint not in found
    ]
    return Sorted(counted=counted, silenced=silenced, notes=notes)
