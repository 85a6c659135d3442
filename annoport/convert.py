"""Models as plain data or JSON, and back: to save them, or to hand them to other libraries."""

from __future__ import annotations

from typing import Any, TypeVar

from annoport.core.codec import json as codec

T = TypeVar("T")


def to_builtins(value: object) -> Any:
    """Give a model, or a list or dict of models, as dicts, lists and scalars.

    Keys are the platform's names. Fields that are UNSET are left out; dates are ISO 8601 texts.
    Raises InvalidBodyError for what has no such form.
    """
    return codec.to_builtins(value)


def to_json(value: object) -> bytes:
    """Give a model, or a list or dict of models, as JSON; otherwise as `to_builtins`."""
    return codec.encode(value)


def from_json(data: bytes | str, type_: type[T]) -> T:
    """Read what `to_json` wrote. type_: a model, or `list[...]` of one.

    Raises DecodeError for what is no JSON, or does not fit the type.
    """
    content = data.encode() if isinstance(data, str) else data
    value: T = codec.decode(content, type_, strict=True, where=f"JSON of {_name(type_)}")
    return value


def _name(type_: object) -> str:
    return getattr(type_, "__name__", str(type_))
