"""What an answer means for the bytes that are there."""

from __future__ import annotations

import attrs
import pytest

from annoport.core.contract.extensions import Download
from annoport.core.download.resume import (
    FetchRequest,
    Fresh,
    Rest,
    Unfit,
    Version,
    ask_for_all,
    ask_for_piece,
    ask_for_rest,
    judge,
)

ETAG = Download(ranges="any", validator="etag")
MODIFIED = Download(ranges="any", validator="last-modified")
JOB = Download(ranges="open-ended", validator="job")
VERSION = Version(etag='"1"', modified="Sun, 22 Nov 2026 03:48:00 GMT", total=100)
LATER = "Sun, 22 Nov 2026 03:48:01 GMT"
REST = FetchRequest(start=40, have=40, headers={"Range": "bytes=40-"})
PIECE = ask_for_piece(ETAG, VERSION, 40, 60)

GOOD = {
    "content-range": "bytes 40-99/100",
    "content-length": "60",
    "etag": '"1"',
    "last-modified": "Sun, 22 Nov 2026 03:48:00 GMT",
}


def judged(headers: dict[str, str], rules: Download = ETAG, ask: FetchRequest = REST) -> object:
    """Return the meaning of a part; a header that is "" is not sent."""
    sent = {name: text for name, text in {**GOOD, **headers}.items() if text}
    return judge(ask, rules, VERSION, 206, sent, renewable=False)


@pytest.mark.parametrize("rules", [ETAG, MODIFIED, JOB])
def test_the_rest_is_taken(rules: Download) -> None:
    assert judged({}, rules) == Rest(start=40, stop=100, total=100)
    assert judged({"content-length": ""}, rules) == Rest(start=40, stop=100, total=100)


def test_a_part_of_the_rest_is_taken() -> None:
    short = {"content-range": "bytes 40-49/100", "content-length": "10"}
    assert judged(short) == Rest(start=40, stop=50, total=100)
    assert judged({**short, "content-range": "bytes 40-49/*"}) == Rest(start=40, stop=50, total=100)


@attrs.frozen(kw_only=True)
class Doubt:
    """A part that is not taken, and why."""

    why: str
    headers: dict[str, str]
    rules: tuple[Download, ...] = (ETAG, MODIFIED, JOB)


DOUBTS = [
    # The length fits the range, so that nothing but the start is wrong; and the other way round.
    Doubt(why="not from 40", headers={"content-range": "bytes 39-98/100"}),
    Doubt(why="not from 40", headers={"content-range": "bytes 41-99/100", "content-length": "59"}),
    Doubt(why="not from 40", headers={"content-range": "bytes 0-99/100", "content-length": "100"}),
    Doubt(why="59 bytes for a part of 60", headers={"content-length": "59"}),
    Doubt(why="61 bytes for a part of 60", headers={"content-length": "61"}),
    Doubt(why="a compressed part", headers={"content-encoding": "gzip"}),
    Doubt(why="had 100 bytes and now has 101", headers={"content-range": "bytes 40-99/101"}),
    Doubt(why="without saying which", headers={"content-range": ""}),
    Doubt(why="without saying which", headers={"content-range": "bytes */100"}),
    Doubt(why="without saying which", headers={"content-range": "bytes 40-100/100"}),
    Doubt(why="entity tag", headers={"etag": '"2"'}, rules=(ETAG,)),
    Doubt(why="entity tag", headers={"etag": 'W/"1"'}, rules=(ETAG,)),
    Doubt(why="entity tag", headers={"etag": ""}, rules=(ETAG,)),
    Doubt(why="modification time", headers={"last-modified": LATER}, rules=(MODIFIED,)),
    Doubt(why="how large", headers={"content-range": "bytes 40-99/*"}, rules=(MODIFIED, JOB)),
]


@pytest.mark.parametrize("doubt", DOUBTS, ids=lambda doubt: f"{doubt.why}: {doubt.headers}")
def test_a_part_in_doubt_is_not_taken(doubt: Doubt) -> None:
    for rules in doubt.rules:
        found = judged(doubt.headers, rules)
        assert isinstance(found, Unfit)
        assert doubt.why in found.reason


def test_a_piece_is_the_one_asked_for() -> None:
    piece = {"content-range": "bytes 40-59/100", "content-length": "20"}
    assert judged(piece, ask=PIECE) == Rest(start=40, stop=60, total=100)
    longer = {"content-range": "bytes 40-60/100", "content-length": "21"}
    assert isinstance(judged(longer, ask=PIECE), Unfit)


WHOLE = {"content-range": "bytes 0-99/100", "content-length": "100"}


def test_a_part_that_is_the_whole_file() -> None:
    found = judged(WHOLE, ask=ask_for_all())
    assert isinstance(found, Fresh)
    assert found.version == VERSION
    unsaid = judged({**WHOLE, "content-length": ""}, ask=ask_for_all())
    assert isinstance(unsaid, Fresh)
    assert unsaid.version.total == 100


@pytest.mark.parametrize(
    "headers",
    [
        {"content-range": "bytes 0-98/100", "content-length": "99"},
        {"content-range": "bytes 1-99/100", "content-length": "99"},
        {"content-range": "bytes 1-99/100", "content-length": ""},
        {"content-range": "bytes 0-99/*"},
        {"content-range": ""},
        {"content-range": "bytes */100"},
        {"content-length": "99"},
        {"content-encoding": "gzip"},
    ],
    ids=str,
)
def test_a_part_that_may_not_be_the_whole_file(headers: dict[str, str]) -> None:
    assert isinstance(judged({**WHOLE, **headers}, ask=ask_for_all()), Unfit)


def test_only_a_strong_tag_is_a_version() -> None:
    found = judge(ask_for_all(), ETAG, None, 200, {"etag": 'W/"1"'}, renewable=False)
    assert isinstance(found, Fresh)
    assert found.version.etag is None
    assert not ask_for_rest(ETAG, found.version, 40, cold=False).is_part
