"""What differs between two contracts, operation by operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs

from generator.drift import operation_diff
from generator.drift.contract_findings import ContractFindings, OperationFindings
from generator.drift.contract_index import Operation, operations
from generator.drift.findings import Finding
from generator.drift.schema_view import Document, Located
from generator.drift.wording import backquoted, spoken
from generator.json_pointers import joined
from generator.json_values import equal


def compare(
    old: Mapping[str, Any], new: Mapping[str, Any], *, old_name: str = "old", new_name: str = "new"
) -> list[Finding]:
    """Return all findings between two canonical contracts, worst first."""
    found = ContractFindings.between(Document(old, old_name), Document(new, new_name))
    pairs, gone, added = matched(operations(found.old), operations(found.new))
    for operation in gone:
        whole = OperationFindings(all=found, operation=operation)
        whole.add("operation-removed", "the operation is gone")
    for operation in added:
        whole = OperationFindings(all=found, operation=operation)
        whole.add("operation-added", "a new operation")
    for one, other in pairs:
        operation_diff.compare(found, one, other)
    found.schemas.run()
    _security(found, pairs)
    _roots(found)
    # Only now is it known which schemas no operation uses.
    _unused_schemas(found)
    found.schemas.run()
    return [_with_actual_pointer(found, finding) for finding in found.comparisons.findings()]


def _with_actual_pointer(found: ContractFindings, finding: Finding) -> Finding:
    """Return a finding with a pointer to a place that one of the documents has."""
    pointer = finding.pointer
    actual = found.old.actual(pointer) or found.new.actual(pointer) or pointer
    return attrs.evolve(finding, pointer=actual)


def _security(found: ContractFindings, pairs: Iterable[tuple[Operation, Operation]]) -> None:
    """Add one finding for all operations that gain or lose the same way to log in."""
    gained: dict[tuple[str, ...], list[str]] = defaultdict(list)
    lost: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for old, new in pairs:
        for schemes in new.security - old.security:
            gained[schemes].append(old.id)
        for schemes in old.security - new.security:
            lost[schemes].append(old.id)
    for schemes, names in sorted(gained.items()):
        way = _way(schemes)
        text = f"{_counted(names)} can be used with {way}"
        _add_security(found, "security-added", text, names, after=way)
    for schemes, names in sorted(lost.items()):
        way = _way(schemes)
        text = f"{_counted(names)} can no longer be used with {way}"
        _add_security(found, "security-removed", text, names, before=way)


def _add_security(
    found: ContractFindings,
    kind: str,
    message: str,
    names: list[str],
    *,
    before: str | None = None,
    after: str | None = None,
) -> None:
    found.add(
        kind,
        message,
        anchor=" ".join(["#/security", *sorted(names)]),
        pointer="#/security",
        operations=tuple(sorted(names)),
        direction="request",
        before=before,
        after=after,
    )


def _way(schemes: tuple[str, ...]) -> str:
    return " and ".join(schemes) or "no login"


def _counted(names: list[str]) -> str:
    return f"{names[0]}" if len(names) == 1 else f"{len(names)} operations"


def _roots(found: ContractFindings) -> None:
    """Add what differs in the servers and in the ways to log in."""
    old, new = found.old.contract, found.new.contract
    before, after = _base_paths(old), _base_paths(new)
    if before != after:
        _add_root(found, "servers-changed", "#/servers", before=before, after=after)
    one = old.get("components", {}).get("securitySchemes", {})
    other = new.get("components", {}).get("securitySchemes", {})
    for name in sorted(set(one) | set(other)):
        if not equal(one.get(name), other.get(name)):
            _add_root(
                found,
                "security-scheme-changed",
                joined("#", "components", "securitySchemes", name),
                before=one.get(name),
                after=other.get(name),
                case="" if name in one else "new",
            )


def _add_root(
    found: ContractFindings, kind: str, pointer: str, *, before: Any, after: Any, case: str = ""
) -> None:
    message = f"{spoken(pointer)} was {backquoted(before)} and is {backquoted(after)}"
    found.add(kind, message, anchor=pointer, before=before, after=after, case=case)


def _base_paths(contract: Mapping[str, Any]) -> list[str]:
    """Return what precedes all paths.

    Hosts are left out: they say where a server runs, not what it is.
    """
    urls = (str(server.get("url", "")) for server in contract.get("servers", ()))
    return sorted({urlsplit(url).path.rstrip("/") for url in urls} or {""})


def _unused_schemas(found: ContractFindings) -> None:
    """Compare schemas that no operation uses: the package has classes for them, too."""
    old = found.old.contract.get("components", {}).get("schemas", {})
    new = found.new.contract.get("components", {}).get("schemas", {})
    for name in sorted(set(old) & set(new)):
        pointer = joined("#", "components", "schemas", name)
        found.schemas.compare(None, Located(old[name], pointer), Located(new[name], pointer), "")


def matched(
    old: list[Operation], new: list[Operation]
) -> tuple[list[tuple[Operation, Operation]], list[Operation], list[Operation]]:
    """Match the operations of two contracts.

    First by method and path, because that is what a server answers to; then by operationId, for
    operations that moved; then by path with other parameter names.

    Returns:
        The pairs, the operations that are gone, and those that are new.
    """
    pairs: list[tuple[Operation, Operation]] = []
    for key in ("key", "id", "shape"):
        waiting = {getattr(operation, key): operation for operation in new}
        rest: list[Operation] = []
        for operation in old:
            other = waiting.pop(getattr(operation, key), None)
            if other is None:
                rest.append(operation)
            else:
                pairs.append((operation, other))
        taken = {other.key for _, other in pairs}
        old, new = rest, [operation for operation in new if operation.key not in taken]
    return pairs, old, new
