"""One process that tries to fill a target, and may be killed or interrupted."""

from __future__ import annotations

import asyncio
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import attrs

from annoport.core._async.download import AsyncRemoteUrl
from annoport.core._sync.download import RemoteUrl
from annoport.core.download.target import Overwrite
from annoport.core.errors import (
    ApiError,
    ChangedDuringDownloadError,
    DownloadError,
    IncompleteDownloadError,
    TargetExistsError,
)
from tests.core.both_shells import AsyncClient, Client
from tests.fuzz.processes import run_forked
from tests.fuzz.server_styles import Style

STALL = 0.1
PATIENT = 10.0
"""The stall timeout of an attempt that is left in peace, however busy the machine is."""


@attrs.frozen
class Ended:
    """How an attempt ended, and how many bytes it last reported."""

    outcome: str
    reported: int


class Options(TypedDict):
    """Keywords of a download."""

    overwrite: Overwrite
    progress: Callable[[int, int | None], None]
    connections: int
    attempts: int
    stall_timeout: float


@attrs.frozen(kw_only=True)
class Attempt:
    """One process that tries to fill the target.

    Attributes:
        number: Appears in its requests.
        kill_at: Bytes after which it is killed.
        kill_after: Seconds after which it is killed.
        signal: What kills it.
        shell: "sync" or "async".
        peaceful: Nothing is meant to go wrong, so errors are printed.
    """

    number: int
    url: str
    target: Path
    style: Style
    connections: int = 1
    attempts: int = 3
    kill_at: int | None = None
    kill_after: float | None = None
    signal: signal.Signals = signal.SIGKILL
    shell: str = "sync"
    peaceful: bool = False

    def run(self) -> Ended:
        """Run it in a process of its own."""
        with mmap.mmap(-1, _COUNT.size) as shared:  # outlives the process, however it ends
            code = run_forked(
                lambda: _CODES[self._download(shared)],
                interrupted=_CODES["interrupted"],
                after=self.kill_after,
                by=self.signal,
            )
            outcome = "killed" if code is None else _OUTCOMES[code]
            return Ended(outcome, _COUNT.unpack(shared[:])[0])

    def _download(self, shared: mmap.mmap) -> str:
        killed = False

        def progress(done: int, _total: int | None) -> None:
            nonlocal killed
            shared[:] = _COUNT.pack(done)
            if self.kill_at is not None and done >= self.kill_at and not killed:
                killed = True  # one interrupt is enough: a second one may break off the closing
                os.kill(os.getpid(), self.signal)

        options = Options(
            overwrite="resume",
            progress=progress,
            connections=self.connections,
            attempts=self.attempts,
            stall_timeout=PATIENT if self.peaceful else STALL,
        )
        try:
            if self.shell == "sync":
                self._download_sync(options)
            else:
                asyncio.run(self._download_async(options))
        except BaseException as error:  # noqa: BLE001 (told by the exit status)
            outcomes = (outcome for kind, outcome in _ERRORS if isinstance(error, kind))
            outcome = next(outcomes, "crashed")
            if self.peaceful or outcome in ("crashed", "refused by us"):
                print(repr(error), file=sys.stderr)
            return outcome
        return "whole"

    def _download_sync(self, options: Options) -> None:
        with Client(self.url) as client:
            renew = (lambda: self._signed) if self.style.expires else None
            file = RemoteUrl(client, self._signed, self.style.rules, renew=renew)
            file.download(self.target, **options)

    async def _download_async(self, options: Options) -> None:
        async def signed() -> str:
            return self._signed

        async with AsyncClient(self.url) as client:
            renew = signed if self.style.expires else None
            file = AsyncRemoteUrl(client, self._signed, self.style.rules, renew=renew)
            await file.download(self.target, **options)

    @property
    def _signed(self) -> str:
        """The URL of the file; the signature in it says which attempt asks."""
        expires = self.style.expires
        store = self.url.replace("127.0.0.1", "localhost") if expires else self.url
        return f"{store}/file?{MARK}{self.number}"


MARK = "X-Amz-Signature="
_COUNT = struct.Struct("q")
_ERRORS: tuple[tuple[type[BaseException], str], ...] = (
    (KeyboardInterrupt, "interrupted"),
    (IncompleteDownloadError, "incomplete, kept"),
    (ChangedDuringDownloadError, "kept changing"),
    (TargetExistsError, "target exists"),
    (ApiError, "refused by the server"),
    (DownloadError, "refused by us"),
)
_OUTCOMES = ("whole", *(outcome for _, outcome in _ERRORS), "crashed")
_CODES = {outcome: code for code, outcome in enumerate(_OUTCOMES)}
