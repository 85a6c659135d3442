"""What the fake servers share: images, zips, ranges, ordered failures."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from annoport.testing import Fake, FakeServer
from annoport.testing.exports import Payload, pad, zip_payload
from annoport.testing.faults import Faults
from annoport.testing.images import jpeg, png
from annoport.testing.ranges import (
    Link,
    Span,
    UnsatisfiableRangeError,
    answer_validated,
    single_range,
)
from annoport.testing.server import run


def test_a_png_holds_its_rows() -> None:
    content = png(20, 10, shade=200)
    assert struct.unpack(">II", content[16:24]) == (20, 10)
    length = struct.unpack(">I", content[33:37])[0]
    rows = zlib.decompress(content[41 : 41 + length])
    assert len(rows) == 10 * 21
    assert (rows[1], rows[5 * 21 + 11]) == (200, 100)


def test_a_jpeg_is_framed() -> None:
    content = jpeg(33, 17, shade=10)
    assert content.startswith(b"\xff\xd8\xff\xdb")
    assert content.endswith(b"\xff\xd9")
    frame = content.index(b"\xff\xc0")
    assert struct.unpack(">HH", content[frame + 5 : frame + 9]) == (17, 33)
    scan = content.index(b"\xff\xda")
    assert b"\xff" not in content[scan + 10 : -2].replace(b"\xff\x00", b"")


def test_a_padded_zip_is_whole_and_the_same_each_time() -> None:
    files = [("a/b.txt", b"text"), ("c.png", png(8, 8))]
    first = zip_payload(files, pad_to=3_000_000)
    assert 3_000_000 <= first.size < 3_001_000
    assert zip_payload(files, pad_to=3_000_000).read() == first.read()
    other = zip_payload(files, pad_to=3_000_000, seed="other")
    assert other.size == first.size
    assert other.digest != first.digest
    with zipfile.ZipFile(io.BytesIO(first.read())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a/b.txt", "c.png", "padding.bin"]


@pytest.mark.parametrize(("start", "stop"), [(0, 11), (0, 3), (2, 9), (5, 5), (10, 11), (0, 99)])
def test_a_payload_is_read_in_parts(start: int, stop: int) -> None:
    payload = Payload([b"abc", b"", b"defgh", b"ijk"])
    assert payload.read(start, stop) == b"abcdefghijk"[start:stop]
    assert all(0 < len(chunk) <= 2 for chunk in payload.chunks(start, stop, size=2))


def test_text_is_padded_with_whole_lines() -> None:
    payload = pad(b"head\n", pad_to=1_500_000, line=b"one\ttwo\n")
    content = payload.read()
    assert 1_499_990 <= payload.size <= 1_500_000
    assert content.startswith(b"head\none\ttwo\n")
    assert content.endswith(b"\none\ttwo\n")
    assert pad(b"head\n", pad_to=0, line=b"x\n").read() == b"head\n"


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
def test_a_range_behind_the_end_is_an_error(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        single_range(header, 100)


class OneFile(Fake):
    """A server of one file, with failures in front."""

    name = "one file"

    def __init__(self) -> None:
        self.faults = Faults()
        self.link = Link()
        self.payload = zip_payload([("a.txt", b"text")], pad_to=5_000)

    async def _serve(self, request: Request) -> Response:
        headers = {"content-type": "application/zip", "etag": f'"{self.payload.digest}"'}
        return answer_validated(request, self.payload, self.link, headers=headers)

    def app(self) -> ASGIApp:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            response = await self._serve(Request(scope, receive))
            await response(scope, receive, send)

        return self.faults.in_front_of(serve)


@pytest.fixture
def server() -> Iterator[FakeServer[OneFile]]:
    with run(OneFile()) as running:
        yield running


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


def test_a_line_is_cut_once(server: FakeServer[OneFile]) -> None:
    server.fake.link.cuts.append(100)
    with httpx.stream("GET", server.url) as response:
        with pytest.raises(httpx.RemoteProtocolError):
            response.read()
        assert response.num_bytes_downloaded == 100
    assert len(httpx.get(server.url).content) == server.fake.payload.size


def test_failures_are_used_up(server: FakeServer[OneFile]) -> None:
    faults = server.fake.faults
    faults.fail_next(503, 2, path="/slow", headers={"retry-after": "3"})
    faults.fail_next(429, body="wait", headers={"content-type": "text/plain"})
    slow = httpx.get(f"{server.url}/slow")
    assert (slow.status_code, slow.headers["retry-after"]) == (503, "3")
    assert slow.headers["content-type"] == "text/html"
    assert (httpx.get(f"{server.url}/other").text, httpx.get(server.url).status_code) == (
        "wait",
        200,
    )
    assert [httpx.get(f"{server.url}/slow").status_code for _ in range(2)] == [503, 200]
