"""Let two other implementations judge every operation: `python -m tests.conformance`."""

from __future__ import annotations

import argparse
import sys
import time

from tests import npm_tools
from tests.conformance import judges, report
from tests.conformance.runner import run
from tests.shared import PLATFORMS


def main(arguments: list[str] | None = None) -> int:
    """Run, report, and return 1 if anything is our fault."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    try:
        npm_tools.install()
        tallies = [
            tally
            for platform in options.platform or PLATFORMS
            for tally in run(
                platform,
                options.judge or list(judges.JUDGES),
                only=options.operation,
                every=options.subset,
            )
        ]
    except (judges.JudgeError, npm_tools.NpmError) as error:
        print(error, file=sys.stderr)
        return 2
    for line in report.lines(tallies):
        print(line.encode("ascii", "backslashreplace").decode())
    print(f"took {time.monotonic() - started:.0f} s")
    return 1 if report.failed(tallies) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="only this one")
    parser.add_argument("--judge", action="append", choices=judges.JUDGES, help="only this one")
    parser.add_argument(
        "--subset", type=int, metavar="N", help="only every Nth operation of each platform"
    )
    parser.add_argument("--operation", action="append", metavar="ID", help="only this operationId")
    return parser


if __name__ == "__main__":
    sys.exit(main())
