"""The files that the fakes make: zips, text, and parts of them."""

from __future__ import annotations

import io
import zipfile

import pytest

from annoport.testing.images import png
from annoport.testing.payloads import Payload, pad, zip_payload


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
