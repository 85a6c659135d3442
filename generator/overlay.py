"""OpenAPI Overlay 1.1, applied strictly: a target that matches nothing is an error.

Targets are JSONPath as in RFC 9535. What the standard leaves to be ignored (an unknown key, an
action that does nothing, a copy of several nodes) is refused, because in a correction it is a
mistake.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import jsonpath

from generator.errors import GeneratorError

_ENVIRONMENT = jsonpath.JSONPathEnvironment(strict=True)
_ACTION_KEYS = frozenset({"target", "description", "update", "remove", "copy"})
_VERBS = ("update", "remove", "copy")


def apply(document: dict[str, Any], overlay: Mapping[str, Any], *, origin: str) -> dict[str, Any]:
    """Give the document with every action of the overlay applied; the input is not changed.

    origin: what to call the overlay in an error message.
    """
    _check_outline(overlay, origin)
    result: dict[str, Any] = copy.deepcopy(document)
    for number, action in enumerate(overlay["actions"], start=1):
        place = f"{origin}: action {number}"
        _check_action(action, place)
        result = act(result, action, f"{place} ({action['target']})")
    return result


def _check_outline(overlay: Mapping[str, Any], origin: str) -> None:
    version = str(overlay.get("overlay"))
    if not version.startswith(("1.0.", "1.1.")):
        raise GeneratorError(f"{origin}: expected an Overlay 1.0 or 1.1, found {version!r}")
    if not isinstance(overlay.get("actions"), list) or not overlay["actions"]:
        raise GeneratorError(f"{origin}: an overlay needs a list of actions")


def _check_action(action: Any, place: str) -> None:
    if not isinstance(action, dict) or not isinstance(action.get("target"), str):
        raise GeneratorError(f"{place}: an action needs a target")
    unknown = sorted(key for key in action if key not in _ACTION_KEYS and not key.startswith("x-"))
    if unknown:
        raise GeneratorError(f"{place}: an action has no {', '.join(unknown)}")
    verbs = [verb for verb in _VERBS if verb in action and action[verb] is not False]
    if len(verbs) != 1:
        raise GeneratorError(f"{place}: expected one of {', '.join(_VERBS)}; found {verbs}")


def act(document: dict[str, Any], action: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Apply one action to the document itself; give it back, since the root may be replaced."""
    matches = find(document, action["target"], place)
    if not matches:
        raise GeneratorError(f"{place}: the target matches nothing")
    if "update" in action:
        return _update(document, matches, action["update"], place)
    if "copy" in action:
        sources = find(document, action["copy"], place)
        if len(sources) != 1:
            raise GeneratorError(f"{place}: copy matches {len(sources)} nodes, expected one")
        return _update(document, matches, sources[0].obj, place)
    # From the end, so that the positions of list items still to be removed stay right.
    for match in reversed(matches):
        if match.parent is None:
            raise GeneratorError(f"{place}: the root cannot be removed")
        del _container(match.parent)[match.parts[-1]]
    return document


def find(document: dict[str, Any], path: str, place: str) -> list[jsonpath.JSONPathMatch]:
    """The nodes that a target matches."""
    try:
        return list(_ENVIRONMENT.finditer(path, document))
    except jsonpath.JSONPathError as error:
        raise GeneratorError(f"{place}: {path!r} is no JSONPath: {error}") from error


def _update(
    document: dict[str, Any], matches: list[jsonpath.JSONPathMatch], update: Any, place: str
) -> dict[str, Any]:
    for match in matches:
        if isinstance(match.obj, dict) and not isinstance(update, dict):
            raise GeneratorError(f"{place}: an object can only be updated with an object")
        merged = _merge(match.obj, copy.deepcopy(update))
        if match.parent is None:
            document = merged
        else:
            _container(match.parent)[match.parts[-1]] = merged
    return document


def _container(match: jsonpath.JSONPathMatch) -> Any:
    """The object or list that a matched node stands in."""
    return match.obj


def _merge(target: Any, update: Any) -> Any:
    """Objects merge key by key, lists grow, anything else is replaced."""
    if isinstance(target, dict) and isinstance(update, dict):
        for key, value in update.items():
            target[key] = _merge(target[key], value) if key in target else value
        return target
    if isinstance(target, list):
        return target + (update if isinstance(update, list) else [update])
    return update
