"""Files to upload, in parts that are read from disk while they are sent."""

from __future__ import annotations

import html
import io
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs

from annoport.core.errors import (
    ChangedDuringUploadError,
    CutFileNameWarning,
    InvalidArgumentError,
    InvalidBodyError,
)
from annoport.core.http.multipart import BLOCK, as_file, check_name, is_file_like, is_path
from annoport.core.support.call_site import stacklevel
from annoport.core.support.local_paths import files_below, status_of
from annoport.core.values.models import UploadFile

if TYPE_CHECKING:
    from annoport.core.values.models import FileSource


_FOLDERS = re.compile(r".*[/\\]", re.DOTALL)
_NUMBERS = re.compile(r"([0-9]+)")
_SHOWN_NAMES = 5


@attrs.frozen
class _Stamp:
    """Shows whether a file is still the same.

    Attributes:
        size: Its size in bytes.
        modified: Its modification time, in nanoseconds since the epoch, if known.
    """

    size: int
    modified: int | None


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(status.st_size, status.st_mtime_ns)


class LocalFile:
    """A file as it was when its upload began.

    Attributes:
        file: The file with its name and media type, for a form; it is read as here.
        name: Its name on the server.
        given: Its name as the caller has it, perhaps with folders that the server cuts off.
        size: Its size in bytes; for an open file, counted from its current position.
        fits_form: Whether the server would keep its name if it came in a form.
    """

    def __init__(
        self, file: UploadFile, *, name: str, given: str, where: str, fits_form: bool = True
    ) -> None:
        """Measure the file.

        Args:
            file: The file to upload.
            name: Its name on the server.
            given: Its name as the caller has it.
            where: The operation, for messages.
            fits_form: Whether the server would keep its name if it came in a form.

        Raises:
            InvalidBodyError: The file cannot be read or measured.
        """
        self.name = name
        self.fits_form = fits_form
        self.given = given
        self._content: Any = file.content
        self._where = where
        self._start = 0
        if not isinstance(self._content, bytes) and not is_path(self._content):
            self._start = self._position()
        try:
            self._stamp = self._measure()
        except OSError as error:
            raise InvalidBodyError(f"{where}: cannot read the file to upload: {error}") from error
        self.size = self._stamp.size
        whole: Any = self.part(0, self.size)
        self.file = UploadFile(whole, name=name, media_type=file.media_type)

    @property
    def path(self) -> Path | None:
        """Where the file is, if it was given as a path."""
        content = self._content
        if isinstance(content, Path):  # making another one of it takes long
            return content
        return Path(content) if is_path(content) else None

    @property
    def modified(self) -> int | None:
        """When it was modified, in nanoseconds since the epoch, if known."""
        return self._stamp.modified

    def part(self, start: int, stop: int) -> LocalPart:
        """Return the bytes [start, stop) as a part that is read when it is sent."""
        return LocalPart(self, start, stop)

    def blocks(self, start: int, stop: int) -> Iterator[bytes]:
        """Read the bytes [start, stop), block by block.

        Raises:
            ChangedDuringUploadError: The file has changed since the upload began.
        """
        content = self._content
        if isinstance(content, bytes):
            for at in range(start, stop, BLOCK):
                yield content[at : min(stop, at + BLOCK)]
        elif is_path(content):
            try:
                file = open(content, "rb", buffering=0)  # noqa: SIM115, PTH123 (a hot path)
            except OSError as error:
                raise self._changed(str(error)) from error
            with file:
                self._compare(_stamp(os.fstat(file.fileno())))
                file.seek(start)
                yield from self._read(file, stop - start)
                self._compare(_stamp(os.fstat(file.fileno())))
        else:
            self._check()
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
        """Return the current position of an open file."""
        content = self._content
        if not hasattr(content, "seekable") or not content.seekable():
            raise InvalidBodyError(
                f"{self._where}: the size of the file to upload is unknown, because it cannot "
                "seek: pass a path, bytes or a file on disk"
            )
        if not isinstance(content.read(0), bytes):
            raise InvalidBodyError(
                f"{self._where}: the file to upload is open in text mode; open it with 'rb'"
            )
        return int(content.tell())

    def _measure(self) -> _Stamp:
        content = self._content
        if isinstance(content, bytes):
            return _Stamp(len(content), None)
        if is_path(content):
            return _stamp(status_of(content))
        size = int(content.seek(0, io.SEEK_END)) - self._start
        content.seek(self._start)
        try:
            return _Stamp(size, os.fstat(content.fileno()).st_mtime_ns)
        except (AttributeError, OSError):  # not a file on disk, but one such as BytesIO
            return _Stamp(size, None)

    def _check(self) -> None:
        try:
            self._compare(self._measure())
        except OSError as error:
            raise self._changed(str(error)) from error

    def _compare(self, now: _Stamp) -> None:
        if now.size != self._stamp.size:
            raise self._changed(f"it has {now.size} bytes now")
        if now != self._stamp:
            raise self._changed("it was written to")

    def _changed(self, how: str) -> ChangedDuringUploadError:
        return ChangedDuringUploadError(
            f"{self._where}: {self.name} changed while it was being sent: it had {self.size} "
            f"bytes at the start, and {how}; upload it again",
            name=self.name,
            expected=self.size,
        )


class LocalPart:
    """A part of a file, as a piece of a streamed body; `size` is its number of bytes."""

    replayable = True

    def __init__(self, file: LocalFile, start: int, stop: int) -> None:
        self._file = file
        self._start = start
        self._stop = stop
        self.size = stop - start

    def blocks(self) -> Iterator[bytes]:
        """Read the part, block by block."""
        return self._file.blocks(self._start, self._stop)


def local_files(
    given: FileSource | Iterable[FileSource],
    *,
    field: str,
    where: str,
    several: bool,
    cut_folders: bool = False,
    cleaned_names: bool = False,
) -> list[LocalFile]:
    """Measure the files that a caller passed.

    Args:
        given: One file, or several or a folder if the operation takes several.
        field: Name for a file that has none of its own.
        where: The operation, for messages.
        several: Whether the operation takes several files.
        cut_folders: Whether the server cuts folders off their names.
        cleaned_names: Whether it changes names in a form that are not clean.

    Raises:
        InvalidArgumentError: There is no file, more than the operation takes, or one of the
            wrong type or without a name of its own, or two would have the same name on the server.
        InvalidBodyError: A file cannot be read or measured, or its name is no text.
    """
    listed = [
        one
        for source in _listed(given)
        for one in (_in_folder(source, where) if several and _is_folder(source) else [source])
    ]
    files = [_as_upload(one, where) for one in listed]
    if not files:
        raise InvalidArgumentError(f"{where}: no file to upload: pass at least one")
    if len(files) > 1 and not several:
        raise InvalidArgumentError(f"{where}: takes one file, got {len(files)}")
    names = [file.name or field for file in files]
    kept = [_without_folders(name, where) for name in names] if cut_folders else names
    for name in kept:
        check_name(name, where)
        if cleaned_names and ("\n" in name or "\r" in name):
            raise InvalidBodyError(
                f"{where}: the server takes no line break in the name of a file, as in {name!r}: "
                "rename it, or name it with UploadFile(content, name=...)"
            )
    _refuse_equal(names, kept, where)
    return [
        LocalFile(
            file,
            name=name,
            given=given_name,
            where=where,
            fits_form=not cleaned_names or _is_clean(name),
        )
        for file, name, given_name in zip(files, kept, names, strict=True)
    ]


def warn_of_cut_folders(files: Iterable[LocalFile], where: str) -> None:
    """Warn that the server keeps files under other names than their own."""
    cut = [f"{file.given!r} as {file.name!r}" for file in files if file.given != file.name]
    if cut:
        warnings.warn(
            f"{where}: the server cuts folders off the names of files, and keeps "
            f"{some_of(cut)}: pass names without folders",
            CutFileNameWarning,
            stacklevel(),
        )


def _is_clean(name: str) -> bool:
    return name.isprintable() and html.unescape(name) == name


def _without_folders(name: str, where: str) -> str:
    kept = _FOLDERS.sub("", name)
    if not kept:
        raise InvalidArgumentError(
            f"{where}: the server cuts folders off the names of files, and nothing is left of "
            f"{name!r}: name the file with UploadFile(content, name=...)"
        )
    return kept


def _refuse_equal(names: list[str], kept: list[str], where: str) -> None:
    """Refuse files of which the server would drop all but one without a word."""
    by_name: dict[str, list[str]] = {}
    for given, name in zip(names, kept, strict=True):
        by_name.setdefault(name, []).append(given)
    equal = {name: given for name, given in by_name.items() if len(given) > 1}
    if not equal:
        return
    shown = [
        f"{len(given)} files are called {name!r}"
        + ("" if set(given) == {name} else f" without their folders ({some_of(map(repr, given))})")
        for name, given in equal.items()
    ]
    raise InvalidArgumentError(
        f"{where}: {some_of(shown)}, and the server would keep only one of them: "
        "name them with UploadFile(content, name=...)"
    )


def some_of(texts: Iterable[str]) -> str:
    """Return texts for a message: the first few, and how many more there are."""
    listed = list(texts)
    more = len(listed) - _SHOWN_NAMES
    return ", ".join(listed[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


def _listed(given: Any) -> list[Any]:
    if isinstance(given, str) or is_file_like(given):
        return [given]
    if isinstance(given, Iterable):
        return [*given]
    return [given]


def _is_folder(given: object) -> bool:
    return is_path(given) and os.path.isdir(given)  # noqa: PTH112 (a hot path)


def _in_folder(folder: Any, where: str) -> list[UploadFile]:
    """Return the files of a folder and of those in it, in natural order, without hidden ones."""
    root = Path(folder)
    try:
        names = sorted(files_below(root, hidden=False), key=_natural)
    except OSError as error:
        raise InvalidBodyError(f"{where}: cannot read the folder to upload: {error}") from error
    if not names:
        raise InvalidArgumentError(f"{where}: the folder {str(root)!r} has no file to upload")
    return [UploadFile(root / name, name=name) for name in names]


def _natural(name: str) -> tuple[list[tuple[str, int]], str]:
    """Return what to sort by so that 2 comes before 10, and upper case beside lower case."""
    pieces = _NUMBERS.split(name.casefold())
    words, numbers = pieces[::2], [*map(int, pieces[1::2]), -1]
    return list(zip(words, numbers, strict=True)), name


def _as_upload(given: Any, where: str) -> UploadFile:
    if isinstance(given, str):
        given = UploadFile(given)
    if not is_file_like(given):
        raise InvalidArgumentError(
            f"{where}: expected a path, bytes, an open binary file or an UploadFile, "
            f"got {type(given).__name__}"
        )
    return as_file(given)
