"""Displays of the progress of a wait, a download or an upload."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

ProgressCallback: TypeAlias = Callable[[int, int | None], object]
"""Called with the number of bytes so far and the size of the file, or None if it is unknown."""

ProgressOption: TypeAlias = bool | ProgressCallback
"""False shows nothing; True shows a bar in a terminal or notebook; a function is called.

The bar is drawn by rich, which comes with `annoport[progress]`; without rich, nothing is shown.
"""


class Display:
    """Shows progress until it is closed; this base class shows nothing."""

    def __enter__(self) -> Self:
        """Return the display itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the display."""
        self.close()

    def waiting(self, what: str, fraction: float | None) -> None:
        """Show that a job is being waited for.

        Args:
            what: Name and state of the job.
            fraction: Its progress in 0..1; None if it is unknown.
        """

    def bytes(self, done: int, total: int | None) -> None:
        """Show that `done` of `total` bytes have arrived; a `total` of None is unknown."""

    def items(self, done: int, total: int) -> None:
        """Show that `done` of `total` items are there, such as rows that were written."""

    def close(self) -> None:
        """Stop showing progress, and leave the screen tidy."""


class Calling(Display):
    """Passes the number of bytes to the caller's function."""

    def __init__(self, callback: ProgressCallback) -> None:
        self._callback = callback

    def bytes(self, done: int, total: int | None) -> None:
        """Call the function with `done` and `total`."""
        self._callback(done, total)

    def items(self, done: int, total: int) -> None:
        """Call the function with `done` and `total`."""
        self._callback(done, total)


class Bar(Display):
    """A bar drawn by rich: first for the job, then for the bytes."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._drawn: RichProgress | None = None
        self._task: TaskID | None = None
        self._counts_bytes = False

    def waiting(self, what: str, fraction: float | None) -> None:
        """Show the state of the job."""
        drawn, task = self._show(counts_bytes=False)
        text = _fitting(what, drawn.console.width // 2)
        drawn.update(task, description=text, completed=fraction or 0.0, total=1.0)

    def bytes(self, done: int, total: int | None) -> None:
        """Show the bytes."""
        drawn, task = self._show(counts_bytes=True)
        text = _fitting(self._title, drawn.console.width * 3 // 10)
        drawn.update(task, description=text, completed=done, total=total)

    def items(self, done: int, total: int) -> None:
        """Show the items."""
        self.waiting(f"{self._title}: {done:,} of {total:,}", done / total if total else 1.0)

    def close(self) -> None:
        """Stop drawing."""
        if self._drawn is not None:
            _SCREEN.remove(self._drawn)

    def _show(self, *, counts_bytes: bool) -> tuple[RichProgress, TaskID]:
        if self._drawn is None or self._task is None or self._counts_bytes != counts_bytes:
            self.close()
            self._counts_bytes = counts_bytes
            self._drawn = _bytes_bar() if counts_bytes else _job_bar()
            self._task = self._drawn.add_task("", total=None)
            _SCREEN.add(self._drawn)
        return self._drawn, self._task


class _Screen:
    """Draws all bars together: if each moved the cursor, they would overwrite one another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bars: tuple[RichProgress, ...] = ()
        self._live: Live | None = None

    def add(self, bar: RichProgress) -> None:
        """Draw a bar below the others."""
        from rich.live import Live

        with self._lock:
            self._bars += (bar,)
            if self._live is None:
                self._live = Live(
                    get_renderable=self._draw,
                    console=bar.console,
                    refresh_per_second=10,
                    # Text printed meanwhile appears above the bars, but a pipe keeps its output.
                    redirect_stdout=sys.stdout.isatty(),
                )
                self._live.start()

    def remove(self, bar: RichProgress) -> None:
        """Leave a bar as it is, above the others; do nothing if it is no longer drawn."""
        with self._lock:
            if bar not in self._bars or self._live is None:
                return
            rest = tuple(other for other in self._bars if other is not bar)
            if rest:
                self._bars = rest
                self._live.console.print(bar)
            else:
                self._live.stop()
                self._bars, self._live = (), None

    def _draw(self) -> Group:
        from rich.console import Group

        return Group(*self._bars)


_SCREEN = _Screen()


class Tally:
    """Adds up the bytes of several connections, and shows the sum."""

    def __init__(self, display: Display, done: int, total: int | None) -> None:
        self._display = display
        self._done = done
        self._total = total
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Add `count` bytes; safe to call from several threads."""
        with self._lock:
            self._done += count
            self._display.bytes(self._done, self._total)


def show_progress(option: ProgressOption, title: str) -> Display:
    """Return the display that `option` asks for.

    Args:
        option: What the caller wants to see.
        title: Name of what is transferred.
    """
    if callable(option):
        return Calling(option)
    if option and importlib.util.find_spec("rich") is not None and _someone_watches():
        return Bar(title)
    return Display()


def _someone_watches() -> bool:
    """Whether output goes to a terminal or to a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def _fitting(text: str, width: int) -> str:
    """Return `text`, without its middle if it would leave no room for the bar."""
    if len(text) <= width:
        return text
    kept = max(0, width - 1)
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"


def _job_bar() -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
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
        BarColumn(bar_width=20),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
