"""Tables to files, and to other libraries."""

from __future__ import annotations

import datetime
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from annoport import tables
from annoport.tables.arrow import arrow

_WHEN = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
_ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": 'é, "x"', "when": _WHEN, "points": [1.0, 2.5], "part": {"a": 1}},
    {"id": 2, "name": None, "when": None, "points": None, "part": None},
]


def test_parquet(tmp_path: Path) -> None:
    table = tables.from_rows(_ROWS)
    tables.write_parquet(table, tmp_path / "rows.parquet")
    assert arrow("pyarrow.parquet").read_table(tmp_path / "rows.parquet").equals(table)


def test_csv(tmp_path: Path) -> None:
    table = tables.from_rows(_ROWS)
    tables.write_csv(table, tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8") == (
        '"id","name","when","points","part"\n'
        '1,"é, ""x""",2026-06-01 00:00:00.000000Z,"[1.0,2.5]","{""a"":1}"\n'
        "2,,,,\n"
    )
    written = io.BytesIO()
    tables.write_csv(table, written)
    assert written.getvalue() == (tmp_path / "rows.csv").read_bytes()


def test_arrow_takes_it_without_a_copy() -> None:
    """pandas, polars and DuckDB read the table through this interface, as it is."""
    table = tables.from_rows(_ROWS)
    assert hasattr(table, "__arrow_c_stream__")


def test_pandas() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = tables.from_rows(_ROWS).to_pandas()
    assert frame["when"][0] == pandas.Timestamp(_WHEN)
    assert frame["id"].dtype == "int64"


def test_polars() -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = polars.from_arrow(tables.from_rows(_ROWS))
    assert frame["when"][0] == _WHEN
    assert frame["part"].to_list() == [{"a": 1}, None]


def test_duckdb() -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    rows = tables.from_rows(_ROWS)
    found = duckdb.from_arrow(rows).filter("points[2] > 2").project("id").fetchall()
    assert found == [(1,)]


def test_pyarrow_is_imported_when_used_only() -> None:
    code = "import sys, annoport.tables, annoport.filters; print('pyarrow' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


def test_without_pyarrow() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from annoport import tables\n"
        "try:\n    tables.from_rows([])\n"
        "except ImportError as error:\n    print(error)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == (
        "annoport.tables needs pyarrow, which is not installed: pip install 'annoport[tables]'\n"
    )
