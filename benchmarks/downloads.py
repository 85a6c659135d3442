"""Large files: as fast as the line, and in little memory."""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import tempfile
from collections.abc import Generator
from pathlib import Path

from benchmarks import peers, server
from benchmarks.paths import CACHE
from benchmarks.process import Contestant
from benchmarks.rows import Goal, Result, Row, medians, race
from benchmarks.server import Link

_SIZE = 2 * 1024**3
_RATE = 48 * 1024**2
"""Bytes per second on one connection of the slow link."""
_DELAY = 0.04
_ROUNDS = 7


_MEMORY = Path("/dev/shm")


@contextlib.contextmanager
def _setting(link: Link, place: Path = CACHE) -> Generator[tuple[str, str]]:
    """Yield the URL of the file, and a folder to put it into."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with server.serve(link) as url, tempfile.TemporaryDirectory(dir=place) as folder:
        yield url + server.FILE, folder


def _memory_or_disk() -> Path:
    """Return a folder in memory if there is room, since a disk is seldom equally fast twice."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 4 * _SIZE
    return _MEMORY if roomy else CACHE


def _ours(url: str, folder: str, connections: int, rounds: int = _ROUNDS) -> Contestant:
    name, arguments = f"{connections} connections", (url, folder, str(connections))
    return peers.contestant(
        name, worker="ours", task="download", arguments=arguments, rounds=rounds
    )


def _one_connection() -> Result:
    place = _memory_or_disk()
    return _beside_httpx(place, sync="", note=f"into {place.parent}/{place.name}")


def _to_disk() -> Result:
    return _beside_httpx(CACHE, sync="sync", note="all but curl sync the file to the disk")


def _beside_httpx(place: Path, *, sync: str, note: str) -> Result:
    with _setting(Link(size=_SIZE), place) as where:
        arguments = (*where, sync)
        readings = race(
            [
                _ours(*where, connections=1),
                peers.contestant(
                    "httpx stream", worker="plain", task="download", arguments=arguments
                ),
                peers.contestant("curl", worker="plain", task="curl", arguments=where),
            ],
            rounds=_ROUNDS,
            before=os.sync,  # or one would wait for what another left unwritten
        )
    _check_sizes(readings)
    ours, base, curl = medians(readings, "seconds")
    goal = Goal(0.95, at_least=True)
    return Result(
        ours=ours.value, unit="s", base=base, inverse=True, goal=goal, peers=[curl], note=note
    )


def _slow_link() -> Result:
    with _setting(Link(size=_SIZE, delay=_DELAY, rate=_RATE)) as where:
        ours, single = (
            race([_ours(*where, connections=8)], rounds=2),
            race([_ours(*where, connections=1)], rounds=1),
        )
    _check_sizes(ours | single)
    (many,), (one,) = medians(ours, "seconds"), medians(single, "seconds")
    return Result(ours=many.value, unit="s", base=one, inverse=True, goal=Goal(4.0, at_least=True))


def _memory() -> Result:
    with _setting(Link(size=_SIZE)) as where:
        readings = race([_ours(*where, connections=8), _ours(*where, connections=1)], rounds=1)
    _check_sizes(readings)
    figures = medians(readings, "memory")
    most = max(figure.value for figure in figures)
    limit = Goal(30 * 1024**2, absolute=True)
    return Result(ours=most, unit="MiB", goal=limit, peers=figures)


def _check_sizes(readings: dict[str, list[dict[str, float]]]) -> None:
    for name, found in readings.items():
        sizes = [one["size"] for one in found if "size" in one]
        if sizes and statistics.fmean(sizes) != _SIZE:
            raise RuntimeError(f"{name}: expected files of {_SIZE} bytes, found {sizes}")


ROWS = (
    Row("download", "download 2 GiB to a file, one connection", _one_connection),
    Row("download-disk", "the same, down to the disk", _to_disk),
    Row("download-slow", "the same, 40 ms delay, 48 MiB/s a connection, 8 of them", _slow_link),
    Row("download-memory", "peak memory of it, above idle", _memory),
)
