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
from generator.json_values import equal

_LOCATION_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
# Keys that are compared in a way of their own.
_COMPARED_KEYS = frozenset(
    {
        *("operationId", "tags", "deprecated", "security", "parameters", "requestBody"),
        *("responses", "callbacks"),
    }
)


def compare(findings: ContractFindings, old: Operation, new: Operation) -> None:
    """Add everything that differs between two versions of an operation."""
    found = OperationFindings(all=findings, operation=old)
    _names(found, old, new)
    _facts(found, old, new)
    there, back = old.directions
    renamed = _renamed(old, new)
    _parameters(attrs.evolve(found, direction=there), old, new, renamed)
    body_diff.compare_bodies(attrs.evolve(found, direction=there), old, new)
    body_diff.compare_responses(attrs.evolve(found, direction=back), old, new)


def _names(found: OperationFindings, old: Operation, new: Operation) -> None:
    if old.id != new.id:
        text = f"the operationId was {backquoted(old.id)} and is {backquoted(new.id)}"
        found.add("operation-renamed", text, before=old.id, after=new.id)
    if old.key != new.key and not _renamed(old, new):
        text = f"moved to {new.wire}"
        found.add("operation-moved", text, before=old.wire, after=new.wire)


def _renamed(old: Operation, new: Operation) -> dict[str, str]:
    """Return the path parameters that only have another name: the path is the same to a server."""
    if old.shape != new.shape:
        return {}
    pairs = [
        (one, other)
        for one, other in zip(old.placeholders, new.placeholders, strict=True)
        if one != other
    ]
    swapped = any(one in new.placeholders or other in old.placeholders for one, other in pairs)
    return {} if swapped else dict(pairs)


def _facts(found: OperationFindings, old: Operation, new: Operation) -> None:
    deprecation(found, "operation", old.data, new.data)
    if set(old.data.get("tags", ())) != set(new.data.get("tags", ())):
        found.add_changed("tags-changed", "tags", old.data, new.data)
    for fact in sorted((set(old.data) | set(new.data)) - _COMPARED_KEYS):
        if not equal(old.data.get(fact), new.data.get(fact)):
            found.add_changed("fact-changed", fact, old.data, new.data)


def deprecation(
    found: OperationFindings,
    what: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    at: str = "",
) -> None:
    """Add that something is deprecated now, or no longer."""
    now = bool(new.get("deprecated"))
    if bool(old.get("deprecated")) != now:
        kind = f"{what}-deprecated" if now else f"{what}-no-longer-deprecated"
        text = "it is deprecated now" if now else "it is no longer deprecated"
        found.add(kind, text, at=at)


# ------------------------------------------------------------------ parameters


def _parameters(
    found: OperationFindings, old: Operation, new: Operation, renamed: Mapping[str, str]
) -> None:
    after_by_old_name = dict(new.parameters)
    for name, now in renamed.items():
        moved = after_by_old_name.pop(("path", now), None)
        if moved is not None:
            after_by_old_name["path", name] = moved
    for key in sorted(set(old.parameters) | set(after_by_old_name)):
        before, after = old.parameters.get(key), after_by_old_name.get(key)
        if before and after:
            # A component that has changed is one finding, however many operations use it.
            _parameter(found, old.shared.get(key, before), after)
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
    one, other = str(old.schema["name"]), str(new.schema["name"])
    if old.schema["in"] == "path" and one != other:
        text = f"it is called {backquoted(other)} now"
        found.add("parameter-renamed", text, at=old.pointer, before=one, after=other)
    must = _must(new)
    if _must(old) != must:
        kind = "parameter-required" if must else "parameter-optional"
        text = "it must be given now" if must else "it may be left out now"
        found.add(kind, text, at=old.pointer)
    deprecation(found, "parameter", old.schema, new.schema, old.pointer)
    before, after = _style(old.schema), _style(new.schema)
    moved = before["content"] != after["content"]
    for fact in ("content",) if moved else ("allowReserved", "explode", "style"):
        if before[fact] != after[fact]:
            case = fact if fact == "allowReserved" else ""
            found.add_changed("style-changed", fact, before, after, at=old.pointer, case=case)
    one_schema, other_schema = schema_of(old), schema_of(new)
    if one_schema is None and other_schema is not None:
        found.add("parameter-schema-introduced", "it has a type now", at=old.pointer)
    elif one_schema is not None and other_schema is None:
        found.add("parameter-schema-dropped", "it has no type now", at=old.pointer)
    found.compare_schemas(one_schema, other_schema)


def _must(parameter: Located) -> bool:
    return parameter.schema["in"] == "path" or bool(parameter.schema.get("required"))


def _style(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a value is written: as one of the media types, or in a style."""
    if "content" in parameter:
        media_types = ", ".join(sorted(parameter["content"]))
        return {"content": media_types, "style": None, "explode": None, "allowReserved": None}
    style = parameter.get("style") or _LOCATION_STYLES.get(parameter["in"], "form")
    return {
        "content": None,
        "style": style,
        "explode": bool(parameter.get("explode", style == "form")),
        "allowReserved": bool(parameter.get("allowReserved")),
    }
