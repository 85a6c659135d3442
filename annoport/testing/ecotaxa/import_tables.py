"""Tables as the import of the fake EcoTaxa reads them, and what it says of mistakes in them."""

from __future__ import annotations

import csv
import datetime
import io
import posixpath
from collections.abc import Callable, Iterator
from typing import TypeAlias

import attrs

from annoport.testing.ecotaxa.state import Project
from annoport.testing.ecotaxa.user_files import TABLE_SUFFIXES, Folder

STATUS = {"validated": "V", "predicted": "P", "dubious": "D"}
Row: TypeAlias = dict[str, str]

_FIRST_LINE = 3
_MARK = b"\xef\xbb\xbf"
_OWN = frozenset(
    (
        *("object_id", "object_lat", "object_lon", "object_date", "object_time", "object_link"),
        *("object_depth_min", "object_depth_max", "object_annotation_status"),
        *("object_annotation_category", "object_annotation_category_id"),
        *("object_annotation_person_name", "object_annotation_person_email"),
        *("object_annotation_date", "object_annotation_time", "object_annotation_hierarchy"),
        *("sample_id", "sample_dataportal_descriptor", "acq_id", "acq_instrument", "process_id"),
    )
)
_COORDINATES = {"object_lat": ("Lat.", 90), "object_lon": ("Long.", 180)}


@attrs.define
class Table:
    """A table: its path, its columns with their types, and its rows."""

    path: str
    columns: list[tuple[str, str]]
    rows: list[Row]


def read_tables(folder: Folder, source: str) -> list[Table]:
    """Return the tables in a directory. UTF-8 needs its mark; the second line is that of types."""
    tables: list[Table] = []
    for path, content in folder.below(source).items():
        name = posixpath.basename(path)
        if name.startswith("ecotaxa") and name.endswith(TABLE_SUFFIXES):
            text = content.decode("utf-8-sig" if content.startswith(_MARK) else "latin-1")
            lines = [*csv.reader(io.StringIO(text), delimiter="\t")]
            names, types = ([*lines, [], []])[:2]
            columns = [*zip(names, types, strict=False)]
            rows = [dict(zip(names, line, strict=False)) for line in lines[2:] if line]
            tables.append(Table(path, columns, rows))
    return tables


def faults(table: Table, folder: Folder, known: set[tuple[str, str]]) -> list[str]:
    """Return what is wrong with a table, in the server's words; it adds its objects to `known`."""
    found: list[str] = []
    names = sorted(name for name, _ in table.columns if name.startswith("object_"))
    if names and "object_id" not in names:
        found.append(f" - Field object_id is mandatory as there are some object columns: {names}.")
    for line, row in enumerate(table.rows, _FIRST_LINE):
        found += [f" - line {line}: {fault}" for fault in _row_faults(table, row, folder, known)]
    below = table.path.partition("/")[2]
    return [f"In [base]/{below}:", *found] if found else []


def _row_faults(
    table: Table, row: Row, folder: Folder, known: set[tuple[str, str]]
) -> Iterator[str]:
    for name, type_ in table.columns:
        value = row.get(name, "")
        if value:
            yield from _cell_faults(name, type_, value)
    if not row.get("object_id"):
        yield "Missing object_id."
    image = row.get("img_file_name") or "absent img_file_name"
    if posixpath.join(posixpath.dirname(table.path), image) not in folder.files:
        yield f"Missing Image '{image}'."
    key = (row.get("object_id", ""), image)
    if {key, (key[0], "")} & known:
        yield f"(Object '{key[0]}', Image '{image}') is already in EcoTaxa or being imported."
    known.add(key)


def _cell_faults(name: str, type_: str, value: str) -> Iterator[str]:
    if name in _COORDINATES:
        word, limit = _COORDINATES[name]
        if not _is(float, value) or abs(float(value)) > limit:
            yield (
                f"Invalid {word} value '{value}' for field '{name}'. "
                f"Correct range is -{limit}/+{limit}°."
            )
    elif name == "object_annotation_status":
        if value.lower() not in STATUS:
            yield f"Invalid Annotation Status '{value}' for field '{name}'."
    elif name in ("object_date", "object_annotation_date"):
        if not _is(_date, value):
            yield f"Invalid Date value '{value}' for field '{name}'."
    elif name in ("object_time", "object_annotation_time"):
        if not _is(_time, value):
            yield f"Invalid Time value '{value}' for field '{name}'."
    elif type_ == "[f]" and not _is(float, value):
        yield f"Invalid float value '{value}' for field '{name}'."


def _is(read: Callable[[str], object], value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


def _date(text: str) -> datetime.date:
    return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _time(text: str) -> datetime.time:
    digits = text.zfill(6)
    return datetime.time(int(digits[:2]), int(digits[2:4]), int(digits[4:]))


def number_of(row: Row, name: str) -> float | None:
    """Return a number of a row; None if there is none."""
    return float(row[name]) if row.get(name) else None


def free_columns(table: Table, project: Project) -> None:
    """Give a project the free columns of a table."""
    for name, type_ in table.columns:
        if name in _OWN:
            continue
        table_name, _, free = name.partition("_")
        if table_name == "object" and type_ == "[f]":
            if free not in project.free_columns:
                project.free_columns.append(free)
            continue
        columns = {
            "object": project.free_texts,
            "sample": project.sample_columns,
            "acq": project.acquisition_columns,
            "process": project.process_columns,
        }.get(table_name)
        if columns is not None:
            columns.setdefault(free, f"t{len(columns) + 1:02d}")
