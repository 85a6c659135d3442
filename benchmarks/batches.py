"""Many exports at once, beside one after the other."""

from __future__ import annotations

import attrs

import annoport.testing
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from benchmarks import peers
from benchmarks.rows import Figure, Goal, Result, Row

_COUNT = 200
_SECONDS = 1.0
"""How long the server works on each export."""
_AT_ONCE = 8
_ALONE = 25
"""Exports that are measured one after the other: that many take as long as any other."""


def _serving() -> tuple[FakeServer[FakeCvat], int]:
    """Return a server with so many tasks, and the id of the first."""
    server = annoport.testing.serve("cvat", job_seconds=_SECONDS)
    state = server.fake.state
    ids = [state.new_id("task") for _ in range(_COUNT)]
    state.tasks |= {new: attrs.evolve(state.tasks[1], id=new) for new in ids}
    return server, ids[0]


def _seconds(name: str, task: str, peer: str, *arguments: object) -> float:
    """Return the seconds of one run, in a process of its own."""
    one = peers.contestant(
        name, worker="batches", task=task, arguments=tuple(map(str, arguments)), peer=peer
    )
    one.start()
    try:
        return one.run()["seconds"]
    finally:
        one.stop()


def _at_once(task: str, peer: str) -> Result:
    server, first = _serving()
    with server:
        place = (server.url, server.token, first)
        alone = _seconds("one after the other", "loop", "ours", *place, _ALONE)
        ours = _seconds(task, task, peer, *place, _COUNT, _AT_ONCE)
    return Result(
        ours=ours,
        unit="s",
        base=Figure("one after the other", alone * _COUNT / _ALONE),
        inverse=True,
        goal=Goal(4.0, at_least=True),
        note=f"the other figure is that of {_ALONE}, times {_COUNT // _ALONE}",
    )


def _threads() -> Result:
    return _at_once("threads", "ours")


def _dask() -> Result:
    return _at_once("dask", "dask")


ROWS = (
    Row("batches", f"{_COUNT} exports of {_SECONDS:.0f} s, {_AT_ONCE} at once, threads", _threads),
    Row("batches-dask", "the same on Dask, two workers of four threads", _dask),
)
