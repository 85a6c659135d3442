"""Let two other implementations judge every operation: `python -m tests.conformance`."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from annoport.core.operation import Operation
from tests.conformance import judges, served
from tests.conformance.calls import Call, calls
from tests.conformance.examples import VARIANTS, Examples
from tests.conformance.exceptions import EXCEPTIONS
from tests.conformance.trial import Tally, Trial
from tests.documents import load
from tests.shared import PLATFORMS

_SHOWN_FAULTS = 20


def main(arguments: list[str] | None = None) -> int:
    """Run, report, and give 1 if anything is our fault."""
    options = _parse(arguments)
    judges.install()
    started = time.monotonic()
    tallies = [
        tally
        for platform in options.platform or PLATFORMS
        for tally in run(
            platform, options.judge or list(judges.JUDGES), options.operation, options.subset
        )
    ]
    _report(tallies, time.monotonic() - started)
    return 1 if any(tally.ours for tally in tallies) else 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="only this one")
    parser.add_argument("--judge", action="append", choices=judges.JUDGES, help="only this one")
    parser.add_argument(
        "--subset", type=int, metavar="N", help="only every Nth operation of each platform"
    )
    parser.add_argument("--operation", action="append", metavar="ID", help="only this operationId")
    return parser.parse_args(arguments)


def run(
    platform: str, judge_names: list[str], only: list[str] | None = None, every: int | None = None
) -> list[Tally]:
    """Put a platform's operations before judges. only: operationIds; every: each so manyeth."""
    spec = load(platform)
    made = calls_of(platform, only, every)
    tallies: list[Tally] = []
    with tempfile.TemporaryDirectory() as folder:
        path = served.write(platform, Path(folder))
        for name in judge_names:
            tally = Tally(platform=platform, judge=name)
            with judges.JUDGES[name](path) as judge:
                Trial(judge=judge, raw=dict(spec.operations), tally=tally).run(made)
            tallies.append(tally)
    return tallies


def calls_of(platform: str, only: list[str] | None, every: int | None) -> list[Call]:
    spec = load(platform)
    examples = Examples(spec)
    operations = importlib.import_module(f"annoport_{platform}.operations")
    wanted = [name for name in only or sorted(spec.operations) if name in spec.operations]
    return [
        call
        for name in wanted[:: every or 1]
        for operation in [operations.get(name)]
        for example in examples.of(operation)
        for call in calls(operation, example)
    ]


def _report(tallies: list[Tally], seconds: float) -> None:
    print("platform  judge   operations  calls  accepted  decoded  exceptions  faults")
    for tally in tallies:
        print(
            f"{tally.platform:9} {tally.judge:7} {len(tally.operations):10} {tally.calls:6} "
            f"{tally.accepted:9} {tally.decoded:8} {len(tally.excepted):11} {len(tally.ours):7}"
        )
    for tally in tallies:
        alike = Counter((fault.operation, fault.text) for fault in tally.ours)
        first = {(fault.operation, fault.text): fault for fault in reversed(tally.ours)}
        for key, count in alike.items():
            print(f"FAULT {tally.platform} {tally.judge} ({count} x) {first[key]}")
    print(f"{seconds:.0f} s")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
