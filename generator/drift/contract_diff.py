"""What differs between two contracts, operation by operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs

from generator.drift.comparison_graph import ComparisonGraph
from generator.drift.contract_index import Operation, operations
from generator.drift.findings import Direction, Finding, Severity
from generator.drift.schema_diff import SchemaDiff
from generator.drift.schema_view import Document, Node, joined
from generator.drift.wording import shown, spoken

_INFO, _WARNING, _BREAKING = Severity.INFO, Severity.WARNING, Severity.BREAKING
_LOCATION_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_OPERATION_FACTS = ("servers", "callbacks")


def compare(
    old: Mapping[str, Any], new: Mapping[str, Any], *, old_name: str = "old", new_name: str = "new"
) -> list[Finding]:
    """Return all findings between two canonical contracts, worst first."""
    diff = ContractDiff(Document(old, old_name), Document(new, new_name))
    diff.run()
    return diff.findings()


class ContractDiff:
    """One comparison of two contracts."""

    def __init__(self, old: Document, new: Document) -> None:
        self.old = old
        self.new = new
        self.comparisons = ComparisonGraph()
        self.schemas = SchemaDiff(old=old, new=new, comparisons=self.comparisons)

    def run(self) -> None:
        """Compare everything."""
        old, new = operations(self.old), operations(self.new)
        pairs, gone, added = matched(old, new)
        for operation in gone:
            self._whole(operation, "operation-removed", _BREAKING, "the operation is gone")
        for operation in added:
            self._whole(operation, "operation-added", _INFO, "a new operation")
        for one, other in pairs:
            self._operation(one, other)
        self.schemas.run()
        self._security(pairs)
        self._roots()
        # Only now is it known which schemas no operation uses.
        self._unused_schemas()
        self.schemas.run()

    def findings(self) -> list[Finding]:
        """Return what was found, with pointers to places that one of the documents has."""
        return [
            attrs.evolve(finding, pointer=self._pointer(finding.pointer))
            for finding in self.comparisons.findings()
        ]

    def _pointer(self, pointer: str) -> str:
        return self.old.actual(pointer) or self.new.actual(pointer) or pointer

    def _whole(self, operation: Operation, kind: str, level: Severity, text: str) -> None:
        self.comparisons.add(
            None,
            Finding(
                view="contract",
                kind=kind,
                severity=level,
                place=operation.pointer,
                pointer=operation.pointer,
                operations=(operation.id,),
                message=f"{operation.id} ({operation.wire}): {text}",
            ),
        )

    def _operation(self, old: Operation, new: Operation) -> None:
        if old.id != new.id:
            text = f"the operationId was {shown(old.id)} and is {shown(new.id)}"
            self._note(old, "operation-renamed", _BREAKING, text, before=old.id, after=new.id)
        if old.shape != new.shape:
            text = f"moved to {new.wire}"
            self._note(old, "operation-moved", _BREAKING, text, before=old.wire, after=new.wire)
        if bool(old.data.get("deprecated")) != bool(new.data.get("deprecated")):
            now = bool(new.data.get("deprecated"))
            kind = "operation-deprecated" if now else "operation-no-longer-deprecated"
            text = "it is deprecated now" if now else "it is no longer deprecated"
            self._note(old, kind, _WARNING if now else _INFO, text)
        if set(old.data.get("tags", ())) != set(new.data.get("tags", ())):
            self._changed(old, "tags-changed", _WARNING, "tags", old=old.data, new=new.data)
        for fact in (*_OPERATION_FACTS, *_own_facts(old.data, new.data)):
            if old.data.get(fact) != new.data.get(fact):
                self._changed(old, "fact-changed", _WARNING, fact, old=old.data, new=new.data)
        self._parameters(old, new)
        self._body(old, new)
        self._responses(old, new)

    def _changed(
        self,
        operation: Operation,
        kind: str,
        level: Severity,
        fact: str,
        *,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        at: str = "",
        direction: Direction = "",
    ) -> None:
        before, after = old.get(fact), new.get(fact)
        text = f"{fact} was {shown(before)} and is {shown(after)}"
        place = joined(at or operation.pointer, fact)
        self._note(
            operation, kind, level, text, at=place, before=before, after=after, direction=direction
        )

    def _note(
        self,
        operation: Operation,
        kind: str,
        level: Severity,
        text: str,
        *,
        at: str = "",
        pointer: str = "",
        before: Any = None,
        after: Any = None,
        direction: Direction = "",
    ) -> None:
        place = at or operation.pointer
        lead = spoken(place) if at else f"{operation.id} ({operation.wire})"
        self.comparisons.add(
            None,
            Finding(
                view="contract",
                kind=kind,
                severity=level,
                place=place,
                pointer=pointer or place,
                operations=(operation.id,),
                direction=direction,
                before=before,
                after=after,
                message=f"{lead}: {text}",
            ),
        )

    # ------------------------------------------------------------------ parameters

    def _parameters(self, old: Operation, new: Operation) -> None:
        for key in sorted(set(old.parameters) | set(new.parameters)):
            if key not in new.parameters:
                place = old.parameters[key].pointer
                text = "it is no longer accepted"
                self._parameter_note(
                    old, kind="parameter-removed", level=_BREAKING, text=text, place=place
                )
            elif key not in old.parameters:
                self._new_parameter(old, new.parameters[key])
            else:
                self._parameter(old, old.parameters[key], new.parameters[key])

    def _new_parameter(self, operation: Operation, node: Node) -> None:
        must = _must(node)
        kind = "required-parameter-added" if must else "parameter-added"
        name = node.schema["name"]
        text = "a new parameter" + (", and it must be given" if must else "")
        place = joined(operation.pointer, "parameters", f"{node.schema['in']}:{name}")
        level = _BREAKING if must else _INFO
        self._parameter_note(
            operation, kind=kind, level=level, text=text, place=place, pointer=node.pointer
        )

    def _parameter_note(
        self,
        operation: Operation,
        *,
        kind: str,
        level: Severity,
        text: str,
        place: str,
        pointer: str = "",
    ) -> None:
        self._note(operation, kind, level, text, at=place, pointer=pointer, direction="request")

    def _parameter(self, operation: Operation, old: Node, new: Node) -> None:
        place = old.pointer
        if _must(old) != _must(new):
            must = _must(new)
            kind = "parameter-required" if must else "parameter-optional"
            text = "it must be given now" if must else "it may be left out now"
            level = _BREAKING if must else _INFO
            self._parameter_note(operation, kind=kind, level=level, text=text, place=place)
        if bool(old.schema.get("deprecated")) != bool(new.schema.get("deprecated")):
            now = bool(new.schema.get("deprecated"))
            kind = "parameter-deprecated" if now else "parameter-no-longer-deprecated"
            text = "it is deprecated now" if now else "it is no longer deprecated"
            self._parameter_note(
                operation, kind=kind, level=_WARNING if now else _INFO, text=text, place=place
            )
        one, other = _style(old.schema), _style(new.schema)
        for fact in sorted(one):
            if one[fact] != other[fact]:
                level = _WARNING if fact == "allowReserved" else _BREAKING
                self._changed(
                    operation,
                    "style-changed",
                    level,
                    fact,
                    old=one,
                    new=other,
                    at=place,
                    direction="request",
                )
        self._parameter_schemas(operation, old, new)

    def _parameter_schemas(self, operation: Operation, old: Node, new: Node) -> None:
        key = (operation.key, "request")
        self.comparisons.start(key, operation.id)
        one, other = _schema_of(old), _schema_of(new)
        if one is not None and other is not None:
            self.schemas.compare(key, one, other, "request")

    # ------------------------------------------------------------------ bodies

    def _body(self, old: Operation, new: Operation) -> None:
        if old.body is None and new.body is None:
            return
        place = joined(old.pointer, "requestBody")
        if old.body is None:
            must = bool(new.body and new.body.schema.get("required"))
            kind = "required-body-added" if must else "body-added"
            text = f"it takes a body now{', which must be sent' if must else ''}"
            level = _BREAKING if must else _INFO
            self._note(old, kind, level, text, at=place, direction="request")
        elif new.body is None:
            text = "it no longer takes a body"
            self._note(old, "body-removed", _BREAKING, text, at=place, direction="request")
        else:
            before, after = (bool(node.schema.get("required")) for node in (old.body, new.body))
            if before != after:
                kind = "body-required" if after else "body-optional"
                text = "it must be sent now" if after else "it may be left out now"
                level = _BREAKING if after else _INFO
                self._note(old, kind, level, text, at=place, direction="request")
            self._media(old, old.body, new.body, "request")

    def _responses(self, old: Operation, new: Operation) -> None:
        for status in sorted(set(old.responses) | set(new.responses)):
            place = joined(old.pointer, "responses", status)
            good = status.startswith(("2", "3"))
            if status not in new.responses:
                level = _BREAKING if good else _INFO
                text = f"status {status} is no longer declared"
                self._note(old, "status-removed", level, text, at=place, direction="response")
            elif status not in old.responses:
                level = _WARNING if good else _INFO
                text = f"status {status} is declared now"
                self._note(old, "status-added", level, text, at=place, direction="response")
            else:
                one, other = old.responses[status], new.responses[status]
                self._media(old, one, other, "response", good=good)
                self._headers(old, one, other, place)

    def _headers(self, operation: Operation, old: Node, new: Node, place: str) -> None:
        one, other = old.schema.get("headers", {}), new.schema.get("headers", {})
        for name in sorted(set(one) | set(other)):
            at = joined(place, "headers", name)
            if name not in other:
                text = f"header `{name}` is gone"
                self._note(operation, "header-removed", _WARNING, text, at=at, direction="response")
            elif name not in one:
                text = f"a new header `{name}`"
                self._note(operation, "header-added", _INFO, text, at=at, direction="response")
            else:
                self._header_schemas(operation, Node(one[name], at), Node(other[name], at))

    def _header_schemas(self, operation: Operation, old: Node, new: Node) -> None:
        key = (operation.key, "response")
        self.comparisons.start(key, operation.id)
        one = _schema_of(self.old.resolved(old))
        other = _schema_of(self.new.resolved(new))
        if one is not None and other is not None:
            self.schemas.compare(key, one, other, "response")

    def _media(
        self, operation: Operation, old: Node, new: Node, direction: Direction, *, good: bool = True
    ) -> None:
        one, other = old.schema.get("content", {}), new.schema.get("content", {})
        part = ("requestBody",) if direction == "request" else ("responses", _last(old))
        place = joined(operation.pointer, *part, "content")
        for media in sorted(set(one) - set(other)):
            text = f"no longer a body of type {media}"
            level = _BREAKING if good else _INFO
            at = joined(place, media)
            self._note(operation, "media-removed", level, text, at=at, direction=direction)
        for media in sorted(set(other) - set(one)):
            text = f"a body of type {media} now"
            level = _INFO if direction == "request" or not one or not good else _WARNING
            at = joined(place, media)
            self._note(operation, "media-added", level, text, at=at, direction=direction)
        for before, after in _media_pairs(one, other):
            self._media_schemas(
                operation, old.child("content", before), new.child("content", after), direction
            )

    def _media_schemas(
        self, operation: Operation, old: Node, new: Node, direction: Direction
    ) -> None:
        key = (operation.key, direction)
        self.comparisons.start(key, operation.id)
        one, other = _schema_of(old), _schema_of(new)
        if one is not None and other is not None:
            self.schemas.compare(key, one, other, direction)
        elif (one is None) != (other is None):
            kind = "body-schema-dropped" if other is None else "body-schema-introduced"
            text = "the body has no schema now" if other is None else "the body has a schema now"
            level = _WARNING if other is None else _INFO
            self._note(operation, kind, level, text, at=old.pointer, direction=direction)
        for fact in sorted((set(old.schema) | set(new.schema)) - {"schema"}):
            if old.schema.get(fact) != new.schema.get(fact):
                self._changed(
                    operation,
                    "fact-changed",
                    _WARNING,
                    fact,
                    old=old.schema,
                    new=new.schema,
                    at=old.pointer,
                    direction=direction,
                )

    # ------------------------------------------------------------------ the whole document

    def _security(self, pairs: Iterable[tuple[Operation, Operation]]) -> None:
        """Add one finding for all operations that gain or lose the same way to log in."""
        gained: dict[tuple[str, ...], list[str]] = defaultdict(list)
        lost: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for old, new in pairs:
            for schemes in new.security - old.security:
                gained[schemes].append(old.id)
            for schemes in old.security - new.security:
                lost[schemes].append(old.id)
        for kind, level, text, found in (
            ("security-added", _INFO, "can be used with", gained),
            ("security-removed", _BREAKING, "can no longer be used with", lost),
        ):
            for schemes, names in sorted(found.items()):
                way = " and ".join(schemes) or "no login"
                self.comparisons.add(
                    None,
                    Finding(
                        view="contract",
                        kind=kind,
                        severity=level,
                        place=" ".join(["#/security", *sorted(names)]),
                        pointer="#/security",
                        operations=tuple(sorted(names)),
                        direction="request",
                        before=way if kind == "security-removed" else None,
                        after=way if kind == "security-added" else None,
                        message=f"{_counted(names)} {text} {way}",
                    ),
                )

    def _roots(self) -> None:
        old, new = self.old.contract, self.new.contract
        before, after = _base_paths(old), _base_paths(new)
        if before != after:
            self._root_fact("servers-changed", "#/servers", before=before, after=after)
        one = old.get("components", {}).get("securitySchemes", {})
        other = new.get("components", {}).get("securitySchemes", {})
        for name in sorted(set(one) | set(other)):
            if one.get(name) != other.get(name):
                place = joined("#", "components", "securitySchemes", name)
                self._root_fact(
                    "security-scheme-changed", place, before=one.get(name), after=other.get(name)
                )

    def _root_fact(self, kind: str, place: str, *, before: Any, after: Any) -> None:
        # A new way to log in breaks nobody; a changed or lost one does.
        harmless = before is None
        self.comparisons.add(
            None,
            Finding(
                view="contract",
                kind=kind,
                severity=_INFO if harmless else _BREAKING,
                place=place,
                pointer=place,
                before=before,
                after=after,
                message=f"{spoken(place)} was {shown(before)} and is {shown(after)}",
            ),
        )

    def _unused_schemas(self) -> None:
        """Compare schemas that no operation uses: the package has classes for them, too."""
        one = self.old.contract.get("components", {}).get("schemas", {})
        other = self.new.contract.get("components", {}).get("schemas", {})
        for name in sorted(set(one) & set(other)):
            pointer = joined("#", "components", "schemas", name)
            self.schemas.compare(None, Node(one[name], pointer), Node(other[name], pointer), "")


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


def _base_paths(contract: Mapping[str, Any]) -> list[str]:
    """Return what precedes all paths.

    Hosts are left out: they say where a server runs, not what it is.
    """
    urls = (str(server.get("url", "")) for server in contract.get("servers", ()))
    return sorted({urlsplit(url).path.rstrip("/") for url in urls} or {""})


def _must(parameter: Node) -> bool:
    return parameter.schema["in"] == "path" or bool(parameter.schema.get("required"))


def _style(parameter: Mapping[str, Any]) -> dict[str, Any]:
    style = parameter.get("style") or _LOCATION_STYLES.get(parameter["in"], "form")
    return {
        "style": style,
        "explode": bool(parameter.get("explode", style == "form")),
        "allowReserved": bool(parameter.get("allowReserved")),
    }


def _schema_of(holder: Node) -> Node | None:
    """Return the schema of a parameter, a header or a media type."""
    if "schema" in holder.schema:
        return holder.child("schema")
    for media in sorted(holder.schema.get("content", ())):
        return _schema_of(holder.child("content", media))
    return None


def _media_pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return media types to compare: equal ones, and one that replaced another."""
    gone, added = sorted(set(old) - set(new)), sorted(set(new) - set(old))
    replaced = [(gone[0], added[0])] if len(gone) == len(added) == 1 else []
    return [(media, media) for media in sorted(set(old) & set(new))] + replaced


_KNOWN_FACTS = frozenset(
    {"operationId", "tags", "deprecated", "security", "parameters", "requestBody", "responses"}
)


def _own_facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return keys of operations that nothing else compares, mostly extensions of the platform."""
    return sorted((set(old) | set(new)) - _KNOWN_FACTS - set(_OPERATION_FACTS))


def _last(node: Node) -> str:
    return node.pointer.rsplit("/", 1)[-1]


def _counted(names: list[str]) -> str:
    return f"{names[0]}" if len(names) == 1 else f"{len(names)} operations"
