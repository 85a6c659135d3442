"""The images that the fakes make."""

from __future__ import annotations

import struct
import zlib

from annoport.testing.images import jpeg, png


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
