"""Tiny but real images, made without an imaging library."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence


def png(width: int, height: int, *, shade: int = 128) -> bytes:
    """Return a grey PNG with a darker disc in the middle.

    Args:
        width: Its pixels, at least 1.
        height: Its pixels, at least 1.
        shade: The grey of the background, 0 (black) to 255 (white).
    """
    return _greys(
        width,
        height,
        (
            bytes(_disc_shade(x, y, width, height, shade) for x in range(width))
            for y in range(height)
        ),
    )


def tiles(width: int, height: int, columns: int, rows: int, shades: Sequence[int]) -> bytes:
    """Return a PNG of grey tiles, row by row; places without a tile are black.

    Args:
        width: The pixels of a tile, at least 1.
        height: The pixels of a tile, at least 1.
        columns: How many tiles stand side by side.
        rows: How many stand one above the other.
        shades: The grey of each tile, 0 (black) to 255 (white).
    """
    places = [*shades, *[0] * (columns * rows)]
    lines: list[bytes] = []
    for row in range(rows):
        across = places[row * columns : (row + 1) * columns]
        lines += [b"".join(bytes([shade]) * width for shade in across)] * height
    return _greys(columns * width, rows * height, lines)


def _greys(width: int, height: int, lines: Iterable[bytes]) -> bytes:
    rows = b"".join(b"\0" + line for line in lines)  # filter type "none" before each
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows, 9)), _chunk(b"IEND", b""))
    )


def _disc_shade(x: int, y: int, width: int, height: int, shade: int) -> int:
    across = (2 * x + 1 - width) / width
    down = (2 * y + 1 - height) / height
    return shade // 2 if across * across + down * down < 0.36 else shade


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg(width: int, height: int, *, shade: int = 128) -> bytes:
    """Return a baseline JPEG of a single grey.

    Args:
        width: Its pixels, 1 to 65535.
        height: Its pixels, 1 to 65535.
        shade: The grey of every pixel, 0 (black) to 255 (white).
    """
    quantisation = b"\x00" + b"\x08" * 64  # a step of 8 makes one DC unit one grey level
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xDB, quantisation),
            _segment(0xC0, frame),
            _segment(0xC4, b"\x00" + _code_lengths({4: 9}) + bytes(range(9))),
            _segment(0xC4, b"\x10" + _code_lengths({1: 1}) + b"\x00"),
            _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
            _scan(-(-width // 8) * -(-height // 8), shade - 128),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _code_lengths(counts: dict[int, int]) -> bytes:
    return bytes(counts.get(length, 0) for length in range(1, 17))


def _scan(blocks: int, level: int) -> bytes:
    """Encode `blocks` blocks: the first sets the level, the others keep it."""
    size = abs(level).bit_length()
    bits = f"{size:04b}"
    if size:
        value = level if level > 0 else level + (1 << size) - 1
        bits += f"{value:0{size}b}"
    bits += "0"  # end of block
    bits += "00000" * (blocks - 1)  # no difference, end of block
    bits += "1" * (-len(bits) % 8)
    coded = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return coded.replace(b"\xff", b"\xff\x00")
