"""What a changed contract does to our overlays: actions that fail, and actions that can go."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from generator import documents
from generator.drift import severity
from generator.drift.findings import Finding
from generator.errors import GeneratorError
from generator.json_values import is_list, is_object, rebuilt
from generator.python import method_names
from generator.python.names import one_line
from generator.spec import effective, overlay
from generator.spec.extensions import PREFIX

_Path = tuple[str, ...]
_REMOVED = "x-annoport-removed"
# Keywords that a whole operation or a whole schema has.
_DEFINES = frozenset({"responses", "type", "$ref", "allOf", "anyOf", "oneOf", "enum"})


@attrs.frozen(kw_only=True)
class _Action:
    """One action of an overlay, and what to call it."""

    file: str
    number: int
    data: Mapping[str, Any]

    @property
    def place(self) -> str:
        """The file, the position and the target, for an error message."""
        return f"{self.file}: action {self.number} ({one_line(self.data['target'])})"

    @property
    def anchor(self) -> str:
        """Where it is, for a fingerprint: the same when actions are inserted before this one."""
        text = json.dumps(self.data, sort_keys=True, default=str)
        return f"{self.file} {self.data['target']} {hashlib.sha256(text.encode()).hexdigest()[:8]}"


@attrs.define(kw_only=True)
class _Overlap:
    """Where an update and the contracts meet; places are relative to the target.

    Attributes:
        made: Places where the new contract says the same by itself.
        contradicted: Places where it says something else.
        lists: Those of both that are lists, which would be doubled.
        gone: Places that are corrected and that the new contract does not have.
        ahead: Places that the old contract does not have yet.
    """

    made: list[str] = attrs.field(factory=list[str])
    contradicted: list[str] = attrs.field(factory=list[str])
    lists: list[_Path] = attrs.field(factory=list[_Path])
    gone: list[_Path] = attrs.field(factory=list[_Path])
    ahead: list[_Path] = attrs.field(factory=list[_Path])


@attrs.frozen(kw_only=True)
class OverlayView:
    """Both contracts with our corrections, and the findings about these.

    Only overlay.yaml is applied: the words of docs.yaml change no type.

    Attributes:
        unneeded: The numbers of its actions that remove what only the old contract has.
    """

    old: dict[str, Any]
    new: dict[str, Any]
    findings: list[Finding]
    unneeded: list[int]


def compare(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> OverlayView:
    """Apply a platform's overlays to both contracts, action by action.

    An action that cannot be applied is a finding, not an error. The inputs are not changed.
    """
    old, new = rebuilt(old), rebuilt(new)
    findings: list[Finding] = []
    unneeded: list[int] = []
    for action in _actions(folder):
        found, overlap = _examine(action, old, new)
        if action.file == effective.CORRECTIONS and any(
            finding.kind == "removal-not-needed" for finding in found
        ):
            unneeded.append(action.number)
        findings += found
        if action.file == effective.CORRECTIONS:
            old = _tried(old, action, _pruned(action.data, overlap.ahead))
            new = _tried(new, action, _pruned(action.data, [*overlap.lists, *overlap.gone]))
    before, after = _nameless(old), _nameless(new)
    findings += _nameless_findings([row for row in after if row not in before])
    return OverlayView(old=old, new=new, findings=findings, unneeded=unneeded)


def _nameless(spec: dict[str, Any]) -> list[str]:
    """Remove rows without an operation from the table of names, and return them."""
    rows = method_names.unknown(spec)
    if rows:
        spec[method_names.TABLE] = method_names.without(spec[method_names.TABLE], rows)
    return rows


def _nameless_findings(rows: list[str]) -> Iterator[Finding]:
    if rows:
        yield Finding(
            view="overlay",
            kind="corrects-what-is-gone",
            severity=severity.of("corrects-what-is-gone"),
            anchor=f"overlay.yaml {method_names.TABLE}",
            after=rows,
            message=(
                f"overlay.yaml: {method_names.TABLE}: these operations no longer exist, "
                f"remove them: {', '.join(rows)}"
            ),
        )


def _actions(folder: Path) -> Iterator[_Action]:
    for name in effective.OVERLAYS:
        path = folder / name
        if path.exists():
            listed = overlay.actions(documents.load(path), origin=f"{folder.name}/{name}")
            for number, data in enumerate(listed, start=1):
                yield _Action(file=name, number=number, data=data)


def _examine(
    action: _Action, old: dict[str, Any], new: dict[str, Any]
) -> tuple[list[Finding], _Overlap]:
    """Return the findings about one action, and where it meets the contracts."""
    target = action.data["target"]
    before = {m.path: m.obj for m in overlay.find(old, target, action.place)}
    after = {m.path: m.obj for m in overlay.find(new, target, action.place)}
    overlap = _Overlap()
    if not after:
        return [_lost(action, known=bool(before))], overlap
    if is_object(action.data.get("update")):
        for path, node in after.items():
            if path in before:
                _overlap(action.data["update"], before[path], node, at=(), overlap=overlap)
    return list(_overlap_findings(action, overlap)), overlap


def _lost(action: _Action, *, known: bool) -> Finding:
    removal = bool(action.data.get("remove"))
    if removal:
        text = "what it removes no longer exists; delete the action if upstream corrected this"
    else:
        text = "the target no longer matches anything; correct it or remove the action"
    case = "" if known else "never matched"
    kind = "removal-not-needed" if removal else "target-lost"
    return Finding(
        view="overlay",
        kind=kind,
        severity=severity.of(kind, case=case),
        anchor=action.anchor,
        pointer=action.data["target"],
        message=f"{action.place}: {text}",
    )


def _overlap(
    update: Mapping[str, Any], old: Any, new: Any, *, at: _Path, overlap: _Overlap
) -> None:
    """Compare an update with what the two contracts say at the same path."""
    before = old if is_object(old) else {}
    after = new if is_object(new) else {}
    for key, value in update.items():
        path = (*at, key)
        if is_object(value):
            inner = overlap
            if (key in before) != (key in after):
                if _is_whole(value, at[-1] if at else ""):
                    # Its parts come and go with it and need no findings of their own.
                    inner = attrs.evolve(overlap, gone=[], ahead=[])
                else:
                    (overlap.gone if key in before else overlap.ahead).append(path)
            if key in after:
                _overlap(value, before.get(key), after[key], at=path, overlap=inner)
        elif key in after and (key not in before or before[key] != after[key]):
            equal = after[key] == value
            (overlap.made if equal else overlap.contradicted).append("/".join(path))
            if is_list(after[key]) and key not in overlay.SETS:
                overlap.lists.append(path)


def _is_whole(value: Mapping[str, Any], container: str) -> bool:
    """Whether an update defines something, rather than correcting what exists.

    A field that only gets another type looks like a definition; there, our mark decides.
    """
    marked = _REMOVED in value or any(
        is_object(part) and _REMOVED in part for part in value.values()
    )
    return marked or (container != "properties" and bool(_DEFINES & set(value)))


def _overlap_findings(action: _Action, overlap: _Overlap) -> Iterator[Finding]:
    doubled = bool(overlap.lists)
    gone = ["/".join(path) for path in overlap.gone]
    for kind, places, text in (
        ("made-upstream", overlap.made, "upstream says this itself now"),
        ("contradicted", overlap.contradicted, "upstream says something else now"),
        ("corrects-what-is-gone", gone, "this no longer exists, remove it"),
    ):
        if places:
            advice = "; remove it, or its lists would be doubled" if doubled else ""
            yield Finding(
                view="overlay",
                kind=kind,
                severity=severity.of(kind, case="doubles a list" if doubled else ""),
                anchor=action.anchor,
                pointer=one_line(action.data["target"]),
                after=places,
                message=f"{action.place}: {text}: {', '.join(places)}{advice}",
            )


def _pruned(action: Mapping[str, Any], paths: list[_Path]) -> Mapping[str, Any]:
    """Return the action without some parts of its update."""
    if not paths:
        return action
    pruned: dict[str, Any] = rebuilt(dict(action))
    for path in paths:
        parent = pruned["update"]
        for part in path[:-1]:
            parent = parent.get(part, {})
        parent.pop(path[-1], None)
    return pruned


def _tried(document: dict[str, Any], action: _Action, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with the action applied, or unchanged if that is impossible."""
    try:
        matches = overlay.find(document, data["target"], action.place)
        if is_object(data.get("update")) and matches:
            data = {**data, "update": _without_revived(data["update"], matches[0].obj)}
        return overlay.act(document, data, action.place) if matches else document
    except GeneratorError:
        return document


def _without_revived(update: Mapping[str, Any], node: Any) -> dict[str, Any]:
    """Return an update without what it restores for old servers, if the contract still has it."""
    if not is_object(node):
        return dict(update)
    result: dict[str, Any] = {}
    for key, value in update.items():
        if is_object(value) and key in node:
            if _REMOVED in value and not _only_extended(node[key]):
                continue
            result[key] = _without_revived(value, node[key])
        else:
            result[key] = value
    return result


def _only_extended(node: Any) -> bool:
    """Whether a node is not the contract's, but only holds extensions of an earlier action."""
    return is_object(node) and all(key.startswith(PREFIX) for key in node)
