"""OpenAPI Overlay 1.1, applied strictly: a target that matches nothing is an error.

Targets are JSONPath as in RFC 9535. What the standard leaves to be ignored (an unknown key, an
action that does nothing, a copy of several nodes) is refused, because in a correction it is a
mistake.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, cast

import jsonpath

from generator.errors import GeneratorError
from generator.nodes import is_list, is_object

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
    if not is_list(overlay.get("actions")) or not overlay["actions"]:
        raise GeneratorError(f"{origin}: an overlay needs a list of actions")


def _check_action(action: object, place: str) -> None:
    if not is_object(action) or not isinstance(action.get("target"), str):
        raise GeneratorError(f"{place}: an action needs a target")
    unknown = sorted(key for key in action if key not in _ACTION_KEYS and not key.startswith("x-"))
    if unknown:
        raise GeneratorError(f"{place}: an action has no {', '.join(unknown)}")
    verbs = [verb for verb in _VERBS if verb in action]
    if action.get("remove") is False:
        # The standard's default, spelt out.
        verbs.remove("remove")
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
        if is_object(match.obj) and not is_object(update):
            raise GeneratorError(f"{place}: an object can only be updated with an object")
        merged = _merge(match.obj, copy.deepcopy(update))
        if match.parent is None:
            document = merged
        else:
            _container(match.parent)[match.parts[-1]] = merged
    return document


def _container(match: jsonpath.JSONPathMatch) -> dict[int | str, Any]:
    """The object or list that a matched node stands in; either is indexed alike."""
    return cast("dict[int | str, Any]", match.obj)


def _merge(target: object, update: object) -> Any:
    """Objects merge key by key, lists grow, anything else is replaced."""
    if is_object(target) and is_object(update):
        for key, value in update.items():
            target[key] = _merge(target[key], value) if key in target else value
        return target
    if is_list(target):
        return target + (update if is_list(update) else [update])
    return update
