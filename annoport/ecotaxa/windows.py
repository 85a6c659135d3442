"""A list of objects that is read in several windows at once."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from annoport.tables.arrow import Table, arrow

_IDS = "object_ids"


@frozen
class Window:
    """A part of a list.

    Attributes:
        start: The position of its first object.
        size: How many objects it has.
        shared: How many of them the window before has too.
    """

    start: int
    size: int
    shared: int

    @property
    def new(self) -> int:
        """How many objects no window before has."""
        return self.size - self.shared


def windows(total: int, size: int) -> list[Window]:
    """Return windows that cover a list; each begins with the last object of the one before.

    The object that two windows share shows whether the list was the same when both were read.

    Args:
        total: How many objects there are.
        size: How many of them each window is to add.
    """
    found: list[Window] = []
    for start in range(0, total, size):
        shared = int(start > 0)
        found.append(Window(start - shared, min(size, total - start) + shared, shared))
    return found


def joined(table: Table, parts: list[Window]) -> Table | None:
    """Return what was read in windows as one list, or None if the list changed meanwhile.

    Args:
        table: The rows of all windows, one after the other.
        parts: These windows.
    """
    if table.num_rows != sum(part.size for part in parts):
        return None
    ids: Any = table.column(_IDS)
    slices: list[Table] = []
    at = 0
    for part in parts:
        if part.shared and ids[at - 1] != ids[at]:
            return None
        slices.append(table.slice(at + part.shared, part.new))
        at += part.size
    return arrow().concat_tables(slices) if slices else table
