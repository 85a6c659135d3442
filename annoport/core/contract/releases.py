"""Which releases know something: versions compared, and said in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from annoport.core.contract.extensions import Releases

_VERSION = re.compile(
    r"v?(\d{1,9}(?:\.\d{1,9})*)(?:(?:[.+-]?[a-z]|[+-]\d)[\w.+-]{0,40})?", re.ASCII | re.IGNORECASE
)
_OLDEST: tuple[int, ...] = ()


def numbers(version: object) -> tuple[int, ...] | None:
    """Return the numbers of a version, so that 2.9 is before 2.10; None for other text.

    Zeros at the end mean nothing: 2.52 and 2.52.0 are one release.
    """
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        return None
    found = [int(number) for number in match[1].split(".")]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


def know(known_by: Releases, version: str) -> bool:
    """Whether a server of that version knows something."""
    ours = _order(version)
    if known_by.since and ours < _order(known_by.since):
        return False
    if known_by.removed and ours >= _order(known_by.removed):
        return False
    return not any(_order(first) <= ours < _order(again) for first, again in known_by.gaps)


def _order(version: str) -> tuple[int, ...]:
    return numbers(version) or _OLDEST


def words(title: str, known_by: Releases) -> str:
    """Return in words which servers know something.

    Args:
        title: The platform.
        known_by: The releases; if editions differ, its words about these say it all.
    """
    if known_by.edition:
        return known_by.edition
    return f"{title} {', and again '.join(_runs(known_by))}"


def _runs(known_by: Releases) -> Iterator[str]:
    """Yield each run of releases that know it, oldest first."""
    since = known_by.since
    for first, again in known_by.gaps:
        yield _run(since, first)
        since = again
    yield _run(since, known_by.removed)


def _run(since: str | None, removed: str | None) -> str:
    if since is None:
        return f"before {removed}"
    return f"{since} and later" + (f", before {removed}" if removed else "")
