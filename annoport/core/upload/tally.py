"""The bytes of all files of one upload, which may be sent at the same time."""

from __future__ import annotations

import threading

from annoport.core.support.progress import Display


class Tally:
    """Adds up the bytes of all files, and shows the sum; it never shows less than before."""

    def __init__(self, display: Display, total: int) -> None:
        """Start with nothing.

        Args:
            display: Shows all files together.
            total: Bytes of all files.
        """
        self._display = display
        self._total = total
        self._done = self._shown = 0
        self._lock = threading.Lock()

    def share(self) -> Display:
        """Return the display of some of the files."""
        return _Share(self)

    def add(self, change: int) -> None:
        """Count more bytes, or fewer if some have to be sent again."""
        with self._lock:
            self._done += change
            if self._done > self._shown or self._done == self._total == 0:
                self._shown = self._done
                self._display.bytes(self._done, self._total)


class _Share(Display):
    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._done = 0

    def bytes(self, done: int, total: int | None) -> None:  # noqa: ARG002 (of these files only)
        """Show that so many bytes of these files were sent."""
        change, self._done = done - self._done, done
        self._tally.add(change)
