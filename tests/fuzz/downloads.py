"""Random faults, changes and kills against downloads: no wrong file, no lost byte.

    python -m tests.fuzz.downloads --runs 1000 --seed 1 [--style tator]

A run is one target and several attempts to fill it, each in a process of its own, by the sync or
the async client, that may be killed or interrupted at a random byte or moment. The server's
answers fail in random ways and its file may change. The last attempt is left in peace and must
succeed. A file is wrong if it is under its final name and is not exactly one of the versions that
the server had; in the end, where the server has entity tags, the newest one.

A byte is lost if it was on the disk and is thrown away or fetched again without a reason. That
is checked at three moments, each time allowing for the window that a resume compares:

- at the first request of every attempt, which must not ask for bytes that are on the disk;
- after every attempt whose answers gave no reason to begin anew: what was there before, and
  what was reported as received, must still be there, except that a kill, but no interrupt, may
  lose the newest bytes of each piece;
- in the last attempt, which must not fetch a byte that is there and belongs to the file.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import io
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs

from annoport.core._async.download import AsyncRemoteUrl
from annoport.core._sync.download import RemoteUrl
from annoport.core.download.partial import NOTE_EVERY
from tests.core.both_shells import AsyncClient, Client
from tests.core.file_server import Fault, FileServer, serve_file
from tests.fuzz.attempts import MARK, Attempt, Ended
from tests.fuzz.partial_file import WINDOW, Kept, read_kept
from tests.fuzz.processes import served
from tests.fuzz.random_faults import may_begin_anew, random_fault
from tests.fuzz.server_styles import STYLES, Style

# The largest is beyond what is left to the system to write.
SIZES = (0, 1, 1000, 65_536, 65_537, 150_000, 700_000, 2_300_000, 5_300_000, 34_000_000)
WEIGHTS = (2, 2, 2, 4, 4, 16, 16, 8, 16, 1)
MOMENTS = (0.005, 0.03, 0.2)
"""Seconds within which a process is killed."""

EARLY = 0.008
"""Seconds within which a process begins, and takes up what is there."""
BATCH = 50


# --------------------------------------------------------------------------- the server


@attrs.frozen
class Seen:
    """What the server saw since it was last asked: bytes sent, and targets and ranges requested."""

    sent: int
    asked: Sequence[tuple[str, str]]

    def ranges(self, number: int) -> list[str]:
        """Return the ranges that an attempt requested; requests of killed ones may arrive late."""
        mark = f"{MARK}{number}"
        return [ranges for target, ranges in self.asked if target.endswith(mark)]


def serve(pipe: Connection) -> None:
    """Serve a file, and obey what the connection says."""
    with serve_file(b"") as server:
        pipe.send(server.url)
        while (message := pipe.recv()) is not None:
            pipe.send(_obey(server, message))


def _obey(server: FileServer, message: dict[str, Any]) -> Seen:
    """Change the server, and return what it saw."""
    for name, value in message.items():
        if name == "faults":
            server.faults.clear()
            server.faults.extend(value)
        else:
            setattr(server, name, value)
    sent, server.sent = server.sent, 0
    requests, server.requests = server.requests, []
    return Seen(sent, [(asked.target, asked.headers.get("range", "")) for asked in requests])


# --------------------------------------------------------------------------- one run


@attrs.define(kw_only=True)
class Tally:
    """The results of the runs of one style; needed, sent and lost are bytes."""

    style: str
    runs: int = 0
    whole: int = 0
    wrong: int = 0
    lost: int = 0
    needed: int = 0
    sent: int = 0
    outcomes: collections.Counter[str] = attrs.field(factory=collections.Counter[str])
    failed: list[int] = attrs.field(factory=list[int])

    def add(self, other: Tally) -> None:
        """Add the results of other runs."""
        for name in ("runs", "whole", "wrong", "lost", "needed", "sent"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.outcomes += other.outcomes
        self.failed += other.failed

    def __str__(self) -> str:
        attempts = ", ".join(f"{name} {count}" for name, count in sorted(self.outcomes.items()))
        again = max(0, self.sent - self.needed)
        return (
            f"{self.style}: {self.runs} runs, {self.whole} whole in the end, "
            f"{self.wrong} wrong files, {self.lost} lost bytes; "
            f"attempts before the last: {attempts}; "
            f"bytes needed {self.needed}, fetched again {again}"
        )


@attrs.define(kw_only=True)
class Fuzz:
    """The runs of one style.

    Attributes:
        pipe: The connection to the server's process.
        url: The server's address.
        folder: The folder of the targets.
    """

    style: Style
    pipe: Connection
    url: str
    folder: Path
    tally: Tally
    _number: int = 0

    @property
    def elsewhere(self) -> str:
        """The URL of the file on another host."""
        return self.url.replace("127.0.0.1", "localhost") + "/elsewhere"

    def run(self, seed: int) -> None:
        """Run one target to its end."""
        self.tally.runs += 1
        if not self._fill(seed, random.Random(f"{self.style.name} {seed}")):
            self.tally.failed.append(seed)

    def _fill(self, seed: int, dice: random.Random) -> bool:
        """Fill a target, and return whether nothing was wrong."""
        style, size, lost = self.style, dice.choices(SIZES, WEIGHTS)[0], self.tally.lost
        make = random_zip if dice.random() < 0.3 else random.Random.randbytes
        media_type = "application/zip" if make is random_zip else "application/octet-stream"
        content = make(dice, size)
        size = len(content)
        versions = [content]
        target = self.folder / f"{seed}.bin"
        headers = {"Content-Type": media_type}
        self._tell(ranges=style.rules.ranges, validators=style.validators, headers=headers)
        for _ in range(dice.randrange(1, 4)):
            if dice.random() < 0.4:
                content = make(dice, dice.choice([size, size, size + 1, 2 * size]))
                versions.append(content)
            count = dice.randrange(1, 5)
            faults = [random_fault(dice, style, size, self.elsewhere) for _ in range(count)]
            faults[:0] = [Fault()] * dice.choice([0, 0, 3])  # so that some pieces get through
            before = content
            if dice.random() < 0.2:  # the file changes between two answers
                content = make(dice, size)
                versions.append(content)
                faults.insert(dice.randrange(1, len(faults) + 1), Fault(become=content))
            ended = self._try(seed, self._attempt(dice, size, target), before, faults)
            self.tally.outcomes[ended.outcome] += 1
            if ended.outcome == "crashed" or not self._fits(seed, target, versions):
                return False
        for _ in range(3):
            if read_kept(target).count:
                ended = self._try(seed, self._early_interrupt(dice, target), content, [])
                self.tally.outcomes[ended.outcome] += 1
        peaceful = Attempt(
            number=self._next(), url=self.url, target=target, style=style, peaceful=True
        )
        last = self._try(seed, peaceful, content, [])
        self.tally.needed += len(content)
        right = versions if style.rules.validator == "job" else versions[-1:]
        if last.outcome != "whole":
            self._complain(seed, f"the last attempt ended with {last.outcome!r}")
            return False
        fits = self._fits(seed, target, right)
        self.tally.whole += fits
        target.unlink()
        return fits and self.tally.lost == lost

    def _try(self, seed: int, attempt: Attempt, content: bytes, faults: list[Fault]) -> Ended:
        """Let an attempt run against the server's `content`, and look for lost bytes."""
        self._tell(content=content, faults=faults)
        before = read_kept(attempt.target)
        ended = attempt.run()
        seen = self._tell()
        ranges = seen.ranges(attempt.number)
        after = read_kept(attempt.target)
        self._lose(seed, "asked for again", _asked_again(before, ranges[:1], content, self.style))
        if _goes_on(before, content, self.style) and not any(
            may_begin_anew(fault, self.style) for fault in faults
        ):
            if not faults:
                again = _asked_again(before, ranges, content, self.style)
                self._lose(seed, "fetched again", again)
            if ended.outcome != "whole" and not _is_there(attempt.target, content):
                flushed = max(before.count, ended.reported - _unnoted(attempt, ended, after))
                self._lose(seed, "gone", flushed - after.count - WINDOW)
        return ended

    def _attempt(self, dice: random.Random, size: int, target: Path) -> Attempt:
        kill_at = dice.randrange(size + 1) if dice.random() < 0.3 else None
        kill_after = dice.random() * dice.choice(MOMENTS) if dice.random() < 0.3 else None
        return Attempt(
            number=self._next(),
            url=self.url,
            target=target,
            style=self.style,
            connections=dice.choice([1, 3]),
            attempts=dice.choice([0, 0, 0, 1]),
            kill_at=kill_at,
            kill_after=kill_after if kill_at is None else None,
            signal=dice.choice([signal.SIGKILL, signal.SIGINT]),
            shell=dice.choice(["sync", "async"]),
        )

    def _early_interrupt(self, dice: random.Random, target: Path) -> Attempt:
        """An attempt that is interrupted about when it takes up what is there."""
        return Attempt(
            number=self._next(),
            url=self.url,
            target=target,
            style=self.style,
            kill_after=dice.random() * EARLY,
            signal=signal.SIGINT,
        )

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _tell(self, **settings: Any) -> Seen:
        self.pipe.send(settings)
        seen: Seen = self.pipe.recv()
        self.tally.sent += seen.sent
        return seen

    def _fits(self, seed: int, target: Path, versions: list[bytes]) -> bool:
        if not target.exists() or target.read_bytes() in versions:
            return True
        self.tally.wrong += 1
        self._complain(seed, "the file is none of the server's versions")
        return False

    def _lose(self, seed: int, how: str, count: int) -> None:
        if count > 0:
            self.tally.lost += count
            self._complain(seed, f"{count} bytes that were on the disk are {how}")

    def _complain(self, seed: int, what: str) -> None:
        print(f"{self.style.name}, seed {seed}: {what}", file=sys.stderr)


def random_zip(dice: random.Random, size: int) -> bytes:
    """A zip of random bytes, about `size` of them."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("half"), dice.randbytes(size // 2))
        archive.writestr(zipfile.ZipInfo("rest"), dice.randbytes(size - size // 2))
    return made.getvalue()


def _goes_on(before: Kept, content: bytes, style: Style) -> bool:
    """Return whether what is on the disk, if anything, is a part of the server's file."""
    return before.count == 0 or before.belongs_to(content, style)


def _asked_again(before: Kept, ranges: Iterable[str], content: bytes, style: Style) -> int:
    """Return how many bytes on the disk are requested without a reason, beyond the window.

    Each request may take the window: a busy machine is slower than the stall timeout now and then.
    """
    if not before.may_go_on(style):
        return 0
    return sum(max(0, before.asked_again(one, len(content)) - WINDOW) for one in ranges)


def _unnoted(attempt: Attempt, ended: Ended, after: Kept) -> int:
    """Return how many reported bytes a kill may lose: of each piece, those since its last note."""
    if ended.outcome != "killed" or after.piece is None:
        return 0
    return attempt.connections * min(after.piece, NOTE_EVERY)


def _is_there(target: Path, content: bytes) -> bool:
    return target.exists() and target.read_bytes() == content


# --------------------------------------------------------------------------- all runs


def run_batch(name: str, seeds: Sequence[int]) -> Tally:
    """Run some seeds of one style, with a server and a folder of their own."""
    tally = Tally(style=name)
    with (
        served(serve, by="fork") as (pipe, url),
        tempfile.TemporaryDirectory(prefix="annoport-fuzz-") as folder,
    ):
        warm_up(url)
        fuzz = Fuzz(style=STYLES[name], pipe=pipe, url=url, folder=Path(folder), tally=tally)
        for seed in seeds:
            fuzz.run(seed)
    return tally


def warm_up(url: str) -> None:
    """Import all that every process would import anew."""
    with Client(url) as client:
        RemoteUrl(client, url).read()

    async def read() -> None:
        async with AsyncClient(url) as client:
            await AsyncRemoteUrl(client, url).read()

    asyncio.run(read())


def run_all(names: Iterable[str], seeds: range, workers: int) -> Iterator[Tally]:
    """Run the seeds of each style in `workers` processes, and yield a tally for each style."""
    # Spawned, because the workers fork, and a process that forks must have a single thread.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        for name in names:
            batches = [seeds[start : start + BATCH] for start in range(0, len(seeds), BATCH)]
            tally = Tally(style=name)
            for done in as_completed([pool.submit(run_batch, name, batch) for batch in batches]):
                tally.add(done.result())
            yield tally


def main() -> int:
    """Run all styles; the exit status says whether anything was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000, help="of each style")
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    parser.add_argument("--style", choices=STYLES, help="only this one")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.runs)
    failed = False
    for name in [options.style] if options.style else STYLES:
        begun = time.monotonic()
        (tally,) = run_all([name], seeds, options.workers)
        print(f"{tally} ({time.monotonic() - begun:.0f} s)", flush=True)
        if tally.failed:
            failed = True
            print(f"FAILED seeds of {name}: {sorted(tally.failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
