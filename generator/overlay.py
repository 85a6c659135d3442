"""OpenAPI Overlay 1.1, applied strictly: a target that matches nothing is an error.

Targets are JSONPath as in RFC 9535.
"""

from __future__ import annotations

import copy
from typing import Any

import jsonpath

from generator.errors import GeneratorError

_ENVIRONMENT = jsonpath.JSONPathEnvironment(strict=True)


def apply(document: dict[str, Any], overlay: dict[str, Any], *, origin: str) -> dict[str, Any]:
    """Give the document with every action of the overlay applied; the input is not changed.

    origin: what to call the overlay in an error message.
    """
    result: dict[str, Any] = copy.deepcopy(document)
    for number, action in enumerate(overlay.get("actions", []), start=1):
        place = f"{origin}: action {number} ({action.get('target')})"
        matches = list(_ENVIRONMENT.finditer(action["target"], result))
        if not matches:
            raise GeneratorError(f"{place}: the target matches nothing")
        if action.get("remove"):
            for match in reversed(matches):
                parent = match.parent
                if parent is None:
                    raise GeneratorError(f"{place}: the root cannot be removed")
                del parent.obj[match.parts[-1]]
            continue
        if "copy" in action:
            sources = list(_ENVIRONMENT.finditer(action["copy"], result))
            if len(sources) != 1:
                raise GeneratorError(f"{place}: copy must match one node, not {len(sources)}")
            value = sources[0].obj
        else:
            value = action["update"]
        for match in matches:
            merged = _merge(match.obj, copy.deepcopy(value))
            if match.parent is None:
                result = merged
            else:
                match.parent.obj[match.parts[-1]] = merged
    return result


def _merge(target: Any, update: Any) -> Any:
    if isinstance(target, dict) and isinstance(update, dict):
        for key, value in update.items():
            target[key] = _merge(target[key], value) if key in target else value
        return target
    if isinstance(target, list):
        return target + (update if isinstance(update, list) else [update])
    return update
