"""Rows of a platform as Arrow tables, which pandas, polars and DuckDB take as they are.

    from annoport import tables

    table = tables.from_rows(client.localizations.list(3), definitions=types)
    tables.write_parquet(table, "localizations.parquet")

It needs the extra `tables` (pyarrow), which is imported on first use.
"""

from typing import TYPE_CHECKING

from annoport.core import lazy_exports

if TYPE_CHECKING:
    from annoport.tables.files import write_csv, write_parquet
    from annoport.tables.parallel import from_json, from_parallel
    from annoport.tables.rows import from_rows

__all__ = ["from_json", "from_parallel", "from_rows", "write_csv", "write_parquet"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "from_json": "parallel",
            "from_parallel": "parallel",
            "from_rows": "rows",
            "write_csv": "files",
            "write_parquet": "files",
        },
    )
