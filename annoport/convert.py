"""Convert models to plain data or JSON and back, to save them or pass them to other libraries."""

from __future__ import annotations

from typing import Any, TypeVar

from annoport.core.codec import json as codec

T = TypeVar("T")


def to_builtins(value: object) -> Any:
    """Return a model, or a list or dict of models, as dicts, lists and scalars.

    Keys are the platform's names. UNSET fields are left out; dates become ISO 8601 strings.

    Args:
        value: What to convert.

    Raises:
        InvalidBodyError: A part of `value` cannot be converted.
    """
    return codec.to_builtins(value)


def to_json(value: object) -> bytes:
    """Return a model, or a list or dict of models, as JSON encoded in UTF-8.

    Values are converted as by `to_builtins`.

    Args:
        value: What to convert.

    Raises:
        InvalidBodyError: A part of `value` cannot be said in JSON: it is NaN or infinite, say. The
            message names its place.
    """
    return codec.encode(value)


def from_json(data: bytes | str, type_: type[T], *, strict: bool = True) -> T:
    """Return the value that `to_json` wrote.

    Args:
        data: JSON as text, or as UTF-8 bytes.
        type_: The type of the value: a model, or `list[...]` of one.
        strict: Pass False to read what does not match the type as it is, with a
            `ResponseShapeWarning`: an answer that a client took with that warning, say.

    Raises:
        DecodeError: `data` is not JSON, or does not match the type.
    """
    content = data.encode() if isinstance(data, str) else data
    value: T = codec.decode(content, type_, strict=strict, where=f"JSON of {_name(type_)}")
    return value


def _name(type_: object) -> str:
    return getattr(type_, "__name__", str(type_))
