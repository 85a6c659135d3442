"""The pictures of a part, fetched block by block, and the threads that ask the platform."""

from __future__ import annotations

import functools
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, field

from annoport.core.errors import NotCachedError
from annoport.core.support.concurrency import Lock
from annoport.core.support.threads import Threads
from annoport.vision._store import PartStore
from annoport.vision.sources import Frame, Picture

_T = TypeVar("_T")
_FETCHERS = 2


@define(eq=False)
class PartImages:
    """The pictures of a part, block by block.

    Attributes:
        part: The name of the part.
        kept: What is kept of it.
        frames: The frames of each block.
        alone: Whether a frame is fetched without the others of its block.
        read_block: Asks the platform for pictures; None if no request is to be made.
        reason: Why not.
    """

    part: str
    kept: PartStore
    frames: dict[int, list[Frame]]
    alone: bool
    read_block: Callable[[int, Sequence[Frame]], Iterator[Picture]] | None
    reason: str
    _guard: Lock = field(factory=Lock, init=False)
    # By process, too: one that was forked does not have the threads that its parent began.
    _begun: dict[tuple[int, int], Future[None]] = field(
        factory=dict[tuple[int, int], "Future[None]"], init=False
    )

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave out what sends requests: connections and secrets stay in their process."""
        reason = 'a copy in another process makes no request: make the dataset with images="all"'
        return PartImages, (self.part, self.kept, self.frames, self.alone, None, reason)

    def content(self, frame: Frame) -> bytes:
        """Return the image file of a frame, which is fetched if it is absent or damaged."""
        for _ in range(2):
            content = self.kept.picture(frame.number)
            if content is not None:
                return content
            if self.alone or frame not in self.frames.get(frame.block, ()):
                self._fetch(frame.block, [frame])
            else:
                self.fetch(frame.block)
        if self.read_block is None:
            rest = f"the picture is not in the cache, and {self.reason}"
        else:
            rest = (
                "the picture was fetched, and is gone again: does another program remove files "
                "from the cache?"
            )
        raise NotCachedError(f"{self.name_of(frame)}: {rest}")

    def path(self, frame: Frame) -> Path:
        """Return where the image file of a frame is, which is fetched if absent or damaged."""
        self.content(frame)
        return self.kept.path(frame.number)

    def name_of(self, frame: Frame) -> str:
        """Return what messages call a picture."""
        return f"{self.part}, frame {frame.number} ({frame.name})"

    def begin(self, block: int) -> None:
        """Begin to fetch what is absent of a block, in another thread."""
        key = os.getpid(), block
        with self._guard.here():
            if key in self._begun or not self._absent(block):
                return
            begun = self._begun[key] = _pool().submit(self._fetch, block)

        def ended(_: Future[None]) -> None:
            if begun.exception() is None:  # else whoever wants the block gets the error
                self._begun.pop(key, None)

        begun.add_done_callback(ended)

    def fetch(self, block: int) -> None:
        """Fetch what is absent of a block, and wait for it."""
        with self._guard.here():
            begun = self._begun.pop((os.getpid(), block), None)
        if begun is not None:
            begun.result()
        if self._absent(block):
            self._fetch(block)

    def _fetch(self, block: int, wanted: Sequence[Frame] | None = None) -> None:
        """Fetch what is absent of a block, or of some of its frames."""
        if self.read_block is None:
            self.kept.look_again()
            return
        with self.kept.lock(block):
            self.kept.look_again()
            absent = self._absent(block, wanted)
            for picture in self.read_block(block, absent) if absent else ():
                self.kept.add(picture)

    def _absent(self, block: int, wanted: Sequence[Frame] | None = None) -> list[Frame]:
        frames = self.frames[block] if wanted is None else wanted
        return [frame for frame in frames if not self.kept.has(frame.number)]


@functools.cache
def _pool_of(_process: int) -> Threads:
    return Threads(_FETCHERS, "annoport-fetch")


def _pool() -> Threads:
    """Return the threads that fetch ahead, for all datasets; a forked process has its own."""
    return _pool_of(os.getpid())


def in_order(threads: Executor, calls: Iterable[Callable[[], _T]], *, ahead: int) -> Iterator[_T]:
    """Yield what calls return, while some of the next ones run.

    Args:
        threads: Where they run.
        calls: What to call.
        ahead: How many are begun beside the one that is waited for.
    """
    begun = map(threads.submit, calls)
    waiting = deque(itertools.islice(begun, 1 + ahead))
    try:
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(itertools.islice(begun, 1))
            yield result
    finally:
        for future in waiting:
            future.cancel()
