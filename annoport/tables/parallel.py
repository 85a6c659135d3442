"""Answers whose lists run side by side, such as ids and a row of values for each, to a table."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from annoport.core.codec.json import load
from annoport.core.errors import DecodeError, InvalidArgumentError
from annoport.core.pagination.page import Page
from annoport.tables.arrow import Table, arrow
from annoport.tables.columns import Column
from annoport.tables.rows import is_page

_BLOCK = 250
"""Rows at a time that are turned into columns: so few that they stay in the processor's caches,
and that Python's search for garbage, due after 700 new tuples, does not run."""

_CHUNK = 4
"""Blocks at a time that become arrays, which cost the same whatever their length."""

_IDS = ("object_ids", "acquisition_ids", "sample_ids", "project_ids")
_ROWS = "details"


class _Answer(msgspec.Struct):
    """The answer of an object query, its rows as they came."""

    object_ids: msgspec.Raw
    acquisition_ids: msgspec.Raw
    sample_ids: msgspec.Raw
    project_ids: msgspec.Raw
    details: list[msgspec.Raw]


_NUMBERS = msgspec.json.Decoder(list[int])
_ROW = msgspec.json.Decoder(tuple[Any, ...])
_TIMES = ("obj.classif_when", "obj.classif_auto_when")


def from_json(
    content: bytes, fields: Sequence[str] = (), *, types: Mapping[str, Any] | None = None
) -> Table:
    """Return the answer of EcoTaxa's object query as a table, without building its rows.

    Args:
        content: The body of the answer, as in `page.response.content`.
        fields: The columns that were asked for, in that order. They follow the ids.
        types: Column -> Arrow type, where the values do not tell. Dates and times of objects are
            known.

    Raises:
        DecodeError: The body is not such an answer, or its rows have not as many values as there
            are columns.
        InvalidArgumentError: A column comes twice.
        ImportError: pyarrow is not installed.
    """
    table = ParallelTable(fields, types)
    table.add_json(content)
    del content  # as large as the table: perhaps nobody else holds it
    return table.finished()


def from_parallel(
    answers: Iterable[Any] | Page[Any, Any],
    fields: Sequence[str] = (),
    *,
    types: Mapping[str, Any] | None = None,
) -> Table:
    """Return pages of EcoTaxa's object query as one table: ids, then the columns asked for.

    Args:
        answers: Pages of `client.objects.list(...)`, or the answers in them.
        fields: The columns that were asked for, in that order.
        types: As for `from_json`.

    Raises:
        DecodeError: A row has not as many values as there are columns.
        InvalidArgumentError: A column comes twice, or something is no such page.
        ImportError: pyarrow is not installed.
        AnnoportError: As raised by the pager.
    """
    table = ParallelTable(fields, types)
    for one in _listed(answers):
        table.add(one)
    return table.finished()


def _listed(answers: Iterable[Any] | Page[Any, Any]) -> Iterable[Any]:
    given: Any = answers
    return [given] if is_page(given) else given


class ParallelTable:
    """Collects answers into columns, one after the other."""

    def __init__(self, fields: Sequence[str], types: Mapping[str, Any] | None = None) -> None:
        """Begin a table with these columns; see `from_json`."""
        names = [fields] if isinstance(fields, str) else list(fields)
        self._fields = [part.strip() for name in names for part in name.split(",") if part.strip()]
        twice = {name for name in self._fields if self._fields.count(name) > 1}
        if twice:
            raise InvalidArgumentError(f"fields: {min(twice)!r} comes twice")
        pa = arrow()
        known = {**_object_types(pa), **(types or {})}
        self._ids = {name: Column(pa.int64()) for name in _IDS}
        self._columns = [Column(known.get(name)) for name in self._fields]

    def add_json(self, content: bytes) -> None:
        """Append an answer. Its rows are decoded some at a time."""
        try:
            answer = msgspec.json.decode(content, type=_Answer)
        except msgspec.ValidationError as error:
            raise DecodeError(f"not the answer of an object query: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.add_lists(load(content, "an object query"))  # it may hold NaN, or tells the fault
            return
        rows = answer.details
        self._add_ids(((name, _whole(getattr(answer, name), name)) for name in _IDS), len(rows))
        self._add_rows(_decoded(rows))

    def add(self, one: Any) -> None:
        """Append a page, or the answer in it."""
        answer: Any = one.response.value if is_page(one) else one
        if not all(hasattr(answer, name) for name in (*_IDS, _ROWS)):
            raise InvalidArgumentError(
                f"expected pages of an object query, got {type(answer).__name__}: pass "
                "pager.pages()"
            )
        self.add_lists({name: getattr(answer, name) for name in (*_IDS, _ROWS)})

    def add_lists(self, lists: Mapping[str, Any]) -> None:
        """Append an answer that was decoded."""
        rows = lists[_ROWS]
        self._add_ids(((name, lists[name]) for name in _IDS), len(rows))
        self._add_rows(rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK))

    def _add_ids(self, ids: Iterable[tuple[str, list[int]]], rows: int) -> None:
        """Append the ids, list by list: decoded, all of them together need much memory."""
        expected = None
        for name, found in ids:
            expected = len(found) if expected is None else expected
            _check_count(name, len(found), expected)
            self._ids[name].add(found, as_read=True)
        if self._fields or rows:
            _check_count(_ROWS, rows, expected or 0)

    def _add_rows(self, blocks: Iterator[Sequence[Sequence[Any]]]) -> None:
        """Append rows, block by block."""
        turned = map(self._turned, blocks)
        try:
            while chunk := list(itertools.islice(turned, _CHUNK)):
                for column, parts in zip(self._columns, zip(*chunk, strict=True), strict=False):
                    column.add(functools.reduce(operator.add, parts), as_read=True)
        except msgspec.ValidationError as error:
            raise DecodeError(f"details: expected lists of values: {error}") from None

    def _turned(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Return the columns of some rows."""
        expected = len(self._fields)
        for count in set(map(len, rows)) - {expected}:
            raise DecodeError(
                f"a row has {count} values for {expected} columns: the server leaves out a column "
                "that it does not know; check the spelling of fields"
            )
        return list(zip(*rows, strict=True))

    def finished(self) -> Table:
        """Return the columns as a table."""
        ids = {name: column.chunked() for name, column in self._ids.items()}
        named = zip(self._fields, self._columns, strict=True)
        table: Table = arrow().table({**ids, **{name: column.chunked() for name, column in named}})
        return table


def _decoded(rows: list[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows, block by block, and let go of their JSON: together they need much memory."""
    for at in range(0, len(rows), _BLOCK):
        block = [*map(_ROW.decode, rows[at : at + _BLOCK])]
        rows[at : at + _BLOCK] = [None] * len(block)
        yield block


def _check_count(name: str, count: int, expected: int) -> None:
    if count != expected:
        raise DecodeError(
            f"{name} has {count} entries for {expected} objects, so they cannot be matched"
        )


def _whole(raw: msgspec.Raw, name: str) -> list[int]:
    try:
        return _NUMBERS.decode(raw)
    except msgspec.ValidationError as error:
        raise DecodeError(f"{name}: expected a list of ids: {error}") from None


def _object_types(pa: Any) -> dict[str, Any]:
    """Return the types of columns whose values are text on the wire."""
    times = dict.fromkeys(_TIMES, pa.timestamp("us", tz="UTC"))
    return {**times, "obj.objdate": pa.date32(), "obj.objtime": pa.time32("s")}
