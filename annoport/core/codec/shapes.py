"""The structure of types, so that values can be fitted to them piece by piece."""

from __future__ import annotations

import functools
import threading
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import attrs
import msgspec

from annoport.core.values.models import (
    Model,
    Unset,
    UploadFile,
    UtcDatetime,
    further_keys,
    model_fields,
    one_of_members,
    recursive_union,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["any", "scalar", "list", "dict", "model", "choice"]


@attrs.frozen
class Shape:
    """The structure of a type, apart from its `None` and `UNSET`.

    Attributes:
        kind: What the type is.
        type: The class of a model or scalar; the whole type for every other kind.
        args: The item type of a list, the key and value types of a dict, the members of a choice.
        null: Whether None is one of its values.
    """

    kind: Kind
    type: Any
    args: tuple[Any, ...] = ()
    null: bool = False


@functools.cache
def shape_of(type_: Any) -> Shape:  # noqa: PLR0911 - one return for each kind
    """Return the structure of a type annotation."""
    origin = get_origin(type_)
    if origin is Annotated:
        return shape_of(get_args(type_)[0])
    members = one_of_members(type_)
    if members is not None or origin in (Union, UnionType):
        return _choice(type_, get_args(type_) if members is None else members)
    if type_ in (None, NoneType):
        return Shape("scalar", NoneType, null=True)
    if type_ in (Any, object, UploadFile):
        return Shape("any", type_, null=type_ is not UploadFile)
    if (origin or type_) in (list, tuple, set, frozenset):
        return Shape("list", type_, get_args(type_)[:1] or (Any,))
    if (origin or type_) is dict:
        return Shape("dict", type_, get_args(type_) or (str, Any))
    if isinstance(type_, type) and issubclass(type_, Model):
        return Shape("model", type_)
    return Shape("scalar", type_)


def _choice(type_: Any, members: tuple[Any, ...]) -> Shape:
    shapes = [shape_of(member) for member in members if member is not Unset]
    null = any(shape.null for shape in shapes)
    rest = tuple(
        member for member in members if member is not Unset and member not in (None, NoneType)
    )
    if len(rest) == 1:
        return attrs.evolve(shape_of(rest[0]), null=null)
    return Shape("choice", type_, rest, null)


def _inner_types(shape: Shape) -> Iterator[Any]:
    """Yield the types that a type is made of."""
    yield from shape.args
    if shape.kind == "model":
        yield from (field.type for field in model_fields(shape.type))
        further = further_keys(shape.type)
        if further:
            yield further.type


def all_shapes(type_: Any) -> Iterator[Shape]:
    """Yield the structure of a type and of all types inside it; of each model and union once."""
    seen: set[Any] = set()
    todo = [type_]
    while todo:
        shape = shape_of(todo.pop())
        if shape.kind in {"model", "choice"}:
            if shape.type in seen:
                continue
            seen.add(shape.type)
        yield shape
        todo.extend(_inner_types(shape))


@functools.cache
def needs_walk(type_: Any) -> bool:
    """Whether the type contains a model that msgspec alone cannot decode and encode.

    That is one with a renamed field, or with a field for keys that it does not name.
    """
    return any(
        further_keys(shape.type) or any(f.name != f.wire for f in model_fields(shape.type))
        for shape in all_shapes(type_)
        if shape.kind == "model"
    )


@functools.cache
def needs_words(type_: Any) -> bool:
    """Whether the type contains a model that msgspec alone cannot encode.

    That is one that it cannot decode alone, or one with a date and time that stands for UTC.
    """
    return needs_walk(type_) or any(shape.type is UtcDatetime for shape in all_shapes(type_))


class Walked(type):
    """A type that stands for a model in `closed`: msgspec leaves the check of a value to a hook."""

    model: type[Model]

    def __instancecheck__(cls, instance: object) -> bool:
        """Take every value: msgspec asks about what the hook returns."""
        return True


_twins: dict[type[Model], type[msgspec.Struct]] = {}
_twins_lock = threading.RLock()


@functools.cache
def closed(type_: Any) -> Any:
    """Return the type with each model replaced by a struct that allows only its wire names.

    With it, msgspec validates a body at full speed. A model that allows any further keys becomes
    a struct that does, too; one that says what they hold becomes a `Walked`.
    """
    with _twins_lock:
        return _closed(type_)


def _closed(type_: Any) -> Any:
    shape = shape_of(type_)
    inner: Any
    match shape.kind:
        case "any":
            return Any
        case "scalar":
            return type_
        case "model":
            further = further_keys(shape.type)
            typed = further is not None and shape_of(further.type).kind != "any"
            inner = _walked(shape.type) if typed else _closed_model(shape.type)
        case "choice":
            inner = _closed_union(shape)
        case "dict":
            inner = _parametrised(dict, shape.args[0], _closed(shape.args[1]))
        case "list":
            inner = _parametrised(list, _closed(shape.args[0]))
    return _parametrised(Union, inner, None) if shape.null else inner


_unions: dict[Any, Any] = {}


def _closed_union(shape: Shape) -> Any:
    if one_of_members(shape.type) is None:
        return _parametrised(Union, *map(_closed, shape.args))
    if shape.type not in _unions:
        # It may contain itself, so its members are made when they are asked for.
        _unions[shape.type] = recursive_union(
            repr(shape.type), lambda: tuple(map(closed, shape.args))
        )
    return _unions[shape.type]


def _parametrised(generic: Any, *arguments: Any) -> Any:
    """Return `generic[arguments]` for arguments that are known only at run time."""
    return generic[arguments[0] if len(arguments) == 1 else arguments]


def _walked(model: type[Model]) -> Walked:
    return Walked(model.__name__, (), {"model": model, "__slots__": ()})


def _closed_model(cls: type[Model]) -> type[msgspec.Struct]:
    if cls in _twins:
        return _twins[cls]
    fields = model_fields(cls)
    twin = msgspec.defstruct(
        cls.__name__,
        [(f.name, Any) if f.required else (f.name, Any, msgspec.UNSET) for f in fields],
        rename={field.name: field.wire for field in fields},
        forbid_unknown_fields=further_keys(cls) is None,
        kw_only=True,
    )
    _twins[cls] = twin
    # msgspec reads the annotations on first use, so models may refer to one another in a circle.
    for field in fields:
        inner = _closed(field.type)
        twin.__annotations__[field.name] = (
            inner if field.required else _parametrised(Union, inner, Unset)
        )
    return twin
