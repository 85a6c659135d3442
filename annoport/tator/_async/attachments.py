"""Attach files to media, and download what is attached."""

from __future__ import annotations

import fnmatch
import mimetypes
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from annoport.core import AsyncPager, Overwrite, ProgressOption
from annoport.core.download.target import parse_target
from annoport.core.support.workers import async_offload
from annoport.errors import AnnoportError, InvalidArgumentError
from annoport.tator._async.stored_files import async_fetch, async_media_of, places_in
from annoport.tator.files import attachments, label
from annoport.tator.uploads import local_file
from annoport_tator import models

if TYPE_CHECKING:
    from annoport_tator import AsyncClient


async def async_upload_attachment(
    client: AsyncClient,
    medium: int | models.Media,
    file: str | os.PathLike[str],
    *,
    name: str | None = None,
    mime: str | None = None,
    overwrite: Literal["error", "replace"] = "error",
    progress: ProgressOption = False,
) -> models.AuxiliaryFileDefinition:
    """Attach a file to a medium.

    Uses: GetMedia, GetUploadInfo, CreateAuxiliaryFile or UpdateAuxiliaryFile.

    Args:
        client: A client of Tator.
        medium: The medium, or its id.
        file: Path of the file.
        name: What the attachment is called; by default as the file.
        mime: Its MIME type; by default what its name says.
        overwrite: What to do if the medium has an attachment of that name: refuse, or replace it.
        progress: True for a progress bar, or a function called with the number of bytes that were
            sent, and of all.

    Returns:
        The attachment.

    Raises:
        InvalidArgumentError: There is no such file, or the medium has an attachment of that name;
            nothing was uploaded.
        NotFoundError: There is no such medium.
        UploadError: The file could not be sent.
        ApiError: The server refused a request.
    """
    path = await async_offload(local_file, file)
    called = name or path.name
    (row,) = await async_media_of(client, medium)
    place = _place_of(row, called)
    if place is not None and overwrite != "replace":
        raise InvalidArgumentError(
            f"{label(row)} has an attachment {called!r} already: pass another name=, or "
            "overwrite='replace'"
        )
    key = await client.transfers.upload_file(
        row.project, path, media_id=row.id, filename=called, progress=progress
    )
    kind = mime or mimetypes.guess_type(called)[0]
    attached = models.AuxiliaryFileDefinition(path=key, name=called, size=path.stat().st_size)
    if kind is not None:
        attached.mime = kind
    if place is not None:
        await client.media_files.update_auxiliary_file(row.id, index=place, body=attached)
        return attached
    try:
        await client.media_files.create_auxiliary_file(row.id, body=attached)
    except AnnoportError as error:
        if not error.may_be_done or not await _is_there(client, row.id, key):
            raise
    return attached


async def async_download_attachments(
    client: AsyncClient,
    media: int | models.Media | Iterable[int | models.Media] | AsyncPager[models.Media, Any],
    folder: str | os.PathLike[str],
    *,
    names: str = "*",
    at_once: int = 4,
    overwrite: Overwrite = "resume",
    progress: ProgressOption = False,
) -> list[Path]:
    """Download what is attached to media, several files at once; run again, what is missing.

    Uses: GetDownloadInfo; for media given by id GetMedia and GetMediaListById.

    Args:
        client: A client of Tator.
        media: A medium or its id; or several, such as what `client.media.list(...)` returns.
        folder: Where the files go; it is made if it does not exist. A file is called by the id of
            its medium and its own name, "17_notes.txt".
        names: Only attachments whose names fit this pattern, such as "*.csv".
        at_once: How many files at a time, 1 to 32.
        overwrite: What to do if a file exists, as for `AsyncRemoteFile.download`.
        progress: True for a progress bar, or a function called with the number of bytes of all
            files that are there, and of all.

    Returns:
        The path of each file; none if nothing is attached.

    Raises:
        InvalidArgumentError: An argument is invalid; nothing was downloaded.
        NotFoundError: There is no such medium, or the store has no such file.
        TargetExistsError: A file exists and may not be replaced.
        DownloadError: A file could not be fetched; those that are there stay.
    """
    files = attachments(
        await async_media_of(client, media), lambda name: fnmatch.fnmatchcase(name, names)
    )
    destination = parse_target(folder)
    return await async_fetch(
        client,
        files,
        places_in(destination.path or destination.folder, files),
        at_once=at_once,
        connections=1,
        overwrite=overwrite,
        progress=progress,
    )


def _place_of(medium: models.Media, name: str) -> int | None:
    """Return the place of the attachment of a name among those of a medium."""
    held = medium.media_files.attachment if medium.media_files else ()
    return next((place for place, one in enumerate(held or ()) if one.name == name), None)


async def _is_there(client: AsyncClient, medium: int, key: str) -> bool:
    try:
        held = await client.media_files.get_auxiliary_file_list(medium)
    except AnnoportError:
        return False
    return any(one.path == key for one in held)
