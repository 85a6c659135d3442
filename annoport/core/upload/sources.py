"""Files to upload, cut into parts that are read from the disk while they are sent."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs

from annoport.core.errors import ChangedDuringUploadError, InvalidArgumentError, InvalidBodyError
from annoport.core.http.multipart import BLOCK, as_file, is_file_like, is_path
from annoport.core.values.models import UploadFile

if TYPE_CHECKING:
    from annoport.core.values.models import FileSource


@attrs.frozen
class _Stamp:
    """What tells whether a file is still the same: bytes, and time of change where known."""

    size: int
    modified: int | None


class LocalFile:
    """A file as it was when its upload began.

    file: with name and media type, for a form. name: how the server is to call it.
    size: bytes from where an open file stands.
    """

    def __init__(self, file: UploadFile, *, name: str, where: str) -> None:
        """Measure the file. where: the operation, for messages. Raises InvalidBodyError."""
        self.file = UploadFile(file.content, name=name, media_type=file.media_type)
        self.name = name
        self._content: Any = file.content
        self._where = where
        self._start = 0
        if not isinstance(self._content, bytes) and not is_path(self._content):
            self._start = self._position()
        try:
            self._stamp = self._look()
        except OSError as error:
            raise InvalidBodyError(f"{where}: cannot read the file to upload: {error}") from error
        self.size = self._stamp.size

    def part(self, start: int, stop: int) -> LocalPart:
        """The bytes [start, stop), to be read when they are sent."""
        return LocalPart(self, start, stop)

    def blocks(self, start: int, stop: int) -> Iterator[bytes]:
        """Read [start, stop); raises ChangedDuringUploadError if the file changed meanwhile."""
        content = self._content
        if isinstance(content, bytes):
            for at in range(start, stop, BLOCK):
                yield content[at : min(stop, at + BLOCK)]
            return
        self._check()
        if is_path(content):
            with Path(content).open("rb") as file:
                file.seek(start)
                yield from self._read(file, stop - start)
        else:
            content.seek(self._start + start)
            yield from self._read(content, stop - start)
        self._check()

    def _read(self, file: IO[Any], left: int) -> Iterator[bytes]:
        while left:
            block = file.read(min(BLOCK, left))
            if not block:
                raise self._changed("it ends early")
            left -= len(block)
            yield block

    def _position(self) -> int:
        """Where an open file stands."""
        content = self._content
        if not hasattr(content, "seekable") or not content.seekable():
            raise InvalidBodyError(
                f"{self._where}: the file to upload has no size, as it cannot seek: "
                "give a path, bytes or a file on the disk"
            )
        if not isinstance(content.read(0), bytes):
            raise InvalidBodyError(
                f"{self._where}: the file to upload is open in text mode; open it with 'rb'"
            )
        return int(content.tell())

    def _look(self) -> _Stamp:
        content = self._content
        if isinstance(content, bytes):
            return _Stamp(len(content), None)
        if is_path(content):
            with Path(content).open("rb") as file:
                status = os.fstat(file.fileno())
            return _Stamp(status.st_size, status.st_mtime_ns)
        size = int(content.seek(0, io.SEEK_END)) - self._start
        content.seek(self._start)
        try:
            return _Stamp(size, os.fstat(content.fileno()).st_mtime_ns)
        except (AttributeError, OSError):  # not a file of the system, such as BytesIO
            return _Stamp(size, None)

    def _check(self) -> None:
        try:
            now = self._look()
        except OSError as error:
            raise self._changed(str(error)) from error
        if now.size != self._stamp.size:
            raise self._changed(f"it has {now.size} bytes now")
        if now != self._stamp:
            raise self._changed("it was written to")

    def _changed(self, how: str) -> ChangedDuringUploadError:
        return ChangedDuringUploadError(
            f"{self._where}: {self.name} changed while it was sent: it had {self.size} bytes at "
            f"the start, and {how}",
            name=self.name,
            expected=self.size,
        )


class LocalPart:
    """Part of a file, as a piece of a streamed body.

    handed_out: bytes that were taken to be sent, of the last time. all_sent: they were all taken,
    and the one who took them came back for more.
    """

    replayable = True

    def __init__(self, file: LocalFile, start: int, stop: int) -> None:
        self._file = file
        self._start = start
        self._stop = stop
        self.size = stop - start
        self.handed_out = 0
        self.all_sent = False

    def blocks(self) -> Iterator[bytes]:
        """Read it, block by block."""
        self.handed_out, self.all_sent = 0, False
        for block in self._file.blocks(self._start, self._stop):
            self.handed_out += len(block)
            yield block
        self.all_sent = True


def local_files(
    given: FileSource | Iterable[FileSource], *, field: str, where: str, several: bool
) -> list[LocalFile]:
    """Measure the files that a caller gave: one, or a list where the operation takes `several`.

    field: names a file that has no name of its own. where: the operation, for messages.
    Raises InvalidArgumentError and InvalidBodyError.
    """
    files = [_as_upload(one, where) for one in _listed(given)]
    if not files:
        raise InvalidArgumentError(f"{where}: no file to upload")
    if len(files) > 1 and not several:
        raise InvalidArgumentError(f"{where}: takes one file, got {len(files)}")
    names = [file.name or field for file in files]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise InvalidArgumentError(
            f"{where}: several files are called {double[0]!r}, and the server would keep one of "
            "them: give them names with UploadFile(content, name=...)"
        )
    return [
        LocalFile(file, name=name, where=where) for file, name in zip(files, names, strict=True)
    ]


def _listed(given: Any) -> list[Any]:
    if isinstance(given, str) or is_file_like(given):
        return [given]
    if isinstance(given, Iterable):
        return [*given]
    return [given]


def _as_upload(given: Any, where: str) -> UploadFile:
    if isinstance(given, str):
        given = UploadFile(given)
    if not is_file_like(given):
        raise InvalidArgumentError(
            f"{where}: expected a path, bytes, an open binary file or an UploadFile, "
            f"got {type(given).__name__}"
        )
    return as_file(given)
