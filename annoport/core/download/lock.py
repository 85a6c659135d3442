"""A lock between processes, held on a file next to what it guards.

The operating system releases the lock when its process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
import weakref
from pathlib import Path

from annoport.core.errors import NoFileLocksWarning
from annoport.core.support.call_site import stacklevel
from annoport.core.support.file_locks import is_named, take


class FileLock:
    """A lock with one holder at a time, within a process as well as between processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free, and return whether it was.

        The previous holder may have removed the file between opening and locking. The lock then
        guards nothing, so the file at the path is opened again.
        """
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | _NO_INHERIT, 0o666)
            try:
                if not self._lock(descriptor):
                    return False
                if is_named(descriptor, self.path):
                    self._descriptor = descriptor
                    _held.add(self)
                    return True
            finally:
                if self._descriptor != descriptor:
                    os.close(descriptor)

    def release(self) -> None:
        """Release the lock and remove its file; do nothing if it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if sys.platform == "win32":
            os.close(descriptor)
            with contextlib.suppress(OSError):  # another process may have opened it by now
                self.path.unlink()
        else:
            with contextlib.suppress(OSError):  # its folder may be gone
                self.path.unlink()
            os.close(descriptor)

    def disown(self) -> None:
        """Let go of a lock that a process was born with: its parent holds it, and is to release it.

        The system releases a lock when the last process has closed it, and a process of a pool may
        outlive the one that it was forked from.
        """
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> bool:
        taken = take(descriptor)
        if taken is None:
            warnings.warn(
                f"{self.path.parent} is on a file system without file locks: "
                "do not let two processes download to the same target there",
                NoFileLocksWarning,
                stacklevel(),
            )
        return taken is not False


_NO_INHERIT = getattr(os, "O_CLOEXEC", 0)

_held: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _disown_all() -> None:
    for lock in list(_held):
        lock.disown()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_disown_all)
