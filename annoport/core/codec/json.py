"""JSON to models and back.

msgspec alone decodes a type whose models have no renamed field. A type with a renamed field is
built by the walk of `fitting`, which is slower.
"""

from __future__ import annotations

import functools
import json
import math
from typing import Any

import msgspec

from annoport.core.codec.fitting import Faults, choose, fit, warn
from annoport.core.codec.shapes import closed, has_renames, shape_of
from annoport.core.errors import DecodeError, InvalidBodyError
from annoport.core.values.guards import is_array, is_mapping
from annoport.core.values.models import UNSET, Model, UploadFile, model_fields


@functools.cache
def _decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_, dec_hook=choose)


@functools.cache
def _closed_decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(closed(type_), dec_hook=choose)


def decode(data: bytes, type_: Any, *, strict: bool, where: str) -> Any:
    """Return JSON text as a value of `type_`.

    Args:
        data: The text.
        type_: The type to decode into.
        strict: Raise DecodeError where the text does not fit the type, instead of keeping what
            was received with a ResponseShapeWarning.
        where: The operation, for messages.

    Raises:
        DecodeError: The text is not JSON (it is truncated, say), or does not fit with `strict`.
    """
    if not has_renames(type_):
        try:
            return _decoder(type_).decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # the walk accepts more, and says where the fault is
    faults = Faults()
    value = fit(load(data, where), type_, faults)
    if faults.count and strict:
        raise DecodeError(f"{where}: the answer does not fit the contract: {faults}")
    if faults.count:
        warn(where, faults)
    return value


def load(data: bytes, where: str) -> Any:
    """Return JSON text as Python reads it, including the NaN and Infinity of some servers.

    Args:
        data: The text.
        where: The operation, for messages.

    Raises:
        DecodeError: The text is not JSON.
    """
    try:
        return json.loads(data)
    except RecursionError:
        raise DecodeError(f"{where}: the JSON answer is nested too deeply") from None
    except ValueError as error:
        raise DecodeError(_why_not_json(data, where, error)) from None


def _why_not_json(data: bytes, where: str, error: ValueError) -> str:
    if not data.strip():
        return f"{where}: expected JSON, got an empty answer"
    if data.lstrip()[:1] == b"<":
        return (
            f"{where}: expected JSON, got HTML or XML: "
            "check that base_url is the address of the API"
        )
    if not isinstance(error, json.JSONDecodeError):
        return f"{where}: the answer is not JSON: it is not UTF-8 text"
    if _is_truncated(data):
        return f"{where}: the JSON answer is truncated: it ends after {len(data)} bytes"
    return f"{where}: the answer is not JSON: {error.msg} at character {error.pos}"


def _is_truncated(data: bytes) -> bool:
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return "truncated" in str(error)
    return False


def encode(value: Any) -> bytes:
    """Return the JSON text of models, plain values, dates, UUIDs and enums, without UNSET fields.

    Raises:
        InvalidBodyError: A value has no JSON form.
    """
    return _encode(_with_wire_names(value), "the value")


def _encode(value: Any, what: str) -> bytes:
    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBodyError(f"{what} cannot be written as JSON: {error}") from error


def to_builtins(value: Any) -> Any:
    """Return the dicts, lists and scalars that `encode` writes as JSON.

    Raises:
        InvalidBodyError: A value has no JSON form.
    """
    try:
        return msgspec.to_builtins(_with_wire_names(value), enc_hook=_plain, str_keys=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBodyError(
            f"the value cannot be converted to dicts, lists and scalars: {error}"
        ) from error


def _plain(value: Any) -> Any:
    """Return the plain value for one of a class that msgspec does not know.

    NumPy scalars and arrays convert themselves with `tolist`; an instance of a subclass of a
    built-in scalar becomes that scalar.
    """
    if is_mapping(value):
        return dict(value)
    for base in (str, int, float):
        if isinstance(value, base):
            return base(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, UploadFile):
        raise TypeError("an UploadFile cannot be part of a JSON body")
    raise TypeError(f"{type(value).__module__}.{type(value).__qualname__} has no JSON form")


def _with_wire_names(value: Any) -> Any:
    """Return the value with each model that has renamed fields as a dict of wire names."""
    if isinstance(value, Model):
        cls: Any = type(value)
        return _named(value) if has_renames(cls) else value
    if is_mapping(value):
        return {key: _with_wire_names(item) for key, item in value.items()}
    if is_array(value):
        return [_with_wire_names(item) for item in value]
    return value


def _named(value: Model) -> dict[str, Any]:
    return {
        field.wire: _with_wire_names(item)
        for field in model_fields(type(value))
        if (item := getattr(value, field.name)) is not UNSET
    }


def encode_body(value: Any, type_: Any, *, where: str) -> bytes:
    """Return the JSON text of a request body, checked against its type.

    The value itself is encoded, not what it was fitted to. A model of the declared class is not
    checked; anything else (a dict, a list, another model) must fit.

    Args:
        value: The body.
        type_: The declared type.
        where: The operation, for messages.

    Raises:
        InvalidBodyError: A value has the wrong type or no JSON form, a required key is missing,
            or a model does not know a key. The message says where.
    """
    named = _with_wire_names(value) if has_renames(type_) else value
    data = _encode(named, f"{where}: the body")
    if b"null" in data:
        _refuse_nan(value, where)
    if not _is_declared_model(value, type_):
        _check(data, type_, where)
    return data


def _is_declared_model(value: Any, type_: Any) -> bool:
    shape = shape_of(type_)
    classes = shape.args if shape.kind == "choice" else (shape.type,)
    return isinstance(value, Model) and type(value) in classes


def _check(data: bytes, type_: Any, where: str) -> None:
    try:
        _closed_decoder(type_).decode(data)
    except msgspec.ValidationError:
        faults = Faults()
        fit(json.loads(data), type_, faults, closed_keys=True)
        if faults.count:
            raise InvalidBodyError(f"{where}: the body does not fit: {faults}") from None


def _refuse_nan(value: Any, where: str) -> None:
    """Refuse NaN and infinity, which JSON lacks: msgspec would write null for them."""
    todo: list[tuple[str, Any]] = [("$", value)]
    while todo:
        place, item = todo.pop()
        if isinstance(item, float):
            if math.isfinite(item):
                continue
            raise InvalidBodyError(
                f"{where}: {place}: {item} cannot be sent as JSON; omit it or pass None"
            )
        if is_mapping(item):
            todo.extend((f"{place}.{key}", part) for key, part in item.items())
        elif isinstance(item, Model):
            fields = model_fields(type(item))
            todo.extend((f"{place}.{f.wire}", getattr(item, f.name)) for f in fields)
        elif is_array(item):
            todo.extend((f"{place}[{i}]", part) for i, part in enumerate(item))
        elif hasattr(item, "tolist"):
            todo.append((place, item.tolist()))
