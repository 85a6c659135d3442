"""Random faults and kills against uploads: no wrong file, and the same call always goes on.

    python -m tests.fuzz.uploads --runs 200 --seed 1

A run is a folder of files and several calls that upload it, each in a process of its own, by the
sync or the async client, that may be killed at a random byte or moment. The server's answers fail
in random ways. The last call is left in peace and must succeed: the server then has every file,
byte for byte, and no call may have made it keep one twice or half. As CVAT does, it refuses a group
or a file whose name it has already, and does not say how much it has of a file that is whole.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import hashlib
import os
import random
import signal
import sys
import tempfile
import warnings
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs

from annoport.core.errors import AnnoportError
from tests.core.both_shells import AsyncClient, Client
from tests.core.toy import operations as ops
from tests.core.upload_server import Fault, UploadServer, serve_uploads
from tests.fuzz.processes import run_forked, served

KIB = 1024
MIB = 1024 * KIB
CHUNK = MIB
SIZES = (0, 10, 1000, 70_000, 300_000, 600_000, MIB + 1, 3 * MIB)
WEIGHTS = (1, 1, 4, 8, 8, 4, 2, 2)
MOMENTS = (0.01, 0.05, 0.2)
"""Seconds within which a process is killed."""

_KILLED, _DONE, _FAILED = "killed", "done", "failed"


# --------------------------------------------------------------------------- the server


@attrs.frozen
class Kept:
    """What the server has: name -> SHA-256 of each whole file, and names of doubled ones."""

    files: dict[str, str]
    doubled: Sequence[str]
    finished: bool
    received: int


def serve(pipe: Connection) -> None:
    """Take uploads, with the faults that the connection names."""
    with serve_uploads(one_name=True) as server:
        pipe.send(server.url)
        while (faults := pipe.recv()) is not None:
            server.faults.clear()
            server.faults.extend(faults)
            pipe.send(_kept(server))


def _kept(server: UploadServer) -> Kept:
    alone = [one for one in server.files.values() if one.size == one.length]
    names = [*server.grouped, *(one.name for one in alone)]
    contents = {**server.grouped, **{one.name: bytes(one.content) for one in alone}}
    return Kept(
        files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        doubled=[name for name, count in collections.Counter(names).items() if count > 1],
        finished=any("upload-finish" in got.headers for got in server.requests),
        received=sum(got.length for got in server.requests),
    )


def random_faults(chance: random.Random) -> list[Fault]:
    """Return what goes wrong with the next requests."""
    faults: list[Fault] = []
    for _ in range(chance.choice((0, 0, 1, 3))):
        method = chance.choice(("POST", "PATCH", "HEAD"))
        kind = chance.choice(("cut", "silent", "busy", "fine"))
        if kind == "cut":
            faults.append(Fault(method=method, read=chance.randrange(CHUNK), keep=0))
        elif kind == "silent":
            faults.append(Fault(method=method, silent=True))
        else:
            faults.append(Fault(method=method, status=503 if kind == "busy" else None))
    return faults


# --------------------------------------------------------------------------- one call


@attrs.frozen(kw_only=True)
class Attempt:
    """One process that uploads a folder.

    Attributes:
        kill_at: Bytes after which it kills itself.
        kill_after: Seconds after which it is killed.
        peaceful: Nothing is meant to go wrong, so errors are printed.
    """

    url: str
    folder: Path
    cache: Path
    shell: str = "sync"
    kill_at: int | None = None
    kill_after: float | None = None
    peaceful: bool = False

    def run(self) -> str:
        """Run it to its end, and return how it ended."""
        code = run_forked(self._end, interrupted=1, after=self.kill_after)
        return _KILLED if code is None else _DONE if code == 0 else _FAILED

    def _end(self) -> int:
        os.environ["XDG_CACHE_HOME"] = str(self.cache)
        try:
            self._upload()
        except AnnoportError as error:
            if self.peaceful:
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
            return 1
        return 0

    def _upload(self) -> None:
        def progress(done: int, total: int | None) -> None:
            if self.kill_at is not None and done >= self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        more: dict[str, Any] = {"progress": progress, "chunk_size": CHUNK, "attempts": 4}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if self.shell == "sync":
                with Client(self.url) as client:
                    client.upload(ops.SEND_MANY, {"id": 7}, self.folder, **more)
            else:
                asyncio.run(self._upload_async(more))

    async def _upload_async(self, more: dict[str, Any]) -> None:
        async with AsyncClient(self.url) as client:
            await client.upload(ops.SEND_MANY, {"id": 7}, self.folder, **more)


# --------------------------------------------------------------------------- one run


@attrs.define
class Tally:
    """The results of runs; needed and received are bytes."""

    runs: int = 0
    whole: int = 0
    wrong: int = 0
    needed: int = 0
    received: int = 0
    outcomes: collections.Counter[str] = attrs.field(factory=collections.Counter[str])
    failed: list[int] = attrs.field(factory=list[int])

    def __str__(self) -> str:
        calls = ", ".join(f"{name} {count}" for name, count in sorted(self.outcomes.items()))
        return (
            f"{self.runs} runs, {self.whole} whole in the end, {self.wrong} wrong files; calls "
            f"before the last: {calls}; bytes needed {self.needed}, sent {self.received}; "
            f"failed seeds: {self.failed}"
        )


def run_all(seeds: Sequence[int]) -> Tally:
    """Run each seed, and return the results."""
    tally = Tally()
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            _run(seed, Path(folder), tally)
    return tally


def _run(seed: int, base: Path, tally: Tally) -> None:
    chance = random.Random(seed)
    folder, cache = base / "files", base / "cache"
    folder.mkdir()
    sums, total = _fill(folder, chance)
    with served(serve) as (pipe, url):
        for _ in range(chance.randrange(1, 5)):
            _tell(pipe, random_faults(chance))
            call = _random_call(chance, Attempt(url=url, folder=folder, cache=cache), total)
            tally.outcomes[call.run()] += 1
        kept = _tell(pipe, [])
        last = _DONE
        if not kept.finished or set(kept.files) != set(sums):
            shell = chance.choice(("sync", "async"))
            peace = Attempt(url=url, folder=folder, cache=cache, shell=shell, peaceful=True)
            last = peace.run()
            kept = _tell(pipe, [])
    wrong = [name for name, digest in kept.files.items() if sums.get(name) != digest]
    tally.runs += 1
    tally.wrong += len(wrong)
    tally.needed += total
    tally.received += kept.received
    if last == _DONE and kept.finished and kept.files == sums and not kept.doubled:
        tally.whole += 1
    else:
        tally.failed.append(seed)


def _fill(folder: Path, chance: random.Random) -> tuple[dict[str, str], int]:
    """Write files; return the SHA-256 of each, and the bytes of all."""
    sums: dict[str, str] = {}
    total = 0
    # The last one is too large for a single form, which is sent again as a whole or not at all.
    sizes = [*chance.choices(SIZES, WEIGHTS, k=chance.choice((1, 8, 30))), MIB + 1]
    for number, size in enumerate(sizes):
        content = chance.randbytes(size)
        (folder / f"{number}.png").write_bytes(content)
        sums[f"{number}.png"] = hashlib.sha256(content).hexdigest()
        total += len(content)
    return sums, total


def _random_call(chance: random.Random, call: Attempt, total: int) -> Attempt:
    by_bytes = chance.random() < 0.6
    return attrs.evolve(
        call,
        shell=chance.choice(("sync", "async")),
        kill_at=chance.randrange(total + 1) if by_bytes else None,
        kill_after=None if by_bytes else chance.uniform(0, chance.choice(MOMENTS)),
    )


def _tell(pipe: Connection, faults: list[Fault]) -> Kept:
    pipe.send(faults)
    kept: Kept = pipe.recv()
    return kept


def main() -> int:
    """Run, print the results, and return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.uploads", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    options = parser.parse_args()
    tally = run_all(range(options.seed, options.seed + options.runs))
    print(tally)
    return 1 if tally.failed or tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
