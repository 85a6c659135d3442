"""Telling a person how far a wait, a download or an upload has come."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

ProgressCallback: TypeAlias = Callable[[int, int | None], object]
"""Called with the bytes at hand and the size of the file, None while that is not known."""

ProgressOption: TypeAlias = bool | ProgressCallback
"""True: a bar in a terminal or notebook, nothing elsewhere. A function: it is called."""


class Display:
    """Where progress is shown; this one shows nothing. A context manager, closed at the end."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        self.close()

    def waiting(self, what: str, fraction: float | None) -> None:
        """A job is being waited for; fraction: 0..1 or None."""

    def bytes(self, done: int, total: int | None) -> None:
        """`done` of `total` bytes are at hand."""

    def close(self) -> None:
        """Leave the screen in order."""


class Calling(Display):
    """Hands the bytes on to the caller's function."""

    def __init__(self, callback: ProgressCallback) -> None:
        self._callback = callback

    def bytes(self, done: int, total: int | None) -> None:
        """Call the function."""
        self._callback(done, total)


class Bar(Display):
    """A bar drawn by rich: first the job's progress, then the bytes."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._drawn: RichProgress | None = None
        self._task: TaskID | None = None
        self._counts_bytes = False

    def waiting(self, what: str, fraction: float | None) -> None:
        """Show the state of the job."""
        drawn, task = self._show(counts_bytes=False)
        drawn.update(task, description=what, completed=fraction or 0.0, total=1.0)

    def bytes(self, done: int, total: int | None) -> None:
        """Show the bytes."""
        drawn, task = self._show(counts_bytes=True)
        drawn.update(task, completed=done, total=total)

    def close(self) -> None:
        """Stop drawing."""
        if self._drawn is not None:
            self._drawn.stop()

    def _show(self, *, counts_bytes: bool) -> tuple[RichProgress, TaskID]:
        if self._drawn is None or self._task is None or self._counts_bytes != counts_bytes:
            if self._drawn is not None:
                self._drawn.stop()
            self._counts_bytes = counts_bytes
            self._drawn = _bytes_bar() if counts_bytes else _job_bar()
            self._task = self._drawn.add_task(self._title, total=None)
            self._drawn.start()
        return self._drawn, self._task


class Tally:
    """Adds up the bytes of several connections and shows the sum."""

    def __init__(self, shown: Display, done: int, total: int) -> None:
        self._shown = shown
        self._done = done
        self._total = total
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Count bytes; safe to call from several threads."""
        with self._lock:
            self._done += count
            self._shown.bytes(self._done, self._total)


def display(option: ProgressOption, title: str) -> Display:
    """Give the display that `option` asks for. title: what is being fetched."""
    if callable(option):
        return Calling(option)
    if option and importlib.util.find_spec("rich") is not None and _someone_watches():
        return Bar(title)
    return Display()


def _someone_watches() -> bool:
    """Whether output goes to a terminal or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def _job_bar() -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _bytes_bar() -> RichProgress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
