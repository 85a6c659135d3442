"""JSON to models and back.

msgspec alone decodes a type whose models have neither a renamed field nor one for further keys.
Any other type is built by the walk of `fitting`, which is slower.
"""

from __future__ import annotations

import functools
import gc
import json
import math
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from annoport.core.codec.fitting import Faults, choose, fit, join, warn
from annoport.core.codec.shapes import closed, needs_walk, needs_words, shape_of
from annoport.core.errors import DecodeError, InvalidBodyError
from annoport.core.values.models import (
    UNSET,
    Model,
    UploadFile,
    UtcDatetime,
    further_keys,
    model_fields,
)
from annoport.core.values.type_guards import is_array, is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator


_DEEPEST = 100
"""How deep a message names the place of a fault; what contains itself has no end."""


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
    if not needs_walk(type_):
        try:
            return _decoded(_decoder(type_), data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # the walk accepts more, and says where the fault is
    faults = Faults()
    value = fit(load(data, where), type_, faults)
    if faults.count and strict:
        raise DecodeError(
            f"{where}: the answer does not fit the contract: {faults}; without strict=True "
            "it is kept as received"
        )
    if faults.count:
        warn(where, faults)
    return value


_MANY_BYTES = 32 * 1024
_ALONE = bool(getattr(sys, "_is_gil_enabled", lambda: True)())
"""Whether no other thread runs while msgspec decodes."""


def _decoded(decoder: msgspec.json.Decoder[Any], data: bytes) -> Any:
    """Decode a text, a long one without the cyclic garbage collector.

    The collector would run again and again over objects that are all in use, which takes longer
    than the decoding. No other thread misses it: msgspec holds the interpreter's lock, and what is
    due is collected afterwards. Threads take turns only within a `OneOf` or an unknown value of an
    enum; what they leave is collected that much later. An interruption cannot come between the
    end of the decoding and `enable`.
    """
    if len(data) < _MANY_BYTES or not _ALONE or not gc.isenabled():
        return decoder.decode(data)
    try:
        gc.disable()
        return decoder.decode(data)
    finally:
        gc.enable()


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
        InvalidBodyError: A value has no JSON form. The message says where.
    """
    return _encode(value, "the value cannot be written as JSON: ")


def _encode(value: Any, what: str, *, walk: bool = True) -> bytes:
    try:
        value = _with_wire_names(value) if walk else value
        data = msgspec.json.encode(value, enc_hook=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBodyError(f"{what}{_place_of_fault(value)}{error}") from error
    if b"null" in data:
        _refuse_nan(value, what)
    return data


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
    """Return the value with each model that msgspec cannot encode alone as a dict of its keys."""
    if isinstance(value, Model):
        cls: Any = type(value)
        return dict(_named(value)) if needs_words(cls) else value
    if is_mapping(value):
        return {key: _with_wire_names(item) for key, item in value.items()}
    if is_array(value):
        return [_with_wire_names(item) for item in value]
    return value


def _named(value: Model) -> Iterator[tuple[str, Any]]:
    return ((key, _with_wire_names(item)) for key, item in members(value))


def members(value: Model) -> Iterator[tuple[str, Any]]:
    """Yield the keys that a model stands for, with their values, without those that are UNSET.

    Raises:
        InvalidBodyError: A further key is the name of a field.
    """
    fields = model_fields(type(value))
    for field in fields:
        item = getattr(value, field.name)
        if item is not UNSET:
            yield field.wire, _as_sent(item, field.type)
    further = further_keys(type(value))
    if further:
        names = {field.wire: field.name for field in fields}
        for key, item in getattr(value, further.name).items():
            if key in names:
                raise InvalidBodyError(
                    f"{type(value).__name__}.{further.name}: the key {key!r} has a field of its "
                    f"own: set {names[key]!r}"
                )
            if item is not UNSET:
                yield key, item


def _as_sent(item: Any, type_: Any) -> Any:
    """Return a date and time in the form in which the server itself writes it."""
    if isinstance(item, datetime) and item.tzinfo and shape_of(type_).type is UtcDatetime:
        return item.astimezone(UTC).replace(tzinfo=None)
    return item


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
    what = f"{where}: the body cannot be sent as JSON: "
    data = _encode(value, what, walk=needs_words(type_))
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


# A float that is not finite, as MessagePack has it. Now and then the middle of another float looks
# like one; a text cannot, because in UTF-8 none of these follows a CB.
_NOT_FINITE = re.compile(rb"\xcb[\x7f\xff][\xf0-\xff]")


def _may_hold_nan(value: Any) -> bool:
    """Whether there may be a NaN or infinity in a value; to look at each part takes far longer."""
    try:
        return _NOT_FINITE.search(msgspec.msgpack.encode(value, enc_hook=_plain)) is not None
    except (TypeError, ValueError, OverflowError):
        return True  # it holds what only JSON has, such as an integer of more than 64 bits


def _refuse_nan(value: Any, what: str) -> None:
    """Refuse NaN and infinity, which JSON lacks: msgspec writes null for them."""
    todo: list[tuple[str, Any]] = [("$", value)]
    while todo:
        place, item = todo.pop()
        if not _may_hold_nan(item):
            continue
        if isinstance(item, float) and not math.isfinite(item):
            raise InvalidBodyError(f"{what}{place}: JSON has no {item}; omit it or pass None")
        todo.extend(_parts(item, place))


def _parts(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield what a value is made of as JSON, with places."""
    if isinstance(value, Model):
        value = dict(members(value))
    if value is None or isinstance(value, str | float | int):
        return
    if not (is_mapping(value) or is_array(value)):
        try:
            value = msgspec.to_builtins(value, enc_hook=_plain, str_keys=True)
        except (TypeError, ValueError, RecursionError):
            return
    if is_mapping(value):
        yield from ((join(place, str(key)), item) for key, item in value.items())
    elif is_array(value):
        yield from ((f"{place}[{i}]", item) for i, item in enumerate(value))


def _place_of_fault(value: Any) -> str:
    """Return the JSON path of the innermost part that cannot be encoded, for a message."""
    place = "$"
    for _ in range(_DEEPEST):
        faulty = [part for part in _parts(value, place) if not _can_be_encoded(part[1])]
        if not faulty:
            break
        place, value = faulty[0]
    return "" if place == "$" else f"{place}: "


def _can_be_encoded(value: Any) -> bool:
    try:
        msgspec.json.encode(value, enc_hook=_plain)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
