"""A function that annotates the pictures of a distant CVAT."""

from __future__ import annotations

from annoport.testing import FakeServer
from annoport.testing.cvat.state import Image, Task
from annoport.testing.images import png
from benchmarks import peers
from benchmarks.process import Contestant
from benchmarks.rows import Figure, Goal, Result, Row, medians, once, race
from benchmarks.uploads import DistantCvat

_FRAMES = 500
_FEW, _MANY = 1_000, 4_000
_DELAY = 0.02
"""Seconds before a distant server begins to answer a request."""
_SECONDS = 0.02
"""How long the function takes for a picture."""
_ROUNDS = 3


def _task(server: FakeServer[DistantCvat], frames: int) -> str:
    """Make a task, and return its id."""
    state = server.fake.state
    number = state.new_id("task")
    state.tasks[number] = Task(id=number, name="frames", owner=state.users[1])
    state.add_label({"name": "crab"}, task_id=number)
    pictures = [png(640, 480, shade=shade) for shade in range(64)]
    images = [Image(f"{frame}.png", pictures[frame % 64], 640, 480) for frame in range(frames)]
    state.attach(state.tasks[number], images)
    return str(number)


def _ours(server: FakeServer[DistantCvat], frames: int, seconds: float) -> Contestant:
    return peers.contestant(
        "annoport",
        worker="functions",
        task="annotate",
        arguments=(server.url, server.token, _task(server, frames), str(seconds)),
        peer="functions",
    )


def _annotate() -> Result:
    with FakeServer(DistantCvat(_DELAY)) as server:
        theirs = peers.contestant(
            "cvat-sdk",
            worker="cvat_sdk",
            task="annotate",
            arguments=(
                *(server.url, server.username, server.password),
                *(_task(server, _FRAMES), str(_SECONDS)),
            ),
            peer="cvat-sdk",
            rounds=1,
        )
        readings = race([_ours(server, _FRAMES, _SECONDS), theirs], rounds=_ROUNDS)
    ours, sdk = medians(readings, "seconds")
    function, _ = medians({"annoport": readings["annoport"], "": readings["annoport"]}, "function")
    return Result(
        ours=ours.value,
        unit="s",
        base=Figure("the function", function.value),
        goal=Goal(1.15),
        peers=[sdk],
    )


def _memory() -> Result:
    with FakeServer(DistantCvat(0)) as server:
        few, many = (once(_ours(server, frames, 0))["memory"] for frames in (_FEW, _MANY))
    base = Figure(f"{_FEW} frames", few)
    return Result(ours=many, unit="MiB", base=base, goal=Goal(1.2))


ROWS = (
    Row(
        "annotate",
        f"{_FRAMES} frames of the fake CVAT, 20 ms away, by a function of 20 ms",
        _annotate,
    ),
    Row("annotate-memory", f"the most memory with {_MANY:,} frames, whose names it holds", _memory),
)
