"""Rows, which are what a command writes, and the fields in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from annoport.cli.talk import say
from annoport.core.codec.json import to_builtins
from annoport.core.support.suggestions import did_you_mean
from annoport.core.values.models import Model, further_keys, model_fields
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


class Asked(Writer):
    """Writes the columns that somebody asks for, and says which of them there are not."""

    def __init__(self, writer: Writer, columns: Sequence[str]) -> None:
        """Take what writes them.

        Args:
            writer: Writes the rows.
            columns: The names of the columns.
        """
        self._writer = writer
        self._columns = columns
        self._missing = dict.fromkeys(columns)
        self._had: dict[str, None] = {}
        self._begun = False

    def rows(self, rows: Sequence[Any]) -> None:
        """Write some rows.

        Raises:
            click.UsageError: Their models have no field of such a name, so that no row ever will.
        """
        if not rows:  # names are written when it is known that they are right
            return
        if self._missing:
            self._refuse_unknown(set(map(type, rows)))
            for record in map(as_record, to_builtins(list(rows))):
                self._missing = {name: None for name in self._missing if not has(record, name)}
                self._had.update(dict.fromkeys(_paths(record)))
        self._writer.rows(rows)
        self._begun = True

    def end(self) -> None:
        """Warn of the columns that no row had."""
        if not self._begun:
            self._writer.rows([])
        self._writer.end()
        for name in self._missing if self._begun else ():
            hint = did_you_mean(name, self._had)
            say(f"warning: --columns: no item has {name!r}{f'; {hint}' if hint else ''}")

    def _refuse_unknown(self, kinds: Iterable[type]) -> None:
        fields: set[str] = set()
        for kind in kinds:
            if not issubclass(kind, Model) or further_keys(kind) is not None:
                return
            fields.update(field.wire for field in model_fields(kind))
        for name in self._missing:
            if name not in fields and name.partition(".")[0] not in fields:
                hint = did_you_mean(name, fields) or f"they have {', '.join(sorted(fields))}"
                raise click.UsageError(f"--columns: no item has {name!r}; {hint}")


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


def has(record: Any, name: str) -> bool:
    """Whether a record has a column, be it empty.

    Args:
        record: A record.
        name: The name of the column, as for `find`.
    """
    if not is_mapping(record):
        return False
    head, _, rest = name.partition(".")
    return name in record or (bool(rest) and has(record.get(head), rest))


def _paths(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the columns that a record has, and those in its objects."""
    for name, value in record.items():
        yield name
        if is_mapping(value):
            yield from (f"{name}.{inner}" for inner in value)


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
