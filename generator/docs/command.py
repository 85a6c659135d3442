"""`python -m generator docs`: write the sources of the documentation site."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from generator.docs import abilities, site


def add_parser(commands: Any) -> None:
    """Add the command to the maintainers' tool."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "docs",
        help="write the pages of the documentation as Markdown",
        description="`make docs` runs this, then Sphinx.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--to", type=Path, metavar="FOLDER", help="is replaced")
    what.add_argument(
        "--abilities",
        action="store_true",
        help="print the table of what jobs can do, for README.md and docs/reference/jobs.md",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the pages, or print the table, and return the exit code."""
    if options.abilities:
        print(abilities.table(), end="")
        return 0
    count = site.write(options.to)
    print(f"{count} pages in {options.to}")
    return 0
