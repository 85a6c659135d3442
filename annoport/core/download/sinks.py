"""Sinks for downloads without a partial file: streams, open files and remote stores.

They keep the last bytes, so that a download can resume after a broken connection, but not in
another process.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from annoport.core.download.resume import OVERLAP, Version
from annoport.core.errors import ChangedDuringDownloadError, ConfigurationError, DownloadError


class Writable(Protocol):
    """An object that is open for writing bytes."""

    def write(self, data: bytes, /) -> object:
        """Write `data`."""
        ...


class Sink(Protocol):
    """What takes the bytes of a download; `Partial` is one too.

    Attributes:
        have: Number of bytes taken from the start of the file.
        cold: Whether another process took them.
        version: Version of the file that they belong to.
    """

    have: int
    cold: bool
    version: Version | None

    def begin(self, version: Version, name: str | None, media_type: str) -> None:
        """Drop everything and begin again with `version`."""
        ...

    @property
    def received(self) -> int:
        """Number of bytes taken, in whatever order."""
        ...

    @property
    def kept(self) -> Path | None:
        """Path of the bytes that another process can continue; None if there are none."""
        ...

    def drop(self) -> None:
        """Drop everything."""
        ...

    def write(self, block: bytes | bytearray) -> None:
        """Take more bytes."""
        ...

    def tail(self, start: int) -> bytes:
        """Return the taken bytes from `start` on."""
        ...


class StreamSink:
    """Lets bytes pass through to the caller, and keeps only the last ones."""

    def __init__(self, what: str) -> None:
        self.have = 0
        self.cold = False
        self.version: Version | None = None
        self._what = what
        self._tail = b""

    def begin(self, version: Version, name: str | None, media_type: str) -> None:  # noqa: ARG002
        """Note the version; raise if bytes were already handed out."""
        self.drop()
        self.version = version

    @property
    def received(self) -> int:
        """Number of bytes handed out."""
        return self.have

    @property
    def kept(self) -> Path | None:
        """None: no byte is kept."""
        return None

    def drop(self) -> None:
        """Raise ChangedDuringDownloadError if bytes were already handed out."""
        if self.have:
            raise ChangedDuringDownloadError(
                f"{self._what} broke off after {self.have} bytes and cannot be continued: the "
                "file changed, or the server does not send parts of it; start again",
                received=self.have,
            )

    def write(self, block: bytes | bytearray) -> None:
        """Count bytes and keep the last ones."""
        self.have += len(block)
        if len(block) >= OVERLAP:
            self._tail = bytes(memoryview(block)[-OVERLAP:])
        else:
            self._tail = self._tail[len(block) - OVERLAP :] + block

    def tail(self, start: int) -> bytes:
        """Return the bytes from `start` on; only the last 64 KiB are known."""
        return self._tail[len(self._tail) - (self.have - start) :]


class FileSink(StreamSink):
    """Writes to an open file and computes its SHA-256."""

    def __init__(self, out: Writable, what: str) -> None:
        super().__init__(what)
        self._out = out
        self.sha256 = hashlib.sha256()

    def write(self, block: bytes | bytearray) -> None:
        """Write bytes."""
        data = bytes(block)
        written = self._out.write(data)
        if isinstance(written, int) and written != len(data):
            raise DownloadError(
                f"the target took only {written} of {len(data)} bytes: open it with buffering",
                received=self.have + written,
            )
        self.sha256.update(data)
        super().write(data)

    def finish(self) -> None:
        """Do nothing: the caller closes the file."""

    def abandon(self) -> None:
        """Do nothing: the file belongs to the caller."""


def store_of(url: str, storage_options: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the store of a URL, as fsspec's file system, and the path in it.

    Raises:
        ConfigurationError: fsspec is not installed.
    """
    try:
        fsspec = importlib.import_module("fsspec.core")
    except ImportError:
        raise ConfigurationError(
            f"writing to {url.partition('?')[0]!r} needs fsspec: install annoport[remote]"
        ) from None
    file_system, path = fsspec.url_to_fs(url, **storage_options)
    return file_system, path


class StoreSink(FileSink):
    """Writes to a URL through fsspec; the object appears only when it is complete."""

    def __init__(self, url: str, storage_options: dict[str, Any], what: str) -> None:
        self._file_system, self._path = store_of(url, storage_options)
        self._file: Any = self._open()
        super().__init__(self._file, what)

    def drop(self) -> None:
        """Discard what was written, and begin again."""
        if self.have:
            self.abandon()
            self._file = self._out = self._open()
            self.have, self._tail, self.sha256 = 0, b"", hashlib.sha256()

    def finish(self) -> None:
        """Make the object appear."""
        self._file.close()
        self._file.commit()

    def abandon(self) -> None:
        """Discard what was written, so that no object appears."""
        self._file.discard()

    def _open(self) -> Any:
        return self._file_system.open(self._path, "wb", autocommit=False)
