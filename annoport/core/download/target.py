"""Where a download goes on the local disk, and how the caller wants it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

import attrs

from annoport.core.download.extract import Limits, refuse_used
from annoport.core.download.partial import Partial, exists_error
from annoport.core.download.verify import normal_sha256
from annoport.core.errors import DownloadError, InvalidArgumentError
from annoport.core.http.options import ATTEMPTS

Overwrite: TypeAlias = Literal["error", "replace", "resume"]
"""What to do about a target that exists: refuse, replace it, or keep it if it is still the file."""

_MOST_CONNECTIONS = 32


@attrs.frozen(kw_only=True)
class DownloadOptions:
    """How a file is to be downloaded to the disk; the keywords of `RemoteFile.download`.

    Raises InvalidArgumentError for values that make no sense.
    """

    overwrite: Overwrite = "error"
    connections: int = 1
    expected_sha256: str | None = attrs.field(default=None, converter=normal_sha256)
    extract_to: str | os.PathLike[str] | None = None
    limits: Limits | None = None
    stall_timeout: float = 60.0
    attempts: int = ATTEMPTS

    def __attrs_post_init__(self) -> None:
        """Check the values."""
        if self.overwrite not in get_args(Overwrite):
            raise InvalidArgumentError(
                f"overwrite is {self.overwrite!r}: expected 'error', 'replace' or 'resume'"
            )
        if not 1 <= self.connections <= _MOST_CONNECTIONS:
            raise InvalidArgumentError(
                f"connections is {self.connections}: expected 1 to {_MOST_CONNECTIONS}"
            )
        if not self.stall_timeout > 0:
            raise InvalidArgumentError(
                f"stall_timeout is {self.stall_timeout}: expected seconds above 0"
            )

    @property
    def folder(self) -> Path | None:
        """The folder to unpack into."""
        return None if self.extract_to is None else Path(self.extract_to)

    def refuse_used_folder(self) -> None:
        """Raise DownloadError if the folder to unpack into is certainly in use by others.

        With "resume" an earlier download may have unpacked the same file there; only its
        sidecar knows.
        """
        if self.folder is not None and self.overwrite != "resume":
            refuse_used(self.folder)

    def refuse_existing(self, path: Path, partial: Partial | None = None) -> None:
        """Raise TargetExistsError if `path` exists and may not be replaced.

        partial: tells whether an earlier download made it; None if that is not known yet.
        """
        if not os.path.lexists(path):
            return
        if path.is_dir():
            raise exists_error(path, "it is a folder", "")
        if self.overwrite == "error":
            raise exists_error(path)
        if self.overwrite == "resume" and partial is not None and not partial.wrote(path):
            raise exists_error(
                path, "it exists already, and no note of an earlier 'resume' is there"
            )


@attrs.frozen
class Destination:
    """A folder, and the name within it; None means that the server names the file."""

    folder: Path
    name: str | None

    @property
    def path(self) -> Path | None:
        """The file, where its name is known."""
        return None if self.name is None else self.folder / self.name


def parse_target(target: object) -> Destination:
    """Say where `target` is: a folder if it exists as one or ends with a slash, else a file.

    Raises TypeError for what is no path, and DownloadError for a URL.
    """
    if not isinstance(target, str | os.PathLike):
        raise TypeError(
            f"target is of type {type(target).__name__}: expected a path; "
            "use write_to() for an open file"
        )
    text = os.fspath(cast("str | os.PathLike[str]", target))
    if "://" in text:
        raise DownloadError(f"target {text!r} is a URL: expected a path; use write_to() for a URL")
    if not text:
        raise DownloadError("target is empty: expected the path of a file or folder")
    path = Path(text)
    endings = tuple(sep for sep in (os.sep, os.altsep) if sep)
    if text.endswith(endings) or path.is_dir():
        return Destination(path.absolute(), None)
    return Destination(path.absolute().parent, path.name)
