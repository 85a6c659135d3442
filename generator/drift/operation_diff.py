"""What differs between two versions of one operation: its names, its facts, its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from generator.drift import body_diff
from generator.drift.contract_findings import ContractFindings, OperationFindings
from generator.drift.contract_index import Operation
from generator.drift.schema_view import Located, schema_of
from generator.drift.wording import backquoted
from generator.json_pointers import joined

_LOCATION_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
# Keys that are compared in a way of their own.
_COMPARED_KEYS = frozenset(
    {"operationId", "tags", "deprecated", "security", "parameters", "requestBody", "responses"}
)


def compare(findings: ContractFindings, old: Operation, new: Operation) -> None:
    """Add everything that differs between two versions of an operation."""
    found = OperationFindings(all=findings, operation=old)
    _names(found, old, new)
    _facts(found, old, new)
    _parameters(attrs.evolve(found, direction="request"), old, new)
    body_diff.compare_bodies(attrs.evolve(found, direction="request"), old, new)
    body_diff.compare_responses(attrs.evolve(found, direction="response"), old, new)


def _names(found: OperationFindings, old: Operation, new: Operation) -> None:
    if old.id != new.id:
        text = f"the operationId was {backquoted(old.id)} and is {backquoted(new.id)}"
        found.add("operation-renamed", text, before=old.id, after=new.id)
    if old.shape != new.shape:
        text = f"moved to {new.wire}"
        found.add("operation-moved", text, before=old.wire, after=new.wire)


def _facts(found: OperationFindings, old: Operation, new: Operation) -> None:
    _deprecation(found, "operation", old.data, new.data)
    if set(old.data.get("tags", ())) != set(new.data.get("tags", ())):
        found.add_changed("tags-changed", "tags", old.data, new.data)
    for fact in sorted((set(old.data) | set(new.data)) - _COMPARED_KEYS):
        if old.data.get(fact) != new.data.get(fact):
            found.add_changed("fact-changed", fact, old.data, new.data)


def _deprecation(
    found: OperationFindings,
    what: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    at: str = "",
) -> None:
    now = bool(new.get("deprecated"))
    if bool(old.get("deprecated")) != now:
        kind = f"{what}-deprecated" if now else f"{what}-no-longer-deprecated"
        text = "it is deprecated now" if now else "it is no longer deprecated"
        found.add(kind, text, at=at)


# ------------------------------------------------------------------ parameters


def _parameters(found: OperationFindings, old: Operation, new: Operation) -> None:
    for key in sorted(set(old.parameters) | set(new.parameters)):
        before, after = old.parameters.get(key), new.parameters.get(key)
        if before and after:
            _parameter(found, before, after)
        elif before:
            found.add("parameter-removed", "it is no longer accepted", at=before.pointer)
        elif after:
            _new_parameter(found, after)


def _new_parameter(found: OperationFindings, new: Located) -> None:
    must = _must(new)
    at = joined(found.operation.pointer, "parameters", f"{new.schema['in']}:{new.schema['name']}")
    found.add(
        "required-parameter-added" if must else "parameter-added",
        "a new parameter" + (", and it must be given" if must else ""),
        at=at,
        pointer=new.pointer,
    )


def _parameter(found: OperationFindings, old: Located, new: Located) -> None:
    must = _must(new)
    if _must(old) != must:
        kind = "parameter-required" if must else "parameter-optional"
        text = "it must be given now" if must else "it may be left out now"
        found.add(kind, text, at=old.pointer)
    _deprecation(found, "parameter", old.schema, new.schema, old.pointer)
    before, after = _style(old.schema), _style(new.schema)
    for fact in sorted(before):
        if before[fact] != after[fact]:
            case = fact if fact == "allowReserved" else ""
            found.add_changed("style-changed", fact, before, after, at=old.pointer, case=case)
    found.compare_schemas(schema_of(old), schema_of(new))


def _must(parameter: Located) -> bool:
    return parameter.schema["in"] == "path" or bool(parameter.schema.get("required"))


def _style(parameter: Mapping[str, Any]) -> dict[str, Any]:
    style = parameter.get("style") or _LOCATION_STYLES.get(parameter["in"], "form")
    return {
        "style": style,
        "explode": bool(parameter.get("explode", style == "form")),
        "allowReserved": bool(parameter.get("allowReserved")),
    }
