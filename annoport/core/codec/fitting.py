"""Fitting values to types, and reporting where one does not fit.

Answers are fitted leniently: a value that does not fit, such as a null where none is promised, is
kept as it is, a missing one becomes `UNSET`, and a `ResponseShapeWarning` lists the places. The
same walk finds the faults of a request body.
"""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from annoport.core.codec.shapes import Shape, Walked, closed, needs_walk, shape_of
from annoport.core.codec.tags import tagged_for, unknown_tag
from annoport.core.errors import ResponseShapeWarning
from annoport.core.support.call_site import stacklevel
from annoport.core.support.suggestions import did_you_mean
from annoport.core.values.models import (
    UNSET,
    Model,
    UtcDatetime,
    further_keys,
    model_fields,
    one_of_members,
)
from annoport.core.values.type_guards import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MISFIT: Any = object()
"""The result for a value that does not fit its type."""

_LISTED = 5
_JSON_NAMES: dict[Any, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    datetime: "date and time (ISO 8601)",
    UtcDatetime: "date and time (ISO 8601)",
    date: "date (ISO 8601)",
    time: "time (ISO 8601)",
    UUID: "UUID",
    bytes: "base64 string",
}


class Faults:
    """The places where a value does not fit: the first few of them, and their number."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[str] = []

    def add(self, place: str, fault: str) -> None:
        """Record a fault.

        Args:
            place: Its JSON path, such as `$.results[3].owner`.
            fault: What is wrong there.
        """
        self.count += 1
        if len(self._first) < _LISTED:
            self._first.append(f"{place}: {fault}")

    def __str__(self) -> str:
        more = self.count - len(self._first)
        return "; ".join(self._first) + (f"; and {more} more" if more else "")


def warn(where: str, faults: Faults) -> None:
    """Warn of an answer that does not fit; the warning names the line that called annoport."""
    message = f"{where}: the answer does not fit the contract; it is kept as received: {faults}"
    warnings.warn(message, ResponseShapeWarning, stacklevel())


def choose(type_: Any, value: Any) -> Any:
    """Decode a `OneOf` as its best fitting member; this is the `dec_hook` of msgspec.

    A `Walked` is only checked, and a `UtcDatetime` is made aware.

    Raises:
        ValueError: No member fits; msgspec adds the place.
    """
    if isinstance(type_, Walked):
        faults = Faults()
        _walk(value, Shape("model", type_.model), faults, "$", closed_keys=True)
        if faults.count:
            raise ValueError(str(faults))
        return value
    if type_ is UtcDatetime:
        return _utc(value)
    members = one_of_members(type_)
    best = MISFIT if members is None else _best(value, members, closed_keys=False)
    if best is MISFIT:
        raise ValueError(f"Expected {_name_of(shape_of(type_))}, got {_name_of_value(value)}")
    return best


def _utc(value: Any) -> datetime:
    """Return an aware date and time from a text that means UTC if it has no offset."""
    fitted = _scalar(value, datetime)
    if fitted is MISFIT:
        raise ValueError(f"Expected {_JSON_NAMES[datetime]}, got {_name_of_value(value)}")
    aware: datetime = fitted if fitted.tzinfo else fitted.replace(tzinfo=UTC)
    return aware


def _best(value: Any, members: tuple[Any, ...], *, closed_keys: bool) -> Any:
    best, best_score = MISFIT, -2
    for member in tagged_for(value, members):
        fitted = exact(value, member, closed_keys=closed_keys)
        if fitted is not MISFIT and (score := _score(value, member, fitted)) > best_score:
            best, best_score = fitted, score
    return best


def _score(value: Any, member: Any, fitted: Any) -> int:
    """Rank the members that a value fits: by known keys, a known enum value and no rounding."""
    if isinstance(member, Walked):
        member = member.model
    if is_mapping(value) and isinstance(member, type):
        if issubclass(member, Model):
            return sum(field.wire in value for field in model_fields(member))
        if issubclass(member, msgspec.Struct):
            return sum(f.encode_name in value for f in msgspec.structs.fields(member))
    if isinstance(fitted, Enum):
        return int(getattr(fitted, "is_known", True))
    return -1 if type(value) is int and type(fitted) is float else 0


def exact(value: Any, type_: Any, *, closed_keys: bool = False) -> Any:
    """Return the value as `type_` if it fits in every part, else MISFIT.

    Args:
        value: Dicts, lists and scalars, as decoded from JSON.
        type_: The type to fit.
        closed_keys: Whether a key that a model does not know is a misfit, too. The result is then
            good only for comparison with MISFIT.
    """
    if closed_keys:
        type_ = closed(type_)
    elif needs_walk(type_):
        faults = Faults()
        fitted = _walk(value, shape_of(type_), faults, "$", closed_keys=False)
        return MISFIT if faults.count else fitted
    try:
        return msgspec.convert(value, type_, dec_hook=choose, str_keys=True)
    except msgspec.ValidationError:
        return MISFIT


def fit(
    value: Any, type_: Any, faults: Faults, place: str = "$", *, closed_keys: bool = False
) -> Any:
    """Return the value as `type_`, as far as it fits.

    Args:
        value: Dicts, lists and scalars, as decoded from JSON.
        type_: The type to fit.
        faults: Receives the places where the value does not fit.
        place: The JSON path of the value.
        closed_keys: Whether a key that a model does not know is a fault, too.
    """
    shape = shape_of(type_)
    if closed_keys or not needs_walk(type_):
        # Most parts of a large body fit: msgspec converts them at full speed.
        fitted = exact(value, type_, closed_keys=closed_keys)
        if fitted is not MISFIT:
            return fitted
    return _walk(value, shape, faults, place, closed_keys=closed_keys)


def _walk(  # noqa: PLR0911 - one return for each kind
    value: Any, shape: Shape, faults: Faults, place: str, *, closed_keys: bool
) -> Any:
    if value is None and shape.null:
        return None
    if shape.kind == "any":
        return value
    if shape.kind == "model" and is_mapping(value):
        return _walk_model(value, shape, faults, place, closed_keys=closed_keys)
    if shape.kind == "list" and is_list(value):
        return [
            fit(item, shape.args[0], faults, f"{place}[{i}]", closed_keys=closed_keys)
            for i, item in enumerate(value)
        ]
    if shape.kind == "dict" and is_mapping(value):
        return _walk_dict(value, shape, faults, place, closed_keys=closed_keys)
    if shape.kind == "choice":
        return _walk_choice(value, shape, faults, place, closed_keys=closed_keys)
    fitted = _scalar(value, shape.type) if shape.kind == "scalar" else MISFIT
    if fitted is not MISFIT:
        return fitted
    faults.add(place, f"expected {_name_of(shape)}, got {_name_of_value(value)}")
    return value


def _walk_model(
    value: Mapping[str, Any], shape: Shape, faults: Faults, place: str, *, closed_keys: bool
) -> Any:
    model: type[Model] = shape.type
    fields = model_fields(model)
    given: dict[str, Any] = {}
    for field in fields:
        inner = join(place, field.wire)
        if field.wire in value:
            part = value[field.wire]
            if field.secret:
                own = Faults()
                given[field.name] = fit(part, field.type, own, inner, closed_keys=closed_keys)
                if own.count:
                    expected = _name_of(shape_of(field.type))
                    faults.add(inner, f"expected {expected}, got another value, which is not shown")
                continue
            given[field.name] = fit(part, field.type, faults, inner, closed_keys=closed_keys)
        elif field.required:
            faults.add(inner, "is required, but missing")
            given[field.name] = UNSET
    further = further_keys(model)
    if further or closed_keys:
        known = dict.fromkeys(field.wire for field in fields)
        unknown = {str(key): part for key, part in value.items() if key not in known}
        if further:
            given[further.name] = _walk_items(
                unknown, further.type, faults, place, closed_keys=closed_keys
            )
        else:
            for key in unknown:
                faults.add(join(place, key), unknown_key(key, list(known), model.__name__))
    return model(**given)


def _walk_items(
    items: Mapping[str, Any], type_: Any, faults: Faults, place: str, *, closed_keys: bool
) -> dict[str, Any]:
    return {
        key: fit(item, type_, faults, join(place, key), closed_keys=closed_keys)
        for key, item in items.items()
    }


def unknown_key(key: str, known: Sequence[str], model: str) -> str:
    """Return the message that a model has no such key, with the key that may be meant."""
    hint = did_you_mean(key, known) or f"it has {', '.join(known) or 'no keys'}"
    return f"{model} has no key {key!r}; {hint}"


def _walk_dict(
    value: Mapping[Any, Any], shape: Shape, faults: Faults, place: str, *, closed_keys: bool
) -> Any:
    key_type, item_type = shape.args
    result: dict[Any, Any] = {}
    for key, item in value.items():
        inner = join(place, str(key))
        one = exact({key: None}, dict.__class_getitem__((key_type, Any)))
        if one is MISFIT:
            faults.add(inner, f"expected a key that is {_name_of(shape_of(key_type))}")
        fitted = key if one is MISFIT else next(iter(one))
        result[fitted] = fit(item, item_type, faults, inner, closed_keys=closed_keys)
    return result


def _walk_choice(value: Any, shape: Shape, faults: Faults, place: str, *, closed_keys: bool) -> Any:
    best = _best(value, shape.args, closed_keys=closed_keys)
    if best is not MISFIT:
        return best
    members = tagged_for(value, shape.args)
    nearest = _nearest(value, [shape_of(member) for member in members])
    if nearest is None:
        fault = f"expected {_name_of(shape)}, got {_name_of_value(value)}"
        faults.add(place, fault if members else unknown_tag(value, shape.args))
        return value
    return _walk(value, nearest, faults, place, closed_keys=closed_keys)


def _nearest(value: Any, shapes: list[Shape]) -> Shape | None:
    """Return the member that a value is most likely meant for, although it does not fit."""
    if is_mapping(value):
        models = [shape for shape in shapes if shape.kind == "model"]
        shared = [sum(f.wire in value for f in model_fields(shape.type)) for shape in models]
        most = max(shared, default=0)
        if most:
            return models[shared.index(most)]
        open_ = [shape for shape in models if further_keys(shape.type)]
        return next((shape for shape in shapes if shape.kind == "dict" or shape in open_), None)
    if is_list(value):
        return next((shape for shape in shapes if shape.kind == "list"), None)
    for shape in shapes:
        if shape.kind == "scalar" and _scalar(value, shape.type) is not MISFIT:
            return shape
    return None


def _scalar(value: Any, type_: Any) -> Any:
    """Return a scalar as msgspec converts it, or from a notation that means the same."""
    fitted = exact(value, type_)
    if fitted is not MISFIT:
        return fitted
    if type_ is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if type_ is float and isinstance(value, float):
        return value
    no_midnight = type_ is datetime and is_day(value)
    if type_ in (datetime, date, time) and isinstance(value, str) and not no_midnight:
        try:
            return type_.fromisoformat(value)
        except ValueError:
            return MISFIT
    return MISFIT


def is_day(value: object) -> bool:
    """Whether a value is a date without a time of day, as an object or in ISO 8601.

    Python and most servers take it for midnight, which nobody said.
    """
    if isinstance(value, str):
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return True
    return isinstance(value, date) and not isinstance(value, datetime)


def join(place: str, key: str) -> str:
    """Return the JSON path of a member of the object at `place`."""
    return f"{place}.{key}" if key.isidentifier() else f"{place}[{key!r}]"


def _name_of(shape: Shape) -> str:
    if shape.kind == "choice":
        name = " or ".join(dict.fromkeys(_name_of(shape_of(member)) for member in shape.args))
    elif shape.kind == "scalar":
        name = _JSON_NAMES.get(shape.type) or str(getattr(shape.type, "__name__", shape.type))
    else:
        name = {"model": "object", "dict": "object", "list": "array"}.get(shape.kind, "a value")
    return f"{name} or null" if shape.null and name != "null" else name


def _name_of_value(value: Any) -> str:
    if isinstance(value, str):
        return f"string {value if len(value) <= 40 else value[:37] + '...'!r}"
    if isinstance(value, bool | int | float):
        return f"{_JSON_NAMES[type(value)]} {value}" if type(value) in _JSON_NAMES else repr(value)
    return _JSON_NAMES.get(type(value), type(value).__name__)
