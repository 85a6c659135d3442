"""What an import of EcoTaxa expects of a table, and what it does with one that is otherwise."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping

START = "ecotaxa"
ENDINGS = (".tsv", ".txt")
PREFIXES = ("img_", "object_", "sample_", "acq_", "process_")
TYPES = ("[t]", "[f]")
MARK = b"\xef\xbb\xbf"

NUMBERS = frozenset(("object_lat", "object_lon", "object_depth_min", "object_depth_max"))
"""Columns that are numbers whatever their table says."""

DATES = frozenset(("object_date", "object_annotation_date"))
TIMES = frozenset(("object_time", "object_annotation_time"))

TEXTS = frozenset(
    (
        *("img_file_name", "object_id", "object_link", "object_annotation_status"),
        *("object_annotation_person_name", "object_annotation_person_email"),
        *("object_annotation_category", "object_annotation_category_id"),
        *("sample_id", "acq_id", "acq_instrument", "process_id"),
        *DATES,
        *TIMES,
    )
)
"""Columns that are texts whatever they hold."""

STATUSES = ("validated", "predicted", "dubious")
_LATITUDE, _LONGITUDE = 90.0, 180.0
_DATE = re.compile(r"\d{8}")
_TIME = re.compile(r"\d{1,6}")


def is_table_name(name: str) -> bool:
    """Whether an import reads a file of this name as a table."""
    return name.lower().startswith(START) and name.lower().endswith(ENDINGS)


def decoded(content: bytes) -> tuple[str, bool]:
    """Return the text of a table, and whether the server would read it otherwise.

    It reads UTF-8 only behind a byte order mark, and all else as Latin-1.
    """
    if content.startswith(MARK):
        return content[len(MARK) :].decode("utf-8", "replace"), False
    try:
        return content.decode("utf-8"), not content.isascii()
    except UnicodeDecodeError:
        return content.decode("latin-1"), False


def fault_of(name: str, kind: str, cell: str) -> str | None:
    """Return what is wrong with a cell, or None.

    Args:
        name: Its column.
        kind: The type that the table gives it, "[t]" or "[f]".
        cell: What is in it; nothing is always right.
    """
    if not cell:
        return None
    check = _CHECKS.get(name)
    if check is not None:
        return check(cell)
    return _number(cell) if kind == "[f]" else None


def _number(cell: str) -> str | None:
    try:
        float(cell)
    except ValueError:
        return f"{cell!r} is no number; a number has a point, no comma"
    return None


def _within(limit: float) -> Callable[[str], str | None]:
    def check(cell: str) -> str | None:
        fault = _number(cell)
        if fault is None and not abs(float(cell)) <= limit:
            return f"{cell} is not within -{limit:g} and {limit:g} degrees"
        return fault

    return check


def _date(cell: str) -> str | None:
    rule = f"{cell!r} is no date; expected YYYYMMDD, such as 20260601"
    if not _DATE.fullmatch(cell):
        return rule
    try:
        datetime.date(int(cell[:4]), int(cell[4:6]), int(cell[6:]))
    except ValueError:
        return rule
    return None


def _time(cell: str) -> str | None:
    rule = f"{cell!r} is no time; expected HHMMSS, such as 101500"
    if not _TIME.fullmatch(cell):
        return rule
    text = cell.zfill(6)
    try:
        datetime.time(int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return rule
    return None


def _status(cell: str) -> str | None:
    if cell.lower() in STATUSES:
        return None
    return f"{cell!r} is no status; expected {', '.join(STATUSES)} or nothing"


_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    **dict.fromkeys((*NUMBERS, "img_rank"), _number),
    "object_lat": _within(_LATITUDE),
    "object_lon": _within(_LONGITUDE),
    **dict.fromkeys(DATES, _date),
    **dict.fromkeys(TIMES, _time),
    "object_annotation_status": _status,
}
