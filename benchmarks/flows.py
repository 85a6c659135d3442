"""Everyday work of several requests, beside the same requests by hand."""

from __future__ import annotations

from annoport.testing import FakeServer
from annoport.testing.cvat.state import Image, Task
from annoport.testing.images import png
from benchmarks import peers
from benchmarks.rows import Goal, Result, Row, seconds
from benchmarks.uploads import DistantCvat

_ROUNDS = 5
_DELAY = 0.02
"""Seconds before a distant server begins to answer a request."""

_FRAMES = 500


def _save_frames() -> Result:
    with FakeServer(DistantCvat(_DELAY)) as server:
        state = server.fake.state
        number = state.new_id("task")
        state.tasks[number] = Task(id=number, name="frames", owner=state.users[1])
        pictures = [png(640, 480, shade=shade) for shade in range(64)]
        state.attach(
            state.tasks[number],
            [
                Image(f"{frame}.png", pictures[frame % len(pictures)], 640, 480)
                for frame in range(_FRAMES)
            ],
        )
        task = (str(number), str(_FRAMES))
        ours, sdk = seconds(
            [
                peers.contestant(
                    "annoport",
                    worker="ours",
                    task="frames",
                    arguments=(server.url, server.token, *task),
                ),
                peers.contestant(
                    "cvat-sdk",
                    worker="cvat_sdk",
                    task="frames",
                    arguments=(server.url, server.username, server.password, *task),
                    peer="cvat-sdk",
                ),
            ],
            rounds=_ROUNDS,
        )
    return Result(ours=ours.value, unit="s", base=sdk, goal=Goal(2.0, at_least=True), inverse=True)


ROWS = (
    Row(
        "save-frames",
        f"{_FRAMES} PNGs of 640 x 480 from the fake CVAT, 20 ms away, to disk",
        _save_frames,
    ),
)
