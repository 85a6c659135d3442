"""Type guards for values of unknown type, such as decoded JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeGuard


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether `value` is a mapping; its keys are assumed to be strings, as in JSON."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether `value` is a list, the type that JSON arrays are decoded to."""
    return isinstance(value, list)


def is_iterator(value: object) -> TypeGuard[Iterator[Any]]:
    """Whether `value` yields its items once."""
    return isinstance(value, Iterator)


def is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Whether `value` yields items."""
    return isinstance(value, Iterable)


def is_array(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Whether `value` is a list or a tuple, both of which are written as JSON arrays."""
    return isinstance(value, list | tuple)
