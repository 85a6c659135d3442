"""Images that become the data of a task, many small ones and large ones, near and far away."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png
from benchmarks import peers
from benchmarks.paths import CACHE
from benchmarks.process import Contestant
from benchmarks.rows import Goal, Result, Row, seconds

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_DELAY = 0.02
"""Seconds before a distant server begins to answer a request."""

_IN_MEMORY = 200_000_000
"""Bytes that a contestant may hold."""

_SEEDED = 12
"""Tasks with a higher id were made by a contestant."""


@attrs.frozen(kw_only=True)
class _Load:
    """What is sent.

    Attributes:
        count: Number of pictures.
        size: Bytes of each.
        limit: The most of cvat-sdk's time that we may take.
        rounds: How often it is measured.
    """

    count: int
    size: int
    limit: float
    rounds: int


_LOADS = {
    "16k": _Load(count=400, size=16_000, limit=0.9, rounds=7),
    "200k": _Load(count=400, size=200_000, limit=0.6, rounds=5),
    "20m": _Load(count=100, size=20_000_000, limit=0.6, rounds=3),
}


class DistantCvat(FakeCvat):
    """A CVAT that thinks a while before each answer, and throws away the data of old tasks."""

    def __init__(self, delay: float) -> None:
        super().__init__(job_seconds=0.0, anonymous_per_minute=None)
        self.keep_seconds = 0.0  # a request that is kept keeps its files
        self._delay = delay

    def app(self) -> ASGIApp:
        """Return the server as an ASGI application."""
        inner = super().app()

        async def delayed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                if scope["method"] == "POST" and scope["path"] == "/api/tasks":
                    self._forget()
                await asyncio.sleep(self._delay)
            await inner(scope, receive, send)

        return delayed

    def _forget(self) -> None:
        """Forget what earlier runs sent, or it would fill the memory."""
        self.uploads.staged.clear()
        for task in [task for number, task in self.state.tasks.items() if number > _SEEDED]:
            self.state.remove_task(task)


def _upload(load: _Load, delay: float) -> Result:
    with _pictures(load) as folder, FakeServer(DistantCvat(delay)) as server:
        token = (server.url, server.token, str(folder))
        login = (server.url, server.username, server.password, str(folder))
        ours, sdk, *floor = seconds(
            [
                peers.contestant("annoport", worker="ours", task="upload", arguments=token),
                peers.contestant(
                    "cvat-sdk", worker="cvat_sdk", task="upload", arguments=login, peer="cvat-sdk"
                ),
                *_bare(load, token),
            ],
            rounds=load.rounds,
        )
    return Result(ours=ours.value, unit="s", base=sdk, goal=Goal(load.limit), peers=floor)


def _bare(load: _Load, token: tuple[str, ...]) -> list[Contestant]:
    """What the server needs at least for such pictures, if they are few enough for memory."""
    if load.count * load.size > _IN_MEMORY:
        return []
    return [peers.contestant("forms from memory", worker="plain", task="upload", arguments=token)]


@contextlib.contextmanager
def _pictures(load: _Load) -> Generator[Path]:
    """Yield a folder of pictures, each with other content."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        head, noise = png(64, 48), os.urandom(load.size)
        for number in range(load.count):
            content = head + number.to_bytes(4, "big") + noise
            (Path(folder) / f"{number:05d}.png").write_bytes(content[: load.size])
        yield Path(folder)


ROWS = tuple(
    Row(
        f"upload-{name}{suffix}",
        f"{load.count} PNGs of {load.size / 1000:,.0f} kB to the fake CVAT{place}",
        functools.partial(_upload, load, delay),
    )
    for (name, load), (suffix, place, delay) in itertools.product(
        _LOADS.items(), (("", "", 0.0), ("-far", ", 20 ms away", _DELAY))
    )
)
