"""Tables to files."""

from __future__ import annotations

from os import PathLike
from typing import IO, Any

from annoport.core.codec.json import encode
from annoport.tables.arrow import Table, arrow


def write_parquet(table: Table, to: str | PathLike[str] | IO[bytes]) -> None:
    """Write a table as Parquet, with all types.

    Args:
        table: The table.
        to: A path or an open binary file.
    """
    arrow("pyarrow.parquet").write_table(table, to)


def write_csv(table: Table, to: str | PathLike[str] | IO[bytes]) -> None:
    """Write a table as CSV in UTF-8 with a line of names; lists and structs become JSON text.

    Args:
        table: The table.
        to: A path or an open binary file.
    """
    arrow("pyarrow.csv").write_csv(_flat(table), to)


def _flat(table: Any) -> Any:
    pa = arrow()
    for place, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            values = table.column(place).to_pylist()
            texts = [None if value is None else encode(value).decode() for value in values]
            table = table.set_column(place, field.name, pa.array(texts, type=pa.string()))
    return table
