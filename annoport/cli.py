"""The `annoport` command."""

from __future__ import annotations

import argparse
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: The command line without the program's name; None takes that of the process.
    """
    options = _parser().parse_args(arguments)
    code: int = options.run(options)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="annoport", description="Pull annotations and images out of annotation platforms."
    )
    parser.add_argument("--version", action="version", version=f"annoport {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="export from three fake platforms on this machine")
    demo.add_argument(
        "--output",
        type=Path,
        default=Path("demo-output"),
        metavar="FOLDER",
        help="where to put the exports (default: %(default)s)",
    )
    demo.set_defaults(run=_demo)
    return parser


def _version() -> str:
    return importlib.metadata.version("annoport")


def _demo(options: argparse.Namespace) -> int:
    from annoport.demo import run

    try:
        run(options.output)
    except FileExistsError as error:
        raise SystemExit(f"annoport demo: {error}") from None
    return 0
