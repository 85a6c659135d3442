"""The partial file: what a download keeps on disk, next to its target, until the file is complete.

    .NAME.HASH.partial         the bytes received so far
    .NAME.HASH.partial.json    the sidecar: which version of which file they belong to
    .NAME.HASH.partial.lock    held while a process works on them

HASH identifies the source, so downloads of different files never share a partial file. The sidecar
is on disk before the first byte, and old bytes are removed before a new sidecar is written. So
bytes and sidecar match whenever the process is killed. A file that is fetched in pieces has its
full size from the start; the sidecar lists the bytes that have arrived, but only once they are on
disk.
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
from annoport.core.support.small_files import sync_folder, write_whole

_FORMAT = 1
_LONGEST_ENTRY = 255
_WRITE_BEHIND = 32 * 1024 * 1024
NOTE_EVERY = 4 * 1024 * 1024
"""Bytes of a piece after which the sidecar is updated; a kill loses no more than these."""

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class _Finished(msgspec.Struct, frozen=True, omit_defaults=True):
    """The file that a download left, as it was then.

    Attributes:
        name: Its folder entry.
        size: Its size in bytes.
        modified_ns: Its modification time, in nanoseconds since the epoch.
        unpacked: Absolute path of the folder that it was unpacked into.
    """

    name: str
    size: int
    modified_ns: int
    unpacked: str | None = None


class _Sidecar(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The content of the sidecar.

    Attributes:
        key: `FileIdentity.key` of the remote file; `source` and `job` are for human readers.
        piece: Bytes of a piece, if the file is fetched in pieces.
        pieces: Numbers of the complete pieces.
        begun: For each incomplete piece, the number of bytes that have arrived; absent from
            sidecars of older releases.
        made: Folder entry of the file that an earlier download of this source made.
        finished: That file, unless another download of this source was begun since.
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
    """The bytes received so far, with the lock on them; it must always be closed.

    Attributes:
        path: The partial file.
        identity: The remote file.
        have: Number of bytes received from the start of the file; unused with pieces.
        cold: Whether another process received them.
        version: Version of the file that they belong to.
        name: Name of the file according to the server.
        media_type: Media type of the file according to the server.
        pieces: State of the pieces, if the file is fetched in pieces.
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
    # Reentrant, because an interrupt may leave it with the thread that closes next.
    _writing: threading.RLock = attrs.field(factory=threading.RLock, init=False)
    _closed: bool = attrs.field(default=False, init=False)
    _loaded: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        """Create the lock, without taking it."""
        self._lock = FileLock(self.path.with_name(f"{self.path.name}.lock"))

    @classmethod
    def open(cls, folder: Path, name: str, identity: FileIdentity) -> Partial:
        """Find or begin the partial file of a remote file in `folder`, and lock it.

        Args:
            folder: Folder of the target; created if it does not exist.
            name: Name of the target; while that is unknown, any name that stays the same.
            identity: The remote file.

        Raises:
            TargetBusyError: Another download holds the lock.
            NoSpaceError: The disk is full.
            DownloadError: The folder cannot be written.
        """
        with clear_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            partial = cls(path=folder / _entry_name(name, identity), identity=identity)
            try:
                partial._take_lock(folder / name)
                partial._load()
            except BaseException:
                partial.close()
                raise
        return partial

    @property
    def sidecar(self) -> Path:
        """Path of the sidecar."""
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def kept(self) -> Path | None:
        """Path of the bytes that the next download can continue; None if there are none."""
        return self.path if self.path.exists() else None

    @property
    def received(self) -> int:
        """Number of bytes received, in pieces or not."""
        return self.have if self.pieces is None else self.pieces.received

    def begin(self, version: Version, name: str | None, media_type: str) -> None:
        """Drop all bytes and begin again with `version`."""
        with clear_errors(self.path), self._writing:
            self._refuse_late()
            self._drop()
            self.version, self.name, self.media_type = version, name, media_type
            self._save()
            self._file = self.path.open("xb+", buffering=0)

    def begin_pieces(
        self, version: Version, name: str | None, media_type: str, *, piece: int
    ) -> None:
        """Drop all bytes and begin again with `version`, in pieces of `piece` bytes."""
        if version.total is None:
            raise ValueError("pieces need a known size")
        with clear_errors(self.path), self._writing:
            self._refuse_late()
            self._drop()
            self.version, self.name, self.media_type = version, name, media_type
            self.pieces = Pieces(piece, version.total)
            self._save()
            with self.path.open("xb") as file:
                _reserve(file, version.total)

    def write(self, block: bytes | bytearray | memoryview) -> None:
        """Append bytes."""
        with clear_errors(self.path), self._writing:
            self._refuse_late()
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
        """Return the incomplete pieces, in order."""
        pieces = self.pieces
        return [] if pieces is None else [Piece(self, pieces, i) for i in pieces.missing()]

    def write_piece(
        self, pieces: Pieces, index: int, block: bytes | bytearray | memoryview
    ) -> None:
        """Add bytes to one of `pieces`; safe to call from several threads.

        Raises:
            ValueError: `pieces` were dropped meanwhile.
        """
        with clear_errors(self.path), self._writing:
            self._refuse_late(pieces)
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
        """Return the received bytes from `start` on."""
        with clear_errors(self.path), self._writing:
            self._refuse_late()
            file = self._opened()
            file.seek(start)
            found = file.read(self.have - start)
            file.seek(self.have)
            return found

    def piece_done(self, pieces: Pieces, index: int) -> None:
        """Note that one of `pieces` is complete.

        Raises:
            ValueError: `pieces` were dropped meanwhile.
        """
        with clear_errors(self.path), self._writing:
            self._refuse_late(pieces)
            self._note(pieces, whole=index)

    def drop(self) -> None:
        """Remove all bytes, because they cannot be used."""
        with clear_errors(self.path), self._writing:
            self._refuse_late()
            self._forget()

    def flush(self) -> None:
        """Sync every byte to disk and close the file, before it is checked and renamed."""
        with clear_errors(self.path), self._writing:
            self._refuse_late()
            file = self._opened()
            os.fsync(file.fileno())
            file.close()
            self._file = None

    def finish(self, target: Path, *, replace: bool, remember: bool) -> None:
        """Rename the complete file to its target, in one step.

        Args:
            target: Its final path.
            replace: Whether an existing target may be replaced.
            remember: Whether to keep the sidecar, so that `finished` finds the file.

        Raises:
            TargetExistsError: The target exists, and `replace` is false.
        """
        with clear_errors(target):
            if remember:  # first, so that a kill after the renaming leaves no unknown target
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
        """Return the file that an earlier download of this source left, if it is unchanged.

        Args:
            target: Where the file should be; None accepts any name in the folder.
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
        """Whether the finished file was unpacked into `folder`, and its files are still there."""
        done = self._finished
        if done is None or done.unpacked != str(folder.absolute()):
            return False
        return folder.is_dir() and any(folder.iterdir())

    def note_unpacked(self, folder: Path) -> None:
        """Note in the sidecar that the finished file is unpacked, and will appear at `folder`."""
        if self._finished is not None:
            with clear_errors(self.sidecar):
                finished = msgspec.structs.replace(self._finished, unpacked=str(folder.absolute()))
                self._finished = finished
                self._save()

    def forget_finished(self) -> None:
        """Remove the sidecar of a finished file: no later download is to find the file."""
        if self._finished is not None:
            self._made = self._finished = None
            with clear_errors(self.sidecar):
                self.sidecar.unlink(missing_ok=True)

    def wrote(self, target: Path) -> bool:
        """Whether an earlier download of this source made the file at `target`."""
        return self._made == target.name

    def close(self) -> None:
        """Close the file and release the lock; the received bytes stay for the next download."""
        try:
            with self._writing:
                self._closed = True
                with contextlib.suppress(OSError):  # the error that led here matters more
                    self._leave()
        finally:
            self._lock.release()

    def _refuse_late(self, pieces: Pieces | None = None) -> None:
        """Turn a thread away that outlived its task or was left behind.

        It may still come here after `close`, or with pieces that were dropped.
        """
        if self._closed:
            raise ValueError(f"{self.path.name} was closed")
        if pieces is not None and pieces is not self.pieces:
            raise ValueError(f"the pieces of {self.path.name} were dropped")

    def _leave(self) -> None:
        """Update the sidecar and close the file; remove the file if no byte has arrived.

        Before what is on disk was taken up to the end, nobody knows whether bytes have arrived.
        """
        try:
            if self.pieces is not None and not self.pieces.noted:
                self._note(self.pieces)
        finally:
            if self._file is not None:
                self._file.close()
                self._file = None
        if self._loaded and self._is_empty():
            self._forget()

    def _is_empty(self) -> bool:
        """Whether the file exists and holds no byte that the next download could continue.

        Its size counts, not `have`: an interrupt may come between a write and its counting.
        """
        if not self.path.exists():
            return False
        return self.path.stat().st_size == 0 if self.pieces is None else self.received == 0

    def _note(self, pieces: Pieces, *, whole: int | None = None) -> None:
        """Sync the bytes to disk, then note them in the sidecar; the piece `whole` is complete."""
        try:
            os.fsync(self._opened().fileno())
        except OSError:
            pieces.back_to_note()  # the next sync may succeed even though this one lost bytes
            raise
        if whole is not None:
            pieces.ended(whole)
        self._save()
        pieces.note()

    def _take_lock(self, target: Path) -> None:
        if not self._lock.acquire():
            raise TargetBusyError(
                f"another download to {target} is running: wait until it ends, "
                "or choose another target",
                path=target,
            )

    def _load(self) -> None:
        """Continue with what an earlier process left, if bytes and sidecar match."""
        self._take_up()
        self._loaded = True

    def _take_up(self) -> None:
        saved = self._read_sidecar()
        if saved is None:
            self._drop()
            return
        self.version = Version(
            etag=saved.etag, modified=saved.modified, total=saved.total, encoded=saved.encoded
        )
        self.name, self.media_type = saved.name, saved.media_type
        self._made, self._finished = saved.made, saved.finished
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return
        size = status.st_size
        if status.st_nlink > 1:  # it already has its final name too: no longer ours to write to
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
    """A piece of a partial file, to be filled.

    Attributes:
        partial: The partial file.
        index: Number of the piece, from 0.
    """

    partial: Partial
    _pieces: Pieces
    index: int

    @property
    def gap(self) -> tuple[int, int]:
        """Start and end of the bytes that it still lacks."""
        return self._pieces.gap(self.index)

    def write(self, block: bytes | bytearray | memoryview) -> None:
        """Add bytes; safe to call from several threads."""
        self.partial.write_piece(self._pieces, self.index, block)

    def done(self) -> None:
        """Note that it is complete."""
        self.partial.piece_done(self._pieces, self.index)


@contextlib.contextmanager
def clear_errors(path: Path, *, full: str = "") -> Generator[None, None, None]:
    """Turn an error of the file system into one of ours that names the file.

    Args:
        path: The file.
        full: What to say of a full disk; by default, that of a download.

    Raises:
        NoSpaceError: The disk is full.
        DownloadError: Anything else went wrong on disk.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, DownloadError):
            raise
        if error.errno in NO_SPACE:
            told = full or (
                f"no space left for {path}: the bytes on disk are kept; "
                "free some space, then download again to continue"
            )
            raise NoSpaceError(told, path=path) from error
        raise DownloadError(f"cannot write {path}: {error.strerror or error}", path=path) from error


def _entry_name(name: str, identity: FileIdentity) -> str:
    ending = f".{identity.key[:12]}.partial"
    room = _LONGEST_ENTRY - len(ending) - len(".json.new") - 1
    return f".{shorten(name, room)}{ending}"


def _begin_to_store(file: BinaryIO, start: int, stop: int) -> None:
    """Let the system write these bytes to disk now, so that the sync at the end is short.

    Told that they are not needed soon, Linux begins to write them; unwritten pages stay in memory.
    """
    advise: Any = getattr(os, "posix_fadvise", None)
    if advise is not None:
        with contextlib.suppress(OSError):  # only a hint, and some file systems take none
            advise(file.fileno(), start, stop - start, os.POSIX_FADV_DONTNEED)


def _reserve(file: BinaryIO, size: int) -> None:
    """Reserve the whole space at once, if possible, so that a full disk shows up early."""
    reserve: Any = getattr(os, "posix_fallocate", None)
    if reserve is not None and size:
        try:
            reserve(file.fileno(), 0, size)
        except OSError as error:
            if error.errno in NO_SPACE:
                raise
    file.truncate(size)


def _rename_without_replacing(path: Path, target: Path) -> None:
    """Rename a file, but never over an existing one, not even one that has just appeared."""
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
    why: str = "it already exists",
    hint: str = ", or pass overwrite='replace' to replace it",
) -> TargetExistsError:
    """Return the error for a target that may not be replaced.

    Args:
        target: The path that exists.
        why: What is in the way.
        hint: What else the caller can do, with the words that join it to the message.
    """
    return TargetExistsError(
        f"cannot write {target}: {why}; choose another target{hint}", path=target
    )
