"""Everyday work of several requests, beside the same requests by hand."""

from __future__ import annotations

from annoport.testing import FakeServer
from annoport.testing.cvat.state import Image, Task
from annoport.testing.images import png
from annoport.testing.tator import FakeTator
from benchmarks import peers
from benchmarks.paths import ROOT
from benchmarks.rows import Goal, Result, Row, medians, race, seconds
from benchmarks.uploads import DistantCvat

_ROUNDS = 7
_FRAMES = 500
_DELAY = 0.02
"""Seconds before a distant server begins to answer a request."""


def _write_localizations() -> Result:
    schema = (ROOT / "specs" / "tator" / "openapi.yaml").read_bytes()
    with FakeServer(FakeTator(schema=schema)) as server:
        arguments = (server.url, server.token)
        readings = race(
            [
                peers.contestant("annoport", worker="ours", task="write", arguments=arguments),
                peers.contestant("the POSTs", worker="plain", task="write", arguments=arguments),
                peers.contestant(
                    "tator 1.8.1",
                    worker="tator",
                    task="write",
                    arguments=arguments,
                    peer="tator-1.8",
                ),
            ],
            rounds=_ROUNDS,
            before=server.fake.tables.localizations.rows.clear,
        )
    ours, base, sdk = medians(readings, "seconds")
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.1), peers=[sdk])


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
            rounds=5,
        )
    return Result(ours=ours.value, unit="s", base=sdk, goal=Goal(2.0, at_least=True), inverse=True)


ROWS = (
    Row(
        "write-localizations",
        "20,000 new localizations to the fake Tator, checked, in parts of 500",
        _write_localizations,
    ),
    Row(
        "save-frames",
        f"{_FRAMES} PNGs of 640 x 480 from the fake CVAT, 20 ms away, to disk",
        _save_frames,
    ),
)
