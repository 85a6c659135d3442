"""A CVAT that keeps an answer back, and programs that are interrupted while they wait for it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import anyio.to_thread
import pytest

from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from tests.cli.commands import environment
from tests.shared import ROOT

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

STANDSTILL = 60.0
"""Seconds after which a process is taken to stand still."""
_LEFT = "left behind"
_BEGINNING = f"""
import atexit, signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)

def tell():  # when Python has waited for all threads that it waits for
    if any(thread.name.startswith("annoport-") for thread in threading.enumerate()):
        print({_LEFT!r})

atexit.register(tell)
"""


class Held(FakeCvat):
    """A CVAT that does not do what some requests ask before it is let go.

    Attributes:
        method: The method of these requests.
        part: Part of their path and query; nothing is kept back if it is empty.
        asked: Set when the first of them has come.
        may_go: Set when they are to be answered.
    """

    def __init__(self) -> None:
        super().__init__(job_seconds=0.0, anonymous_per_minute=None)
        self.method = "GET"
        self.part = ""
        self.asked = threading.Event()
        self.may_go = threading.Event()

    def app(self) -> ASGIApp:
        inner = super().app()

        async def held(scope: Scope, receive: Receive, send: Send) -> None:
            text = f"{scope['path']}?{scope['query_string'].decode()}"
            if self.part and self.part in text and scope["method"] == self.method:
                self.asked.set()
                await anyio.to_thread.run_sync(self.may_go.wait)
            await inner(scope, receive, send)

        return held


def interrupt(
    server: FakeServer[Held], program: str, *arguments: str, breaks_off: bool = False
) -> None:
    """Run a program until it waits for the answer that is kept back, and interrupt it.

    The answer is let go when the program has ended.

    Args:
        server: Its answers.
        program: The text of the program.
        arguments: What it finds in `sys.argv` after the URL and token of the server.
        breaks_off: Whether it breaks the request off, so that its thread may end at once.
    """
    words = [sys.executable, "-c", _BEGINNING + program, server.url, server.token, *arguments]
    child = subprocess.Popen(
        words,
        env=environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server.fake.asked.wait(STANDSTILL)
    child.send_signal(signal.SIGINT)
    try:
        out, told = child.communicate(timeout=STANDSTILL)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        pytest.fail("the program waits for the answer, though it was interrupted")
    finally:
        server.fake.may_go.set()
    assert child.returncode == -signal.SIGINT, told
    assert told.endswith("KeyboardInterrupt\n")
    assert breaks_off or out == f"{_LEFT}\n", "it waited until its request had failed"
