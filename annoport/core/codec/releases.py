"""What in a value only some releases of a server know.

The walk goes from type to type and looks at all values of one type together, because a body may
have tens of thousands of parts and should cost hardly more to send for being looked at. Where the
version of the server is known, it goes only to what that version lacks.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from annoport.core.codec.shapes import Shape, all_shapes, shape_of
from annoport.core.contract.extensions import Releases
from annoport.core.contract.releases import know
from annoport.core.values.models import UNSET, Field, Model, model_fields, value_releases
from annoport.core.values.type_guards import is_array, is_mapping

T = TypeVar("T")

_OF_MAPPINGS = frozenset(dir(dict))
"""Names under which a mapping has something other than its values."""


class Need(msgspec.Struct, frozen=True):
    """Something that a request uses, and that only some releases of the server know.

    Attributes:
        what: What it is, as messages call it.
        known_by: The releases that know it.
    """

    what: str
    known_by: Releases


class _Column(msgspec.Struct, frozen=True):
    """All values of one type at one place, such as the labels of all shapes, and UNSET for none."""

    place: str
    type: Any
    values: Sequence[Any]


def needs_of(value: Any, type_: Any, version: str | None = None) -> Iterator[Need]:
    """Yield what a value uses, each once, that only some releases know.

    Args:
        value: A model, or dicts and lists that stand for one.
        type_: The declared type.
        version: The version of the server, to yield only what it lacks.
    """
    todo = [_Column("", type(value) if isinstance(value, Model) else type_, [value])]
    while todo:
        column = todo.pop()
        if has_needs(column.type, version):
            shape = shape_of(column.type)
            if shape.kind in ("model", "choice"):
                for cls, values in _objects(column.values, shape):
                    yield from _fields(cls, values, column.place, version, todo)
            todo += _inside(shape, column)
            yield from _values(shape, column, version)


@functools.lru_cache(maxsize=4096)
def has_needs(type_: Any, version: str | None) -> bool:
    """Whether a value of the type can use what a version lacks, or, without one, what any does."""
    return any(
        any(_counts(field.known_by, version) for field in model_fields(shape.type))
        if shape.kind == "model"
        else any(_counts(known_by, version) for known_by in _dated_values(shape).values())
        for shape in all_shapes(type_)
    )


def _counts(known_by: Releases | None, version: str | None) -> bool:
    return known_by is not None and (version is None or not know(known_by, version))


def _dated_values(shape: Shape) -> Mapping[str | int, Releases]:
    return value_releases(shape.type) if shape.kind == "scalar" else {}


def _fields(
    cls: type[Model], values: Sequence[Any], place: str, version: str | None, todo: list[_Column]
) -> Iterator[Need]:
    """Yield the fields that are used, and put what they hold on the list."""
    for field in model_fields(cls):
        known_by = field.known_by if _counts(field.known_by, version) else None
        inside = has_needs(field.type, version)
        if known_by is None and not inside:
            continue
        is_list = shape_of(field.type).kind == "list"
        if is_list and known_by is None and not _read(field, values, any):
            continue  # most lists are empty
        parts: list[Any] = _read(field, values, list)
        where = f"{place}.{field.wire}" if place else field.wire
        # Counting is the fastest way to see that all are alike.
        if parts[0] is UNSET and parts.count(UNSET) == len(parts):
            continue
        if known_by is not None:
            yield Need(where, known_by)
        if inside:
            given = parts if is_list else [part for part in parts if part is not UNSET]
            todo.append(_Column(where, field.type, given))


def _read(field: Field, values: Sequence[Any], into: Callable[[Iterable[Any]], T]) -> T:
    """Return what is made of that which each of some models or mappings has in a field."""
    with contextlib.suppress(AttributeError):  # then they are not all of one kind
        if not isinstance(values[0], Model):
            return into([value.get(field.wire, UNSET) for value in values])
        if field.name not in _OF_MAPPINGS:
            return into(map(attrgetter(field.name), values))
    return into([_part(field, value) for value in values])


def _part(field: Field, value: Any) -> Any:
    if isinstance(value, Model):
        return getattr(value, field.name, UNSET)
    return value.get(field.wire, UNSET) if is_mapping(value) else UNSET


def _objects(values: Sequence[Any], shape: Shape) -> Iterator[tuple[type[Model], Sequence[Any]]]:
    """Yield what stands for a model, by that model."""
    if shape.kind == "model":
        if values:
            yield shape.type, values
        return
    kinds = set(map(type, values))
    for kind in kinds:
        alike: Sequence[Any] = (
            [value for value in values if type(value) is kind] if len(kinds) > 1 else values
        )
        if issubclass(kind, Model):
            yield kind, alike
        elif is_mapping(alike[0]):
            meant: dict[type[Model], list[Any]] = {}
            for value in alike:
                meant.setdefault(_meant(value, shape), []).append(value)
            yield from meant.items()


def _meant(value: Mapping[str, Any], choice: Shape) -> type[Model]:
    """Return the model of a choice that has most of the keys."""
    models = [shape_of(member).type for member in choice.args if shape_of(member).kind == "model"]
    shared = [sum(field.wire in value for field in model_fields(model)) for model in models]
    return models[shared.index(max(shared))] if models else Model


def _inside(shape: Shape, column: _Column) -> Iterator[_Column]:
    """Yield the items of lists and dicts, and the members of a choice that are no models."""
    if shape.kind == "list":
        filled = [value for value in filter(None, column.values) if is_array(value)]
        items = filled[0] if len(filled) == 1 else list(itertools.chain.from_iterable(filled))
        yield _Column(f"{column.place}[]", shape.args[0], items)
    elif shape.kind == "dict":
        items = [item for v in column.values if is_mapping(v) for item in v.values()]
        yield _Column(f"{column.place}.*", shape.args[1], items)
    elif shape.kind == "choice":
        others = [member for member in shape.args if shape_of(member).kind != "model"]
        yield from (_Column(column.place, member, column.values) for member in others)


def _values(shape: Shape, column: _Column, version: str | None) -> Iterator[Need]:
    """Yield the values of an enum that are used."""
    for value, known_by in _dated_values(shape).items():
        used = _counts(known_by, version) and value in column.values
        if used and any(isinstance(item, str | int) and item == value for item in column.values):
            yield Need(f"{column.place}={value!r}", known_by)
