"""Tables for people: they fit the terminal, and nothing in them moves its cursor."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import click

from annoport.cli import stdout
from annoport.cli.rows import Writer, as_record, find, is_scalar
from annoport.core.codec.json import to_builtins

_GAP: Final = "  "
_WIDEST: Final = 40
_NARROWEST: Final = 4
_CONTROL: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")


class Table(Writer):
    """Rows in columns, whose widths follow from the first rows."""

    def __init__(self, columns: Sequence[str]) -> None:
        """Take the columns to show.

        Args:
            columns: Their names; none for those that suit and fit.
        """
        self._columns = list(columns)
        self._widths: list[int] = []

    def rows(self, rows: Sequence[Any]) -> None:
        """Write some rows, below the names of the columns if they are the first."""
        if not rows:
            return
        records = [as_record(row) for row in to_builtins(list(rows))]
        first = not self._widths
        if first and not self._columns:
            self._columns = _telling(records)
        cells = [[shown(find(one, name)) for name in self._columns] for one in records]
        if first:
            self._fit(cells)
            stdout.write_text(_bold(self._line(self._columns)))
        stdout.write_text("".join(map(self._line, cells)))

    def _fit(self, cells: list[list[str]]) -> None:
        """Choose the widths, and leave out what does not fit if nobody asked for it."""
        wanted = [
            max(cells_of(name), *(cells_of(row[place]) for row in cells))
            for place, name in enumerate(self._columns)
        ]
        if not stdout.is_terminal():
            self._widths = wanted
            return
        room = stdout.width()
        self._widths = fitted([min(one, _WIDEST) for one in wanted], room)
        del self._columns[len(self._widths) :]
        for row in cells:
            del row[len(self._widths) :]

    def _line(self, cells: Sequence[str]) -> str:
        fixed = zip(cells, self._widths, strict=False)
        return _GAP.join(_padded(cell, width) for cell, width in fixed).rstrip() + "\n"


class Record(Writer):
    """One thing: the name and value of each field in a line."""

    def __init__(self, columns: Sequence[str]) -> None:
        """Take the fields to show.

        Args:
            columns: Their names; none for all.
        """
        self._columns = list(columns)

    def rows(self, rows: Sequence[Any]) -> None:
        """Write the fields of the only row."""
        for row in to_builtins(list(rows)):
            record = as_record(row)
            names = self._columns or list(record)
            width = max(map(cells_of, names), default=0)
            room = stdout.width() - width - len(_GAP) if stdout.is_terminal() else 0
            for name in names:
                text = shown(find(record, name))
                text = cut(text, max(room, _NARROWEST)) if room else text
                stdout.write_text(f"{_padded(name, width)}{_GAP}{text}".rstrip() + "\n")


def shown(value: Any) -> str:
    """Return a value as one line of text that does nothing to a terminal.

    Args:
        value: Plain data.
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(c if unicodedata.category(c) not in _CONTROL else " " for c in text)


def cells_of(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def cut(text: str, width: int) -> str:
    """Return a text that takes no more than some cells; one that is cut ends with an ellipsis.

    Args:
        text: The text.
        width: How many cells there are.
    """
    if cells_of(text) <= width:
        return text
    taken, kept = 0, ""
    for character in text:
        taken += _cells(character)
        if taken > width - 1:
            break
        kept += character
    return kept + ("\N{HORIZONTAL ELLIPSIS}" if stdout.speaks_unicode() else "~")


def fitted(wanted: Sequence[int], room: int) -> list[int]:
    """Return the widths of as many columns as fit into a line.

    Args:
        wanted: The widths that the columns would like.
        room: How many cells the line has.
    """
    widths: list[int] = []
    for width in wanted:
        left = room - sum(widths) - len(_GAP) * len(widths)
        if widths and left < min(width, _NARROWEST):
            break
        widths.append(max(1, min(width, left)))
    return widths


def _telling(records: Sequence[dict[str, Any]]) -> list[str]:
    """Return the fields that tell something: scalars that are not all empty, and no addresses."""
    names = dict.fromkeys(name for one in records for name in one)
    telling = [name for name in names if any(_tells(one.get(name)) for one in records)]
    first = [name for name in ("id", "name", "title", "status", "state") if name in telling]
    return [*first, *(name for name in telling if name not in first)] or list(names)


def _tells(value: Any) -> bool:
    if value is None or value == "" or not is_scalar(value):
        return False
    return not (isinstance(value, str) and value.startswith(("http://", "https://")))


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _padded(text: str, width: int) -> str:
    text = cut(text, width)
    return text + " " * (width - cells_of(text))


def _bold(line: str) -> str:
    if not stdout.is_terminal() or os.environ.get("NO_COLOR") or sys.platform == "win32":
        return line
    return click.style(line.rstrip("\n"), bold=True) + "\n"
