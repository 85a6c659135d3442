"""Sleeping and locking, in an async and a sync version.

The async version runs under asyncio and trio. The names differ only by a prefix, so that the sync
shells can be derived from the async ones.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    import anyio

T = TypeVar("T")

_TaskLock: TypeAlias = "anyio.Lock"

sleep = time.sleep


async def async_sleep(seconds: float) -> None:
    """Let other tasks run for `seconds`."""
    import anyio  # imported here, so that sync programs never load an event loop

    await anyio.sleep(seconds)


class _ForkSafe(Generic[T]):
    """Makes a lock, and another one after a fork: whoever holds the old one may be gone."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._lock = make()
        self._make = make
        self._process = os.getpid()

    def here(self) -> T:
        """Return the lock of this process."""
        if self._process != os.getpid():
            self._lock, self._process = self._make(), os.getpid()
        return self._lock


class Lock(_ForkSafe[threading.Lock]):
    """A lock between threads; it is free in a process that was just forked.

    It is held in `with lock.here():`. That enters a lock of Python's own, which no interrupt can
    leave locked for ever, as it can where `__enter__` and `__exit__` are written in Python.
    """

    def __init__(self) -> None:
        super().__init__(threading.Lock)


class AsyncLock(_ForkSafe[_TaskLock]):
    """A lock between tasks, held in `async with lock.here():`; free in a forked process."""

    def __init__(self) -> None:
        import anyio

        super().__init__(anyio.Lock)
