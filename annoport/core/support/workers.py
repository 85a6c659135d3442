"""Threads and tasks that work alongside the caller, in an async and a sync version.

Disk access blocks, so async code moves it to a thread; sync code does it directly.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

from annoport.core.support.concurrency import async_sleep
from annoport.core.support.threads import join

P = ParamSpec("P")
R = TypeVar("R")

LEAVING_SECONDS = 0.5
"""Seconds that threads have to end after they are told to stop."""

closing = contextlib.closing
async_closing = contextlib.aclosing


def offload(function: Callable[P, R], *args: P.args, **keywords: P.kwargs) -> R:
    """Call `function` in this thread, and return its result."""
    return function(*args, **keywords)


async def async_offload(function: Callable[P, R], *args: P.args, **keywords: P.kwargs) -> R:
    """Call `function` in another thread, so that other tasks keep running; return its result."""
    import anyio.to_thread

    return await anyio.to_thread.run_sync(lambda: function(*args, **keywords))


class Stop:
    """Tells workers that run together to stop, because one of them has failed.

    It is no `threading.Event`, which whoever is interrupted while he waits for it may leave locked.
    """

    def __init__(self) -> None:
        self._told = False
        self._bell = SimpleQueue[None]()
        self._lock = threading.Lock()
        self._actions: list[Callable[[], None]] = []

    def __bool__(self) -> bool:
        """Whether the workers should stop."""
        return self._told

    def set(self) -> None:
        """Tell the workers to stop."""
        with self._lock:
            self._told = True
            self._bell.put(None)
            for action in self._actions:
                action()

    @contextlib.contextmanager
    def calling(self, action: Callable[[], None]) -> Generator[None, None, None]:
        """Call `action` when the workers are told to stop, but only while the block runs.

        It is meant to wake a worker that waits for a server, and must not wait itself.
        """
        with self._lock:
            self._actions.append(action)
            if self:
                action()
        try:
            yield
        finally:
            with self._lock:
                self._actions.remove(action)

    def wait(self, seconds: float) -> None:
        """Wait for `seconds`, or until the workers are told to stop."""
        with contextlib.suppress(Empty):
            self._bell.get(timeout=max(0.0, seconds))
            self._bell.put(None)  # for others who wait


def pause(seconds: float, stop: Stop) -> None:
    """Wait for `seconds`, or until the workers are told to stop."""
    stop.wait(seconds)


async def async_pause(seconds: float, _stop: Stop) -> None:
    """Wait for `seconds`; a task that should stop is cancelled, so there is nothing to check."""
    await async_sleep(seconds)


def run_together(functions: Sequence[Callable[[], None]], stop: Stop) -> None:
    """Run each function in its own thread; the first error stops the others and is raised.

    KeyboardInterrupt does the same. A thread that cannot be woken, because a server does not
    even begin to answer, is left behind: it ends by itself and does not keep the program alive.
    """
    ended: SimpleQueue[BaseException | None] = SimpleQueue()
    threads: list[threading.Thread] = []

    def guarded(function: Callable[[], None]) -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001 (raised again below)
            ended.put(error)
        else:
            ended.put(None)

    try:
        for function in functions:
            thread = threading.Thread(
                target=guarded, args=(function,), name="annoport", daemon=True
            )
            thread.start()
            threads.append(thread)
        for _ in threads:
            if (error := ended.get()) is not None:
                raise error
    finally:
        stop.set()
        join(threads, LEAVING_SECONDS)


async def async_run_together(
    functions: Sequence[Callable[[], Awaitable[None]]], stop: Stop
) -> None:
    """Run each function in its own task; the first error stops the others and is raised."""
    import anyio

    errors: list[Exception] = []

    async def guarded(function: Callable[[], Awaitable[None]]) -> None:
        try:
            await function()
        except Exception as error:  # noqa: BLE001 (raised again below, without a group around it)
            errors.append(error)
            stop.set()
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for function in functions:
            tasks.start_soon(guarded, function)
    if errors:
        raise errors[0]


def settled(value: object) -> Any:
    """Return what a caller's function returned.

    Raises:
        TypeError: It is an awaitable, which sync code cannot wait for.
    """
    if isinstance(value, Awaitable):
        if isinstance(value, Coroutine):
            value.close()
        raise TypeError(
            "the function is async, which a sync client cannot await: pass a plain function"
        )
    return value


async def async_settled(value: object) -> Any:
    """Return what a caller's function returned, awaited if need be."""
    return await value if inspect.isawaitable(value) else value
