"""Calls that use what only some releases of a server know, one thing each."""

from __future__ import annotations

import datetime
import importlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Literal

import attrs

from annoport.core.codec.shapes import Shape, shape_of
from annoport.core.contract.extensions import Releases
from annoport.core.contract.operation import Operation, Parameter
from annoport.core.values.models import (
    UNSET,
    Field,
    Model,
    UploadFile,
    UtcDatetime,
    model_fields,
    value_releases,
)
from generator.openapi import iterate
from generator.spec import effective

_SCALARS: Mapping[Any, Any] = {
    str: "x",
    int: 1,
    float: 0.5,
    bool: True,
    bytes: b"x",
    UploadFile: b"x",
    datetime.datetime: "2026-01-05T08:00:00Z",
    UtcDatetime: "2026-01-05T08:00:00Z",
    datetime.date: "2026-01-05",
    uuid.UUID: "5f0c3c1e-7d0b-4f57-9d5e-2f6f5a1c9b10",
}


@attrs.frozen(kw_only=True)
class Call:
    """A call.

    Attributes:
        uses: What it uses, as messages call it; "" if it uses nothing but the operation.
        where: What that is.
        known_by: The releases that know that; None if all do.
    """

    operation: Operation[Any]
    uses: str = ""
    where: Literal["operation", "argument", "body"] = "operation"
    known_by: Releases | None = None
    arguments: Mapping[str, Any]
    body: Any = UNSET
    media: str | None = None

    def __str__(self) -> str:
        return f"{self.operation.id}: {self.uses or self.where}"


def operations(platform: str) -> list[Operation[Any]]:
    """Return the operations of a platform."""
    module = importlib.import_module(f"annoport_{platform}.operations")
    return [
        module.get(operation["operationId"])
        for _, _, operation in iterate(effective.load(platform))
    ]


def calls(operation: Operation[Any]) -> Iterator[Call]:
    """Yield a call of an operation, and one for each argument, field and value that it can have."""
    plain = Call(
        operation=operation,
        arguments={one.name: _argument(one) for one in operation.parameters if one.required},
    )
    bodies = [(media, shape_of(type_())) for media, type_ in operation.bodies.items()]
    if operation.body_required:
        media, shape = bodies[0]
        plain = attrs.evolve(plain, body=_sample(shape), media=media)
    yield plain
    for parameter in operation.parameters:
        yield from _with_argument(plain, parameter)
    for media, shape in bodies:
        for place in _places(shape):
            yield attrs.evolve(
                plain,
                uses=place.name,
                where="body",
                known_by=place.known_by,
                body=place.value,
                media=media,
            )


def _with_argument(plain: Call, parameter: Parameter) -> Iterator[Call]:
    if parameter.location == "path" or parameter.guard is not None:
        return
    plain = attrs.evolve(plain, where="argument")
    argument = {**plain.arguments, parameter.name: _argument(parameter)}
    if not parameter.required:
        yield attrs.evolve(
            plain, uses=parameter.name, known_by=parameter.known_by, arguments=argument
        )
    for value, known_by in parameter.values.items():
        yield attrs.evolve(
            plain,
            uses=f"{parameter.name}={value!r}",
            known_by=known_by,
            arguments={**plain.arguments, parameter.name: value},
        )


def _argument(parameter: Parameter) -> Any:
    if parameter.timed:
        return datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC)
    return 1 if parameter.location == "path" else "x"


# --------------------------------------------------------------------------- bodies


@attrs.frozen
class _Place:
    """A body with one thing beside what it must have, and what messages call that."""

    name: str
    known_by: Releases | None
    value: Any


_Wrap = Callable[[Any], Any]


def _places(shape: Shape) -> Iterator[_Place]:
    yield from _within(shape, "", lambda value: value, frozenset())


def _within(shape: Shape, place: str, wrap: _Wrap, above: frozenset[Any]) -> Iterator[_Place]:
    """Yield the places below a type.

    Args:
        shape: The type.
        place: Its own place.
        wrap: Makes a body of a value of the type.
        above: The models that it is in, so that a model in itself comes to an end.
    """
    if shape.kind == "list":
        yield from _within(shape_of(shape.args[0]), f"{place}[]", lambda v: wrap([v]), above)
    elif shape.kind == "dict":
        yield from _within(shape_of(shape.args[1]), f"{place}.*", lambda v: wrap({"k": v}), above)
    elif shape.kind == "choice":
        for member in shape.args:
            yield from _within(shape_of(member), place, wrap, above)
    elif shape.kind == "model" and shape.type not in above:
        for field in model_fields(shape.type):
            yield from _of_field(shape.type, field, place, wrap, above | {shape.type})
    elif shape.kind == "scalar":
        for value, known_by in value_releases(shape.type).items():
            yield _Place(f"{place}={value!r}", known_by, wrap(value))


def _of_field(
    model: type[Model], field: Field, place: str, wrap: _Wrap, above: frozenset[Any]
) -> Iterator[_Place]:
    name = f"{place}.{field.wire}" if place else field.wire
    others = {one.wire: _sample(shape_of(one.type)) for one in _required(model) if one != field}

    def inside(value: Any) -> Any:
        return wrap({**others, field.wire: value})

    shape = shape_of(field.type)
    if not field.required:
        yield _Place(name, field.known_by, inside(_sample(shape)))
    yield from _within(shape, name, inside, above)


def _required(model: type[Model]) -> list[Field]:
    return [field for field in model_fields(model) if field.required]


def _sample(shape: Shape) -> Any:
    """Return the least that a type takes, and nothing that only some releases know."""
    match shape.kind:
        case "list":
            return []
        case "dict":
            return {}
        case "choice":
            return _sample(shape_of(shape.args[0]))
        case "model":
            return {one.wire: _sample(shape_of(one.type)) for one in _required(shape.type)}
        case _:
            return _scalar(shape)


def _scalar(shape: Shape) -> Any:
    kind = shape.type
    if isinstance(kind, type) and issubclass(kind, Enum):
        dated = value_releases(kind)
        return next((one.value for one in kind if one.value not in dated), next(iter(kind)).value)
    return _SCALARS.get(kind)
