"""One item, done by a thread or process of its own, on this machine or another.

On a disk an item is fetched into a hidden folder, which gets its name when all of its files are
whole. So a folder that has its name is whole, whoever is killed when, and whatever else is there
in its place was seen before the run began.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import attrs

from annoport.batches.clients import Connect, client_of
from annoport.batches.items import JOB, Item
from annoport.batches.places import is_url
from annoport.batches.report import StoredFile
from annoport.core import BaseClient
from annoport.core.download.lock import FileLock
from annoport.core.download.sinks import store_of
from annoport.core.download.stored import Stored, noting_stored
from annoport.core.errors import (
    BrokenAnswerError,
    ChangedDuringDownloadError,
    CorruptFileError,
    IncompleteDownloadError,
    JobGoneError,
    RateLimitError,
    ServerError,
    TransportError,
)
from annoport.core.redact import redact_text, redact_url
from annoport.core.support import notes
from annoport.core.support.small_files import sync_folder

_TAKE_UP = 24 * 3600.0
"""Seconds for which the job of an earlier run is taken up; CVAT keeps an export that long."""
_LOOK_AGAIN = 0.1
"""Seconds after which a lock that another holds is tried again."""
_MAY_PASS = (
    BrokenAnswerError,
    ChangedDuringDownloadError,
    CorruptFileError,
    IncompleteDownloadError,
    JobGoneError,
    RateLimitError,
    ServerError,
    TransportError,
)
"""Errors that another attempt may not meet."""


@attrs.frozen(kw_only=True)
class Work:
    """An item with all that it takes to do it.

    Attributes:
        item: What to fetch.
        to: The folder of the batch, or its URL with a slash at the end.
        run: What tells the run from others.
        connect: Makes the client.
        storage_options: Options for fsspec, if it is a URL.
    """

    item: Item
    to: str
    run: str
    connect: Connect = attrs.field(repr=False)
    storage_options: Mapping[str, Any] | None = attrs.field(repr=False)


@attrs.frozen
class Outcome:
    """What became of an attempt.

    Attributes:
        files: What was fetched, with paths relative to the folder of the batch.
        error: The class and message of the error, if there was one.
        may_pass: Whether another attempt may not meet it.
    """

    files: tuple[StoredFile, ...] = ()
    error: str | None = None
    may_pass: bool = False


def fetch(work: Work) -> Outcome:
    """Do one item. An error is returned, because not every one can be sent to another process.

    Args:
        work: The item.
    """
    try:
        with client_of(work.run, work.item.server, work.connect) as client:
            to_store = is_url(work.to)
            files = _into_store(work, client) if to_store else _into_folder(work, client)
    except Exception as error:  # noqa: BLE001 (told in the report)
        return Outcome(error=said(error), may_pass=isinstance(error, _MAY_PASS))
    return Outcome(tuple(files))


def said(error: BaseException) -> str:
    """Return an error as one text."""
    return redact_text(f"{type(error).__name__}: {error}")


# --------------------------------------------------------------------------- to a folder


def _into_folder(work: Work, client: BaseClient) -> list[StoredFile]:
    root = Path(work.to)
    place = root / work.item.name
    place.parent.mkdir(parents=True, exist_ok=True)
    with _alone(place.with_name(f".{place.name}.lock")):
        if not place.exists():
            filling = place.with_name(f".{place.name}.partial")
            _remove_useless(filling)
            _call(client, work.item, f"{filling}/")
            for leftover in filling.glob(".*"):
                leftover.unlink()
            filling.rename(place)
            sync_folder(place.parent)
        return [_file(path, root) for path in sorted(place.iterdir()) if path.is_file()]


def _remove_useless(filling: Path) -> None:
    """Remove files of jobs that nobody can go on with: those of a set of which one has failed."""
    if any(filling.glob(".*.note")):
        return
    for path in filling.glob("[!.]*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _file(path: Path, root: Path) -> StoredFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return StoredFile(path.relative_to(root).as_posix(), path.stat().st_size, digest.hexdigest())


# --------------------------------------------------------------------------- to a store


def _into_store(work: Work, client: BaseClient) -> list[StoredFile]:
    url, options = f"{work.to}{work.item.name}/", work.storage_options or {}
    store, path = store_of(url, options)
    lock = notes.in_cache(notes.key_of(redact_url(url)))
    with _alone(lock.with_suffix(".lock")), noting_stored() as stored:
        store.invalidate_cache()
        for stray in store.find(path):  # of a job that has failed, or of which nobody knows
            store.rm_file(stray)
        _call(client, work.item, url, storage_options=options)
        return [_object(each, work.to) for each in stored]


def _object(stored: Stored, to: str) -> StoredFile:
    return StoredFile(stored.url.removeprefix(to), stored.size, stored.sha256)


# --------------------------------------------------------------------------- both


@contextlib.contextmanager
def _alone(path: Path) -> Generator[None]:
    """Hold a lock; wait while another does: a worker that a run has left behind, say."""
    lock = FileLock(path)
    try:
        while not lock.acquire():
            time.sleep(_LOOK_AGAIN)
        yield
    finally:
        lock.release()


def _call(client: BaseClient, item: Item, target: str, **more: Any) -> None:
    keywords = {**item.keywords, **more}
    if item.call == JOB:
        client.job(*item.arguments).download(target, **keywords)
    else:
        method_of(client, item)(*item.arguments, target=target, **{"take_up": _TAKE_UP, **keywords})


def method_of(client: BaseClient, item: Item) -> Callable[..., object]:
    """Return the `download_...` method that an item calls.

    Raises:
        AttributeError: The client has no such method.
    """
    resource, _, method = item.call.partition(".")
    found: Callable[..., object] = getattr(getattr(client, resource), method)
    return found
