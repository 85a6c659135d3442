"""Rows, which are what a command writes, and the fields in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from annoport.core.values.type_guards import is_array, is_mapping


class Writer:
    """Writes rows as they come."""

    def rows(self, rows: Sequence[Any]) -> None:
        """Write some rows, which are models or plain data.

        Args:
            rows: The next rows; none of them only says that there may be none at all.
        """
        raise NotImplementedError

    def end(self) -> None:
        """Write what comes after the last row."""


def as_record(row: Any) -> dict[str, Any]:
    """Return a row as a record; a scalar has a single column, `value`."""
    return dict(row) if is_mapping(row) else {"value": row}


def find(record: Any, name: str) -> Any:
    """Return what a column of a record holds; a name with dots goes into its objects.

    Args:
        record: A record.
        name: The name of the column.
    """
    if not is_mapping(record):
        return None
    if name in record:
        return record[name]
    head, _, rest = name.partition(".")
    return find(record.get(head), rest) if rest else None


def id_of(row: Any) -> Any:
    """Return the id of a row: its `id`, or the first field that is called like an id of its own.

    Raises:
        click.UsageError: It has none.
    """
    if not is_mapping(row):
        return row
    if "id" in row:
        return row["id"]
    # One such as `projid` is the thing's own, one such as `instrument_id` is of another thing.
    named = [name for name in row if name.endswith("id") and not name.endswith("_id")]
    found = next((name for name in named if is_scalar(row[name])), None)
    if found is None:
        raise click.UsageError("--output ids: what this lists has no ids")
    return row[found]


def is_scalar(value: Any) -> bool:
    """Whether a value is neither a list nor an object."""
    return not is_array(value) and not is_mapping(value)
