"""`python -m benchmarks [ROW]`: run the rows whose name begins with ROW, print a table."""

from __future__ import annotations

import argparse
import sys

from benchmarks import (
    batches,
    cli,
    datasets,
    decode,
    downloads,
    drift,
    flows,
    functions,
    imports,
    jobs,
    masks,
    regen,
    requests,
    tables,
    uploads,
)
from benchmarks.rows import Row
from benchmarks.table import layout, lines_of, machine

ROWS: tuple[Row, ...] = (
    *decode.ROWS,
    *imports.ROWS,
    *requests.ROWS,
    *tables.ROWS,
    *masks.ROWS,
    *jobs.ROWS,
    *downloads.ROWS,
    *uploads.ROWS,
    *flows.ROWS,
    *functions.ROWS,
    *datasets.ROWS,
    *batches.ROWS,
    *cli.ROWS,
    *regen.ROWS,
    *drift.ROWS,
)


def main() -> int:
    """Run rows; return 0 whatever the figures, and 2 for a name that no row begins with."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "row", nargs="?", default="", metavar="ROW", help="prefix of the rows to run"
    )
    parser.add_argument("--list", action="store_true", help="only list the rows")
    options = parser.parse_args()
    chosen = [row for row in ROWS if row.name.startswith(options.row)]
    if not chosen:
        names = ", ".join(row.name for row in ROWS)
        print(f"no row begins with {options.row!r}; expected one of {names}", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(f"{row.name:24}{row.title}" for row in chosen))
        return 0
    before, lines, met = machine(), list[tuple[str, ...]](), 0
    for row in chosen:
        print(f"{row.name} ...", file=sys.stderr, flush=True)
        result = row.run()
        met += result.met
        lines += [tuple(line) for line in lines_of(row, result)]
    print(layout(lines))
    print(f"{met} of {len(chosen)} goals met. Before: {before}. After: {machine()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
