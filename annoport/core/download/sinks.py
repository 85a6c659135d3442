"""What takes the bytes of a download where there is no partial file: streams and remote stores.

They keep the last bytes, so that a broken connection can be resumed, but cannot outlive the
process.
"""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import Any, Protocol

from annoport.core.download.resume import OVERLAP, Version
from annoport.core.errors import ChangedDuringDownloadError, ConfigurationError, DownloadError


class Writable(Protocol):
    """An object open for writing bytes."""

    def write(self, data: bytes, /) -> object:
        """Take `data`."""
        ...


class Sink(Protocol):
    """What takes the bytes of a download; `Partial` is one too.

    have: bytes taken. cold: another process took them. version: what they belong to.
    """

    have: int
    cold: bool
    version: Version | None

    def begin(self, version: Version, name: str | None, media_type: str) -> None:
        """Drop everything and begin with `version`."""
        ...

    @property
    def received(self) -> int:
        """Bytes taken, in whatever order."""
        ...

    @property
    def kept(self) -> Path | None:
        """Where the bytes stay for another process; None if they do not."""
        ...

    def drop(self) -> None:
        """Drop everything."""
        ...

    def write(self, block: bytes | bytearray) -> None:
        """Take more bytes."""
        ...

    def tail(self, start: int) -> bytes:
        """Give the bytes from `start` on."""
        ...


class StreamSink:
    """Lets bytes pass to the caller; remembers only the last ones."""

    def __init__(self, what: str) -> None:
        self.have = 0
        self.cold = False
        self.version: Version | None = None
        self._what = what
        self._tail = b""

    def begin(self, version: Version, name: str | None, media_type: str) -> None:  # noqa: ARG002
        """Note the version; bytes that went out cannot be taken back."""
        self.drop()
        self.version = version

    @property
    def received(self) -> int:
        """Bytes handed out."""
        return self.have

    @property
    def kept(self) -> Path | None:
        """Nothing stays."""
        return None

    def drop(self) -> None:
        """Refuse to begin anew once bytes went out."""
        if self.have:
            raise ChangedDuringDownloadError(
                f"{self._what} broke off after {self.have} bytes were handed out, and the server "
                "does not continue it: the file changed, or it cannot send a part. Start again",
                received=self.have,
            )

    def write(self, block: bytes | bytearray) -> None:
        """Count bytes and keep the last ones."""
        self.have += len(block)
        self._tail = (self._tail + bytes(block[-OVERLAP:]))[-OVERLAP:]

    def tail(self, start: int) -> bytes:
        """Give the bytes from `start` on; at most the last 64 KiB are known."""
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
                f"the target took {written} of {len(data)} bytes: open it with a buffer",
                received=self.have + written,
            )
        self.sha256.update(data)
        super().write(data)

    def finish(self) -> None:
        """Everything is written; the file is the caller's to close."""

    def abandon(self) -> None:
        """Nothing to undo: the file is the caller's."""


class StoreSink(FileSink):
    """Writes to a URL through fsspec; the object appears only when it is whole."""

    def __init__(self, url: str, storage_options: dict[str, Any], what: str) -> None:
        try:
            fsspec = importlib.import_module("fsspec.core")
        except ImportError:
            raise ConfigurationError(
                f"writing to {url.partition('?')[0]!r} needs fsspec: "
                "install annoport with the extra 'remote'"
            ) from None
        file_system, self._path = fsspec.url_to_fs(url, **storage_options)
        self._file_system: Any = file_system
        self._file: Any = self._open()
        super().__init__(self._file, what)

    def drop(self) -> None:
        """Throw away what was sent, and begin anew."""
        if self.have:
            self.abandon()
            self._file = self._out = self._open()
            self.have, self._tail, self.sha256 = 0, b"", hashlib.sha256()

    def finish(self) -> None:
        """Make the object appear."""
        self._file.close()
        self._file.commit()

    def abandon(self) -> None:
        """Throw away what was sent; the object does not appear."""
        self._file.discard()

    def _open(self) -> Any:
        return self._file_system.open(self._path, "wb", autocommit=False)
