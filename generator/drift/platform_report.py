"""The result of one platform's comparison: findings, notes, or why there are none."""

from __future__ import annotations

from typing import Any

import attrs

from generator.drift.accepted import Entry
from generator.drift.findings import Finding, Severity


@attrs.frozen(kw_only=True)
class PlatformReport:
    """The result for one platform.

    Attributes:
        error: Why the live spec could not be compared.
        code: The exit code for that error.
        recovered: How the vendored contract came about, if no server gave it as it is: then the
            live spec is expected to differ.
    """

    platform: str
    live: str
    vendored_version: str
    live_version: str = ""
    findings: list[Finding] = attrs.field(factory=list[Finding])
    silenced: list[tuple[Finding, Entry]] = attrs.field(factory=list[tuple[Finding, Entry]])
    notes: list[str] = attrs.field(factory=list[str])
    error: str = ""
    code: int = 0
    recovered: str = ""

    @property
    def head(self) -> str:
        """One line that sums up the result."""
        if self.error:
            return f"{self.platform}: {self.error}"
        versions = f"vendored {self.vendored_version}, live {self.live_version}"
        if not self.findings:
            return f"{self.platform}: no drift ({versions})"
        counts = ", ".join(
            f"{number} {severity.word}"
            for severity in sorted(Severity, reverse=True)
            if (number := sum(1 for f in self.findings if f.severity is severity))
        )
        expected = ", expected because the vendored contract is recovered" if self.recovered else ""
        return f"{self.platform}: {len(self.findings)} findings{expected}: {counts} ({versions})"

    def as_json(self) -> dict[str, Any]:
        """Return the report for machines."""
        return {
            "platform": self.platform,
            "live": self.live,
            "vendored_version": self.vendored_version,
            "live_version": self.live_version,
            "error": self.error or None,
            "findings": [finding.as_json() for finding in self.findings],
            "accepted": [
                finding.as_json() | {"reason": entry.reason, "expires": entry.expires.isoformat()}
                for finding, entry in self.silenced
            ],
            "notes": self.notes,
        }
