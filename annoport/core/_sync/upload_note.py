# Derived from _async/upload_note.py by tools/unasync.py: change that file instead.
"""The note of one upload: read before it begins, written while it runs, removed at its end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from typing import Self

import attrs

from annoport.core.download.lock import FileLock
from annoport.core.support import notes
from annoport.core.support.concurrency import Lock
from annoport.core.support.notes import Note
from annoport.core.support.workers import offload
from annoport.core.upload.resuming import KEPT_SECONDS, Begun

_BETWEEN_WRITES = 1.0


@attrs.define
class UploadNote:
    """What is noted of one upload.

    Attributes:
        begun: What was done so far, also by an earlier process.
        age: How long ago an earlier process began it, in seconds; None if none did.
    """

    _note: Note[Begun] | None
    begun: Begun
    age: float | None
    _written: float = attrs.field(default=0.0, init=False)
    _lock: Lock = attrs.field(factory=Lock, init=False)

    @property
    def is_kept(self) -> bool:
        """Whether the next process finds what this one does."""
        return self._note is not None

    @classmethod
    def unused(cls) -> Self:
        """Return one for an upload that is not noted."""
        return cls(None, Begun(), None)

    @classmethod
    @contextlib.contextmanager
    def of(cls, key: str) -> Generator[Self]:
        """Hold the note with a key; while another process holds it, there is none."""
        held = _held(key)  # at once: of a thread whose task is cancelled, nobody gets the lock
        if held is None:
            yield cls.unused()
            return
        note, lock = held
        try:
            found = offload(note.read)
            if found is not None and found.is_usable(KEPT_SECONDS):
                yield cls(note, found.content, found.age())
            else:
                yield cls(note, Begun(), None)
        finally:
            lock.release()  # at once: a task that is cancelled waits for no thread

    def change(self, action: Callable[[Begun], object], *, urgent: bool = True) -> None:
        """Change what is noted, and write it; what is not urgent may wait for the next time."""
        with self._lock.here():
            action(self.begun)
            note = self._note
            if note is None or (not urgent and time.monotonic() - self._written < _BETWEEN_WRITES):
                return
            self._written = time.monotonic()
            with contextlib.suppress(OSError):  # the upload itself is well
                # Without waiting for the disk: that costs more than sending a small file.
                offload(note.write, self.begun, survives_power_cut=False)

    def forget(self) -> None:
        """Remove the note, because the upload has ended or nothing is left of it."""
        self.begun, self.age = Begun(), None
        if self._note is not None:
            with contextlib.suppress(OSError):
                offload(self._note.remove)


def _held(key: str) -> tuple[Note[Begun], FileLock] | None:
    """Return a note and the lock on it; None if it is taken, or there is no place for notes."""
    with contextlib.suppress(OSError):
        note = Note(notes.in_cache(key), key, Begun)
        lock = FileLock(note.lock)
        if lock.acquire():
            return note, lock
    return None
