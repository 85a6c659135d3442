"""Rows to a table: models, dicts, pages of them, or anything that yields them."""

from __future__ import annotations

import datetime
import enum
import itertools
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeGuard, cast
from uuid import UUID

from annoport.core.codec.shapes import shape_of
from annoport.core.errors import InvalidArgumentError
from annoport.core.pagination.page import Page
from annoport.core.values.models import (
    UNSET,
    Model,
    Unset,
    UtcDatetime,
    further_keys,
    model_fields,
    one_of_members,
)
from annoport.core.values.type_guards import is_mapping
from annoport.tables.arrow import Table, arrow
from annoport.tables.attributes import AttributeTable, arrow_type, is_attributes
from annoport.tables.columns import Column, Nested

_CHUNK = 20_000
"""Rows at a time: what is in memory as Python objects beside the table."""


def from_rows(
    rows: Iterable[Any] | Page[Any, Any],
    *,
    columns: Sequence[str] | None = None,
    definitions: Iterable[Any] | None = None,
    nested: Nested = "list",
) -> Table:
    """Return rows as a table with a column for each field.

    Whole numbers, floats, truth values and text keep their type, times are timestamps in UTC,
    enums are text. A field that a row lacks is null. A list of a client without rows gives the
    columns that its rows would have; where only values tell the type, that is Arrow's null.

    Args:
        rows: Models or dicts; a pager, or any iterable of these; pages. They are read some
            thousand at a time, so that a long list needs no memory but for the table.
        columns: The columns to have, in order; without it, all. An attribute's name begins with
            "attributes.".
        definitions: What defines the attributes of the rows: Tator's types or CVAT's labels. Each
            attribute is then a column of its type, even if no row has it. Without, attributes get
            the type that their values have.
        nested: "list" for Arrow lists and structs where a field holds more than one value, "json"
            for JSON text.

    Raises:
        InvalidArgumentError: A row is neither a model nor a dict, a column does not exist, or a
            definition defines nothing.
        ImportError: pyarrow is not installed.
        AnnoportError: As raised by the pager.
    """
    pa = arrow()
    if nested not in ("list", "json"):
        raise InvalidArgumentError(f"nested is {nested!r}; expected 'list' or 'json'")
    table = _Rows(nested, definitions, columns)
    source = iter(_flat(rows))
    while chunk := list(itertools.islice(source, _CHUNK)):
        table.add(chunk)
    return pa.table(table.finished(getattr(rows, "item_type", None)))


def _flat(rows: Iterable[Any] | Page[Any, Any]) -> Iterator[Any]:
    """Yield the rows themselves, of pages too."""
    given: Any = [rows] if is_page(rows) else rows
    if isinstance(given, Mapping | str | bytes) or not hasattr(rows, "__iter__"):
        hint = "; await pager.all() first" if hasattr(rows, "__aiter__") else ""
        kind = type(cast("object", given)).__name__
        raise InvalidArgumentError(
            f"expected rows: models, dicts, a pager or pages, got {kind}{hint}"
        )
    for row in given:
        yield from row.items if is_page(row) else [row]


def is_page(value: object) -> TypeGuard[Page[Any, Any]]:
    """Whether something is a page of a list."""
    return isinstance(value, Page)


class _Rows:
    """Collects rows into columns, chunk by chunk."""

    def __init__(
        self, nested: Nested, definitions: Iterable[Any] | None, wanted: Sequence[str] | None
    ) -> None:
        self._nested: Nested = nested
        self._attributes = AttributeTable(definitions or ())
        self._wanted = None if wanted is None else frozenset(wanted)
        self._order = wanted
        self._columns: dict[str, Column] = {}
        self._count = 0

    def add(self, rows: list[Any]) -> None:
        """Append rows."""
        added: set[str] = set()
        for name, type_, values in self._fields(rows):
            if is_attributes(name, next((one for one in values if one is not UNSET), None)):
                for attribute, found in self._attributes.split(values).items():
                    kind = self._attributes.kinds[attribute]
                    as_type = None if kind is None else arrow_type(kind)
                    self._add(f"attributes.{attribute}", as_type, found, added)
            else:
                self._add(name, type_, values, added)
        for name in self._columns.keys() - added:
            self._columns[name].add_nulls(len(rows))
        self._count += len(rows)

    def _add(self, name: str, type_: Any, values: Sequence[Any], added: set[str]) -> None:
        if self._wanted is not None and name not in self._wanted:
            return
        if name not in self._columns:
            self._columns[name] = Column(type_, nested=self._nested)
            if self._count:
                self._columns[name].add_nulls(self._count)
        self._columns[name].add(values)
        added.add(name)

    def _fields(self, rows: list[Any]) -> Iterator[tuple[str, Any, Sequence[Any]]]:
        """Yield the name, the declared Arrow type and the values of each field."""
        kinds: set[type[Any]] = {type(row) for row in rows}
        if len(kinds) == 1 and issubclass(kind := next(iter(kinds)), Model):
            for field in model_fields(kind):
                if not self._skipped(field.name):
                    type_ = _declared(field.type)
                    yield field.name, type_, [*map(attrgetter(field.name), rows)]
            further = further_keys(kind)
            if further is not None:
                yield from self._keys([getattr(row, further.name) for row in rows])
            return
        yield from self._keys([_as_dict(row, place) for place, row in enumerate(rows)])

    def _keys(self, rows: list[Mapping[str, Any]]) -> Iterator[tuple[str, Any, Sequence[Any]]]:
        names: dict[str, None] = {}
        for row in rows:
            names.update(dict.fromkeys(row))
        for name in names:
            if not self._skipped(name):
                yield name, None, [row.get(name) for row in rows]

    def _skipped(self, name: str) -> bool:
        return self._wanted is not None and name != "attributes" and name not in self._wanted

    def _declare(self, kind: Any) -> None:
        """Have the columns that rows of a model would have."""
        if not (isinstance(kind, type) and issubclass(kind, Model)):
            return
        for field in model_fields(kind):
            if field.name == "attributes" and shape_of(field.type).kind == "dict":
                for attribute, of in self._attributes.kinds.items():
                    as_type = None if of is None else arrow_type(of)
                    self._add(f"attributes.{attribute}", as_type, [], set())
            else:
                self._add(field.name, _declared(field.type), [], set())

    def finished(self, model: Any) -> dict[str, Any]:
        """Return the columns.

        Args:
            model: That of the rows, if it is known; it tells the columns where there is no row.

        Raises:
            InvalidArgumentError: One that is wanted does not exist.
        """
        if not self._count:
            self._declare(model)
        for attribute, kind in self._attributes.kinds.items():
            name = f"attributes.{attribute}"
            wanted = self._wanted is None or name in self._wanted
            if wanted and kind is not None and name not in self._columns:
                self._columns[name] = Column(arrow_type(kind))
                self._columns[name].add_nulls(self._count)
        if self._order is None:
            return {name: column.chunked() for name, column in self._columns.items()}
        missing = [name for name in self._order if name not in self._columns]
        if missing and self._count:
            meant = [f"attributes.{name}" for name in missing if name in self._attributes.kinds]
            hint = (
                f"did you mean {', '.join(map(repr, meant))}?"
                if meant
                else "call without columns= to see what there is"
            )
            raise InvalidArgumentError(
                f"columns: the rows have no {', '.join(map(repr, missing))}; {hint}"
            )
        empty = Column()
        empty.add_nulls(0)
        return {name: self._columns.get(name, empty).chunked() for name in self._order}


def _as_dict(row: Any, place: int) -> Mapping[str, Any]:
    if is_mapping(row):
        return row
    if isinstance(row, Model):
        return {field.name: getattr(row, field.name) for field in model_fields(type(row))}
    raise InvalidArgumentError(f"row {place}: expected a model or a dict, got {type(row).__name__}")


def _declared(annotation: Any) -> Any:
    """Return the Arrow type of a scalar field, or None where only the values tell."""
    pa = arrow()
    members: list[Any] = _members(annotation)
    if len(members) != 1:
        return pa.float64() if set(members) == {int, float} else None
    (member,) = members
    if member in (datetime.datetime, UtcDatetime):
        return pa.timestamp("us", tz="UTC")
    if not isinstance(member, type):
        return None
    if issubclass(member, enum.IntEnum):
        return pa.int64()
    if issubclass(member, str | UUID):
        return pa.string()
    types: dict[Any, Any] = {
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        datetime.date: pa.date32(),
        datetime.time: pa.time64("us"),
    }
    return types.get(member)


def _members(annotation: Any) -> list[Any]:
    """Return what a field may be besides nothing."""
    if typing.get_origin(annotation) is typing.Literal:
        kinds: list[Any] = [type(value) for value in typing.get_args(annotation)]
        return list(dict.fromkeys(kinds))
    if typing.get_origin(annotation) is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    parts = one_of_members(annotation)
    if parts is None and typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = typing.get_args(annotation)
    if parts is None:
        return [] if annotation in (type(None), None, Unset) else [annotation]
    return list(dict.fromkeys(member for part in parts for member in _members(part)))
