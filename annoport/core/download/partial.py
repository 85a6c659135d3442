"""A file that is being downloaded, as it lies on disk next to its target.

    .NAME.HASH.partial         the bytes so far
    .NAME.HASH.partial.json    the sidecar: which version of which file they belong to
    .NAME.HASH.partial.lock    held while a process works on them

HASH stands for the source, so downloads from elsewhere never meet. The sidecar is on disk before
the first byte, and the old bytes are gone before a new sidecar: whatever is killed at whatever
moment, bytes and sidecar fit together. A file that is fetched in pieces has its full size from the
beginning; the sidecar says which bytes of it are there, and says so after they are on the disk.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any, BinaryIO

import attrs
import msgspec

from annoport.core.download.file_names import shorten
from annoport.core.download.lock import FileLock
from annoport.core.download.pieces import Pieces
from annoport.core.download.resume import FileIdentity, Version
from annoport.core.errors import DownloadError, NoSpaceError, TargetBusyError, TargetExistsError

_FORMAT = 1
_LONGEST_ENTRY = 255
_WRITE_BEHIND = 32 * 1024 * 1024
NOTE_EVERY = 4 * 1024 * 1024
"""Bytes of a piece after which the sidecar says that they are there; a kill loses no more."""
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class _Finished(msgspec.Struct, frozen=True, omit_defaults=True):
    """The file that a download left, as it was then.

    name: its folder entry. unpacked: the folder that it was unpacked into, as an absolute path.
    """

    name: str
    size: int
    modified_ns: int
    unpacked: str | None = None


class _Sidecar(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the sidecar says.

    piece: the size of one, if the file is fetched in pieces. pieces: which of them are whole.
    begun: how many bytes are there of each of the others; older sidecars do not say.
    made: the folder entry that an earlier download of this source made.
    finished: that entry, if it was the last thing that was done.
    """

    format: int = _FORMAT
    key: str
    source: str
    job: str | None = None
    etag: str | None = None
    modified: str | None = None
    total: int | None = None
    encoded: bool = False
    name: str | None = None
    media_type: str = ""
    piece: int | None = None
    pieces: list[int] = []
    begun: dict[int, int] = {}
    made: str | None = None
    finished: _Finished | None = None


@attrs.define(kw_only=True)
class Partial:
    """The bytes at hand, with the lock on them; close it in any case.

    have: how many bytes are there from the beginning on (not used with pieces).
    cold: another process wrote them. name, media_type: what the server said about the file.
    pieces: what is there, if the file is fetched in pieces.
    """

    path: Path
    identity: FileIdentity
    have: int = 0
    cold: bool = False
    version: Version | None = None
    name: str | None = None
    media_type: str = ""
    pieces: Pieces | None = None
    _made: str | None = None
    _finished: _Finished | None = None
    _lock: FileLock = attrs.field(init=False)
    _file: BinaryIO | None = attrs.field(default=None, init=False)
    _handed_over: int = attrs.field(default=0, init=False)
    _writing: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _closed: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        """Name the lock."""
        self._lock = FileLock(self.path.with_name(f"{self.path.name}.lock"))

    @classmethod
    def open(cls, folder: Path, name: str, identity: FileIdentity) -> Partial:
        """Find or begin the partial file of a remote file in `folder`, and lock it.

        name: the target's, or any lasting one where that is not known yet.
        Raises TargetBusyError if another process is at it.
        """
        with clear_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            partial = cls(path=folder / _entry_name(name, identity), identity=identity)
            if not partial._lock.acquire():
                raise TargetBusyError(
                    f"another download to {folder / name} is running: wait until it has ended, "
                    "or choose another target",
                    path=folder / name,
                )
            try:
                partial._load()
            except BaseException:
                partial.close()
                raise
        return partial

    @property
    def sidecar(self) -> Path:
        """Where the sidecar is."""
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def kept(self) -> Path | None:
        """Where the bytes stay for the next time."""
        return self.path if self.path.exists() else None

    @property
    def received(self) -> int:
        """Bytes at hand, in pieces or not; for messages."""
        return self.have if self.pieces is None else self.pieces.received

    def begin(self, version: Version, name: str | None, media_type: str) -> None:
        """Drop what is there and begin with `version`."""
        with self._at_work():
            self._drop()
            self.version, self.name, self.media_type = version, name, media_type
            self._save()
            self._file = self.path.open("xb+", buffering=0)

    def begin_pieces(
        self, version: Version, name: str | None, media_type: str, *, piece: int
    ) -> None:
        """Drop what is there and begin with `version`, to be fetched in pieces of that size."""
        if version.total is None:
            raise ValueError("pieces need a known size")
        with self._at_work():
            self._drop()
            self.version, self.name, self.media_type = version, name, media_type
            self.pieces = Pieces(piece, version.total)
            self._save()
            with self.path.open("xb") as file:
                _reserve(file, version.total)

    def write(self, block: bytes | bytearray | memoryview) -> None:
        """Add bytes at the end."""
        with self._at_work():
            file = self._opened()
            view = memoryview(block)
            while view:
                written = file.write(view)
                self.have += written
                view = view[written:]
            if self.have - self._handed_over >= _WRITE_BEHIND:
                _begin_to_store(file, self._handed_over, self.have)
                self._handed_over = self.have

    def missing_pieces(self) -> list[Piece]:
        """Give the pieces that are not whole, in order."""
        pieces = self.pieces
        return [] if pieces is None else [Piece(self, pieces, i) for i in pieces.missing()]

    def write_piece(
        self, pieces: Pieces, index: int, block: bytes | bytearray | memoryview
    ) -> None:
        """Add bytes to one of `pieces`; safe to call from several threads.

        Raises ValueError if they were dropped meanwhile.
        """
        with self._at_work(pieces):
            file = self._opened()
            file.seek(pieces.gap(index)[0])
            view = memoryview(block)
            while view:
                written = file.write(view)
                pieces.took(index, written)
                view = view[written:]
            if pieces.unnoted(index) >= NOTE_EVERY:
                self._note(pieces)

    def tail(self, start: int) -> bytes:
        """Give the bytes from `start` to the end of those at hand."""
        with self._at_work():
            file = self._opened()
            file.seek(start)
            found = file.read(self.have - start)
            file.seek(self.have)
            return found

    def piece_done(self, pieces: Pieces, index: int) -> None:
        """Note that one of `pieces` is whole. Raises ValueError as `write_piece`."""
        with self._at_work(pieces):
            self._note(pieces, whole=index)

    def drop(self) -> None:
        """Remove what is there, because it is of no use."""
        with self._at_work():
            self._forget()

    def flush(self) -> None:
        """Put every byte on the disk and close the file, before it is checked and renamed."""
        with self._at_work():
            file = self._opened()
            os.fsync(file.fileno())
            file.close()
            self._file = None

    def finish(self, target: Path, *, replace: bool, remember: bool) -> None:
        """Give the whole file its final name, in one step.

        replace: an existing target may go. remember: keep the sidecar, for `finished`.
        Raises TargetExistsError.
        """
        with clear_errors(target):
            if remember:  # first, so that a kill cannot leave a target that nobody owns up to
                status = self.path.stat()
                self._made = target.name
                self._finished = _Finished(target.name, status.st_size, status.st_mtime_ns)
                self._save()
            if replace:
                self.path.replace(target)
            else:
                _rename_without_replacing(self.path, target)
            if not remember:
                self.sidecar.unlink(missing_ok=True)
            sync_folder(target.parent)

    def finished(self, target: Path | None) -> Path | None:
        """Give the file that an earlier download of this source left, if it is untouched.

        target: where it is wanted; None for any name in the folder.
        """
        done = self._finished
        if done is None:
            return None
        path = self.path.with_name(done.name)
        if target is not None and path != target:
            return None
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            if (status.st_size, status.st_mtime_ns) == (done.size, done.modified_ns):
                return path
        return None

    def unpacked_into(self, folder: Path) -> bool:
        """Whether the finished file was unpacked into `folder`, which is still there."""
        done = self._finished
        return done is not None and done.unpacked == str(folder.absolute()) and folder.is_dir()

    def note_unpacked(self, folder: Path) -> None:
        """Remember that the finished file was unpacked into `folder`."""
        if self._finished is not None:
            with clear_errors(self.sidecar):
                finished = msgspec.structs.replace(self._finished, unpacked=str(folder.absolute()))
                self._finished = finished
                self._save()

    def wrote(self, target: Path) -> bool:
        """Whether an earlier download of this source made the file at `target`."""
        return self._made == target.name

    def close(self) -> None:
        """Close the file and free the lock; bytes at hand stay for the next time."""
        try:
            with self._writing:
                self._closed = True
                with contextlib.suppress(OSError):  # the error that led here matters more
                    self._leave()
        finally:
            self._lock.release()

    @contextlib.contextmanager
    def _at_work(self, pieces: Pieces | None = None) -> Generator[None, None, None]:
        """Let one thread work at a time.

        None may after `close`, or with pieces that were dropped, as that of a cancelled task may
        try, and one that was left behind.
        """
        with clear_errors(self.path), self._writing:
            if self._closed:
                raise ValueError(f"{self.path.name} was closed")
            if pieces is not None and pieces is not self.pieces:
                raise ValueError(f"the pieces of {self.path.name} were dropped")
            yield

    def _leave(self) -> None:
        """Leave the disk in order."""
        try:
            if self.pieces is not None and not self.pieces.noted:
                self._note(self.pieces)
        finally:
            if self._file is not None:
                self._file.close()
                self._file = None
        if self.received == 0 and self.path.exists():
            self._forget()

    def _note(self, pieces: Pieces, *, whole: int | None = None) -> None:
        """Write down which bytes are there, when they are on the disk. whole: this piece is."""
        try:
            os.fsync(self._opened().fileno())
        except OSError:
            pieces.back_to_note()  # the next sync may succeed although this one lost bytes
            raise
        if whole is not None:
            pieces.ended(whole)
        self._save()
        pieces.note()

    def _load(self) -> None:
        """Take up what an earlier process left, if bytes and sidecar fit together."""
        saved = self._read_sidecar()
        if saved is None:
            self._drop()
            return
        self.version = Version(
            etag=saved.etag, modified=saved.modified, total=saved.total, encoded=saved.encoded
        )
        self.name, self.media_type = saved.name, saved.media_type
        self._made, self._finished = saved.made, saved.finished
        if not self.path.exists():
            return
        status = self.path.stat()
        size = status.st_size
        if status.st_nlink > 1:  # it got its final name already: not ours to write to any more
            self._drop()
        elif saved.piece is None:
            self.have, self.cold = size, size > 0
        elif size == saved.total:
            self.pieces = Pieces(saved.piece, size, set(saved.pieces), saved.begun)
        else:
            self._drop()

    def _read_sidecar(self) -> _Sidecar | None:
        try:
            saved = msgspec.json.decode(self.sidecar.read_bytes(), type=_Sidecar)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return saved if saved.format == _FORMAT and saved.key == self.identity.key else None

    def _save(self) -> None:
        version = self.version or Version()
        saved = _Sidecar(
            key=self.identity.key,
            source=self.identity.label,
            job=self.identity.job,
            etag=version.etag,
            modified=version.modified,
            total=version.total,
            encoded=version.encoded,
            name=self.name,
            media_type=self.media_type,
            **self._saved_pieces(),
            made=self._made,
            finished=self._finished,
        )
        write_whole(self.sidecar, msgspec.json.encode(saved))

    def _saved_pieces(self) -> dict[str, Any]:
        if self.pieces is None:
            return {}
        whole, begun = sorted(self.pieces.whole), self.pieces.begun
        return {"piece": self.pieces.size, "pieces": whole, "begun": begun}

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self.have, self.cold, self.version = 0, False, None
        self._handed_over = 0
        self.pieces, self._finished = None, None
        if self.path.exists():
            self.path.unlink()
            sync_folder(self.path.parent)

    def _forget(self) -> None:
        self._drop()
        if self._made is None:
            self.sidecar.unlink(missing_ok=True)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = self.path.open("rb+", buffering=0)
            self._file.seek(self.have)
        return self._file


@attrs.frozen
class Piece:
    """One of the pieces of a partial file, to be filled."""

    partial: Partial
    _pieces: Pieces
    index: int

    @property
    def gap(self) -> tuple[int, int]:
        """Where the bytes begin and end that it lacks."""
        return self._pieces.gap(self.index)

    def write(self, block: bytes | bytearray | memoryview) -> None:
        """Add bytes; safe to call from several threads."""
        self.partial.write_piece(self._pieces, self.index, block)

    def done(self) -> None:
        """Note that it is whole."""
        self.partial.piece_done(self._pieces, self.index)


@contextlib.contextmanager
def clear_errors(path: Path) -> Generator[None, None, None]:
    """Say which file an error of the file system is about; a full disk has its own error."""
    try:
        yield
    except OSError as error:
        if isinstance(error, DownloadError):
            raise
        if error.errno in NO_SPACE:
            raise NoSpaceError(
                f"no space left for {path}: what was downloaded is kept; "
                "free some space and download again to go on from there",
                path=path,
            ) from error
        raise DownloadError(f"cannot write {path}: {error.strerror or error}", path=path) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file so that it is there whole or not at all, even after a power cut."""
    scratch = path.with_name(f"{path.name}.new")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the entries of a folder on disk, where the system can do that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems cannot
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entry_name(name: str, identity: FileIdentity) -> str:
    ending = f".{identity.key[:12]}.partial"
    room = _LONGEST_ENTRY - len(ending) - len(".json.new") - 1
    return f".{shorten(name, room)}{ending}"


def _begin_to_store(file: BinaryIO, start: int, stop: int) -> None:
    """Let the system put these bytes on the disk now, so that the sync at the end is short.

    Linux takes the hint that they are not needed soon as that; dirty pages stay in memory.
    """
    advise: Any = getattr(os, "posix_fadvise", None)
    if advise is not None:
        with contextlib.suppress(OSError):  # a hint only, and some file systems take none
            advise(file.fileno(), start, stop - start, os.POSIX_FADV_DONTNEED)


def _reserve(file: BinaryIO, size: int) -> None:
    """Take the whole space at once, so that a full disk shows before the download, if it can."""
    reserve: Any = getattr(os, "posix_fallocate", None)
    if reserve is not None and size:
        try:
            reserve(file.fileno(), 0, size)
        except OSError as error:
            if error.errno in NO_SPACE:
                raise
    file.truncate(size)


def _rename_without_replacing(path: Path, target: Path) -> None:
    """Rename, but never over an existing file, not even one made a moment ago."""
    try:
        os.link(path, target)
    except FileExistsError:
        raise exists_error(target) from None
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise exists_error(target) from None
        path.rename(target)
    else:
        path.unlink()


def exists_error(
    target: Path,
    why: str = "it exists already",
    hint: str = ", or pass overwrite='replace' to replace it",
) -> TargetExistsError:
    """Say that a target may not be replaced."""
    return TargetExistsError(
        f"{target} is not written: {why}; choose another target{hint}", path=target
    )
