"""The table of results."""

from __future__ import annotations

import os
from collections.abc import Sequence

from benchmarks.rows import Figure, Result, Row

_MIB = 1024 * 1024
_LONG = 0.9995  # seconds; what would be shown as a four-digit number of milliseconds
_HEAD = ("row", "measured", "ours", "base or peer", "ratio", "goal", "")


def lines_of(row: Row, result: Result) -> list[Sequence[str]]:
    """Return the lines of a row: ours beside the base, then the peers, then the note."""
    base = result.base
    found: list[Sequence[str]] = [
        (
            row.name,
            row.title,
            shown(result.ours, result.unit),
            "" if base is None else f"{base.name} {shown(base.value, result.unit)}",
            "" if result.ratio is None else f"{result.ratio:.2f} x",
            goal_of(result),
            "met" if result.met else "NOT MET",
        )
    ]
    found += [("", "", "", *_peer(peer, result), "", "") for peer in result.peers]
    if result.note:
        found.append(("", result.note, "", "", "", "", ""))
    return found


def _peer(peer: Figure, result: Result) -> tuple[str, str]:
    ratio = "" if result.base is None else f"{result.against(peer.value):.2f} x"
    return f"{peer.name} {shown(peer.value, result.unit)}", ratio


def goal_of(result: Result) -> str:
    """Return the goal as the table shows it."""
    sign = ">=" if result.goal.at_least else "<="
    if result.goal.absolute or result.base is None:
        return f"{sign} {shown(result.goal.limit, result.unit)}"
    return f"{sign} {result.goal.limit:g} x"


def shown(value: float, unit: str) -> str:
    """Return a figure with its unit."""
    if unit == "s":
        return f"{value:.2f} s" if value > _LONG else f"{value * 1000:.3g} ms"
    if unit == "MiB":
        return f"{value / _MIB:.0f} MiB"
    return f"{value:,.0f} {unit}"


def layout(lines: Sequence[Sequence[str]]) -> str:
    """Lay lines out as a table with straight columns."""
    table = [_HEAD, *lines]
    # A note has a line to itself, so its length does not matter.
    widths = [max(len(line[n]) for line in table if any(line[2:])) for n in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )


def machine() -> str:
    """Describe the machine that the figures were taken on."""
    load = ", ".join(f"{figure:.2f}" for figure in os.getloadavg())
    return f"{os.cpu_count()} CPUs, load average {load}"
