"""Telling the members of a union apart by a key whose values each of them lists.

Enums are open, so a value that no member lists would fit every one of them. A key that two or
more models list values of is therefore a *tag*: only a model that knows its value can be meant.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import msgspec

from annoport.core.codec.shapes import Walked, shape_of
from annoport.core.values.models import Model, OpenIntEnum, OpenStrEnum, model_fields
from annoport.core.values.type_guards import is_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping


def tagged_for(value: Any, members: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the members of a union that a value can be meant for, going by its tags."""
    if not is_mapping(value):
        return members
    tags = _tags(members)
    if not tags:
        return members
    return tuple(member for member in members if _knows(member, value, tags))


def unknown_tag(value: Mapping[str, Any], members: tuple[Any, ...]) -> str:
    """Return what to say of a value whose tags no member knows."""
    for key in _tags(members):
        known = [text for m in members for text in _values(m).get(key, ())]
        if key in value and value[key] not in known:
            listed = ", ".join(repr(text) for text in dict.fromkeys(known))
            return f"{key!r} is {value[key]!r}; expected one of {listed}"
    return "no member of the union knows these values together"


def _knows(member: Any, value: Mapping[str, Any], tags: tuple[str, ...]) -> bool:
    listed = _values(member)
    return all(value[key] in listed[key] for key in tags if key in listed and key in value)


@functools.cache
def _tags(members: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the keys of which two or more members list other values."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for member in members:
        for key, values in _values(member).items():
            found.setdefault(key, set()).add(values)
    return tuple(key for key, listed in found.items() if len(listed) > 1)


@functools.cache
def _values(member: Any) -> Mapping[str, tuple[Any, ...]]:
    """Key -> the values that a model lists of it; nothing for any other type."""
    if isinstance(member, Walked):
        member = member.model
    if not isinstance(member, type):
        return {}
    if issubclass(member, msgspec.Struct):
        fields = [(one.encode_name, one.type) for one in msgspec.structs.fields(member)]
    elif issubclass(member, Model):
        fields = [(one.wire, one.type) for one in model_fields(member)]
    else:
        return {}
    return {key: listed for key, type_ in fields if (listed := _listed(type_))}


def _listed(type_: Any) -> tuple[Any, ...]:
    """Return the values that a type lists; nothing if it lists none."""
    shape = shape_of(type_)
    listed: tuple[Any, ...] = ()
    if get_origin(shape.type) is Literal:
        listed = get_args(shape.type)
    elif isinstance(shape.type, type) and issubclass(shape.type, OpenStrEnum | OpenIntEnum):
        listed = tuple(one.value for one in shape.type)
    return (*listed, None) if listed and shape.null else listed
