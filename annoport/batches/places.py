"""Where a batch goes, and what is there already."""

from __future__ import annotations

import abc
import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from annoport.batches.report import StoredFile
from annoport.core.download.sinks import store_of
from annoport.core.errors import InvalidArgumentError
from annoport.core.redact import redact_url
from annoport.core.support import notes

MANIFEST = "manifest.jsonl"


class Place(abc.ABC):
    """The folder of a batch; paths in it are relative, with slashes.

    Attributes:
        address: Its absolute path, or its URL with a slash at the end.
    """

    address: str

    @property
    @abc.abstractmethod
    def manifest(self) -> Path:
        """Where the manifest is, if the caller does not say."""

    @abc.abstractmethod
    def full(self, path: str) -> str:
        """Return a path within it as one that others understand."""

    def shown(self, path: str) -> str:
        """Return a path within it as messages show it."""
        return redact_url(self.full(path)) if is_url(self.address) else self.full(path)

    @abc.abstractmethod
    def size(self, path: str) -> int | None:
        """Return the size of a file in bytes; None if there is none."""

    @abc.abstractmethod
    def remove(self, item: str, files: Iterable[StoredFile]) -> None:
        """Remove what is left of the files of an item, so that it can be fetched anew."""

    @abc.abstractmethod
    def has(self, item: str) -> bool:
        """Whether the folder of an item exists."""


@attrs.frozen
class Folder(Place):
    """A folder on a disk."""

    address: str

    @property
    def manifest(self) -> Path:
        """A file in the folder."""
        return Path(self.address) / MANIFEST

    def full(self, path: str) -> str:
        """Return the absolute path."""
        return str(Path(self.address) / path)

    def size(self, path: str) -> int | None:
        """Return the size of a file in bytes; None if there is none."""
        try:
            return Path(self.full(path)).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def remove(self, item: str, files: Iterable[StoredFile]) -> None:
        """Remove the files, and the folder if nothing else is in it."""
        folder = Path(self.full(item))
        for path in (Path(self.full(file.path)) for file in files):
            if path.parent == folder:  # else somebody has edited the manifest
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()

    def has(self, item: str) -> bool:
        """Whether the folder of an item exists."""
        return os.path.lexists(self.full(item))


@attrs.define
class Store(Place):
    """A folder in a store that fsspec knows; what is in it is listed once."""

    address: str
    storage_options: Mapping[str, Any] = attrs.field(repr=False)
    _sizes: dict[str, int] | None = attrs.field(default=None, init=False)

    @property
    def manifest(self) -> Path:
        """A file in the user's cache, because lines cannot be added to an object."""
        digest = notes.key_of(redact_url(self.address))
        return notes.cache_folder() / "batches" / f"{digest[:12]}.jsonl"

    def full(self, path: str) -> str:
        """Return the URL."""
        return f"{self.address}{path}"

    def size(self, path: str) -> int | None:
        """Return the size of an object in bytes; None if there is none."""
        return self._listed().get(path)

    def remove(self, item: str, files: Iterable[StoredFile]) -> None:
        """Remove the objects."""
        store, root = self._opened()
        for path in (file.path for file in files):
            if path.startswith(f"{item}/") and self._listed().pop(path, None) is not None:
                store.rm_file(f"{root}/{path}")

    def has(self, item: str) -> bool:
        """Whether there are objects of an item."""
        return any(path.startswith(f"{item}/") for path in self._listed())

    def _opened(self) -> tuple[Any, str]:
        store, root = store_of(self.address, self.storage_options)
        return store, root.rstrip("/")

    def _listed(self) -> dict[str, int]:
        if self._sizes is None:
            store, root = self._opened()
            store.invalidate_cache()
            found: dict[str, Any] = store.find(root, detail=True)
            self._sizes = {
                path.removeprefix(f"{root}/"): int(info["size"]) for path, info in found.items()
            }
        return self._sizes


def is_url(to: str) -> bool:
    """Whether a batch goes to a store that fsspec knows, and not to a folder."""
    return "://" in to


def place_of(
    to: str | os.PathLike[str], storage_options: Mapping[str, Any] | None
) -> Folder | Store:
    """Return where a batch goes.

    Args:
        to: A path, or a URL.
        storage_options: Options for fsspec, for a URL.

    Raises:
        InvalidArgumentError: It is empty, or a file, or the options do not go with it.
    """
    text = os.fspath(to)
    if is_url(text):
        return Store(text if text.endswith("/") else f"{text}/", storage_options or {})
    if storage_options is not None:
        raise InvalidArgumentError(
            f"storage_options go with a URL such as 's3://bucket/', but to is {text!r}"
        )
    if not text or (os.path.lexists(text) and not Path(text).is_dir()):
        raise InvalidArgumentError(
            f"to is {text!r}: expected a folder, or a URL such as 's3://...'"
        )
    return Folder(str(Path(text).absolute()))
