"""Where a download goes on the local disk, and the caller's options for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

import attrs

from annoport.core.download.extract import Limits, refuse_used
from annoport.core.download.partial import Partial, exists_error
from annoport.core.download.verify import normal_sha256
from annoport.core.errors import DownloadError, InvalidArgumentError
from annoport.core.http.options import ATTEMPTS, StallTimeout, checked_stall
from annoport.core.values.models import UNSET

Overwrite: TypeAlias = Literal["error", "replace", "resume"]
"""What to do if the target exists: refuse, replace it, or keep it if the server's file is the same.

"resume" keeps or replaces only a target that an earlier download with "resume" made.
"""

_MOST_CONNECTIONS = 32


@attrs.frozen(kw_only=True)
class DownloadOptions:
    """Options of a download to the disk: keywords of `RemoteFile.download`, and some of our own.

    Attributes:
        going_on: Whether an earlier call, which is gone on with, may have made the target.
        lasting: Whether the next call is to know what this one has made, until `forget`.

    Raises:
        InvalidArgumentError: A value is out of range.
    """

    overwrite: Overwrite = "error"
    connections: int = 1
    expected_sha256: str | None = attrs.field(default=None, converter=normal_sha256)
    extract_to: str | os.PathLike[str] | None = None
    limits: Limits | None = None
    stall_timeout: StallTimeout = UNSET
    attempts: int = ATTEMPTS
    going_on: bool = False
    lasting: bool = False

    def __attrs_post_init__(self) -> None:
        """Raise InvalidArgumentError for a value that is out of range."""
        if self.overwrite not in get_args(Overwrite):
            raise InvalidArgumentError(
                f"overwrite is {self.overwrite!r}: expected 'error', 'replace' or 'resume'"
            )
        if not 1 <= self.connections <= _MOST_CONNECTIONS:
            raise InvalidArgumentError(
                f"connections is {self.connections}: expected 1 to {_MOST_CONNECTIONS}"
            )
        checked_stall(self.stall_timeout)

    @property
    def may_be_done(self) -> bool:
        """Whether an earlier download may have made what is there."""
        return self.going_on or self.overwrite == "resume"

    @property
    def folder(self) -> Path | None:
        """The folder to unpack into, if any."""
        return None if self.extract_to is None else Path(self.extract_to)

    def within(self, name: str) -> DownloadOptions:
        """Return these options for one of several files, which is unpacked into its own folder."""
        if self.folder is None:
            return self
        return attrs.evolve(self, extract_to=self.folder / name)

    def refuse_used_folder(self) -> None:
        """Raise DownloadError if the folder to unpack into exists and is not empty.

        Where an earlier download may have unpacked the same file there, that is checked later:
        only the sidecar knows.
        """
        if self.folder is not None and not self.may_be_done:
            refuse_used(self.folder)

    def refuse_used(self, destination: Destination) -> None:
        """Raise DownloadError or TargetExistsError for what is known to be in use by now."""
        self.refuse_used_folder()
        if destination.path is not None and not self.going_on:
            self.refuse_existing(destination.path)

    def refuse_existing(self, path: Path, partial: Partial | None = None) -> None:
        """Raise TargetExistsError if `path` exists and may not be replaced.

        Args:
            path: Where the file is to be written.
            partial: Knows whether an earlier download made what is there; None before it is open.
        """
        if not os.path.lexists(path):
            return
        if path.is_dir():
            raise exists_error(path, "it is a folder", "")
        if self.overwrite == "error":
            raise exists_error(path)
        if self.overwrite == "resume" and partial is not None and not partial.wrote(path):
            raise exists_error(
                path, "it already exists, and no earlier download with overwrite='resume' made it"
            )


@attrs.frozen
class Destination:
    """Where a file goes.

    Attributes:
        folder: Absolute path of the folder.
        name: Name within the folder; None leaves it to the server.
    """

    folder: Path
    name: str | None

    @property
    def path(self) -> Path | None:
        """Path of the file; None while its name is unknown."""
        return None if self.name is None else self.folder / self.name


def parse_target(target: object) -> Destination:
    """Return where `target` is: a folder if it exists as one or ends with a slash, else a file.

    Raises:
        InvalidArgumentError: `target` is not a path.
        DownloadError: `target` is empty or a URL.
    """
    if not isinstance(target, str | os.PathLike):
        raise InvalidArgumentError(
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
