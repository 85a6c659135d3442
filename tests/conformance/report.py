"""The report at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.exceptions import EXCEPTIONS, Excepted
from tests.conformance.runner import Fault, Tally
from tests.conformance.served_spec import ADAPTATIONS

_HEAD = ("platform", "judge", "operations", "calls", "accepted", "decoded", "exceptions", "faults")
_WIDEST = 600


def lines(tallies: list[Tally], *, whole: bool) -> Iterator[str]:
    """Yield the report; if the run is `whole`, each exception must have occurred."""
    yield _row(_HEAD)
    for tally in tallies:
        counts = (len(tally.operations), tally.calls, tally.accepted, tally.decoded)
        wrong = (tally.excepted_calls, len(tally.ours))
        yield _row((tally.platform, tally.judge, *counts, *wrong))
    for adaptation in ADAPTATIONS:
        yield f"served copy changed: {adaptation.reason}"
    for exception in EXCEPTIONS:
        yield from _exception(tallies, exception, whole=whole)
    for tally in tallies:
        for fault, count in _alike(tally.ours):
            yield f"FAULT {tally.platform} {tally.judge}, {count} times: {str(fault)[:_WIDEST]}"


def failed(tallies: list[Tally], *, whole: bool) -> bool:
    """Return whether anything is our fault, including an exception that no longer occurs."""
    stale = whole and any(not _covered(tallies, exception) for exception in EXCEPTIONS)
    return stale or any(tally.ours for tally in tallies)


def _row(cells: tuple[object, ...]) -> str:
    return " ".join(
        f"{cell!s:>{max(8, len(head))}}" for cell, head in zip(cells, _HEAD, strict=True)
    )


def _exception(tallies: list[Tally], exception: Excepted, *, whole: bool) -> Iterator[str]:
    covered = _covered(tallies, exception)
    if covered:
        names = sorted({fault.operation for fault in covered})
        yield f"exception of {exception.judge}, {len(covered)} times: {exception.reason}"
        yield f"    {', '.join(names)}"
    elif whole:
        yield f"STALE exception of {exception.judge}, delete it: {exception.reason}"


def _covered(tallies: list[Tally], exception: Excepted) -> list[Fault]:
    return [fault for tally in tallies for fault in tally.excepted if fault.excepted is exception]


def _alike(faults: list[Fault]) -> Iterator[tuple[Fault, int]]:
    """Yield each fault of an operation once, with the number of times it occurred."""
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.operation, fault.text), []).append(fault)
    yield from ((group[0], len(group)) for group in groups.values())
