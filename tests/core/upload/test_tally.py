"""The bytes of files that are sent at the same time add up."""

from __future__ import annotations

from annoport.core.support.progress import Calling
from annoport.core.upload.tally import Tally


def test_shares_add_up_and_the_sum_never_falls() -> None:
    seen: list[tuple[int, int | None]] = []
    tally = Tally(Calling(lambda done, total: seen.append((done, total))), 30)
    one, other = tally.share(), tally.share()
    one.bytes(10, None)
    other.bytes(5, None)
    one.bytes(0, None)  # its request has failed
    one.bytes(4, None)
    other.bytes(20, None)
    one.bytes(10, None)
    assert seen == [(10, 30), (15, 30), (24, 30), (30, 30)]


def test_nothing_is_shown_as_whole() -> None:
    seen: list[tuple[int, int | None]] = []
    tally = Tally(Calling(lambda done, total: seen.append((done, total))), 0)
    tally.share().bytes(0, None)
    assert seen == [(0, 0)]
