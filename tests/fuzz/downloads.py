"""Random faults, changes and kills against the downloads; no wrong file may ever come out.

    python -m tests.fuzz.downloads --runs 1000 --seed 1

A run is one target and several attempts to fill it, each in a process of its own that may be
killed at a random byte or moment. The server's answers fail in random ways and its file may
change. The last attempt is left in peace and must succeed. A file is wrong if it is under its
final name and is not exactly one of the versions that the server had; in the end, where the
server has entity tags, the newest one.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs

from annoport.core._sync.download import RemoteUrl
from annoport.core.annotations import Download
from annoport.core.errors import (
    ApiError,
    ChangedDuringDownloadError,
    DownloadError,
    IncompleteDownloadError,
    TargetExistsError,
)
from tests.core.faults import Fault, FileServer, serve_file
from tests.core.shells import Client

SIZES = (0, 1, 1000, 65_536, 65_537, 150_000, 700_000, 2_300_000)
WEIGHTS = (1, 1, 1, 2, 2, 8, 8, 4)
STALL = 0.1


@attrs.frozen(kw_only=True)
class Style:
    """How a platform serves files."""

    name: str
    rules: Download
    ranges: str
    validators: tuple[str, ...]
    expires: bool = False


STYLES = (
    Style(
        name="any range, entity tag",
        rules=Download(ranges="any", validator="etag"),
        ranges="any",
        validators=("etag", "last-modified"),
    ),
    Style(
        name="open-ended range, job",
        rules=Download(ranges="open-ended", validator="job"),
        ranges="open-ended",
        validators=(),
    ),
    Style(
        name="presigned, expires",
        rules=Download(ranges="any", validator="etag", origin="other"),
        ranges="any",
        validators=("etag",),
        expires=True,
    ),
)


def random_fault(dice: random.Random, style: Style, size: int) -> Fault:
    """Something that may go wrong, or nothing."""
    somewhere = dice.randrange(size + 1)
    faults = [
        Fault(),
        *[Fault(drop_after=somewhere)] * 6,  # what leaves a part behind is worth most
        *[Fault(drop_after=somewhere, reset=True)] * 2,
        *[Fault(stall_after=somewhere)] * 2,
        Fault(announce=dice.choice([1, 1000])),
        Fault(chunked=True, drop_after=somewhere),
        Fault(chunked=True),
        Fault(ignore_range=True),
        Fault(short_part=dice.randrange(1, 100_000)),
        Fault(content_range=f"bytes {somewhere}-{max(0, size - 1)}/{size}"),
        Fault(content_range=f"bytes 0-{size}/{size + 1}"),
        Fault(gzip=True),
        Fault(gzip=True, drop_after=somewhere),
        Fault(silent=True),
        Fault(status=dice.choice([429, 500, 502, 503, 504])),
        Fault(status=416),
    ]
    if style.rules.validator == "etag":
        faults += [Fault(etag='W/"weak"', drop_after=somewhere), Fault(etag="")]
    if style.expires:
        faults += [Fault(status=403, body=b"expired")] * 4
    return dice.choice(faults)


# --------------------------------------------------------------------------- processes


def serve(pipe: Connection) -> None:
    """Serve a file in a process of its own, so that the program itself may fork."""
    with serve_file(b"") as server:
        pipe.send(server.url)
        while (message := pipe.recv()) is not None:
            pipe.send(_obey(server, message))


def _obey(server: FileServer, message: dict[str, Any]) -> int:
    """Change the server; gives the bytes sent since the last time."""
    for name, value in message.items():
        if name == "faults":
            server.faults.clear()
            server.faults.extend(value)
        else:
            setattr(server, name, value)
    sent, server.sent = server.sent, 0
    return sent


@attrs.frozen(kw_only=True)
class Attempt:
    """One process that tries to fill the target.

    kill_at: bytes. kill_after: seconds. peaceful: nothing is to go wrong, so errors are shown.
    """

    url: str
    target: Path
    style: Style
    connections: int
    attempts: int
    kill_at: int | None = None
    kill_after: float | None = None
    peaceful: bool = False

    def run(self) -> str:
        """Run it in a process of its own; gives how it ended."""
        child = os.fork()
        if child == 0:
            os._exit(_CODES[self._download()])
        if self.kill_after is not None:
            time.sleep(self.kill_after)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return "killed"
        return _OUTCOMES[os.WEXITSTATUS(status)]

    def _download(self) -> str:
        def progress(done: int, _total: int | None) -> None:
            if self.kill_at is not None and done >= self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        store = self.url.replace("127.0.0.1", "localhost") if self.style.expires else self.url
        renewals = iter(range(1, 1000))
        try:
            with Client(self.url) as client:
                RemoteUrl(
                    client,
                    f"{store}/file?X-Amz-Signature=0",
                    self.style.rules,
                    renew=(lambda: f"{store}/file?X-Amz-Signature={next(renewals)}")
                    if self.style.expires
                    else None,
                ).download(
                    self.target,
                    overwrite="resume",
                    progress=progress,
                    connections=self.connections,
                    attempts=self.attempts,
                    stall_timeout=STALL,
                )
        except BaseException as error:  # noqa: BLE001 (told by the exit status)
            outcomes = (outcome for kind, outcome in _ERRORS if isinstance(error, kind))
            outcome = next(outcomes, "crashed")
            if self.peaceful or outcome == "crashed":
                print(repr(error), file=sys.stderr)
            return outcome
        return "whole"


_ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (IncompleteDownloadError, "incomplete, kept"),
    (ChangedDuringDownloadError, "kept changing"),
    (TargetExistsError, "target exists"),
    (ApiError, "refused by the server"),
    (DownloadError, "refused by us"),
)
_OUTCOMES = ("whole", *(outcome for _, outcome in _ERRORS), "crashed")
_CODES = {outcome: code for code, outcome in enumerate(_OUTCOMES)}


# --------------------------------------------------------------------------- one run


@attrs.define
class Fuzz:
    """All runs. pipe: to the server. url: of the server."""

    pipe: Connection
    url: str
    counts: collections.Counter[str] = attrs.field(factory=collections.Counter[str])
    needed: int = 0
    sent: int = 0

    def run(self, seed: int, folder: Path) -> bool:
        """Run one target to its end; gives whether nothing was wrong."""
        dice = random.Random(seed)
        style = dice.choice(STYLES)
        size = dice.choices(SIZES, WEIGHTS)[0]
        content = dice.randbytes(size)
        versions = [hashlib.sha256(content).digest()]
        target = folder / f"{seed}.bin"
        self._tell(content=content, ranges=style.ranges, validators=style.validators)
        for _ in range(dice.randrange(1, 4)):
            if dice.random() < 0.4:
                content = dice.randbytes(dice.choice([size, size, size + 1, 2 * size]))
                versions.append(hashlib.sha256(content).digest())
            faults = [random_fault(dice, style, size) for _ in range(dice.randrange(1, 5))]
            before = content
            if dice.random() < 0.2:  # the file changes between two answers
                content = dice.randbytes(size)
                versions.append(hashlib.sha256(content).digest())
                faults.insert(dice.randrange(1, len(faults) + 1), Fault(become=content))
            self._tell(content=before, faults=faults)
            outcome = self._attempt(dice, style, size, target).run()
            self.counts[outcome] += 1
            if not self._fits(seed, target, versions) or outcome == "crashed":
                return False
        self._tell(content=content, faults=[])
        peaceful = Attempt(
            url=self.url, target=target, style=style, connections=1, attempts=3, peaceful=True
        )
        last = peaceful.run()
        self._tell()
        self.needed += len(content)
        right = versions if style.rules.validator == "job" else versions[-1:]
        if last != "whole" or not self._fits(seed, target, right):
            print(f"seed {seed}: the last attempt ended with {last!r}", file=sys.stderr)
            self.counts["unfinished"] += 1
            return False
        self.counts["whole"] += 1
        return True

    def _attempt(self, dice: random.Random, style: Style, size: int, target: Path) -> Attempt:
        kill_at = dice.randrange(size + 1) if dice.random() < 0.25 else None
        return Attempt(
            url=self.url,
            target=target,
            style=style,
            connections=dice.choice([1, 1, 3]),
            attempts=dice.choice([0, 0, 0, 1]),
            kill_at=kill_at,
            kill_after=dice.random() * 0.04 if kill_at is None and dice.random() < 0.3 else None,
        )

    def _tell(self, **settings: Any) -> None:
        self.pipe.send(settings)
        self.sent += self.pipe.recv()

    def _fits(self, seed: int, target: Path, versions: list[bytes]) -> bool:
        if not target.exists():
            return True
        if hashlib.sha256(target.read_bytes()).digest() in versions:
            return True
        self.counts["WRONG FILES"] += 1
        print(f"seed {seed}: the file is none of the server's versions", file=sys.stderr)
        return False


def main() -> int:
    """Run all; the exit status says whether anything was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    fuzz = Fuzz(ours, ours.recv())
    folder = Path(tempfile.mkdtemp(prefix="annoport-fuzz-"))
    begun = time.monotonic()
    failed = [
        seed
        for seed in range(options.seed, options.seed + options.runs)
        if not fuzz.run(seed, folder)
    ]
    took = time.monotonic() - begun
    ours.send(None)
    server.join()
    shutil.rmtree(folder)
    _report(fuzz, options.runs, took)
    if failed:
        print(f"FAILED seeds: {failed}")
    return 1 if failed else 0


def _report(fuzz: Fuzz, runs: int, took: float) -> None:
    print(f"{runs} runs in {took:.0f} s ({took / max(1, runs):.2f} s a run)")
    fuzz.counts.setdefault("WRONG FILES", 0)
    for outcome, count in sorted(fuzz.counts.items()):
        print(f"  {outcome}: {count}")
    again = fuzz.sent - fuzz.needed
    print(f"  bytes needed: {fuzz.needed}, sent: {fuzz.sent}, sent again or lost: {again}")


if __name__ == "__main__":
    sys.exit(main())
