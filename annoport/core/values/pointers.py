"""Following a JSON Pointer into a decoded body of models or plain values."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from typing import cast

from annoport.core.values.models import UNSET, Model, further_keys, model_fields

_known_names: dict[type[Model], dict[str, str]] = {}  # each item of a list is looked into


@functools.lru_cache(maxsize=1024)
def tokens(pointer: str) -> tuple[str, ...]:
    """Return the keys that a JSON Pointer (RFC 6901) leads through, without escapes."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def resolve(value: object, pointer: str) -> object:
    """Return what `pointer` refers to in `value`, or UNSET if that does not exist.

    Args:
        value: The decoded body: models, dicts, lists and scalars.
        pointer: A JSON Pointer (RFC 6901) of wire names; "" refers to the whole value.
    """
    for token in tokens(pointer):
        value = _step(value, token)
        if value is UNSET:
            break
    return value


def resolve_each(values: Sequence[object], pointer: str) -> list[object]:
    """Return what `pointer` refers to in each of many values, which are mostly of one type."""
    keys, kinds = tokens(pointer), set(map(type, values))
    if not keys:
        return list(values)
    if len(keys) == len(kinds) == 1 and issubclass(kind := kinds.pop(), Model):
        name = _attribute(kind, keys[0])
        if name is not None:
            return list(map(operator.attrgetter(name), values))
    return [resolve(value, pointer) for value in values]


def _step(value: object, key: str) -> object:
    if isinstance(value, Model):
        name = _attribute(type(value), key)
        if name is not None:
            return getattr(value, name)
        further = further_keys(type(value))
        return getattr(value, further.name).get(key, UNSET) if further else UNSET
    if isinstance(value, Mapping):
        return cast("Mapping[str, object]", value).get(key, UNSET)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = cast("Sequence[object]", value)
        return items[int(key)] if key.isdecimal() and int(key) < len(items) else UNSET
    return UNSET


def _attribute(kind: type[Model], key: str) -> str | None:
    if kind not in _known_names:
        _known_names[kind] = {one.wire: one.name for one in model_fields(kind)}
    return _known_names[kind].get(key)
