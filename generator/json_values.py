"""Values of a parsed JSON or YAML document, so that type checkers know what they contain."""

from __future__ import annotations

from typing import Any, TypeGuard


def is_object(node: object) -> TypeGuard[dict[str, Any]]:
    """Whether the value is an object; `documents.parse` makes sure that keys are strings."""
    return isinstance(node, dict)


def is_list(node: object) -> TypeGuard[list[Any]]:
    """Whether the value is a list."""
    return isinstance(node, list)


def rebuilt(node: Any) -> Any:
    """Return a copy that shares no object and no list with anything.

    `copy.deepcopy` keeps what a YAML alias shares: a change in one of two places would then be a
    change in both.
    """
    if is_object(node):
        return {key: rebuilt(value) for key, value in node.items()}
    return [rebuilt(item) for item in node] if is_list(node) else node
