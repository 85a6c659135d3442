"""JSON to models and back.

A type whose models have only Python names costs what msgspec costs. A type with a renamed field
is built by the walk of `lenient`, which is slower.
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
    """JSON text as a value of `type_`.

    strict: raise DecodeError where the text does not fit the type; otherwise keep what came and
        warn (ResponseShapeWarning). where: the operation, for messages.

    Text that is not JSON, such as a truncated one, is a DecodeError always.
    """
    if not has_renames(type_):
        try:
            return _decoder(type_).decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # the slow way takes more, and says where the fault is
    faults = Faults()
    value = fit(load(data, where), type_, faults)
    if faults.count and strict:
        raise DecodeError(f"{where}: the answer does not fit the contract: {faults}")
    if faults.count:
        warn(where, faults)
    return value


def load(data: bytes, where: str) -> Any:
    """Any JSON text as Python reads it, NaN and Infinity included, which some servers send.

    Raises DecodeError. where: the operation, for messages.
    """
    try:
        return json.loads(data)
    except RecursionError:
        raise DecodeError(f"{where}: the JSON answer is nested too deep") from None
    except ValueError as error:
        raise DecodeError(_why_not_json(data, where, error)) from None


def _why_not_json(data: bytes, where: str, error: ValueError) -> str:
    if not data.strip():
        return f"{where}: expected JSON, got an empty answer"
    if data.lstrip()[:1] == b"<":
        return (
            f"{where}: expected JSON, got a page of HTML or XML; "
            "the base URL may not be that of an API"
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
    """JSON text of models, plain values, dates, UUIDs, enums. UNSET fields are left out.

    Raises InvalidBodyError for a value that has no JSON form.
    """
    return _encode(_with_wire_names(value), "the value")


def _encode(value: Any, what: str) -> bytes:
    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBodyError(f"{what} cannot be written as JSON: {error}") from error


def to_builtins(value: Any) -> Any:
    """The dicts, lists and scalars that `encode` writes; raises InvalidBodyError as it does."""
    try:
        return msgspec.to_builtins(_with_wire_names(value), enc_hook=_plain, str_keys=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBodyError(f"the value has no plain form: {error}") from error


def _plain(value: Any) -> Any:
    """What a value of a class that msgspec does not know stands for.

    NumPy scalars and arrays give themselves as Python values with `tolist`; subclasses of the
    built-in scalars are taken as these.
    """
    if is_mapping(value):
        return dict(value)
    for base in (str, int, float):
        if isinstance(value, base):
            return base(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, UploadFile):
        raise TypeError("a UploadFile cannot be part of a JSON body")
    raise TypeError(f"{type(value).__module__}.{type(value).__qualname__} has no JSON form")


def _with_wire_names(value: Any) -> Any:
    """The value with each model that has renamed fields made a dict of the wire names."""
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
    """JSON text of a request body, checked against its type before anything is sent.

    A model of the declared class is sent as it is. Anything else (a dict, a list, another model)
    must fit: raises InvalidBodyError with the place of a wrong type, of a missing required key or
    of a key that the model does not know. What the caller gave is what is sent.
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
    """JSON has no NaN and no infinity: msgspec would write null."""
    todo: list[tuple[str, Any]] = [("$", value)]
    while todo:
        place, item = todo.pop()
        if isinstance(item, float):
            if math.isfinite(item):
                continue
            raise InvalidBodyError(
                f"{where}: {place}: {item} cannot be sent as JSON; leave it out or send null"
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
