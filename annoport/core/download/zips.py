"""Reading zip archives entry by entry in constant memory.

The standard library keeps the whole list of entries in memory, which is large for exports with
hundreds of thousands of images. Here the list is read from disk, one entry at a time. The data of
each entry is checked against its CRC and size while it is read.
"""

from __future__ import annotations

import bz2
import contextlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO

import attrs

from annoport.core.errors import CorruptFileError

STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14
READABLE_METHODS = frozenset({STORED, DEFLATED, BZIP2, LZMA})

_BLOCK = 256 * 1024
_ENCRYPTED, _UTF8 = 0x1, 0x800
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_LONGEST_COMMENT = 0xFFFF
_DAMAGES = (zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, ValueError)
_UNUSABLE = (*_DAMAGES, zipfile.BadZipFile, RuntimeError)
"""What `zipfile` raises; RuntimeError for what is encrypted or packed by an unknown method."""


@attrs.frozen(kw_only=True)
class ZipEntry:
    """One entry of the list in an archive.

    Attributes:
        name: Its name as stored; slashes separate folders.
        method: Number of the compression method.
        crc: CRC-32 of the unpacked data.
        packed_size: Bytes in the archive.
        size: Unpacked bytes.
        offset: Offset of its header in the file.
        encrypted: Whether its data is encrypted.
        mode: Its Unix mode; 0 if unknown.
    """

    name: str
    method: int
    crc: int
    packed_size: int
    size: int
    offset: int
    encrypted: bool
    mode: int

    @property
    def is_folder(self) -> bool:
        """Whether the entry is a folder."""
        return self.name.endswith("/")

    @property
    def readable(self) -> bool:
        """Whether its data can be unpacked."""
        return not self.encrypted and self.method in READABLE_METHODS


def looks_like_zip(path: Path) -> bool:
    """Whether the file begins like a zip archive."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextlib.contextmanager
def unzipping(what: str, path: Path | None = None) -> Generator[None]:
    """Let `zipfile` read an archive in the block, and make one error of all that it raises.

    Args:
        what: The archive and its verb, with which the message begins.
        path: The file, if it is one.

    Raises:
        CorruptFileError: The archive or an entry is damaged, or cannot be unpacked.
    """
    try:
        yield
    except _UNUSABLE as error:
        if isinstance(error, OSError) and error.errno is not None:  # of the disk
            raise
        why = str(error) or "it ends too early"
        raise CorruptFileError(
            f"{what} no zip file that can be unpacked: {why}", path=path
        ) from error


def check(path: Path) -> None:
    """Read a whole archive, and compare every entry with its CRC and size.

    Entries that are encrypted, or use an unsupported compression method, are skipped.

    Raises:
        CorruptFileError: The list or an entry, which the message names, is damaged.
    """
    with path.open("rb") as file:
        for entry in entries(file, path):
            if entry.readable:
                for _ in read_entry(file, entry, path):
                    pass


def entries(file: BinaryIO, path: Path) -> Iterator[ZipEntry]:
    """Yield the entries that the archive lists.

    Raises:
        CorruptFileError: The list is damaged, or its entries overlap: together they claim more
            bytes than the file has.
    """
    count, size, start, shift = _find_list(file, path)
    position, claimed = start, 0
    for _ in range(count):
        file.seek(position)
        entry, length = _read_listed(file, path, shift)
        position += length
        claimed += entry.packed_size
        if position > start + size or claimed > start:
            raise _corrupt(path, f"the list of entries is damaged at {entry.name!r}")
        yield entry
    if position != start + size:
        raise _corrupt(path, "the list of entries is longer than it says")


def read_entry(file: BinaryIO, entry: ZipEntry, path: Path) -> Iterator[bytes]:
    """Unpack one `readable` entry, and yield its data in blocks.

    It never yields more bytes than the list announces.

    Raises:
        CorruptFileError: The data cannot be unpacked, or does not match the CRC or the size.
    """
    file.seek(entry.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        raise _corrupt(path, f"the entry {entry.name!r} is not where the list says it is")
    name_length, extra_length = _LOCAL.unpack(header)[-2:]
    file.seek(name_length + extra_length, 1)
    crc, size = 0, 0
    try:
        for block in _unpack(file, entry):
            size += len(block)
            if size > entry.size:
                break
            crc = zlib.crc32(block, crc)
            yield block
    except _DAMAGES as error:
        raise _corrupt(path, f"the entry {entry.name!r} cannot be unpacked: {error}") from None
    if size != entry.size or crc != entry.crc:
        raise _corrupt(path, f"the entry {entry.name!r} does not match its checksum or size")


def _unpack(file: BinaryIO, entry: ZipEntry) -> Iterator[bytes]:
    if entry.method == STORED:
        yield from _packed_blocks(file, entry.packed_size)
    elif entry.method == DEFLATED:
        yield from _inflate(file, entry.packed_size)
    elif entry.method == BZIP2:
        yield from _unpack_with(bz2.BZ2Decompressor(), _packed_blocks(file, entry.packed_size))
    else:
        yield from _unpack_lzma(file, entry.packed_size)


def _packed_blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    if left < 0:
        raise EOFError("it is shorter than its own header")
    while left:
        block = file.read(min(_BLOCK, left))
        if not block:
            raise EOFError("the file ends inside it")
        left -= len(block)
        yield block


def _inflate(file: BinaryIO, size: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    for packed in _packed_blocks(file, size):
        data = packed
        while data and not unpacker.eof:
            yield unpacker.decompress(data, _BLOCK)
            data = unpacker.unconsumed_tail
    while not unpacker.eof:
        rest = unpacker.decompress(unpacker.unconsumed_tail, _BLOCK)
        if not rest:
            break
        yield rest


def _unpack_lzma(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Unpack LZMA: in a zip, a small header with the coder's properties, then the raw stream."""
    header = file.read(4)
    (properties_length,) = struct.unpack("<2xH", header)
    properties = file.read(properties_length)
    coder, dictionary = struct.unpack("<BL", properties[:5])
    options = {
        "id": lzma.FILTER_LZMA1,
        "lc": coder % 9,
        "lp": coder // 9 % 5,
        "pb": coder // 45,
        "dict_size": dictionary,
    }
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[options])
    yield from _unpack_with(unpacker, _packed_blocks(file, size - 4 - properties_length))


def _unpack_with(
    unpacker: bz2.BZ2Decompressor | lzma.LZMADecompressor, blocks: Iterator[bytes]
) -> Iterator[bytes]:
    for packed in blocks:
        data = packed
        while not unpacker.eof:
            block = unpacker.decompress(data, _BLOCK)
            data = b""
            if block:
                yield block
            if unpacker.needs_input:
                break


def _find_list(file: BinaryIO, path: Path) -> tuple[int, int, int, int]:
    """Return the count, size and start of the list, and the number of bytes before the archive."""
    file_size = file.seek(0, 2)
    tail_start = max(0, file_size - _LONGEST_COMMENT - _END.size)
    file.seek(tail_start)
    tail = file.read()
    at = _find_end(tail)
    if at is None:
        raise _corrupt(path, "the list of entries at the end is missing")
    end = tail_start + at
    fields = _END.unpack_from(tail, at)
    count, size, offset = fields[4], fields[5], fields[6]
    if count == _FULL16 or _FULL32 in (size, offset):
        wide = _find_list64(file, end)
        if wide is not None:
            count, size, offset, end = wide
    start = end - size
    if start < 0 or start < offset:
        raise _corrupt(path, "the list of entries lies outside the file")
    return count, size, start, start - offset


def _find_end(tail: bytes) -> int | None:
    """Return where the end record starts: its comment must reach to the end of the file."""
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if len(tail) - at >= _END.size:
            comment = _END.unpack_from(tail, at)[7]
            if at + _END.size + comment == len(tail):
                return at
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return None


def _find_list64(file: BinaryIO, end: int) -> tuple[int, int, int, int] | None:
    """Read the 64-bit end record, which precedes the plain one; return None if there is none."""
    if end < _LOCATOR.size + _END64.size:
        return None
    file.seek(end - _LOCATOR.size)
    signature, _disk, end64, _disks = _LOCATOR.unpack(file.read(_LOCATOR.size))
    if signature != b"PK\x06\x07":
        return None
    for place in (end64, end - _LOCATOR.size - _END64.size):
        file.seek(place)
        record = file.read(_END64.size)
        if len(record) == _END64.size and record[:4] == b"PK\x06\x06":
            fields = _END64.unpack(record)
            return fields[7], fields[8], fields[9], place
    return None


def _read_listed(file: BinaryIO, path: Path, shift: int) -> tuple[ZipEntry, int]:
    header = file.read(_CENTRAL.size)
    if len(header) < _CENTRAL.size or header[:4] != b"PK\x01\x02":
        raise _corrupt(path, "the list of entries is damaged")
    fields = _CENTRAL.unpack(header)
    flags, method = fields[3], fields[4]
    crc, packed_size, size = fields[7:10]
    name_length, extra_length, comment_length = fields[10:13]
    name = file.read(name_length)
    extra = file.read(extra_length)
    size, packed_size, offset = _widen(extra, size, packed_size, fields[16], path)
    entry = ZipEntry(
        name=name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"),
        method=method,
        crc=crc,
        packed_size=packed_size,
        size=size,
        offset=offset + shift,
        encrypted=bool(flags & _ENCRYPTED),
        mode=fields[15] >> 16,
    )
    return entry, _CENTRAL.size + name_length + extra_length + comment_length


def _widen(
    extra: bytes, size: int, packed_size: int, offset: int, path: Path
) -> tuple[int, int, int]:
    """Return the three numbers, those too large for 32 bits taken from the zip64 extra field."""
    numbers = [size, packed_size, offset]
    if _FULL32 not in numbers:
        return size, packed_size, offset
    wide = _extra_field(extra, 1)
    position = 0
    for index, number in enumerate(numbers):
        if number == _FULL32:
            if len(wide) < position + 8:
                raise _corrupt(path, "the list of entries lacks a 64-bit size")
            (numbers[index],) = struct.unpack_from("<Q", wide, position)
            position += 8
    return numbers[0], numbers[1], numbers[2]


def _extra_field(extra: bytes, wanted: int) -> bytes:
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        if kind == wanted:
            return extra[position + 4 : position + 4 + length]
        position += 4 + length
    return b""


def _corrupt(path: Path, what: str) -> CorruptFileError:
    return CorruptFileError(
        f"{path.name} is not an intact zip archive: {what}; download it again", path=path
    )
