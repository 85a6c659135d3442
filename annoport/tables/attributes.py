"""Attributes of annotations as columns, typed by what their type or label says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from annoport.core.errors import InvalidArgumentError
from annoport.core.values.models import UNSET
from annoport.core.values.type_guards import is_array, is_mapping
from annoport.tables.arrow import arrow


@attrs.frozen
class Attribute:
    """An attribute that rows may have.

    Attributes:
        name: Its name, and that of its column after "attributes.".
        key: What rows know it by: its name, or the id that its label gave it.
        kind: "bool", "int", "float", "time", "floats" or "text".
    """

    name: str
    key: str | int
    kind: str


_KINDS = {
    "bool": "bool",
    "int": "int",
    "float": "float",
    "datetime": "time",
    "geopos": "floats",
    "float_array": "floats",
    "checkbox": "bool",
    "number": "float",
}
"""What types and labels call a kind of value; everything else is text."""


def defined(definitions: Iterable[Any]) -> list[Attribute]:
    """Return the attributes of types (`attribute_types`) or labels (`attributes`).

    Args:
        definitions: Types or labels, or their attributes themselves.

    Raises:
        InvalidArgumentError: One of them defines nothing.
    """
    found: list[Attribute] = []
    for place, one in enumerate(definitions):
        listed = _get(one, "attribute_types")
        if listed is None:
            listed = _get(one, "attributes")
        members: Iterable[Any] = [one] if listed is None else listed
        found += [_attribute(member, place) for member in members]
        for sublabel in _get(one, "sublabels") or ():
            found += defined([sublabel])
    return found


def _attribute(member: Any, place: int) -> Attribute:
    name = _get(member, "name")
    kind = _get(member, "dtype") or _get(member, "input_type")
    if not isinstance(name, str) or kind is None:
        raise InvalidArgumentError(
            f"definitions[{place}]: expected a type with attribute_types, a label with attributes, "
            f"or an attribute of one, got {type(member).__name__}"
        )
    number = _get(member, "id") if _get(member, "input_type") else None
    return Attribute(name, name if number is None else number, _KINDS.get(str(kind), "text"))


def _get(thing: Any, name: str) -> Any:
    value = thing.get(name) if is_mapping(thing) else getattr(thing, name, None)
    return None if value is UNSET else value


def arrow_type(kind: str) -> Any:
    """Return the Arrow type of a kind of attribute."""
    pa = arrow()
    return {
        "bool": pa.bool_(),
        "int": pa.int64(),
        "float": pa.float64(),
        "time": pa.timestamp("us", tz="UTC"),
        "floats": pa.list_(pa.float64()),
        "text": pa.string(),
    }[kind]


class AttributeTable:
    """Splits the attributes of rows into columns."""

    def __init__(self, definitions: Iterable[Any]) -> None:
        known = defined(definitions)
        self.kinds: dict[str, str | None] = {}
        self._names: dict[str | int, str] = {}
        for one in known:
            same = self.kinds.get(one.name, one.kind)
            self.kinds[one.name] = one.kind if same == one.kind else "text"
            self._names[one.key] = one.name

    def split(self, values: Sequence[Any]) -> dict[str, list[Any]]:
        """Return a list of values for each attribute, from the attributes of each row.

        Args:
            values: For each row a dict, a list of objects with `spec_id` and `value`, or nothing.
        """
        rows = [self._by_name(value) for value in values]
        seen = dict.fromkeys(self.kinds)
        for row in rows:
            seen.update(dict.fromkeys(row))
        columns: dict[str, list[Any]] = {}
        for name in seen:
            found = [row.get(name) for row in rows]
            kind = self.kinds.setdefault(name, None)
            columns[name] = found if kind is None else [*map(_READERS.get(kind, _same), found)]
        return columns

    def _by_name(self, value: Any) -> Mapping[str, Any]:
        if is_mapping(value):
            return value
        if not is_array(value):
            return {}
        found: dict[str, Any] = {}
        for one in value:
            key = _get(one, "spec_id")
            found[self._names.get(key, str(key))] = _get(one, "value")
        return found


def is_attributes(name: str, value: Any) -> bool:
    """Whether a field of a row holds its attributes."""
    if name != "attributes":
        return False
    if is_array(value):
        return all(_get(one, "spec_id") is not None for one in value)
    return is_mapping(value)


def _same(value: Any) -> Any:
    return value


def _truth(value: Any) -> Any:
    """Return what a checkbox says, which some servers store as text."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return value


def _number(value: Any) -> Any:
    """Return a number, which some servers store as text; an empty text is none."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value or None


_READERS = {"bool": _truth, "float": _number}
