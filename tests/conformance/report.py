"""The report at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.exceptions import EXCEPTIONS, Excepted
from tests.conformance.runner import Fault, Tally
from tests.conformance.served_spec import ADAPTATIONS

_HEAD = ("platform", "judge", "operations", "calls", "accepted", "decoded", "exceptions", "faults")
_WIDEST = 600


def lines(tallies: list[Tally]) -> Iterator[str]:
    """Yield the report; each exception must have occurred in each of its operations."""
    yield _row(_HEAD)
    for tally in tallies:
        counts = (len(tally.operations), tally.calls, tally.accepted, tally.decoded)
        wrong = (tally.excepted_calls, len(tally.ours))
        yield _row((tally.platform, tally.judge, *counts, *wrong))
    for adaptation in ADAPTATIONS:
        yield f"served copy changed: {adaptation.reason}"
    for exception in EXCEPTIONS:
        covered = _covered(tallies, exception)
        if covered:
            names = sorted({fault.operation for fault in covered})
            yield f"exception of {exception.judge}, {len(covered)} times: {exception.reason}"
            yield f"    {', '.join(names)}"
    for exception, names in _stale(tallies):
        yield f"STALE exception of {exception.judge} for {', '.join(names)}: {exception.reason}"
    for tally in tallies:
        for fault, count in _alike(tally.ours):
            yield f"FAULT {tally.platform} {tally.judge}, {count} times: {str(fault)[:_WIDEST]}"


def failed(tallies: list[Tally]) -> bool:
    """Return whether anything is our fault, including an exception that no longer occurs."""
    return any(_stale(tallies)) or any(tally.ours for tally in tallies)


def _row(cells: tuple[object, ...]) -> str:
    return " ".join(
        f"{cell!s:>{max(8, len(head))}}" for cell, head in zip(cells, _HEAD, strict=True)
    )


def _covered(tallies: list[Tally], exception: Excepted) -> list[Fault]:
    return [fault for tally in tallies for fault in tally.excepted if fault.excepted is exception]


def _stale(tallies: list[Tally]) -> list[tuple[Excepted, list[str]]]:
    """Return exceptions with those of their operations that were called without the fault."""
    stale: list[tuple[Excepted, list[str]]] = []
    for exception in EXCEPTIONS:
        called = {
            name
            for tally in tallies
            if (tally.judge, tally.platform) == (exception.judge, exception.platform)
            for name in tally.operations & exception.operations
        }
        unused = called - {fault.operation for fault in _covered(tallies, exception)}
        if unused:
            stale.append((exception, sorted(unused)))
    return stale


def _alike(faults: list[Fault]) -> Iterator[tuple[Fault, int]]:
    """Yield each fault of an operation once, with the number of times it occurred."""
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.operation, fault.text), []).append(fault)
    yield from ((group[0], len(group)) for group in groups.values())
