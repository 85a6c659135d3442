"""One process that tries to fill a target, and may be killed."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import sys
import time
from pathlib import Path

import attrs

from annoport.core._sync.download import RemoteUrl
from annoport.core.errors import (
    ApiError,
    ChangedDuringDownloadError,
    DownloadError,
    IncompleteDownloadError,
    TargetExistsError,
)
from tests.core.both_shells import Client
from tests.fuzz.server_styles import Style

STALL = 0.1


@attrs.frozen
class Ended:
    """How an attempt ended, and how many bytes it last reported."""

    outcome: str
    reported: int


@attrs.frozen(kw_only=True)
class Attempt:
    """One process that tries to fill the target.

    Attributes:
        number: Appears in its requests.
        kill_at: Bytes after which it is killed.
        kill_after: Seconds after which it is killed.
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
    peaceful: bool = False

    def run(self) -> Ended:
        """Run it in a process of its own."""
        with mmap.mmap(-1, _COUNT.size) as shared:  # outlives the process, however that ends
            child = os.fork()
            if child == 0:
                os._exit(_CODES[self._download(shared)])
            if self.kill_after is not None:
                time.sleep(self.kill_after)
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            outcome = "killed" if os.WIFSIGNALED(status) else _OUTCOMES[os.WEXITSTATUS(status)]
            return Ended(outcome, _COUNT.unpack(shared[:])[0])

    def _download(self, shared: mmap.mmap) -> str:
        def progress(done: int, _total: int | None) -> None:
            shared[:] = _COUNT.pack(done)
            if self.kill_at is not None and done >= self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with Client(self.url) as client:
                self._remote(client).download(
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

    def _remote(self, client: Client) -> RemoteUrl:
        """Return the file; the signature in its URL says which attempt asks."""
        expires = self.style.expires
        store = self.url.replace("127.0.0.1", "localhost") if expires else self.url
        signed = f"{store}/file?{MARK}{self.number}"
        renew = (lambda: signed) if expires else None
        return RemoteUrl(client, signed, self.style.rules, renew=renew)


MARK = "X-Amz-Signature="
_COUNT = struct.Struct("q")
_ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (IncompleteDownloadError, "incomplete, kept"),
    (ChangedDuringDownloadError, "kept changing"),
    (TargetExistsError, "target exists"),
    (ApiError, "refused by the server"),
    (DownloadError, "refused by us"),
)
_OUTCOMES = ("whole", *(outcome for _, outcome in _ERRORS), "crashed")
_CODES = {outcome: code for code, outcome in enumerate(_OUTCOMES)}
