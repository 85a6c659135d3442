"""OpenAPI Overlay 1.1, applied strictly: a target that matches nothing is an error.

Targets are JSONPath as defined by RFC 9535. What the standard ignores (an unknown key, an action
that does nothing, a copy of several nodes) is rejected, because in a correction it is a mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

import jsonpath
import yaml

from generator.errors import GeneratorError
from generator.json_values import is_list, is_object, rebuilt

_ENVIRONMENT = jsonpath.JSONPathEnvironment(strict=True)
_ROOT_KEYS = frozenset({"overlay", "info", "extends", "actions"})
_ACTION_KEYS = frozenset({"target", "description", "update", "remove", "copy"})
_VERBS = ("update", "remove", "copy")
SETS = frozenset({"required", "enum", "tags", "parameters"})
"""Lists that cannot have an item twice: what is there already is not appended again."""


def apply(document: dict[str, Any], overlay: Mapping[str, Any], *, origin: str) -> dict[str, Any]:
    """Return a document with every action of an overlay applied; the input is not changed.

    Args:
        document: What the overlay is applied to.
        overlay: The parsed overlay.
        origin: What to call the overlay in an error message.

    Raises:
        GeneratorError: The overlay is malformed, or an action does not fit the document.
    """
    result: dict[str, Any] = rebuilt(document)
    for number, action in enumerate(actions(overlay, origin=origin), start=1):
        result = act(result, action, f"{origin}: action {number} ({action['target']})")
    return result


def actions(overlay: Mapping[str, Any], *, origin: str) -> list[dict[str, Any]]:
    """Return the actions of an overlay, checked as far as possible without a document."""
    _check_outline(overlay, origin)
    for number, action in enumerate(overlay["actions"], start=1):
        _check_action(action, f"{origin}: action {number}")
    return cast("list[dict[str, Any]]", overlay["actions"])


def _check_outline(overlay: Mapping[str, Any], origin: str) -> None:
    version = str(overlay.get("overlay"))
    if not version.startswith(("1.0.", "1.1.")):
        raise GeneratorError(f"{origin}: expected an Overlay 1.0 or 1.1, found {version!r}")
    if not is_list(overlay.get("actions")) or not overlay["actions"]:
        raise GeneratorError(f"{origin}: expected a list of actions that is not empty")
    unknown = _unknown(overlay, _ROOT_KEYS)
    if unknown:
        raise GeneratorError(
            f"{origin}: an overlay has no key {unknown}; remove it or correct the name"
        )


def _unknown(mapping: Mapping[str, Any], known: frozenset[str]) -> str:
    return ", ".join(sorted(key for key in mapping if key not in known and key[:2] != "x-"))


def _check_action(action: object, place: str) -> None:
    if not is_object(action) or not isinstance(action.get("target"), str):
        raise GeneratorError(f"{place}: expected an action with a target")
    unknown = _unknown(action, _ACTION_KEYS)
    if unknown:
        raise GeneratorError(
            f"{place}: an action has no key {unknown}; remove it or correct the name"
        )
    if not isinstance(action.get("remove", False), bool) or not isinstance(
        action.get("copy", ""), str
    ):
        raise GeneratorError(f"{place}: expected true or false for remove, and a JSONPath for copy")
    verbs = [verb for verb in _VERBS if verb in action]
    if action.get("remove") is False:
        # This is the standard's default, spelled out.
        verbs.remove("remove")
    if len(verbs) != 1:
        raise GeneratorError(f"{place}: expected one of {', '.join(_VERBS)}; found {verbs}")


def without(text: str, numbers: Collection[int]) -> str:
    """Return the text of an overlay without some of its actions, each with the comments above it.

    Args:
        text: The overlay as it is written.
        numbers: The positions of the actions, from 1.
    """
    tree: Any = yaml.compose(text, Loader=yaml.CSafeLoader)
    (listed,) = [value for key, value in tree.value if key.value == "actions"]
    lines = text.splitlines(keepends=True)
    for number in sorted(numbers, reverse=True):
        node: Any = listed.value[number - 1]
        first: int = node.start_mark.line
        after: int = node.end_mark.line
        # What stands above the next action belongs to that; an empty line goes with this one.
        while after > first + 1 and _is_aside(lines[after - 1]):
            after -= 1
        while after < len(lines) and not lines[after].strip():
            after += 1
        del lines[first:after]
    return "".join(lines)


def _is_aside(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def act(document: dict[str, Any], action: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Apply one action to the document in place; return it, since the root may be replaced."""
    # A target may match a node twice, and nodes in any order: `$.list[1,0,-1]`.
    matches = list(
        {match.parts: match for match in find(document, action["target"], place)}.values()
    )
    if not matches:
        raise GeneratorError(
            f"{place}: the target matches nothing; correct it or remove the action"
        )
    if "update" in action:
        return _update(document, matches, action["update"], place)
    if "copy" in action:
        sources = find(document, action["copy"], place)
        if len(sources) != 1:
            raise GeneratorError(f"{place}: copy matches {len(sources)} nodes, expected one")
        return _update(document, matches, sources[0].obj, place)
    for match in sorted(matches, key=_position, reverse=True):
        if match.parent is None:
            raise GeneratorError(f"{place}: the root cannot be removed")
        del _container(match.parent)[match.parts[-1]]
    return document


def _position(match: jsonpath.JSONPathMatch) -> tuple[int, int]:
    """Sort key for items of a list: removed from the end, the others keep their positions."""
    last = match.parts[-1] if match.parts else 0
    return len(match.parts), last if isinstance(last, int) else 0


def find(document: dict[str, Any], path: str, place: str) -> list[jsonpath.JSONPathMatch]:
    """Return the nodes that a target matches."""
    try:
        return list(_ENVIRONMENT.finditer(path, document))
    except jsonpath.JSONPathError as error:
        raise GeneratorError(f"{place}: {path!r} is not a valid JSONPath: {error}") from error


def _update(
    document: dict[str, Any], matches: list[jsonpath.JSONPathMatch], update: Any, place: str
) -> dict[str, Any]:
    for match in matches:
        if is_object(match.obj) and not is_object(update):
            raise GeneratorError(f"{place}: an object can only be updated with an object")
        key = match.parts[-1] if match.parts else ""
        merged = _merge(match.obj, rebuilt(update), key)
        if match.parent is None:
            document = merged
        else:
            _container(match.parent)[match.parts[-1]] = merged
    return document


def _container(match: jsonpath.JSONPathMatch) -> dict[int | str, Any]:
    """Return the object or list that holds a matched node; both are indexed alike."""
    return cast("dict[int | str, Any]", match.obj)


def _merge(target: object, update: object, at: object) -> Any:
    """Merge objects key by key, append to lists, and replace anything else."""
    if is_object(target) and is_object(update):
        for key, value in update.items():
            target[key] = _merge(target[key], value, key) if key in target else value
        return target
    if is_list(target):
        added = update if is_list(update) else [update]
        if at in SETS:
            present = [_identity(item) for item in target]
            added = [item for item in added if _identity(item) not in present]
        # In place, because other matches may be inside this list.
        target.extend(added)
        return target
    return update


def _identity(item: object) -> object:
    """Return what tells an item from the others: of parameters, place and name."""
    if is_object(item) and "name" in item:
        return item.get("in"), item["name"]
    return item
