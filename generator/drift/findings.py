"""A finding: one change, where it is, whom it hurts, and a fingerprint that stays."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable
from typing import Any, Literal

import attrs

View = Literal["contract", "overlay", "api"]
# Which way the changed data travels; "" where neither is meant, as for a whole operation.
Direction = Literal["request", "response", ""]


class Severity(enum.IntEnum):
    """How much a change hurts those who use the client of the vendored contract."""

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

    place: what the fingerprint is made of; it does not move when lists are reordered.
    pointer: JSON pointer into the document that holds the thing (the live one if it is new).
    operations: the operationIds that are touched.
    before, after: the values that differ; None where there is none.
    """

    view: View
    kind: str
    severity: Severity
    place: str
    message: str
    direction: Direction = ""
    pointer: str = ""
    operations: tuple[str, ...] = ()
    before: Any = None
    after: Any = None

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits: the same change has the same ones on every run."""
        parts = [self.view, self.kind, self.direction, self.place, self.before, self.after]
        text = json.dumps(parts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        """The finding for machines."""
        return {
            "view": self.view,
            "kind": self.kind,
            "severity": self.severity.word,
            "direction": self.direction or None,
            "pointer": self.pointer or self.place,
            "operations": list(self.operations),
            "before": self.before,
            "after": self.after,
            "message": self.message,
            "fingerprint": self.fingerprint,
        }


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each fingerprint, with the operations of all; worst first, then by place."""
    unique: dict[str, Finding] = {}
    for finding in findings:
        known = unique.setdefault(finding.fingerprint, finding)
        if known.operations != finding.operations:
            operations = tuple(sorted({*known.operations, *finding.operations}))
            unique[finding.fingerprint] = attrs.evolve(known, operations=operations)
    return sorted(
        unique.values(), key=lambda f: (-f.severity, f.place, f.kind, f.direction, f.fingerprint)
    )
