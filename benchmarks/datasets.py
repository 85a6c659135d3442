"""Datasets: pictures with their annotations, beside cvat-sdk's and beside a plain folder."""

from __future__ import annotations

import contextlib
import functools
import io
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from annoport.testing import FakeServer
from annoport.testing.cvat.state import Image, Label, Task
from benchmarks import peers
from benchmarks.process import Contestant
from benchmarks.rows import Figure, Goal, Result, Row, medians, once, race
from benchmarks.uploads import DistantCvat

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FRAMES, _SHAPES = 1_000, 10_000
_WIDTH, _HEIGHT = 1280, 720
_SMALL = 320, 180
_FEWER, _MANY = 2_500, 10_000
"""Frames of which the memory is compared; before the first of them, the allocator warms up."""
_DISTINCT = 16
"""Pictures that differ; the frames take turns."""

_DELAY = 0.02
"""Seconds before a distant server begins to answer a request."""

_ROUNDS = 3
_OURS, _THEIRS = "annoport", "cvat-sdk"


@attrs.define
class _Traffic:
    """What one client has asked for.

    Attributes:
        requests: Number of requests.
        total: Bytes of the answers.
        pictures: Those of them that were pictures.
    """

    requests: int = 0
    total: int = 0
    pictures: int = 0


class _CountingCvat(DistantCvat):
    """A distant CVAT that counts what each client gets.

    Attributes:
        traffic: By the name of the client.
    """

    def __init__(self) -> None:
        super().__init__(_DELAY)
        self.traffic = {_OURS: _Traffic(), _THEIRS: _Traffic()}

    def app(self) -> ASGIApp:
        """Return the server as an ASGI application."""
        inner = super().app()

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await inner(scope, receive, send)
                return
            agent = dict(scope["headers"]).get(b"user-agent", b"")
            found = self.traffic[_OURS if agent.startswith(b"annoport") else _THEIRS]
            found.requests += 1

            async def counting(message: Message) -> None:
                size = len(message.get("body", b""))
                found.total += size
                if scope["path"].endswith("/data/"):
                    found.pictures += size
                await send(message)

            await inner(scope, receive, counting)

        return counted


@functools.cache
def _pictures(width: int, height: int) -> list[bytes]:
    """Return JPEG files as cameras make them: smooth, with noise."""
    import numpy as np
    from PIL import Image as Pictures

    dice = np.random.default_rng(5)
    found: list[bytes] = []
    for _ in range(_DISTINCT):
        coarse = dice.integers(0, 256, (height // 40, width // 40, 3), np.uint8)
        smooth = Pictures.fromarray(coarse).resize((width, height), Pictures.Resampling.BICUBIC)
        noise = dice.normal(0, 6, (height, width, 1))
        pixels = np.clip(np.asarray(smooth, np.float32) + noise, 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Pictures.fromarray(pixels).save(file, "JPEG", quality=85)
        found.append(file.getvalue())
    return found


def _shape(number: int, label: Label, frame: int) -> dict[str, Any]:
    """Return a box, or one time in four a polygon, with two attributes as the row `decode` has."""
    left, top = float(number % 900), float(number % 400)
    right, bottom = left + 100.25, top + 80.5
    box = [left, top, right, bottom]
    return {
        "id": number,
        "type": "rectangle" if number % 4 else "polygon",
        "frame": frame,
        "label_id": label.id,
        "group": 0,
        "source": "manual",
        "occluded": number % 7 == 0,
        "outside": False,
        "z_order": 0,
        "rotation": 0.0,
        "points": box if number % 4 else [*box, right, top, left, bottom] * 2,
        "attributes": [
            {"spec_id": one["id"], "value": one["default_value"]} for one in label.attributes
        ],
        "elements": [],
    }


def _add_task(fake: _CountingCvat, size: tuple[int, int], frames: int, shapes: int) -> Task:
    state = fake.state
    number = state.new_id("task")
    task = state.tasks[number] = Task(id=number, name="frames", owner=state.users[1])
    choice = {"input_type": "select", "mutable": False}
    attributes = [
        {"name": "species", "values": ["hake", "cod"], "default_value": "hake", **choice},
        {"name": "age", "values": ["adult", "young"], "default_value": "adult", **choice},
    ]
    label = state.add_label({"name": "fish", "attributes": attributes}, task_id=number)
    contents = _pictures(*size)
    state.attach(
        task, [Image(f"{at:05d}.jpg", contents[at % len(contents)], *size) for at in range(frames)]
    )
    task.shapes = [_shape(at + 1, label, at % frames) for at in range(shapes)]
    return task


@attrs.frozen
class _Both:
    """A server, a task on it, and a folder for what each keeps."""

    server: FakeServer[_CountingCvat]
    task: Task
    folder: Path

    def ours(self, task: str = "read") -> Contestant:
        """Return our reader of all pictures."""
        arguments = (self.server.url, self.server.token, str(self.task.id), self._kept(_OURS))
        return peers.contestant(
            _OURS, worker="datasets", task=task, arguments=arguments, peer="datasets"
        )

    def theirs(self) -> Contestant:
        """Return cvat-sdk's."""
        server = self.server
        login = (server.url, server.username, server.password)
        return peers.contestant(
            _THEIRS,
            worker="cvat_sdk",
            task="dataset",
            arguments=(*login, str(self.task.id), self._kept(_THEIRS)),
            peer="cvat-sdk",
        )

    def _kept(self, name: str) -> str:
        return str(self.folder / name)

    def forget(self) -> None:
        """Remove what was kept."""
        for path in self.folder.iterdir():
            shutil.rmtree(path)

    def traffic(self, runs: int, of: Callable[[_Traffic], int] = lambda one: one.total) -> str:
        """Return what each has asked for in a run, and count anew."""
        told: list[str] = []
        for name, one in self.server.fake.traffic.items():
            size = of(one) / runs / 1e6
            told.append(f"{name} {one.requests / runs:.0f} requests, {size:.1f} MB")
            one.requests = one.total = one.pictures = 0
        return "; ".join(told)


@contextlib.contextmanager
def _both(
    *, shapes: int = 0, frames: int = _FRAMES, size: tuple[int, int] = (_WIDTH, _HEIGHT)
) -> Generator[_Both]:
    with FakeServer(_CountingCvat()) as server, tempfile.TemporaryDirectory() as folder:
        yield _Both(server, _add_task(server.fake, size, frames, shapes), Path(folder))


def _cold(shapes: int, limit: float) -> Result:
    with _both(shapes=shapes) as both:
        readings = race([both.ours(), both.theirs()], rounds=_ROUNDS, before=both.forget)
        note = both.traffic(_ROUNDS + 1)
    return _compared(readings, limit, note)


def _warm(shapes: int, limit: float) -> Result:
    with _both(shapes=shapes) as both:
        for one in (both.ours(), both.theirs()):
            once(one)
        both.traffic(1)
        readings = race([both.ours(), both.theirs()], rounds=_ROUNDS)
        note = both.traffic(_ROUNDS + 1)
    return _compared(readings, limit, note)


def _compared(readings: dict[str, list[dict[str, float]]], limit: float, note: str) -> Result:
    ours, theirs = medians(readings, "seconds")
    return Result(
        ours=ours.value,
        unit="s",
        base=theirs,
        goal=Goal(limit, at_least=True),
        inverse=True,
        note=f"a run asks for: {note}",
    )


def _edited() -> Result:
    with _both(shapes=_SHAPES) as both:
        for one in (both.ours(), both.theirs()):
            once(one)
        both.traffic(1)
        both.task.shapes[0]["points"] = [1.0, 2.0, 3.0, 4.0]
        both.server.fake.state.annotated(both.task)
        for one in (both.ours(), both.theirs()):
            once(one)
        found = {name: one.pictures for name, one in both.server.fake.traffic.items()}
        note = both.traffic(1)
    return Result(
        ours=found[_OURS],
        unit="bytes",
        base=None,
        peers=[Figure(_THEIRS, found[_THEIRS])],
        goal=Goal(0, absolute=True),
        note=f"in all: {note}",
    )


def _memory() -> Result:
    needed: list[float] = []
    for frames in (_FEWER, _MANY):
        with _both(frames=frames, size=_SMALL) as both:
            needed.append(once(both.ours("memory"))["memory"])
    return Result(
        ours=needed[1],
        unit="MiB",
        base=Figure(f"of {_FEWER:,} frames", needed[0]),
        goal=Goal(1.5),
        note="what reading adds to the dataset itself",
    )


def _loader() -> Result:
    with _both() as both, tempfile.TemporaryDirectory() as folder:
        contents = _pictures(_WIDTH, _HEIGHT)
        for number in range(_FRAMES):
            path = Path(folder) / f"{number:05d}.jpg"
            path.write_bytes(contents[number % len(contents)])
        server = both.server
        arguments = (server.url, server.token, str(both.task.id), str(both.folder))
        ours = peers.contestant(
            _OURS, worker="torch_loader", task="dataset", arguments=arguments, peer="torch"
        )
        plain = peers.contestant(
            "a folder", worker="torch_loader", task="folder", arguments=(folder,), peer="torch"
        )
        own, base = medians(race([ours, plain], rounds=_ROUNDS), "seconds")
    return Result(ours=own.value, unit="s", base=base, goal=Goal(1.1))


def _rows(name: str, title: str, shapes: int, limit: float) -> tuple[Row, ...]:
    return (
        Row(f"{name}-cold", f"{title}, from 20 ms away", functools.partial(_cold, shapes, limit)),
        Row(f"{name}-warm", f"{title}, kept on disk", functools.partial(_warm, shapes, limit)),
    )


ROWS = (
    *_rows("dataset-frames", f"{_FRAMES:,} JPEGs of {_WIDTH} x {_HEIGHT}, decoded", 0, 1.4),
    *_rows("dataset-shapes", f"the same with {_SHAPES:,} shapes", _SHAPES, 2.0),
    Row("dataset-edited", "bytes of pictures after an edit of one shape", _edited),
    Row("dataset-memory", f"memory for {_MANY:,} small JPEGs", _memory),
    Row("dataset-loader", "a DataLoader of two workers, beside a plain folder", _loader),
)
