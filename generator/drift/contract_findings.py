"""Adds what a comparison of two contracts finds, apart from what is inside schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from generator.drift import severity
from generator.drift.comparison_graph import ComparisonGraph
from generator.drift.contract_index import Operation
from generator.drift.findings import Direction, Finding
from generator.drift.schema_diff import SchemaDiff
from generator.drift.schema_view import Document, Located
from generator.drift.wording import backquoted, spoken
from generator.json_pointers import joined


@attrs.frozen(kw_only=True)
class ContractFindings:
    """Two contracts, and what differs between them."""

    old: Document
    new: Document
    comparisons: ComparisonGraph
    schemas: SchemaDiff

    @classmethod
    def between(cls, old: Document, new: Document) -> ContractFindings:
        """Return the findings, of which there are none yet."""
        comparisons = ComparisonGraph()
        schemas = SchemaDiff(old=old, new=new, comparisons=comparisons)
        return cls(old=old, new=new, comparisons=comparisons, schemas=schemas)

    def add(
        self,
        kind: str,
        message: str,
        *,
        anchor: str,
        pointer: str = "",
        operations: tuple[str, ...] = (),
        direction: Direction = "",
        case: str = "",
        before: Any = None,
        after: Any = None,
    ) -> None:
        """Add a finding.

        Args:
            kind: What has changed, as the table of severities calls it.
            message: What has changed, for a maintainer.
            anchor: What the fingerprint is made from.
            pointer: The place in the document; the anchor if it is left out.
            operations: The operationIds that are affected.
            direction: Which way the changed data travels.
            case: What tells it from other findings of its kind.
            before: The old value.
            after: The new value.
        """
        finding = Finding(
            view="contract",
            kind=kind,
            severity=severity.of(kind, direction, case=case),
            anchor=anchor,
            pointer=pointer or anchor,
            operations=operations,
            direction=direction,
            before=before,
            after=after,
            message=message,
        )
        self.comparisons.add(None, finding)

    def compare_schemas(
        self, operation: Operation, old: Located | None, new: Located | None, direction: Direction
    ) -> None:
        """Compare two schemas of an operation, if there are two."""
        key = (operation.key, direction)
        self.comparisons.start(key, operation.id)
        if old is not None and new is not None:
            self.schemas.compare(key, old, new, direction)


@attrs.frozen(kw_only=True)
class OperationFindings:
    """What differs in one operation, or in what one operation sends or answers.

    Attributes:
        all: The findings that these are added to.
        operation: The operation as the old contract has it; as the new one has it if it is new.
        direction: Which way the changed data travels.
    """

    all: ContractFindings
    operation: Operation
    direction: Direction = ""

    def add(
        self,
        kind: str,
        text: str,
        *,
        at: str = "",
        pointer: str = "",
        case: str = "",
        before: Any = None,
        after: Any = None,
    ) -> None:
        """Add a finding.

        Args:
            kind: What has changed, as the table of severities calls it.
            text: What has changed, without the place.
            at: The anchor; the operation as a whole if it is left out.
            pointer: The place in the document; the anchor if it is left out.
            case: What tells it from other findings of its kind.
            before: The old value.
            after: The new value.
        """
        operation = self.operation
        lead = spoken(at) if at else f"{operation.id} ({operation.wire})"
        self.all.add(
            kind,
            f"{lead}: {text}",
            anchor=at or operation.pointer,
            pointer=pointer,
            operations=(operation.id,),
            direction=self.direction,
            case=case,
            before=before,
            after=after,
        )

    def add_changed(
        self,
        kind: str,
        fact: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        *,
        at: str = "",
        case: str = "",
    ) -> None:
        """Add a finding about the value of one key; see `add` for the other arguments.

        Args:
            kind: What has changed, as the table of severities calls it.
            fact: The key.
            old: The object that has the key in the old contract.
            new: The object that has the key in the new contract.
            at: The anchor of the object; the operation as a whole if it is left out.
            case: What tells it from other findings of its kind.
        """
        before, after = old.get(fact), new.get(fact)
        text = f"{fact} was {backquoted(before)} and is {backquoted(after)}"
        anchor = joined(at or self.operation.pointer, fact)
        self.add(kind, text, at=anchor, case=case, before=before, after=after)

    def compare_schemas(self, old: Located | None, new: Located | None) -> None:
        """Compare two schemas of the operation, if there are two."""
        self.all.compare_schemas(self.operation, old, new, self.direction)
