"""A finding: one change, where it is, whom it affects, and a fingerprint that is stable."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable
from typing import Any, Literal

import attrs

View = Literal["contract", "overlay", "api"]
# Which way the changed data travels; "" if neither applies, as for a whole operation.
Direction = Literal["request", "response", ""]


class Severity(enum.IntEnum):
    """How much a change affects users of the client made from the vendored contract."""

    INFO = 1
    WARNING = 2
    BREAKING = 3

    @property
    def word(self) -> str:
        """The name as reports show it."""
        return self.name.lower()


@attrs.frozen(kw_only=True)
class Finding:
    """One difference.

    Attributes:
        anchor: Where it is, for the fingerprint: the same when lists are reordered.
        pointer: The JSON Pointer into the document that contains the thing (the live one if new).
        operations: The operationIds that are affected.
        before, after: The values that differ; None where there is none.
    """

    view: View
    kind: str
    severity: Severity
    anchor: str
    message: str
    direction: Direction = ""
    pointer: str = ""
    operations: tuple[str, ...] = ()
    before: Any = None
    after: Any = None

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits, the same for the same change on every run."""
        parts = [self.view, self.kind, self.direction, self.anchor, self.before, self.after]
        text = json.dumps(parts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        """Return the finding for machines."""
        return {
            "view": self.view,
            "kind": self.kind,
            "severity": self.severity.word,
            "direction": self.direction or None,
            "pointer": self.pointer or self.anchor,
            "operations": list(self.operations),
            "before": self.before,
            "after": self.after,
            "message": self.message,
            "fingerprint": self.fingerprint,
        }


def deduplicated(findings: Iterable[Finding]) -> list[Finding]:
    """Return one finding for each fingerprint, with the operations of all; worst first."""
    unique: dict[str, Finding] = {}
    for finding in findings:
        known = unique.setdefault(finding.fingerprint, finding)
        if known.operations != finding.operations:
            operations = tuple(sorted({*known.operations, *finding.operations}))
            unique[finding.fingerprint] = attrs.evolve(known, operations=operations)
    return sorted(
        unique.values(), key=lambda f: (-f.severity, f.anchor, f.kind, f.direction, f.fingerprint)
    )
