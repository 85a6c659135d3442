"""Following a JSON Pointer into a decoded body, be it models or plain values."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from annoport.core.types import UNSET, Model, model_fields


def resolve(value: object, pointer: str) -> object:
    """What `pointer` (RFC 6901, "" is the whole) leads to in `value`; UNSET where it leads nowhere.

    A key is the wire name of a field, whatever the model calls it in Python.
    """
    for token in pointer.split("/")[1:]:
        value = _step(value, token.replace("~1", "/").replace("~0", "~"))
        if value is UNSET:
            break
    return value


def _step(value: object, key: str) -> object:
    if isinstance(value, Model):
        return getattr(value, _python_names(type(value)).get(key, ""), UNSET)
    if isinstance(value, Mapping):
        return value.get(key, UNSET)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return value[int(key)] if key.isdecimal() and int(key) < len(value) else UNSET
    return UNSET


@functools.cache
def _python_names(model: type[Model]) -> Mapping[str, str]:
    return {field.wire: field.name for field in model_fields(model)}
