"""Where the file of an export goes: a path on the local disk, or a URL that fsspec knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from annoport.core.download.sinks import store_of
from annoport.core.download.target import Destination, DownloadOptions, parse_target
from annoport.core.errors import InvalidArgumentError, TargetExistsError
from annoport.core.redact import redact_url
from annoport.core.support import notes


@attrs.frozen
class LocalPlace:
    """A file or a folder on the local disk.

    Attributes:
        destination: The folder, and the name in it if that is known.
    """

    destination: Destination

    address = None
    """What tells notes in one folder apart beside the call: nothing, because they lie beside it."""

    @property
    def title(self) -> str | None:
        """The name of the file, if it is known."""
        return self.destination.name

    def note(self, operation: str, key: str) -> Path:
        """Return the path of the note of a call, which lies beside the target."""
        return notes.beside(self.destination.folder, self.destination.name or operation, key)

    def refuse_used(self, options: DownloadOptions) -> None:
        """Raise DownloadError or TargetExistsError for what is known to be in use by now."""
        options.refuse_used(self.destination)


@attrs.frozen
class StorePlace:
    """An object in a store, or a folder there if the URL ends with a slash.

    Attributes:
        url: Its URL.
        storage_options: Options for fsspec.
    """

    url: str
    storage_options: Mapping[str, Any] = attrs.field(repr=False)

    @property
    def address(self) -> str:
        """The URL without what may be secret in it."""
        return redact_url(self.url)

    @property
    def is_folder(self) -> bool:
        """Whether the server names the object."""
        return self.url.endswith("/")

    @property
    def title(self) -> str | None:
        """The name of the object, if it is known."""
        return None if self.is_folder else self.address.rpartition("/")[2]

    def url_of(self, name: str) -> str:
        """Return the URL of an object in the folder."""
        return f"{self.url}{name}"

    def path_of(self, url: str) -> Path:
        """Return the path of an object within its store."""
        return Path(store_of(url, self.storage_options)[1])

    def note(self, operation: str, key: str) -> Path:  # noqa: ARG002 (as in a local place)
        """Return the path of the note of a call, which lies in the user's cache."""
        return notes.in_cache(key)

    def refuse_used(self, options: DownloadOptions) -> None:
        """Raise TargetExistsError if the object is known to exist and may not be replaced."""
        if not self.is_folder:
            self.refuse_existing(self.url, options)

    def refuse_existing(self, url: str, options: DownloadOptions) -> None:
        """Raise TargetExistsError if an object exists and may not be replaced."""
        store, path = store_of(url, self.storage_options)
        if options.overwrite == "error" and store.exists(path):
            raise TargetExistsError(
                f"cannot write {redact_url(url)}: it already exists; choose another target, or "
                "pass overwrite='replace' to replace it",
                path=Path(path),
            )


def parse_place(
    target: str | os.PathLike[str],
    options: DownloadOptions,
    storage_options: Mapping[str, Any] | None,
    *,
    only_folder: bool,
) -> LocalPlace | StorePlace:
    """Return where `target` is: in a store if it is a URL, else on the local disk.

    Args:
        target: A path or a URL.
        options: How to download.
        storage_options: Options for fsspec, for a URL.
        only_folder: Whether there may be several files, so that the target must be a folder; a
            path is taken as one.

    Raises:
        InvalidArgumentError: An option does not go with such a target.
        DownloadError: `target` is empty.
    """
    text = os.fspath(target)
    if "://" not in text:
        if storage_options is not None:
            raise InvalidArgumentError(
                f"storage_options go with a URL such as 's3://bucket/', but target is {text!r}"
            )
        destination = parse_target(target)
        if only_folder and destination.path is not None:
            destination = Destination(destination.path, None)
        return LocalPlace(destination)
    shown = redact_url(text)
    if options.extract_to is not None:
        raise InvalidArgumentError(
            f"extract_to needs the file on this machine, but target is {shown!r}: pass a path"
        )
    if options.overwrite == "resume":
        raise InvalidArgumentError(
            f"overwrite='resume' needs the file on this machine, but target is {shown!r}: "
            "pass a path, or overwrite='replace'"
        )
    if only_folder and not text.endswith("/"):
        raise InvalidArgumentError(
            f"target is {shown!r}, but there may be several files: end it with a slash"
        )
    return StorePlace(text, storage_options or {})
