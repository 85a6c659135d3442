"""Ctrl-C, which is heard wherever it comes."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_SECONDS: Final = 0.01


@contextlib.contextmanager
def heard() -> Generator[None]:
    """Let no interrupt get lost within the block.

    Where Python runs code of ours or of others that may raise nothing, such as the callback of a
    weak reference, which importing uses, or a finalizer, it drops a KeyboardInterrupt as it drops
    each exception there. It is sent again then, until it comes at a better moment.
    """
    waiting = _thread.get_ident()
    usual = sys.unraisablehook
    inside = [True]

    def interrupt_again() -> None:
        time.sleep(_AGAIN_SECONDS)
        if inside:
            _interrupt(waiting)

    def hook(dropped: UnraisableHookArgs, /) -> None:
        if dropped.exc_type is KeyboardInterrupt:
            _thread.start_new_thread(interrupt_again, ())  # it imports nothing, unlike threading
        else:
            usual(dropped)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        inside.clear()
        sys.unraisablehook = usual


def end_quietly() -> None:
    """Let an interrupt from now on end the process at once, as nothing is left to be done."""
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _interrupt(thread: int) -> None:
    """Interrupt a thread, also one that waits for something."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        signal.pthread_kill(thread, signal.SIGINT)
