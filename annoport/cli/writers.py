"""How rows are written: as JSON, line by line, as CSV, as ids, or as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from annoport.cli import stdout
from annoport.cli.options import Settings
from annoport.cli.rows import Asked, Writer, as_record, find, id_of, is_scalar
from annoport.core.codec.json import encode, to_builtins


def writer_for(settings: Settings, *, one: bool) -> Writer:
    """Return what writes as the command line says.

    Args:
        settings: How to write.
        one: Whether there is one thing and no list.
    """
    output = settings.output or (
        "table" if stdout.is_terminal() or settings.columns else "json" if one else "jsonl"
    )
    columns = settings.columns
    if output == "table":
        from annoport.cli.tables import Record, Table

        writer: Writer = Record(columns) if one else Table(columns)
    elif output == "csv":
        writer = Csv(columns)
    elif output == "json":
        return JsonDocument() if one else JsonList()
    else:
        return Ids() if output == "ids" else JsonLines()
    return Asked(writer, columns) if columns else writer


class JsonLines(Writer):
    """A JSON document in each line."""

    def rows(self, rows: Sequence[Any]) -> None:
        """Write each row in a line."""
        if rows:
            stdout.write_json(b"".join(encode(row) + b"\n" for row in rows))


class JsonDocument(Writer):
    """One JSON document, over several lines where a person reads it."""

    def rows(self, rows: Sequence[Any]) -> None:
        """Write the only row."""
        for row in rows:
            text = encode(row)
            shown = msgspec.json.format(text, indent=2) if stdout.is_terminal() else text
            stdout.write_json(shown + b"\n")


class JsonList(Writer):
    """One JSON list, which is written as it comes."""

    def __init__(self) -> None:
        self._begun = False

    def rows(self, rows: Sequence[Any]) -> None:
        """Write each row in a line of the list."""
        for row in rows:
            stdout.write_json((b",\n" if self._begun else b"[\n") + encode(row))
            self._begun = True

    def end(self) -> None:
        """Close the list."""
        stdout.write_json(b"\n]\n" if self._begun else b"[]\n")


class Ids(Writer):
    """The id of each row in a line."""

    def rows(self, rows: Sequence[Any]) -> None:
        """Write the ids."""
        lines = [f"{id_of(plain)}\n" for plain in to_builtins(list(rows))]
        stdout.write_text("".join(lines))


class Csv(Writer):
    """CSV with a line of names; what is no scalar is written as JSON."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = list(columns)
        self._begun = False

    def rows(self, rows: Sequence[Any]) -> None:
        """Write each row in a line."""
        plain = [as_record(row) for row in to_builtins(list(rows))]
        if not plain and not self._columns:
            return
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not self._begun:
            self._columns = self._columns or list(dict.fromkeys(k for row in plain for k in row))
            writer.writerow(self._columns)
            self._begun = True
        writer.writerows([_cell(find(row, name)) for name in self._columns] for row in plain)
        stdout.write_text(text.getvalue())


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool) or not is_scalar(value):
        return json.dumps(value, ensure_ascii=False)
    return value
