"""EcoTaxa's tables, TSV with a line of types, as Arrow tables and back."""

from __future__ import annotations

import csv
import datetime
import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from annoport.core.values.type_guards import is_mapping
from annoport.ecotaxa.table_rules import (
    DATES,
    ENDINGS,
    NUMBERS,
    PREFIXES,
    START,
    TEXTS,
    TIMES,
    TYPES,
    decoded,
    is_table_name,
)
from annoport.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.tables import from_rows
from annoport.tables.arrow import Table, arrow

_ROWS = 10_000


def read_tsv(path: str | os.PathLike[str]) -> Table:
    """Read a table of EcoTaxa, as exports have it and imports take it.

    The byte order mark goes, and so does the line of types, if there is one: its [f] columns are
    numbers, its [t] columns texts. Without it, the values tell which columns are numbers. A cell
    with nothing in it is null.

    Args:
        path: The file. UTF-8; without a byte order mark, what is not UTF-8 is read as Latin-1.

    Returns:
        A `pyarrow.Table` (extra `tables`) with the names of the first line.

    Raises:
        InvalidAnnotationError: A line has more or fewer cells than the first, a cell of an [f]
            column is no number, or two columns have one name.
        ImportError: pyarrow is not installed.
        OSError: The file cannot be read.
    """
    file = Path(path)
    return table_of(file.read_bytes(), file.name)


def table_of(content: bytes, name: str) -> Table:
    """Return the content of a TSV file as a table; see `read_tsv`.

    Args:
        content: The file.
        name: What messages call it.
    """
    text = decoded(content)[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    names = next(lines, list[str]())
    twice = [one for place, one in enumerate(names) if one in names[:place]]
    if twice:
        raise InvalidAnnotationError(f"{name}, line 1", twice[0], "there are two such columns")
    if not names:
        return arrow().table({})
    second = next(lines, list[str]())
    typed = len(second) == len(names) and all(cell in TYPES for cell in second)
    kinds = second if typed else [""] * len(names)
    found = _quickly(text, names, kinds, 1 + typed)
    return _slowly(text, name, names, kinds) if found is None else found


def _quickly(text: str, names: Sequence[str], kinds: Sequence[str], head: int) -> Table | None:
    """Return a table as Arrow reads it, or None if there is a fault, which it cannot tell well."""
    pa, pa_csv = arrow(), arrow("pyarrow.csv")
    try:
        table = pa_csv.read_csv(
            pa.py_buffer(text.encode()),
            pa_csv.ReadOptions(column_names=names, skip_rows=head),
            pa_csv.ParseOptions(delimiter="\t", newlines_in_values=True),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        columns = [_typed(table.column(place), kind) for place, kind in enumerate(kinds)]
    except pa.ArrowInvalid:
        return None
    return pa.table(columns, names=names)


def _typed(texts: Any, kind: str) -> Any:
    """Return texts as numbers, if they are to be, or may be and are."""
    pa = arrow()
    if kind == "[t]":
        return texts
    try:
        return texts.cast(pa.float64())
    except pa.ArrowInvalid:
        if kind == "[f]":
            raise
        return texts


def _slowly(text: str, name: str, names: Sequence[str], kinds: Sequence[str]) -> Table:
    """Return a table row by row; a fault is told with its line."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    next(lines)
    if any(kinds):
        next(lines)
    rows = [(lines.line_num, row) for row in lines if row]
    for number, row in rows:
        if len(row) != len(names):
            rule = f"has {len(row)} cells for {len(names)} columns"
            raise InvalidAnnotationError(name, f"line {number}", rule)
    columns = zip(*(row for _, row in rows), strict=True) if rows else ((),) * len(names)
    numbers = [number for number, _ in rows]
    made: dict[str, Any] = {}
    for column, cells, kind in zip(names, columns, kinds, strict=True):
        made[column] = _column(cells, kind, (name, column, numbers))
    return arrow().table(made)


def _column(cells: Sequence[str], kind: str, where: tuple[str, str, Sequence[int]]) -> Any:
    pa = arrow()
    if kind != "[t]":
        try:
            return pa.array([float(cell) if cell else None for cell in cells], type=pa.float64())
        except ValueError:
            if kind == "[f]":
                raise _no_number(cells, where) from None
    return pa.array([cell or None for cell in cells], type=pa.string())


def _no_number(cells: Sequence[str], where: tuple[str, str, Sequence[int]]) -> Exception:
    name, column, lines = where
    for cell, line in zip(cells, lines, strict=True):
        try:
            float(cell or 0)
        except ValueError:
            return InvalidAnnotationError(
                f"{name}, line {line}", column, f"{cell!r} is no number, as [f] promises"
            )
    raise AssertionError(where)


def write_tsv(table: Any, path: str | os.PathLike[str]) -> Path:
    """Write a table as EcoTaxa imports it: byte order mark, names, types, rows.

    Dates of objects become YYYYMMDD and times HHMMSS, null becomes an empty cell, truth values 1
    and 0. Numbers get the type [f], all else [t]; columns that EcoTaxa knows get theirs.

    Args:
        table: A `pyarrow.Table`; a data frame of pandas or polars, or whatever else Arrow takes; or
            rows as dicts. Names of columns begin with img_, object_, sample_, acq_ or process_.
        path: The file. Its name begins with "ecotaxa" and ends with ".tsv" or ".txt", or an import
            would pass it over. One that exists is replaced.

    Returns:
        The path.

    Raises:
        InvalidArgumentError: The name of the file, or of a column, is none that an import reads.
        InvalidAnnotationError: A value is infinite, or none that its column can have.
        ImportError: pyarrow is not installed.
    """
    target = Path(path)
    if not is_table_name(target.name):
        raise InvalidArgumentError(
            f"path is {str(path)!r}: an import reads only tables whose name begins with {START!r} "
            f"and ends with {' or '.join(ENDINGS)}"
        )
    rows = as_table(table)
    kinds = _kinds(rows)
    scratch = target.with_name(f".{target.name}.new")
    try:
        with scratch.open("w", encoding="utf-8-sig", newline="") as file:
            _write(file, rows, kinds)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
    return target


def as_table(rows: Any) -> Table:
    """Return rows as a `pyarrow.Table`, whatever holds them.

    Raises:
        InvalidArgumentError: It holds no rows.
    """
    pa = arrow()
    if isinstance(rows, pa.Table):
        return rows
    if hasattr(rows, "__arrow_c_stream__"):
        try:
            return pa.table(rows)
        except pa.ArrowInvalid:
            raise InvalidArgumentError(
                f"expected a table, a data frame, dicts or a mapping, got {type(rows).__name__}, "
                "which is a single column"
            ) from None
    if is_mapping(rows):
        return pa.table(dict(rows))
    return from_rows(rows)


def _kinds(table: Table) -> dict[str, str]:
    pa = arrow()
    names: list[str] = table.column_names
    kinds: dict[str, str] = {}
    for place, name in enumerate(names):
        if not name.startswith(PREFIXES) or name in PREFIXES:
            raise InvalidArgumentError(
                f"column {name!r}: an import knows columns by how their names begin: "
                f"{', '.join(PREFIXES)}; rename it, or leave it out"
            )
        if name in names[:place]:
            raise InvalidArgumentError(f"column {name!r} comes twice")
        type_ = table.schema.field(place).type
        if pa.types.is_nested(type_):
            raise InvalidArgumentError(
                f"column {name!r}: a cell has one value, and this is a {type_}"
            )
        number = (
            pa.types.is_integer(type_)
            or pa.types.is_floating(type_)
            or pa.types.is_decimal(type_)
            or pa.types.is_boolean(type_)
        )
        kinds[name] = "[t]" if name in TEXTS or not (number or name in NUMBERS) else "[f]"
    return kinds


def _write(file: IO[str], table: Table, kinds: Mapping[str, str]) -> None:
    writer = csv.writer(file, delimiter="\t", lineterminator="\n")
    writer.writerow(kinds)
    writer.writerow(kinds.values())
    number = 2
    for batch in table.to_batches(max_chunksize=_ROWS):
        columns = [batch.column(place).to_pylist() for place in range(len(kinds))]
        for row in zip(*columns, strict=True):
            number += 1
            writer.writerow(_cells(kinds, row, number))


def _cells(kinds: Mapping[str, str], row: Sequence[Any], number: int) -> Iterator[str]:
    for name, value in zip(kinds, row, strict=True):
        try:
            yield _cell(name, value)
        except ValueError as error:
            raise InvalidAnnotationError(f"row {number - 2}", name, str(error)) from None


_MOMENTS = (datetime.date, datetime.time)


def _cell(name: str, value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124  # nothing, or not a number
        return ""
    if isinstance(value, float) and math.isinf(value):
        rule = "is infinite"
        raise ValueError(rule)
    if name in DATES | TIMES:
        return _plain_moment(name, value)
    if isinstance(value, bool):
        return str(int(value))
    return value.isoformat() if isinstance(value, _MOMENTS) else str(value)


def _plain_moment(name: str, value: Any) -> str:
    """Return a date or time without the signs that general exports write and imports refuse."""
    form, sign = ("%Y%m%d", "-") if name in DATES else ("%H%M%S", ":")
    if isinstance(value, _MOMENTS):
        return value.strftime(form)
    text = str(value)
    read = datetime.date.fromisoformat if name in DATES else datetime.time.fromisoformat
    try:
        return read(text).strftime(form) if sign in text else text
    except ValueError:
        return text
