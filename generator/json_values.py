"""What a node of a parsed JSON or YAML document is, so that type checkers know its members."""

from __future__ import annotations

from typing import Any, TypeGuard


def is_object(node: object) -> TypeGuard[dict[str, Any]]:
    """Whether the node is an object; `documents.parse` sees to it that its keys are strings."""
    return isinstance(node, dict)


def is_list(node: object) -> TypeGuard[list[Any]]:
    """Whether the node is a list."""
    return isinstance(node, list)


def rebuilt(node: Any) -> Any:
    """A copy that has every object and list once.

    Unlike `copy.deepcopy`, which keeps what a YAML alias shares: a change of one of two places
    would then be a change of both.
    """
    if is_object(node):
        return {key: rebuilt(value) for key, value in node.items()}
    return [rebuilt(item) for item in node] if is_list(node) else node
