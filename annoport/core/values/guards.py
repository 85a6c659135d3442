"""Type guards for values of unknown make, such as decoded JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """A dict or another mapping; its keys are taken to be text, as in JSON."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """A list, as JSON arrays are decoded to."""
    return isinstance(value, list)


def is_array(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """A list or a tuple, which are written as JSON arrays."""
    return isinstance(value, list | tuple)
