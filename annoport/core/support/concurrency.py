"""Sleeping and locking, in an async and a sync version.

The async version runs under asyncio and trio. The names differ only by a prefix, so that the sync
shells can be derived from the async ones.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")

sleep = time.sleep


async def async_sleep(seconds: float) -> None:
    """Let other tasks run for `seconds`."""
    import anyio  # imported here, so that sync programs never load an event loop

    await anyio.sleep(seconds)


class _ForkSafe(Generic[T]):
    """Makes a lock, and another one after a fork: whoever holds the old one may be gone."""

    def __init__(self, make: Callable[[], T]) -> None:
        self.lock = make()
        self._make = make
        self._process = os.getpid()

    def to_acquire(self) -> T:
        """Return the lock of this process."""
        if self._process != os.getpid():
            self.lock, self._process = self._make(), os.getpid()
        return self.lock


class Lock:
    """A lock between threads; it is free in a process that was just forked."""

    def __init__(self) -> None:
        self._safe = _ForkSafe(threading.Lock)

    def __enter__(self) -> None:
        """Wait for the lock."""
        self._safe.to_acquire().acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self._safe.lock.release()


class AsyncLock:
    """A lock between tasks; it is free in a process that was just forked."""

    def __init__(self) -> None:
        import anyio

        self._safe = _ForkSafe(anyio.Lock)

    async def __aenter__(self) -> None:
        """Wait for the lock."""
        await self._safe.to_acquire().acquire()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self._safe.lock.release()
