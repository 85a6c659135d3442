"""The manifest: what is known of each item, a line of JSON for each thing that happened.

    {"item": "tasks-42", "key": "5f0c...", "state": "started", "at": "2026-06-01T12:00:00Z"}
    {"item": "tasks-42", "key": "5f0c...", "state": "done", "at": "2026-06-01T12:00:07Z",
     "path": "tasks-42/dive.zip", "size": 4711, "sha256": "9a3b..."}

Lines are only added, and are on the disk before the run goes on. Of a line that a kill or a power
cut has torn, the run had not gone on yet. One process writes it, which holds a lock on it.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import attrs
import msgspec

from annoport.batches.items import Item
from annoport.batches.report import StoredFile
from annoport.core.download.lock import FileLock
from annoport.core.download.partial import clear_errors
from annoport.core.errors import ConfigurationError, TargetBusyError
from annoport.core.support.small_files import sync_folder

State = Literal["started", "done", "failed", "refused"]
"""Refused is what was not begun, because something else is in its place; it changes nothing."""


class Line(msgspec.Struct, kw_only=True, omit_defaults=True, frozen=True):
    """One line.

    Attributes:
        item: Name of the item.
        key: What it asks for, as `Item.key`.
        state: What happened.
        at: When.
        path: Of a file, relative to the folder of the batch.
        size: Of that file, in bytes.
        sha256: Of that file.
        of: How many files the item has, each with a line of its own.
        error: Why the item has failed.
    """

    item: str
    key: str
    state: State
    at: datetime.datetime
    path: str | None = None
    size: int | None = None
    sha256: str | None = None
    of: int = 1
    error: str | None = None


@attrs.define
class Known:
    """What the lines say of one item.

    Attributes:
        key: What it asked for.
        state: What happened last.
        files: Its files, with paths relative to the folder of the batch.
        of: How many files it has.
    """

    key: str
    state: State
    files: list[StoredFile] = attrs.field(factory=list[StoredFile])
    of: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether there is a line for each file."""
        return self.state == "done" and len(self.files) == self.of

    def goes_on_with(self, line: Line) -> bool:
        """Whether a line tells of another file of the item."""
        return line.state == self.state == "done" and line.key == self.key


class Manifest:
    """The manifest of a batch, which nobody else writes while it is open.

    Attributes:
        path: The file.
        known: What it says of each item, by name.
    """

    def __init__(self, path: Path) -> None:
        """Read it, and hold it until `close`.

        Args:
            path: The file; made if it does not exist.

        Raises:
            TargetBusyError: Another run holds it.
            ConfigurationError: It is no manifest.
            DownloadError: It cannot be written.
        """
        self.path = path
        self.known: dict[str, Known] = {}
        self._lock = FileLock(path.with_name(f".{path.name}.lock"))
        with clear_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            is_free = self._lock.acquire()
        if not is_free:
            raise TargetBusyError(
                f"another run is writing {path}: wait until it ends, or choose another to= or "
                "manifest=",
                path=path,
            )
        try:
            with clear_errors(path):
                self._file = path.open("ab+")
                sync_folder(path.parent)
                self._read()
        except BaseException:
            self.close()
            raise

    def started(self, items: Sequence[Item]) -> None:
        """Note that items are begun."""
        self._add([self._line(item, "started") for item in items])

    def done(self, item: Item, files: Sequence[StoredFile]) -> None:
        """Note that an item is whole."""
        self._add([self._line(item, "done", file=file, of=len(files)) for file in files])

    def failed(self, item: Item, error: str) -> None:
        """Note that an item has failed."""
        self._add([self._line(item, "failed", error=error)])

    def refused(self, item: Item, why: str) -> None:
        """Note that an item was not begun."""
        self._add([self._line(item, "refused", error=why)])

    def close(self) -> None:
        """Let others write it."""
        if hasattr(self, "_file"):
            self._file.close()
        self._lock.release()

    def _line(
        self,
        item: Item,
        state: State,
        *,
        file: StoredFile | None = None,
        of: int = 1,
        error: str | None = None,
    ) -> Line:
        return Line(
            item=item.name,
            key=item.key,
            state=state,
            at=datetime.datetime.now(datetime.UTC),
            path=None if file is None else file.path,
            size=None if file is None else file.size,
            sha256=None if file is None else file.sha256,
            of=of,
            error=error,
        )

    def _add(self, lines: Sequence[Line]) -> None:
        with clear_errors(self.path):
            self._file.write(msgspec.json.Encoder().encode_lines(lines))
            self._file.flush()
            os.fsync(self._file.fileno())
        for line in lines:
            self._take(line)

    def _read(self) -> None:
        """Take up what is there, and cut off a line that is not whole."""
        self._file.seek(0)
        end = 0
        for number, text in enumerate(self._file, start=1):
            if not text.endswith(b"\n"):
                break
            end += len(text)
            try:
                self._take(msgspec.json.decode(text, type=Line))
            except msgspec.DecodeError as error:
                raise ConfigurationError(
                    f"{self.path}, line {number} is no line of a manifest ({error}): remove the "
                    "line, or choose another to= or manifest="
                ) from None
        self._file.truncate(end)

    def _take(self, line: Line) -> None:
        if line.state == "refused":
            return
        known = self.known.get(line.item)
        if known is None or not known.goes_on_with(line):
            known = self.known[line.item] = Known(line.key, line.state, of=line.of)
        if line.path is not None and line.size is not None and line.sha256 is not None:
            known.files.append(StoredFile(line.path, line.size, line.sha256))
