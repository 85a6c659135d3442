"""Whole transfers that are killed at random moments and simply run again until they end.

    python -m tests.fuzz.transfers --moments 200 --seed 1 [--platform tator]

A run is one `download_...` call, made by one process after the other, by the sync or the async
client, against the fake of a platform. Each process is killed or interrupted at a random moment;
the last one is left in peace and must succeed. Afterwards every file must be right. Meanwhile no
process that finds a note may start another export, and none may fetch bytes that are on the disk,
beyond the window that a resume compares.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import shutil
import signal
import sys
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Generator, Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs

import annoport_cvat
import annoport_ecotaxa
import annoport_tator
from annoport import testing
from tests.fuzz.killed import INTERRUPTED, WHOLE, Tally, exit_code, run_platforms
from tests.fuzz.partial_file import WINDOW
from tests.fuzz.processes import run_forked, served

_SERVER: dict[str, Any] = {
    "job_seconds": 0.15,
    "export_bytes": 400_000,
    "bytes_per_second": 2_000_000,
}
_LONGEST = 0.9
"""Seconds within which a process is killed; that is about as long as a transfer takes."""
_MOST_KILLS = 6
_RANGE = re.compile(r"bytes=(\d+)-")


# --------------------------------------------------------------------------- what is called


@attrs.frozen(kw_only=True)
class Call:
    """The call of one platform.

    Attributes:
        client, async_client: Its clients.
        start: A part of the path that starts an export.
        file: Finds the requests for the bytes of a file by their paths.
        make: Makes the call with a client of either kind.
    """

    client: Callable[..., Any]
    async_client: Callable[..., Any]
    start: str
    file: re.Pattern[str]
    make: Callable[[Any, Path], Any]


def _cvat(client: Any, folder: Path) -> Any:
    return client.tasks.download_dataset(
        _CVAT_TASK,
        folder / "task.zip",
        format="COCO 1.0",
        save_images=True,
        extract_to=folder / "files",
    )


def _ecotaxa(client: Any, folder: Path) -> Any:
    request = {"project_id": 1, "split_by": "none", "with_images": "all"}
    return client.objects.download_general(f"{folder}/", body={"filters": {}, "request": request})


def _tator(client: Any, folder: Path) -> Any:
    spec = {"algorithm_name": "Export COCO", "media_ids": [1, 2, 3]}
    return client.jobs.download_results(1, folder, body=spec, extract_to=folder / "files")


_CVAT_TASK = 11
CALLS = {
    "cvat": Call(
        client=annoport_cvat.Client,
        async_client=annoport_cvat.AsyncClient,
        start="/dataset/export",
        file=re.compile(r"/dataset/download"),
        make=_cvat,
    ),
    "ecotaxa": Call(
        client=annoport_ecotaxa.Client,
        async_client=annoport_ecotaxa.AsyncClient,
        start="/object_set/export/general",
        file=re.compile(r"/jobs/\d+/file"),
        make=_ecotaxa,
    ),
    "tator": Call(
        client=annoport_tator.Client,
        async_client=annoport_tator.AsyncClient,
        start="/rest/Jobs/1",
        file=re.compile(r"\.zip"),
        make=_tator,
    ),
}


# --------------------------------------------------------------------------- the server


@attrs.frozen
class Asked:
    """What the server was asked since it was last looked at.

    Attributes:
        starts: How many exports were started.
        offsets: Where the answers to requests for a file began.
    """

    starts: int
    offsets: tuple[int, ...]


def serve(platform: str, pipe: Connection) -> None:
    """Serve a fake, and tell what it was asked."""
    call = CALLS[platform]
    with testing.serve(platform, **_SERVER) as server:
        pipe.send((server.url, server.token))
        while pipe.recv() is not None:
            seen, server.requests[:] = list(server.requests), []
            starts = [one for one in seen if one.method == "POST" and one.path.endswith(call.start)]
            files = [one for one in seen if one.method == "GET" and call.file.search(one.path)]
            pipe.send(Asked(len(starts), tuple(_offset(one.headers) for one in files)))


def _offset(headers: dict[str, str]) -> int:
    found = _RANGE.match(headers.get("range", ""))
    if found:
        return int(found[1])
    # Whether the file has changed is asked for without fetching it.
    return sys.maxsize if "if-none-match" in headers else 0


@contextlib.contextmanager
def serving(platform: str) -> Generator[tuple[str, str, Callable[[], Asked]]]:
    """Run the server; yield its address, a token and what looks at it."""
    with served(serve, platform) as (pipe, (url, token)):

        def look() -> Asked:
            pipe.send("look")
            asked: Asked = pipe.recv()
            return asked

        yield url, token, look


# --------------------------------------------------------------------------- one process


@attrs.frozen(kw_only=True)
class Attempt:
    """One process that makes the call, and is killed if `after` says when."""

    platform: str
    url: str
    token: str
    folder: Path
    shell: str
    signal: signal.Signals = signal.SIGKILL
    after: float | None = None

    def run(self) -> int | None:
        """Run it, and return its exit code; None if it was killed."""
        return run_forked(self.call, interrupted=INTERRUPTED, after=self.after, by=self.signal)

    def call(self) -> int:
        """Make the call in this process, and return the exit code."""
        call = CALLS[self.platform]
        if self.shell == "sync":
            return exit_code(lambda: self._call_sync(call))
        return exit_code(lambda: asyncio.run(self._call_async(call)))

    def _call_sync(self, call: Call) -> None:
        with call.client(self.url, token=self.token) as client:
            call.make(client, self.folder)

    async def _call_async(self, call: Call) -> None:
        async with call.async_client(self.url, token=self.token) as client:
            made: Awaitable[Any] = call.make(client, self.folder)
            await made


# --------------------------------------------------------------------------- the runs


@attrs.define(kw_only=True)
class TransferTally(Tally):
    """The results of one platform; `starts` counts exports."""

    noun: str = "transfer"
    starts: int = 0

    def more(self) -> Iterable[str]:
        """Return what else is told."""
        return [f"{self.starts} exports"]


@attrs.define(kw_only=True)
class Fuzz:
    """The runs of one platform against one server."""

    platform: str
    url: str
    token: str
    look: Callable[[], Asked]
    folder: Path
    dice: random.Random
    tally: TransferTally

    def run(self) -> None:
        """Make one transfer, with kills on the way."""
        self.tally.runs += 1
        shutil.rmtree(self.folder, ignore_errors=True)
        for _ in range(self.dice.randrange(1, _MOST_KILLS + 1)):
            self.tally.moments += 1
            code = self._attempt(
                signal=self.dice.choice([signal.SIGKILL, signal.SIGINT]),
                after=self.dice.random() * _LONGEST,
            )
            if code == WHOLE or self._is_whole():
                self._check(tidy=code == WHOLE)
                return
        code = self._attempt()
        if code != WHOLE:
            self.tally.complain(f"the last process ended with {code}")
        self._check(tidy=True)

    def _attempt(self, **how: Any) -> int | None:
        """Let a process make the call, and check what it has asked for."""
        noted, kept = bool(list(self.folder.glob(".*.note"))), self._kept()
        attempt = Attempt(
            platform=self.platform,
            url=self.url,
            token=self.token,
            folder=self.folder,
            shell=self.dice.choice(["sync", "async"]),
            **how,
        )
        code = attempt.run()
        asked = self.look()
        self.tally.starts += asked.starts
        if asked.starts > (0 if noted else 1):
            self.tally.complain(f"{asked.starts} exports were started, with a note: {noted}")
        if noted and asked.offsets and min(asked.offsets) < kept - WINDOW:
            self.tally.complain(
                f"fetched from {min(asked.offsets)} on with {kept} bytes on the disk"
            )
        self.tally.note(code)
        return code

    def _kept(self) -> int:
        """Return how many bytes of a file are on the disk."""
        return max(
            (path.stat().st_size for path in self.folder.glob(".*.partial") if path.is_file()),
            default=0,
        )

    def _is_whole(self) -> bool:
        """Whether a process that was killed had done everything."""
        return bool(list(self.folder.glob("*.zip"))) and not list(self.folder.glob(".*.note"))

    def _check(self, *, tidy: bool) -> None:
        """Check the files, and that nothing else is left."""
        archives = list(self.folder.glob("*.zip"))
        if len(archives) != 1:
            self.tally.complain(f"there are {len(archives)} files")
            return
        with zipfile.ZipFile(archives[0]) as archive:
            if archive.testzip() is not None:
                self.tally.complain("the file is damaged")
            files = self.folder / "files"
            if files.exists() or self.platform != "ecotaxa":
                right = {name: archive.read(name) for name in archive.namelist()}
                found = {
                    path.relative_to(files).as_posix(): path.read_bytes()
                    for path in files.rglob("*")
                    if path.is_file()
                }
                if found != right:
                    self.tally.complain("what was unpacked is not what is in the file")
        hidden = [path.name for path in self.folder.glob(".*")]
        if tidy and hidden:
            self.tally.complain(f"{hidden} was left behind")


def run_platform(platform: str, moments: int, seed: int) -> TransferTally:
    """End transfers of one platform at so many moments."""
    tally = TransferTally(platform=platform)
    with serving(platform) as (url, token, look), tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(
            platform=platform,
            url=url,
            token=token,
            look=look,
            folder=Path(folder) / "exports",
            dice=random.Random(f"{platform} {seed}"),
            tally=tally,
        )
        for shell in ("sync", "async"):  # imports all that every process would import anew
            _warm_up(platform, url, token, shell, Path(folder) / shell)
        look()
        while tally.moments < moments:
            fuzz.run()
    return tally


def _warm_up(platform: str, url: str, token: str, shell: str, folder: Path) -> None:
    attempt = Attempt(platform=platform, url=url, token=token, folder=folder, shell=shell)
    if attempt.call() != WHOLE:
        raise RuntimeError(f"{platform}: the call fails without a kill")


def main(arguments: list[str] | None = None) -> int:
    """Run all platforms; the exit status says whether anything was wrong."""
    return run_platforms(__doc__, CALLS, run_platform, moments=200, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
