"""Where a download goes on the local disk."""

from __future__ import annotations

import os
from pathlib import Path

import attrs

from annoport.core.errors import DownloadError


@attrs.frozen
class Place:
    """A folder, and the name within it; None means that the server names the file."""

    folder: Path
    name: str | None

    @property
    def path(self) -> Path | None:
        """The file, where its name is known."""
        return None if self.name is None else self.folder / self.name


def place_of(target: str | os.PathLike[str]) -> Place:
    """Say where `target` is: a folder if it exists as one or ends with a slash, else a file.

    Raises TypeError for what is no path, and DownloadError for a URL.
    """
    if not isinstance(target, str | os.PathLike):
        message = (
            f"target is of type {type(target).__name__}: expected a path; "
            "use write_to() for an open file"
        )
        raise TypeError(message)
    text = os.fspath(target)
    if "://" in text:
        message = f"target {text!r} is a URL: expected a path; use write_to() for a URL"
        raise DownloadError(message)
    if not text:
        raise DownloadError("target is empty: expected the path of a file or folder")
    path = Path(text)
    endings = tuple(sep for sep in (os.sep, os.altsep) if sep)
    if text.endswith(endings) or path.is_dir():
        return Place(path.absolute(), None)
    return Place(path.absolute().parent, path.name)
