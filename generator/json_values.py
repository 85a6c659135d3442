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


def equal(one: Any, other: Any) -> bool:
    """Whether two values are equal in JSON: true is not 1, but 1.0 is."""
    if is_object(one) and is_object(other):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if is_list(one) and is_list(other):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def contains(values: list[Any], value: Any) -> bool:
    """Whether a value is among some others, as JSON sees it."""
    return any(equal(value, other) for other in values)
