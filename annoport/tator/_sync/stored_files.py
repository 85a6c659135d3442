# Derived from _async/stored_files.py by tools/unasync.py: change that file instead.
"""Files in the object stores of projects: presigned, and fetched several at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from annoport.core import Pager
from annoport.core.support.progress import ProgressOption, Tally, show_progress
from annoport.core.support.workers import Stop, run_together
from annoport.core.values.type_guards import is_iterable
from annoport.errors import DownloadError, InvalidArgumentError
from annoport_tator import models

if TYPE_CHECKING:
    from annoport.core import Overwrite, RemoteUrl
    from annoport.tator.files import StoredFile
    from annoport_tator import Client

Media: TypeAlias = int | models.Media | Iterable[int | models.Media] | Pager[models.Media, Any]
"""A medium or its id, several, or a list of the server."""

_SIGNED_AT_ONCE = 500
_ASKED_AT_ONCE = 5000
_MOST_AT_ONCE = 32


def signed(client: Client, project: int, keys: Sequence[str]) -> dict[str, str]:
    """Return a URL for each object in a project's store.

    Args:
        client: A client of Tator.
        project: Id of the project.
        keys: Keys of the objects.

    Raises:
        DownloadError: Tator returned no URL for one of them.
        ApiError: Tator refused the request.
    """
    urls: dict[str, str] = {}
    for at in range(0, len(keys), _SIGNED_AT_ONCE):
        asked = keys[at : at + _SIGNED_AT_ONCE]
        answer = client.transfers.get_download_info(project, body={"keys": list(asked)})
        urls |= {one.key: one.url for one in answer}
    for key in keys:
        if key not in urls:
            raise DownloadError(
                f"Tator returned no URL for the key {key!r} of project {project}: check the key"
            )
    return urls


def fetch(
    client: Client,
    files: Sequence[StoredFile],
    places: Sequence[Path],
    *,
    at_once: int,
    connections: int,
    overwrite: Overwrite,
    progress: ProgressOption,
) -> list[Path]:
    """Download files, several at once, and return their paths.

    Args:
        client: A client of Tator.
        files: The files.
        places: Where each goes.
        at_once: How many at a time.
        connections: How many connections for each.
        overwrite: What to do if a place is taken.
        progress: As for downloads.

    Raises:
        InvalidArgumentError: `at_once` is out of range.
        DownloadError: A file could not be fetched; the others that are there stay.
        ApiError: Tator or its store refused a request.
    """
    if not 1 <= at_once <= _MOST_AT_ONCE:
        raise InvalidArgumentError(f"at_once is {at_once}: expected 1 to {_MOST_AT_ONCE}")
    sources = _sources(client, files)
    paths: dict[int, Path] = {}
    waiting, stop = deque(range(len(files))), Stop()
    sizes = [file.size for file in files]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    title = files[0].name if len(files) == 1 else f"{len(files)} files"
    with show_progress(progress, title) as display:
        tally = Tally(display, 0, total)

        def work() -> None:
            while waiting and not stop:
                try:
                    number = waiting.popleft()
                except IndexError:  # another thread took the last one
                    return
                share = _Share(tally)
                paths[number] = sources[number].download(
                    places[number], overwrite=overwrite, connections=connections, progress=share
                )
                share.end(files[number].size)

        count = min(at_once, len(files))
        if count:
            run_together([work] * count, stop)
    return [paths[number] for number in range(len(files))]


def media_of(client: Client, given: Media) -> list[models.Media]:
    """Return media that were given in whatever way, in their order.

    Args:
        client: A client of Tator.
        given: A medium or its id, several, or a list of the server.

    Raises:
        InvalidArgumentError: Something among them is neither a medium nor an id.
        NotFoundError: There is no such medium.
    """
    if isinstance(given, Pager):
        return [_medium(row) for row in given]
    if isinstance(given, int | models.Media):
        given = [given]
    if isinstance(given, str | bytes) or not is_iterable(given):
        raise InvalidArgumentError(f"media: expected a medium, an id or several, got {given!r}")
    listed: list[object] = list(given)
    known: dict[int, models.Media] = {}
    asked = dict.fromkeys(one for one in listed if isinstance(one, int))
    while missing := [number for number in asked if number not in known]:
        first = client.media.retrieve(missing[0])
        known[first.id] = first
        project, rest = first.project, missing[1:]
        for at in range(0, len(rest), _ASKED_AT_ONCE):
            query = {"ids": rest[at : at + _ASKED_AT_ONCE]}
            rows = client.media.list_by_id(project, body=query, archive_lifecycle="all")
            known |= {row.id: row for row in rows}
    return [known[one] if isinstance(one, int) else _medium(one) for one in listed]


def places_in(target: Path, files: Sequence[StoredFile]) -> list[Path]:
    """Return where each of several files goes.

    Args:
        target: The folder.
        files: The files.
    """
    return [target / file.name for file in files]


def _medium(given: object) -> models.Media:
    if not isinstance(given, models.Media):
        raise InvalidArgumentError(f"media: expected a medium or its id, got {given!r}")
    return given


def _sources(client: Client, files: Sequence[StoredFile]) -> list[RemoteUrl]:
    """Return the files as what can be downloaded; all keys of a project are signed together."""
    keys: dict[int, dict[str, None]] = {}
    for file in files:
        if "://" not in file.path:
            keys.setdefault(file.project, {})[file.path] = None
    urls = {
        (project, key): url
        for project, wanted in keys.items()
        for key, url in (signed(client, project, list(wanted))).items()
    }
    return [_source(client, file, urls.get((file.project, file.path))) for file in files]


def _source(client: Client, file: StoredFile, url: str | None) -> RemoteUrl:
    if url is None:
        # A medium can refer to a file elsewhere, whose URL needs no signature.
        return client.file_at(file.path, name=file.name)

    def renewed() -> str:
        return (signed(client, file.project, [file.path]))[file.path]

    # An object store must never see our token.
    return client.file_at(url, name=file.name, origin="other", renew=renewed)


class _Share:
    """The bytes of one of several files."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._seen = 0

    def __call__(self, done: int, total: int | None) -> None:
        del total
        self._tally.add(done - self._seen)
        self._seen = done

    def end(self, size: int | None) -> None:
        """Count the whole file, of which an earlier call may have fetched a part or all."""
        if size is not None:
            self(size, size)
