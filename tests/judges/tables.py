"""Let pandas, polars and DuckDB read our tables; run in their environment by `__main__`."""

from __future__ import annotations

import datetime
import importlib
import math
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

from annoport import tables

# Their types are not ours to check: none is in the environment of the tests.
ARROW: Any = importlib.import_module("pyarrow")
PANDAS: Any = importlib.import_module("pandas")
POLARS: Any = importlib.import_module("polars")
DUCKDB: Any = importlib.import_module("duckdb")

_EPOCH = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def _row(dice: random.Random) -> dict[str, Any]:
    """Return a row in which any value but the id may be missing."""
    values: dict[str, Any] = {
        "x": dice.uniform(-1e6, 1e6),
        "frame": dice.randrange(10**6),
        "label": dice.choice(["crab", "", "Ätherfisch", "a,b\n"]),
        "checked": dice.random() < 0.5,
        "when": _EPOCH + datetime.timedelta(microseconds=dice.randrange(10**12)),
        "points": [dice.random() for _ in range(dice.randrange(4))],
        "attributes": {"depth": dice.uniform(0, 6000), "species": dice.choice("ab")},
    }
    return {
        "id": dice.randrange(2**40),
        **{name: value for name, value in values.items() if dice.random() < 0.9},
    }


def _flat(row: dict[str, Any], names: list[str]) -> list[Any]:
    attributes = row.get("attributes", {})
    return [
        attributes.get(name.removeprefix("attributes."))
        if name.startswith("attributes.")
        else row.get(name)
        for name in names
    ]


def _pandas(table: Any) -> list[list[Any]]:
    # With Arrow's types the columns are the table's own, not copies.
    frame = table.to_pandas(types_mapper=PANDAS.ArrowDtype)
    column: Any = frame["id"].array.__arrow_array__()
    assert _address(column) == _address(table["id"])
    read = ARROW.Table.from_pandas(frame, preserve_index=False)
    return [list(row.values()) for row in read.to_pylist()]


def _polars(table: Any) -> list[list[Any]]:
    frame = POLARS.from_arrow(table, rechunk=False)
    assert _address(frame["id"].to_arrow()) == _address(table["id"])
    return [list(row) for row in frame.rows()]


def _duckdb(table: Any) -> list[list[Any]]:
    with DUCKDB.connect() as database:
        database.execute("set timezone = 'UTC'")
        rows = database.from_arrow(table).fetchall()
    return [list(row) for row in rows]


def _address(column: Any) -> int:
    """Return where the values of a column begin in memory."""
    first = column.chunk(0) if hasattr(column, "chunk") else column
    address: int = first.buffers()[1].address
    return address


READERS: dict[str, Callable[[Any], list[list[Any]]]] = {
    "pandas": _pandas,
    "polars": _polars,
    "DuckDB": _duckdb,
}


def _differences(expected: list[list[Any]], read: list[list[Any]]) -> Iterator[Any]:
    assert len(expected) == len(read)
    for ours, theirs in zip(expected, read, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            if not _equal(one, other):
                yield one, other


def _equal(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, datetime.datetime):
        return bool(one == other)
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=0)
    return bool(one == (list(other) if isinstance(one, list) else other))


def main() -> None:
    """Let each read as many random tables as the first argument says."""
    runs = int(sys.argv[1])
    for name, read in READERS.items():
        for seed in range(runs):
            dice = random.Random(seed)
            rows = [_row(dice) for _ in range(dice.randint(1, 40))]
            table = tables.from_rows(rows)
            expected = [_flat(row, table.column_names) for row in rows]
            assert not (wrong := list(_differences(expected, read(table)))), (name, seed, wrong)
        print(f"tables read by {name}: {runs} alike")


if __name__ == "__main__":
    main()
