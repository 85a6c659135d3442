"""Content encodings, decoded piece by piece."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest

from annoport.core.errors import DownloadError, TransportError
from annoport.core.http.encodings import Decoder, decoder_for

DATA = b"a\tb\n" * 1000 + random.Random(8).randbytes(1000)
BARE = zlib.compress(DATA)[2:-4]
CODED = {
    "one member": ("gzip", gzip.compress(DATA)),
    "two members": ("gzip", gzip.compress(DATA[:99]) + gzip.compress(DATA[99:])),
    "padded": ("x-gzip", gzip.compress(DATA) + bytes(9)),
    "wrapped": ("deflate", zlib.compress(DATA)),
    "bare": ("deflate", BARE),
}


def decoded(coding: str, data: bytes, size: int) -> bytes:
    decoder = Decoder(coding)
    pieces = [decoder.feed(data[start : start + size]) for start in range(0, len(data), size)]
    decoder.end()
    return b"".join(pieces)


@pytest.mark.parametrize("size", [1, 2, 100, 10_000])
@pytest.mark.parametrize("name", CODED)
def test_pieces_of_any_size(name: str, size: int) -> None:
    assert decoded(*CODED[name], size) == DATA


@pytest.mark.parametrize("size", [1, 100, 10_000])
@pytest.mark.parametrize("name", ["one member", "two members", "wrapped", "bare"])
def test_what_breaks_off_or_is_damaged(name: str, size: int) -> None:
    coding, data = CODED[name]
    for broken in (data[:-1], data[:1], data[: len(data) // 2], b""):
        with pytest.raises(TransportError, match="is truncated"):
            decoded(coding, broken, size)
    if name != "bare":  # bare deflate data has no checksum
        with pytest.raises(TransportError, match="damaged"):
            decoded(coding, data[:-1] + bytes([data[-1] ^ 1]), size)


def test_decoder_for() -> None:
    assert decoder_for(None) is None
    assert decoder_for("gzip") is not None
    with pytest.raises(DownloadError, match="'br'"):
        decoder_for("br")
