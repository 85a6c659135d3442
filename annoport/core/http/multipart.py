"""Streamed bodies: a single file or a multipart form, in constant memory."""

from __future__ import annotations

import functools
import mimetypes
import os
import secrets
from io import SEEK_END
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeGuard

import attrs

from annoport.core.errors import InvalidBodyError
from annoport.core.support.local_paths import status_of
from annoport.core.values.models import UploadFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BLOCK = 1024 * 1024
"""Bytes of a file that are read at a time, and of a body that are sent at a time."""

OCTETS = "application/octet-stream"

# As long as the standard allows: a server that searches for it skips as many bytes at a time.
_BOUNDARY_BYTES = 35


def is_file_like(value: object) -> TypeGuard[UploadFile | bytes | bytearray | Path | IO[bytes]]:
    """Whether `value` is sent as a file: an UploadFile, bytes, a path or an open binary file."""
    if isinstance(value, UploadFile | bytes | bytearray):
        return True
    return hasattr(value, "__fspath__") or hasattr(value, "read")


def as_file(value: UploadFile | bytes | bytearray | PathLike[str] | IO[bytes]) -> UploadFile:
    """Return `value` as an UploadFile, with name and media type filled in where they are known."""
    file = value if isinstance(value, UploadFile) else UploadFile(_content(value))
    name = file.name or _own_name(file.content)
    media_type = file.media_type or (_media_type(name) if name else None)
    return UploadFile(file.content, name=name, media_type=media_type)


def _content(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytearray) else value


def _own_name(content: Any) -> str | None:
    path = content if is_path(content) else getattr(content, "name", None)
    if not is_path(path):
        return None
    return os.path.basename(path) or Path(path).name  # noqa: PTH119 (a hot path)


def _media_type(name: str) -> str | None:
    stem, _, endings = name.partition(".")
    return _media_type_of(f"x.{endings}" if stem else name)


@functools.lru_cache(maxsize=256)
def _media_type_of(name: str) -> str | None:
    return mimetypes.guess_type(name)[0]


def is_path(value: object) -> TypeGuard[str | PathLike[str]]:
    """Whether `value` is the path of a file."""
    return isinstance(value, str) or hasattr(value, "__fspath__")  # isinstance takes long


def check_name(name: str, where: str) -> None:
    """Refuse the name of a file that is no text, as names on old disks may be.

    Raises:
        InvalidBodyError: No request can hold the name.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidBodyError(
            f"{where}: the name of the file {name!r} is no text in this system's encoding: "
            "rename it, or name it with UploadFile(content, name=...)"
        ) from None


class BlockSource(Protocol):
    """A piece of a streamed body that is read only when it is sent.

    Attributes:
        size: The size in bytes, or None if unknown.
        replayable: Whether `blocks` may be called again, for a retry.
    """

    @property
    def size(self) -> int | None: ...  # noqa: D102

    @property
    def replayable(self) -> bool: ...  # noqa: D102

    def blocks(self) -> Iterator[bytes]:
        """Yield the content block by block."""
        ...


class _Source:
    """The content of an UploadFile: its size when the body was made, and its blocks."""

    def __init__(self, file: UploadFile, where: str) -> None:
        self._content: Any = file.content
        self._where = where
        self._start = 0
        self.replayable = True
        self.size = self._measure()

    def _measure(self) -> int | None:
        content = self._content
        if isinstance(content, bytes):
            return len(content)
        if is_path(content):
            try:
                return status_of(content).st_size
            except OSError as error:
                raise InvalidBodyError(
                    f"{self._where}: cannot read the file to upload: {error}"
                ) from error
        if not hasattr(content, "seekable") or not content.seekable():
            self.replayable = False
            return None
        self._start = content.tell()
        size = content.seek(0, SEEK_END) - self._start
        content.seek(self._start)
        return int(size)

    def blocks(self) -> Iterator[bytes]:
        content = self._content
        if isinstance(content, bytes):
            yield content
        elif is_path(content):
            with Path(content).open("rb") as file:
                yield from self._read(file)
        else:
            if self.replayable:
                content.seek(self._start)
            yield from self._read(content)

    def _read(self, file: IO[Any]) -> Iterator[bytes]:
        sent = 0
        while block := file.read(BLOCK):
            if not isinstance(block, bytes):
                raise InvalidBodyError(
                    f"{self._where}: the file to upload is open in text mode; open it with 'rb'"
                )
            sent += len(block)
            if self.size is not None and sent > self.size:
                break
            yield block
        if self.size is not None and sent != self.size:
            raise InvalidBodyError(
                f"{self._where}: the file to upload changed while it was sent: "
                f"it had {self.size} bytes at the start"
            )


class StreamedBody:
    """A body that is read while it is iterated, with blocking I/O.

    Attributes:
        length: The total size in bytes, or None if unknown: the body is then sent chunked.
        media_type: The value of the Content-Type header.
        replayable: Whether the body can be iterated more than once, for a retry.
        handed_out: Number of bytes that were handed out to be sent, the last time it was iterated.
        all_sent: Whether they were all sent then: the sender asked for more.
        on_sent: Called with the number of bytes that were sent, whenever there are more.
    """

    __slots__ = (
        "_pieces",
        "all_sent",
        "handed_out",
        "length",
        "media_type",
        "on_sent",
        "replayable",
    )

    def __init__(self, pieces: Sequence[bytes | BlockSource], media_type: str) -> None:
        sizes = [len(piece) if isinstance(piece, bytes) else piece.size for piece in pieces]
        known = [size for size in sizes if size is not None]
        self._pieces = pieces
        self.media_type = media_type
        self.length = sum(known) if len(known) == len(sizes) else None
        self.replayable = all(isinstance(piece, bytes) or piece.replayable for piece in pieces)
        self.handed_out = 0
        self.all_sent = False
        self.on_sent: Callable[[int], object] | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body block by block, and note how much of it was sent."""
        self.begin()
        for block in self.blocks():
            self.handed_out += len(block)
            yield block
            self.sent()
        self.all_sent = True

    def begin(self) -> None:
        """Note that the body is about to be sent from its start."""
        self.handed_out, self.all_sent = 0, False

    def sent(self) -> None:
        """Note that everything that was handed out was sent."""
        if self.on_sent is not None:
            self.on_sent(self.handed_out)

    def blocks(self) -> Iterator[bytes]:
        """Yield the body, in pieces of about a block: each one takes a system call."""
        waiting: list[bytes] = []
        size = 0
        for block in self._blocks():
            if waiting and size + len(block) > BLOCK:
                yield b"".join(waiting)
                waiting, size = [], 0
            waiting.append(block)
            size += len(block)
        if size:
            yield waiting[0] if len(waiting) == 1 else b"".join(waiting)

    def _blocks(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from piece.blocks()


@attrs.frozen
class Part:
    """One part of a form.

    Attributes:
        name: The name of the field.
        content: Text or JSON as bytes, or a file.
        media_type: The media type of bytes, if it is sent; a file has its own.
    """

    name: str
    content: bytes | UploadFile
    media_type: str | None = None


def stream_file(file: UploadFile, media_type: str, where: str) -> StreamedBody:
    """Return a body that consists of a single file.

    Args:
        file: The file.
        media_type: The value of the Content-Type header.
        where: The operation, for messages.

    Raises:
        InvalidBodyError: The file cannot be read.
    """
    return StreamedBody([_source_of(file, where)], media_type)


def stream_form(parts: Sequence[Part], where: str, boundary: str | None = None) -> StreamedBody:
    """Return a multipart/form-data body.

    Args:
        parts: The parts in order.
        where: The operation, for messages.
        boundary: The text between parts; random by default.

    Raises:
        InvalidBodyError: A file cannot be read, or its name is no text.
    """
    boundary = boundary or secrets.token_hex(_BOUNDARY_BYTES)
    pieces: list[bytes | BlockSource] = []
    for part in parts:
        pieces.append(_head(part, boundary, where))
        content = part.content
        pieces.append(content if isinstance(content, bytes) else _source_of(content, where))
        pieces.append(b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    return StreamedBody(pieces, f"multipart/form-data; boundary={boundary}")


def _source_of(file: UploadFile, where: str) -> BlockSource:
    """Return what reads a file; one of our own uploads says that itself."""
    content: Any = file.content
    return content if hasattr(content, "blocks") else _Source(file, where)


def _head(part: Part, boundary: str, where: str) -> bytes:
    lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{_quoted(part.name)}"']
    media_type = part.media_type
    if isinstance(part.content, UploadFile):
        name = part.content.name or part.name
        check_name(name, where)
        lines[1] += f'; filename="{_quoted(name)}"'
        media_type = part.content.media_type or OCTETS
    if media_type:
        lines.append(f"Content-Type: {_one_line(media_type)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _quoted(name: str) -> str:
    """Return a name for between quotation marks.

    Servers read the backslash of RFC 2183 before a quotation mark, but few read the `%22` that
    browsers write.
    """
    return _one_line(name.replace("\\", "\\\\").replace('"', '\\"'))


def _one_line(text: str) -> str:
    """Percent-encode line breaks, as browsers do: no header can have one."""
    return text.replace("\r", "%0D").replace("\n", "%0A")
