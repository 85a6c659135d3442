"""Requests for parts of a file."""

from __future__ import annotations

import httpx
import pytest

from annoport.testing import FakeServer
from annoport.testing.ranges import Span, UnsatisfiableRangeError, single_range
from tests.testing.one_file import OneFile


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=50-500", (50, 100)),
        ("bytes=0-1,5-6", None),
        ("bytes=9-2", None),
        ("bytes=-", None),
        ("items=0-1", None),
    ],
)
def test_ranges_are_read(header: str | None, span: tuple[int, int] | None) -> None:
    assert single_range(header, 100) == (Span(*span) if span else None)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_end_is_an_error(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        single_range(header, 100)


def test_a_strong_etag_guards_a_part(server: FakeServer[OneFile]) -> None:
    etag = f'"{server.fake.payload.digest}"'
    same = httpx.get(server.url, headers={"range": "bytes=9-", "if-range": etag})
    assert (same.status_code, same.content) == (206, server.fake.payload.read(9))
    other = httpx.get(server.url, headers={"range": "bytes=9-", "if-range": '"x"'})
    assert (other.status_code, other.content) == (200, server.fake.payload.read())
    assert httpx.get(server.url, headers={"if-none-match": f'"y", {etag}'}).status_code == 304
    past = httpx.get(server.url, headers={"range": "bytes=9999999-"})
    assert (past.status_code, past.headers["content-range"]) == (
        416,
        f"bytes */{server.fake.payload.size}",
    )


def test_a_download_is_cut_once(server: FakeServer[OneFile]) -> None:
    server.fake.link.cuts.append(100)
    with httpx.stream("GET", server.url) as response:
        with pytest.raises(httpx.RemoteProtocolError):
            response.read()
        assert response.num_bytes_downloaded == 100
    assert len(httpx.get(server.url).content) == server.fake.payload.size
