"""What differs in what an operation sends and answers: bodies, statuses, headers, media types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.drift.contract_findings import OperationFindings
from generator.drift.contract_index import Operation
from generator.drift.schema_view import Located, schema_of
from generator.json_pointers import joined
from generator.json_values import equal


def compare_bodies(found: OperationFindings, old: Operation, new: Operation) -> None:
    """Add what differs between two request bodies."""
    at = joined(old.pointer, "requestBody")
    if old.body and new.body:
        before, after = (bool(body.schema.get("required")) for body in (old.body, new.body))
        if before != after:
            kind = "body-required" if after else "body-optional"
            text = "it must be sent now" if after else "it may be left out now"
            found.add(kind, text, at=at)
        _media(found, old.body, new.body, joined(at, "content"))
    elif old.body:
        found.add("body-removed", "it no longer takes a body", at=at)
    elif new.body:
        must = bool(new.body.schema.get("required"))
        kind = "required-body-added" if must else "body-added"
        found.add(kind, f"it takes a body now{', which must be sent' if must else ''}", at=at)


def compare_responses(found: OperationFindings, old: Operation, new: Operation) -> None:
    """Add what differs between the responses of two versions of an operation."""
    for status in sorted(set(old.responses) | set(new.responses)):
        at = joined(old.pointer, "responses", status)
        case = "" if status.startswith(("2", "3")) else "error status"
        if status not in new.responses:
            text = f"status {status} is no longer declared"
            found.add("status-removed", text, at=at, case=case)
        elif status not in old.responses:
            found.add("status-added", f"status {status} is declared now", at=at, case=case)
        else:
            before, after = old.responses[status], new.responses[status]
            # A response of the components is known by its name there.
            name = before.pointer.rsplit("/", 1)[-1]
            content = joined(old.pointer, "responses", name, "content")
            _media(found, before, after, content, case=case)
            _headers(found, before, after, joined(at, "headers"))


def _headers(found: OperationFindings, old: Located, new: Located, base: str) -> None:
    before, after = old.schema.get("headers", {}), new.schema.get("headers", {})
    for name in sorted(set(before) | set(after)):
        at = joined(base, name)
        if name not in after:
            found.add("header-removed", f"header `{name}` is gone", at=at)
        elif name not in before:
            found.add("header-added", f"a new header `{name}`", at=at)
        else:
            one = found.all.old.resolved(Located(before[name], at))
            other = found.all.new.resolved(Located(after[name], at))
            _header(found, one, other, at)


def _header(found: OperationFindings, old: Located, new: Located, at: str) -> None:
    must = bool(new.schema.get("required"))
    if bool(old.schema.get("required")) != must:
        text = "the header must be there now" if must else "the header may be absent now"
        found.add("header-required" if must else "header-optional", text, at=at)
    deprecated = bool(new.schema.get("deprecated"))
    if bool(old.schema.get("deprecated")) != deprecated:
        kind = "header-deprecated" if deprecated else "header-no-longer-deprecated"
        text = "it is deprecated now" if deprecated else "it is no longer deprecated"
        found.add(kind, text, at=at)
    for fact in ("style", "explode"):
        if old.schema.get(fact) != new.schema.get(fact):
            found.add_changed("fact-changed", fact, old.schema, new.schema, at=at)
    found.compare_schemas(schema_of(old), schema_of(new))


def _media(
    found: OperationFindings, old: Located, new: Located, base: str, *, case: str = ""
) -> None:
    """Compare the media types of two bodies.

    Args:
        found: Where findings go.
        old: What holds the old body.
        new: What holds the new body.
        base: The anchor of the media types.
        case: The case of what is added or removed.
    """
    before, after = old.schema.get("content", {}), new.schema.get("content", {})
    for media in sorted(set(before) - set(after)):
        text = f"no longer a body of type {media}"
        found.add("media-removed", text, at=joined(base, media), case=case)
    for media in sorted(set(after) - set(before)):
        text = f"a body of type {media} now"
        added = case or ("" if before else "first")
        found.add("media-added", text, at=joined(base, media), case=added)
    for one, other in _media_pairs(before, after):
        _media_type(found, old.child("content", one), new.child("content", other))


def _media_type(found: OperationFindings, old: Located, new: Located) -> None:
    before, after = schema_of(old), schema_of(new)
    found.compare_schemas(before, after)
    if before is None and after is not None:
        found.add("body-schema-introduced", "the body has a schema now", at=old.pointer)
    elif before is not None and after is None:
        found.add("body-schema-dropped", "the body has no schema now", at=old.pointer)
    for fact in sorted((set(old.schema) | set(new.schema)) - {"schema"}):
        if not equal(old.schema.get(fact), new.schema.get(fact)):
            found.add_changed("fact-changed", fact, old.schema, new.schema, at=old.pointer)


def _media_pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return media types to compare: equal ones, and one that replaced another."""
    gone, added = sorted(set(old) - set(new)), sorted(set(new) - set(old))
    replaced = [(gone[0], added[0])] if len(gone) == len(added) == 1 else []
    return [(media, media) for media in sorted(set(old) & set(new))] + replaced
