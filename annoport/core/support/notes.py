"""Notes: small files with which a process that was killed and is simply run again goes on.

A note says what a call has begun on a server, such as the token of a job or the address of an
upload. It is on disk as soon as the server has answered, and is removed when the call has ended
well. Its name is made of what identifies the call, so only the same call finds it. It holds no
secret, and neither does what its name is made of.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Generic, TypeVar

import attrs
import msgspec

from annoport.core.support.file_locks import is_named, take
from annoport.core.support.small_files import write_whole

T = TypeVar("T")

_FORMAT = 1
_DIGITS = 12
_LONGEST_NAME = 150
"""Bytes of UTF-8; file systems allow 255, and endings are added."""

_OWN_FILE, _OWN_FOLDER = 0o600, 0o700
_SWEPT_SECONDS = 90 * 24 * 3600.0
"""No server has any more what a note tells that is as old."""

_CLOCK_SLACK = 60.0
"""Seconds by which a note may seem to come from the future, because a clock was set back."""


class _Content(msgspec.Struct, kw_only=True):
    """What is in the file.

    Attributes:
        key: The whole key, of which the name of the file has the first digits.
        written: When it was written.
    """

    format: int = _FORMAT
    key: str
    written: datetime.datetime
    content: msgspec.Raw


@attrs.frozen
class Noted(Generic[T]):
    """What a note says.

    Attributes:
        content: What was written.
        written: When that was.
    """

    content: T
    written: datetime.datetime

    def age(self) -> float:
        """Return the seconds since it was written."""
        return (_now() - self.written).total_seconds()

    def is_usable(self, limit: float) -> bool:
        """Whether it is younger than `limit` seconds; with a limit of 0, no note is."""
        return limit > 0 and -_CLOCK_SLACK <= self.age() < limit


@attrs.frozen
class Note(Generic[T]):
    """The note of one call, whether it exists or not.

    A note is no lock. Who reads and writes one while other processes may make the same call holds
    a lock on `lock`.

    Attributes:
        path: The file.
        key: Identifies the call, as `key_of` made it.
        type: What is written: a `msgspec.Struct`, or anything else that msgspec knows.
    """

    path: Path
    key: str
    type: type[T]

    @property
    def lock(self) -> Path:
        """The file to hold a lock on."""
        return self.path.with_name(f"{self.path.name}.lock")

    def read(self) -> Noted[T] | None:
        """Return what the note says; None if there is none that can be read."""
        try:
            found = msgspec.json.decode(self.path.read_bytes(), type=_Content)
            content = msgspec.json.decode(found.content, type=self.type)
        except (OSError, ValueError, msgspec.DecodeError):
            return None
        if (found.format, found.key) != (_FORMAT, self.key) or found.written.tzinfo is None:
            return None
        return Noted(content, found.written)

    def write(
        self,
        content: T,
        written: datetime.datetime | None = None,
        *,
        survives_power_cut: bool = True,
    ) -> None:
        """Write the note, in place of an earlier one; it is on disk afterwards.

        Args:
            content: What to write.
            written: When what it tells of was begun; now by default.
            survives_power_cut: Wait until it is on the disk.

        Raises:
            OSError: The folder cannot be made or written.
        """
        raw = msgspec.Raw(msgspec.json.encode(content))
        packed = _Content(key=self.key, written=written or _now(), content=raw)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(
            self.path,
            msgspec.json.encode(packed),
            mode=_OWN_FILE,
            survives_power_cut=survives_power_cut,
        )

    def remove(self) -> None:
        """Remove the note, if there is one."""
        self.path.unlink(missing_ok=True)


def key_of(*identity: object) -> str:
    """Return a digest of what identifies a call: 64 hexadecimal digits.

    Args:
        identity: JSON data, bytes and dates: the operation, its arguments, the server's address,
            the account. No secret, because short ones could be guessed from the digest.
    """
    return hashlib.sha256(msgspec.json.encode(identity, order="deterministic")).hexdigest()


def beside(folder: Path, name: str, key: str) -> Path:
    """Return the path of a note in the folder of what the call is about.

    Args:
        folder: The folder of a target, say.
        name: Tells people what the note is about: the name of the target, say.
        key: What `key_of` returned.
    """
    shown = name.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
    return folder / f".{shown}.{key[:_DIGITS]}.note"


def in_cache(key: str) -> Path:
    """Return the path of a note where nothing local is beside it; its folder is made if missing.

    Args:
        key: What `key_of` returned.
    """
    folder = cache_folder() / "notes"
    folder.mkdir(mode=_OWN_FOLDER, parents=True, exist_ok=True)
    _sweep(folder)
    return folder / f"{key[:_DIGITS]}.note"


@functools.cache
def _sweep(folder: Path) -> None:
    """Remove old notes, with their locks and what is left of broken ones; once in a process."""
    oldest = time.time() - _SWEPT_SECONDS
    for path in list(folder.glob("*.note*")):
        with contextlib.suppress(OSError):  # another process may be sweeping, too
            if path.stat().st_mtime < oldest:
                _remove_unless_locked(path)


def _remove_unless_locked(path: Path) -> None:
    """Remove a file of a note, unless some process is at work on the note."""
    lock = path.with_name(f"{path.name.partition('.note')[0]}.note.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, _OWN_FILE)
    try:
        if take(descriptor) and is_named(descriptor, lock):
            path.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def cache_folder() -> Path:
    """Return the folder for what this user's programs keep on this machine."""
    try:
        return _caches() / "annoport"
    except RuntimeError:  # a user without a home, as in some containers
        user = getattr(os, "getuid", int)()
        return Path(tempfile.gettempdir()) / f"annoport-{user}"


def _caches() -> Path:
    if sys.platform == "win32":
        given = os.environ.get("LOCALAPPDATA")
        return Path(given) if given else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    given = os.environ.get("XDG_CACHE_HOME")
    return Path(given) if given and Path(given).is_absolute() else Path.home() / ".cache"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
