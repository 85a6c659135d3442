"""Deterministic files that may be large without filling the memory."""

from __future__ import annotations

import bisect
import functools
import hashlib
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_EPOCH = (2026, 1, 1, 0, 0, 0)
_CHUNK = 64 * 1024
# The period is a prime, so that bytes read at a wrong block offset differ.
_PADDING_PERIOD = 1_048_573


class Payload:
    """The bytes of a file, as a list of pieces that may share memory.

    Attributes:
        size: The number of bytes.
        digest: 32 hexadecimal digits that tell two contents apart.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        """Hold `pieces`, by reference."""
        self._pieces: list[bytes] = []
        self._ends: list[int] = []
        self.size = 0
        digest = hashlib.sha256()
        for piece in pieces:
            if piece:
                self._pieces.append(piece)
                self.size += len(piece)
                self._ends.append(self.size)
                digest.update(piece)
        self.digest = digest.hexdigest()[:32]

    def chunks(
        self, start: int = 0, stop: int | None = None, *, size: int = _CHUNK
    ) -> Iterator[bytes]:
        """Yield the bytes from `start` up to, not including, `stop` in chunks of at most `size`."""
        end = self.size if stop is None else min(stop, self.size)
        index = bisect.bisect_right(self._ends, start)
        while start < end:
            piece = self._pieces[index]
            offset = start - (self._ends[index] - len(piece))
            taken = piece[offset : offset + min(size, end - start)]
            yield taken
            start += len(taken)
            if offset + len(taken) == len(piece):
                index += 1

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes from `start` up to, not including, `stop`."""
        return b"".join(self.chunks(start, stop))


class _Pieces:
    """A file for `zipfile` that keeps references to what is written, not copies."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: the pieces are not buffered."""

    def close(self) -> None:
        """Do nothing: the pieces are still needed."""


def zip_payload(
    files: Iterable[tuple[str, bytes]],
    *,
    pad_to: int = 0,
    seed: str = "padding",
    stored: bool = False,
) -> Payload:
    """Return a zip of `files`, with the same bytes on every run.

    Args:
        files: The members, as (name, content).
        pad_to: A smaller zip gets a member `padding.bin` that brings it to about this many bytes.
        seed: Determines the bytes of the padding, but not their number.
        stored: Whether the members are not compressed.
    """
    sink = _Pieces()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            kind = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(_member(name, len(content)), content, compress_type=kind)
        written = sum(map(len, sink.pieces))
        if pad_to > written:
            _write_padding(archive, pad_to - written, seed)
    return Payload(sink.pieces)


def pad(content: bytes, *, pad_to: int, line: bytes) -> Payload:
    """Repeat `line` after the text `content` up to about `pad_to` bytes."""
    block = line * max(1, _PADDING_PERIOD // len(line))
    whole, rest = divmod(max(0, pad_to - len(content)), len(block))
    return Payload([content, *[block] * whole, line * (rest // len(line))])


def _member(name: str, size: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    member.file_size = size
    return member


def _write_padding(archive: zipfile.ZipFile, size: int, seed: str) -> None:
    member = _member("padding.bin", size)
    member.compress_type = zipfile.ZIP_STORED
    block = _padding_block(seed)
    whole, rest = divmod(size, len(block))
    with archive.open(member, "w") as padding:
        for _ in range(whole):
            padding.write(block)
        padding.write(block[:rest])


@functools.lru_cache(maxsize=8)
def _padding_block(seed: str) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(_PADDING_PERIOD)
