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
from annoport.core.http.request import THE_OPERATION
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


Needs = Mapping[str, Releases]
Wrap = Callable[[Any], Any]


@attrs.frozen(kw_only=True)
class Call:
    """A call.

    Attributes:
        uses: What it uses, as messages call it; "" if it uses nothing but the operation.
        where: What that is.
        needs: What it uses that only some releases know, and the releases that do: the operation,
            the thing itself, and what it is in.
    """

    operation: Operation[Any]
    uses: str = ""
    where: Literal["operation", "argument", "body"] = "operation"
    needs: Needs
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
        needs=_need(THE_OPERATION, operation.known_by),
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
        for body in _bodies(shape, _Place()):
            needs = {**plain.needs, **body.needs}
            yield attrs.evolve(
                plain, uses=body.name, where="body", needs=needs, body=body.value, media=media
            )


def _with_argument(plain: Call, parameter: Parameter) -> Iterator[Call]:
    if parameter.location == "path" or parameter.guard is not None:
        return
    plain = attrs.evolve(plain, where="argument")
    needs = {**plain.needs, **_need(parameter.name, parameter.known_by)}
    if not parameter.required:
        arguments = {**plain.arguments, parameter.name: _argument(parameter)}
        yield attrs.evolve(plain, uses=parameter.name, needs=needs, arguments=arguments)
    for value, known_by in parameter.values.items():
        name = f"{parameter.name}={value!r}"
        yield attrs.evolve(
            plain,
            uses=name,
            needs={**needs, name: known_by},
            arguments={**plain.arguments, parameter.name: value},
        )


def _need(name: str, known_by: Releases | None) -> Needs:
    return {} if known_by is None else {name: known_by}


def _argument(parameter: Parameter) -> Any:
    if parameter.timed:
        return datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC)
    return 1 if parameter.location == "path" else "x"


# --------------------------------------------------------------------------- bodies


@attrs.frozen
class _Place:
    """A place in a body.

    Attributes:
        name: What messages call it.
        needs: As for a call.
        wrap: Makes a body of a value at the place, with nothing beside it but what must be there.
        above: The models that it is in, so that a model in itself comes to an end.
    """

    name: str = ""
    needs: Needs = attrs.field(factory=dict[str, Releases])
    wrap: Wrap = lambda value: value
    above: frozenset[Any] = frozenset()

    def inside(self, step: str, wrap: Wrap) -> _Place:
        """Return the place of the items in this one."""

        def whole(value: Any) -> Any:
            return self.wrap(wrap(value))

        return attrs.evolve(self, name=f"{self.name}{step}", wrap=whole)


@attrs.frozen
class _Body:
    """A body that uses one thing."""

    name: str
    needs: Needs
    value: Any


def _bodies(shape: Shape, place: _Place) -> Iterator[_Body]:
    """Yield the bodies with one thing at or below a place."""
    if shape.kind == "list":
        inner = place.inside("[]", lambda value: [value])
        yield from _bodies(shape_of(shape.args[0]), inner)
    elif shape.kind == "dict":
        inner = place.inside(".*", lambda value: {"k": value})
        yield from _bodies(shape_of(shape.args[1]), inner)
    elif shape.kind == "choice":
        for member in shape.args:
            yield from _bodies(shape_of(member), place)
    elif shape.kind == "model" and shape.type not in place.above:
        for field in model_fields(shape.type):
            yield from _of_field(shape.type, field, place)
    elif shape.kind == "scalar":
        for value, known_by in value_releases(shape.type).items():
            name = f"{place.name}={value!r}"
            yield _Body(name, {**place.needs, name: known_by}, place.wrap(value))


def _of_field(model: type[Model], field: Field, place: _Place) -> Iterator[_Body]:
    name = f"{place.name}.{field.wire}" if place.name else field.wire
    others = {one.wire: _sample(shape_of(one.type)) for one in _required(model) if one != field}
    inside = _Place(
        name,
        {**place.needs, **_need(name, field.known_by)},
        lambda value: place.wrap({**others, field.wire: value}),
        place.above | {model},
    )
    shape = shape_of(field.type)
    if not field.required:
        yield _Body(name, inside.needs, inside.wrap(_sample(shape)))
    yield from _bodies(shape, inside)


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
