"""Interrupt what others may wait for, at each line of its code, and go on to use it.

`python -m tests.core.interrupting sync` does so with the connections of one client after the
other; "async" with those of async ones, "stop" and "lock" with what threads wait for. It says
where each interrupt falls, and at last how many there were.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import httpcore

from annoport.core.http.request import Request
from annoport.core.support import concurrency, workers
from annoport.core.support.concurrency import Lock
from annoport.core.support.workers import Stop
from tests.core.both_shells import AsyncShell, Shell, SyncShell
from tests.core.servers import raw, thing_json

HTTPCORE = Path(httpcore.__file__).parent
CONNECTIONS = (str(HTTPCORE / "_sync"), str(HTTPCORE / "_async"))
"""Where httpcore keeps connections; the first stands for its locks, too."""


@attrs.define
class AtLine:
    """Interrupts at one of the lines that are run in this thread.

    Attributes:
        left: How many lines are run before it.
        code: Beginnings of the paths of the code that it may interrupt.
        place: Where it was.
    """

    left: int
    code: tuple[str, ...]
    place: str = ""

    @contextlib.contextmanager
    def striking(self) -> Generator[None]:
        """Interrupt the block."""
        sys.settrace(self._trace)
        try:
            yield
        except KeyboardInterrupt:
            assert self.place
        finally:
            sys.settrace(None)
        print(self.place, flush=True)

    def _trace(self, frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        if not frame.f_code.co_filename.startswith(self.code):
            return None
        if event == "line" and not self.place:
            self.left -= 1
            if self.left < 0:
                self.place = f"{frame.f_code.co_qualname}, line {frame.f_lineno}"
                raise KeyboardInterrupt
        return self._trace


def everywhere(code: tuple[str, ...], use: Callable[[AtLine], None]) -> int:
    """Use something again and again, each time interrupted at another line; return how often."""
    number = 0
    while True:
        line = AtLine(number, code)
        use(line)
        if not line.place:
            return number
        number += 1


def with_clients(shell: Shell) -> int:
    """Interrupt the second of three requests of a client, and close it."""
    request = Request("GET", "/things/1", {}, None, "get_thing")

    def use(line: AtLine) -> None:
        client = shell.client(server.url, max_retries=0)
        shell.run(client.send(request))
        with line.striking():
            shell.run(client.send(request))
        assert shell.run(client.send(request)).status == 200
        shell.close(client)

    with raw(thing_json()) as server:
        return everywhere(CONNECTIONS, use)


def with_stops() -> int:
    """Interrupt a pause, and tell all who wait to stop."""

    def use(line: AtLine) -> None:
        stop = Stop()
        with line.striking():
            stop.wait(0.0)
        stop.set()
        stop.wait(3600.0)

    return everywhere((threading.__file__, workers.__file__), use)


def with_locks() -> int:
    """Interrupt whoever takes a lock, and take it."""

    def use(line: AtLine) -> None:
        lock = Lock()
        with line.striking(), lock.here():
            pass
        with lock.here():
            pass

    return everywhere((concurrency.__file__,), use)


USES: dict[str, Callable[[], int]] = {
    "sync": lambda: with_clients(SyncShell()),
    "async": lambda: with_clients(AsyncShell()),
    "stop": with_stops,
    "lock": with_locks,
}

if __name__ == "__main__":
    print(USES[sys.argv[1]]())
