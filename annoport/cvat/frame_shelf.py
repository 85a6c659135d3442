"""The folder that frames are saved in, and what is known of those that are there.

    .frames.HASH.jsonl         which frames an earlier call has saved, and how long their files are
    .frames.HASH.jsonl.lock    held while a process saves frames of that task there

HASH stands for the server, the task, the quality and the names. A frame is noted before its file
gets its name, and the file gets it when it is whole. So a call that was killed is gone on with by
the next: it takes what is there and is as long as was noted.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self

import msgspec

from annoport.core.download.file_names import extension_of
from annoport.core.download.lock import FileLock
from annoport.core.download.partial import clear_errors, exists_error
from annoport.core.download.target import Overwrite
from annoport.core.support.small_files import write_whole
from annoport.errors import DownloadError, TargetBusyError

_HASH_DIGITS = 12
_IMAGE = "image/"


class _Saved(msgspec.Struct, frozen=True):
    """A line of the file of notes.

    Attributes:
        frame: Number of the frame.
        file: Name of its file.
        size: Bytes of it.
    """

    frame: int
    file: str
    size: int


class FrameShelf:
    """A folder, locked while it is used."""

    def __init__(self, folder: Path, key: str, overwrite: Overwrite) -> None:
        """Name the folder; `with` opens it.

        Args:
            folder: The folder; it is made if missing.
            key: Stands for the server, the task and what else makes a frame another.
            overwrite: What to do with files that are there.
        """
        self._folder = folder
        self._overwrite = overwrite
        self._notes = folder / f".frames.{key[:_HASH_DIGITS]}.jsonl"
        self._lock = FileLock(folder / f"{self._notes.name}.lock")
        self._writing = threading.Lock()
        self._known: dict[int, _Saved] = {}

    def __enter__(self) -> Self:
        with clear_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._lock.acquire():
                raise TargetBusyError(
                    f"another call is saving frames of the same task to {self._folder}: wait until "
                    "it ends, or choose another folder",
                    path=self._folder,
                )
            self._known = {saved.frame: saved for saved in self._read()}
        return self

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def kept(self, frame: int) -> Path | None:
        """Return the file of a frame that an earlier call has saved, if it may stay.

        Args:
            frame: Number of the frame.
        """
        saved = self._known.get(frame)
        if self._overwrite != "resume" or saved is None:
            return None
        path = self._folder / saved.file
        return path if path.is_file() and path.stat().st_size == saved.size else None

    def save(self, frame: int, name: str, media_type: str, content: bytes) -> Path:
        """Save a frame, and return the path of its file.

        Args:
            frame: Number of the frame.
            name: Name of the file, without the extension.
            media_type: What the server says that it is.
            content: The picture.

        Raises:
            TargetExistsError: A file of that name is there and may not be replaced.
            DownloadError: What the server sent is no picture, or it cannot be written.
        """
        if not media_type.startswith(_IMAGE) or not content:
            raise DownloadError(
                f"frame {frame}: the server sent {len(content)} bytes of "
                f"{media_type or 'nothing that it names'} in place of a picture"
            )
        path = self._folder / f"{name}{extension_of(media_type)}"
        self._refuse_taken(frame, path)
        with clear_errors(path):
            self._note(_Saved(frame, path.name, len(content)))
            write_whole(path, content)
        return path

    def _refuse_taken(self, frame: int, path: Path) -> None:
        if self._overwrite == "replace" or not path.exists():
            return
        saved = self._known.get(frame)
        if self._overwrite == "error":
            raise exists_error(path)
        if saved is None or saved.file != path.name:
            raise exists_error(path, "it exists, and no earlier call like this one has saved it")

    def _note(self, saved: _Saved) -> None:
        with self._writing, self._notes.open("ab") as file:
            file.write(msgspec.json.encode(saved) + b"\n")

    def _read(self) -> list[_Saved]:
        """Return what was noted; a line that a killed process left unfinished says nothing."""
        if not self._notes.exists():
            return []
        lines = self._notes.read_bytes().split(b"\n")
        return [saved for saved in map(_saved, lines) if saved is not None]


def _saved(line: bytes) -> _Saved | None:
    try:
        return msgspec.json.decode(line, type=_Saved)
    except (msgspec.DecodeError, ValueError):
        return None
