"""`python -m generator docs`: write the sources of the documentation site."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from generator.docs import site


def add_parser(commands: Any) -> None:
    """Add the command to the maintainers' tool."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "docs",
        help="write the pages of the documentation as Markdown",
        description="`make docs` runs this, then Sphinx.",
    )
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="is replaced")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the pages and return the exit code."""
    count = site.write(options.to)
    print(f"{count} pages in {options.to}")
    return 0
