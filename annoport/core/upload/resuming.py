"""What is noted of an upload, so that a process that was killed and is run again goes on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from annoport.core.support import notes
from annoport.core.upload.sources import LocalFile

KEPT_SECONDS = 24 * 3600.0
"""How old a note may be: so long are the addresses of parts valid, and unfinished files kept."""


class Place(msgspec.Struct, kw_only=True):
    """Where a file is being sent by TUS.

    Attributes:
        url: Its address on the platform.
        stored: The server's name for it, if it has one.
    """

    url: str
    stored: str | None = None


class PartsBegun(msgspec.Struct, kw_only=True):
    """A file that is being sent to a store in parts.

    Attributes:
        key: Key of the object.
        upload_id: Id of the upload in the store; "" for one part.
        size: Bytes of a part.
        urls: Presigned addresses of the parts; they are valid for a day, and nobody but the user
            may read the note.
        tags: ETags of the parts that the store has, by number.
    """

    key: str
    upload_id: str
    size: int
    urls: list[str]
    tags: dict[int, str] = {}

    def __repr__(self) -> str:
        """Show no address: whoever has one may write there."""
        return f"PartsBegun(key={self.key!r}, parts={len(self.urls)}, done={[*self.tags]})"


class Begun(msgspec.Struct, kw_only=True):
    """What a note says; files are meant by their places in the list.

    Attributes:
        done: Files that the server has.
        doubtful: Those of them that it never confirmed.
        forms: Groups that were sent, with or without an answer.
        places: Where large files are being sent.
        stored: The server's name for the file that is done, if it has one.
        finishing: Whether the last request was sent.
        parts: What a store has.
    """

    done: set[int] = set()
    doubtful: set[int] = set()
    forms: list[list[int]] = []
    places: dict[int, Place] = {}
    stored: str | None = None
    finishing: bool = False
    parts: PartsBegun | None = None


def is_noted(files: Sequence[LocalFile]) -> bool:
    """Whether an upload is noted: another process has to find the same files."""
    return all(file.path is not None and file.modified is not None for file in files)


def key_of(
    request: tuple[str, str, bytes | None],
    headers: Mapping[str, str],
    server: str,
    account: int | str | None,
    files: Sequence[LocalFile],
) -> str:
    """Return what identifies an upload.

    Args:
        request: Id, URL and body of the request that ends it.
        headers: Its header parameters.
        server: The server's address.
        account: Whose upload it is.
        files: What is sent.
    """
    stamps = [(_place(file.path), file.size, file.modified) for file in files]
    return notes.key_of("upload", request, headers, server, account, stamps)


def _place(path: Path | None) -> bytes | None:
    """Return where a file is; names of folders need not be text."""
    return None if path is None else os.fsencode(os.path.abspath(path))  # noqa: PTH100 (hot)
