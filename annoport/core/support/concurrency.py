"""Sleeping and locking, in an async and a sync version.

The async version runs under asyncio and trio. The names differ only by a prefix, so that the sync
shells can be derived from the async ones.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

Lock = threading.Lock
sleep = time.sleep


async def async_sleep(seconds: float) -> None:
    """Let other tasks run for `seconds`."""
    import anyio  # imported here, so that sync programs never load an event loop

    await anyio.sleep(seconds)


class AsyncLock:
    """A lock between tasks."""

    def __init__(self) -> None:
        import anyio

        self._lock = anyio.Lock()

    async def __aenter__(self) -> None:
        """Wait for the lock."""
        await self._lock.acquire()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self._lock.release()
