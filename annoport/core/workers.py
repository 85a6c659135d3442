"""Work beside the main line, once for async code and once for sync code.

Disk work blocks, so async code hands it to a thread; sync code just does it.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

closing = contextlib.closing
async_closing = contextlib.aclosing


def offload(function: Callable[P, R], *args: P.args, **keywords: P.kwargs) -> R:
    """Call `function` here."""
    return function(*args, **keywords)


async def async_offload(function: Callable[P, R], *args: P.args, **keywords: P.kwargs) -> R:
    """Call `function` in a thread, so that other tasks go on."""
    import anyio.to_thread

    return await anyio.to_thread.run_sync(lambda: function(*args, **keywords))


class Stop:
    """Tells workers that run together that one of them has failed."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __bool__(self) -> bool:
        """Whether they are to stop."""
        return self._event.is_set()

    def set(self) -> None:
        """Tell them."""
        self._event.set()


def run_together(functions: Sequence[Callable[[], None]], stop: Stop) -> None:
    """Run functions in one thread each; the first error stops the others and is raised."""
    with ThreadPoolExecutor(len(functions), thread_name_prefix="annoport") as pool:
        running = [pool.submit(function) for function in functions]
        try:
            finished, _ = wait(running, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
    for future in (*finished, *running):
        future.result()


async def async_run_together(
    functions: Sequence[Callable[[], Awaitable[None]]], stop: Stop
) -> None:
    """Run functions in one task each; the first error stops the others and is raised."""
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
    """Give a caller's answer; an awaitable one has no place in sync code."""
    if isinstance(value, Awaitable):
        if isinstance(value, Coroutine):
            value.close()
        raise TypeError("a sync client cannot await: pass a plain function, not an async one")
    return value


async def async_settled(value: object) -> Any:
    """Give a caller's answer, from a plain or an async function."""
    return await value if inspect.isawaitable(value) else value
