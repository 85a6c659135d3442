"""Collects findings and works out which operations each of them affects.

A schema that many operations share is compared once. Each comparison is a node of a graph, with
an edge from the comparison that led to it, and the operations are the roots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

import attrs

from generator.drift.findings import Finding, deduplicated


class ComparisonGraph:
    """The graph of comparisons, and what each of them found."""

    def __init__(self) -> None:
        self._callers: dict[Hashable, set[Hashable]] = defaultdict(set)
        self._roots: dict[Hashable, str] = {}
        self._reached: set[tuple[str, str]] = set()
        self._found: list[tuple[Hashable, Finding]] = []

    def start(self, key: Hashable, operation: str) -> None:
        """Register a comparison that belongs to an operation."""
        self._roots[key] = operation

    def enter(self, caller: Hashable, key: tuple[str, str, str]) -> bool:
        """Record that one comparison leads to another, and return whether that one is new.

        Args:
            caller: The comparison that leads there.
            key: The pointers into the old and the new document, and the direction.
        """
        new = key not in self._callers
        self._callers[key].add(caller)
        return new

    def reach(self, pointer: str, direction: str) -> None:
        """Record that a schema of the old document was compared."""
        self._reached.add((pointer, direction))

    def reached(self, pointer: str) -> bool:
        """Whether a schema of the old document was compared for some operation."""
        return any((pointer, way) in self._reached for way in ("request", "response"))

    def add(self, key: Hashable, finding: Finding) -> None:
        """Add a finding of a comparison."""
        self._found.append((key, finding))

    def findings(self) -> list[Finding]:
        """Return all findings with their operations, each once."""
        known: dict[Hashable, tuple[str, ...]] = {}
        result: list[Finding] = []
        for key, finding in self._found:
            if key not in known:
                known[key] = self._operations(key)
            operations = finding.operations or known[key]
            result.append(attrs.evolve(finding, operations=operations))
        return deduplicated(result)

    def _operations(self, key: Hashable) -> tuple[str, ...]:
        seen = {key}
        waiting = [key]
        while waiting:
            for caller in self._callers.get(waiting.pop(), ()):
                if caller not in seen:
                    seen.add(caller)
                    waiting.append(caller)
        return tuple(sorted({self._roots[item] for item in seen if item in self._roots}))
