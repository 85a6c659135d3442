"""The processes of the fuzz programs: one that serves, and one after the other that is killed."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Generator
from multiprocessing.connection import Connection
from typing import Any, NoReturn


def run_forked(
    work: Callable[[], int],
    *,
    interrupted: int,
    after: float | None = None,
    by: signal.Signals = signal.SIGKILL,
) -> int | None:
    """Do some work in a process of its own, which may be killed.

    Args:
        work: Returns the exit code.
        interrupted: The exit code if an interrupt comes before the work has begun.
        after: Seconds after which it is killed; None leaves it in peace.
        by: What kills it.

    Returns:
        The exit code; None if it was killed.
    """
    # No interrupt may come before the child is ready to end at once.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    child = os.fork()
    if child == 0:
        _end(work, interrupted)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if after is not None:
        time.sleep(after)
        os.kill(child, by)
    _, status = os.waitpid(child, 0)
    return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _end(work: Callable[[], int], code: int) -> NoReturn:
    """Do the work, and end the process whatever happens: beyond are the loops of its parent."""
    # asyncio complains if an interrupt breaks off its set-up.
    sys.unraisablehook = lambda _: None
    warnings.simplefilter("ignore")
    logging.disable()
    try:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            code = work()
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    finally:
        sys.stderr.flush()
        os._exit(code)


@contextlib.contextmanager
def served(
    serve: Callable[..., None], *arguments: object, by: str = "spawn"
) -> Generator[tuple[Connection, Any]]:
    """Run a server in a process of its own, so that the program itself may fork.

    Args:
        serve: Called with the arguments and a connection, to which it sends how it is reached; it
            returns when None arrives there.
        arguments: What it is called with.
        by: How the process is started: "fork" is for programs with a single thread.

    Yields:
        The connection, and what the server has sent.
    """
    ours, theirs = multiprocessing.Pipe()
    context: Any = multiprocessing.get_context(by)
    process = context.Process(target=serve, args=(*arguments, theirs), daemon=True)
    process.start()
    try:
        yield ours, ours.recv()
    finally:
        ours.send(None)
        process.join()
