# Derived from _async/download_media.py by tools/unasync.py: change that file instead.
"""Download the files of media: images, videos in a quality, thumbnails; one or thousands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from annoport.core import UNSET, Overwrite, Pager, ProgressOption
from annoport.core.download.target import parse_target
from annoport.tator._sync.stored_files import fetch, media_of, places_in
from annoport.tator.files import Choice, Role, stored
from annoport.tator.names import find, id_of
from annoport.tator.selections import check_search
from annoport_tator import models

if TYPE_CHECKING:
    from annoport.core import Filter
    from annoport_tator import Client


@overload
def download_media(
    client: Client,
    media: int | models.Media,
    target: str | os.PathLike[str],
    *,
    role: Role | None = None,
    quality: int | None = None,
    codec: str | None = None,
    name: Callable[[models.Media], str] | None = None,
    skip_missing: bool = False,
    at_once: int = 4,
    connections: int = 1,
    overwrite: Overwrite = "resume",
    progress: ProgressOption = False,
) -> Path: ...


@overload
def download_media(
    client: Client,
    media: Iterable[int | models.Media] | Pager[models.Media, Any],
    target: str | os.PathLike[str],
    *,
    role: Role | None = None,
    quality: int | None = None,
    codec: str | None = None,
    name: Callable[[models.Media], str] | None = None,
    skip_missing: bool = False,
    at_once: int = 4,
    connections: int = 1,
    overwrite: Overwrite = "resume",
    progress: ProgressOption = False,
) -> list[Path]: ...


def download_media(
    client: Client,
    media: int | models.Media | Iterable[int | models.Media] | Pager[models.Media, Any],
    target: str | os.PathLike[str],
    *,
    role: Role | None = None,
    quality: int | None = None,
    codec: str | None = None,
    name: Callable[[models.Media], str] | None = None,
    skip_missing: bool = False,
    at_once: int = 4,
    connections: int = 1,
    overwrite: Overwrite = "resume",
    progress: ProgressOption = False,
) -> Path | list[Path]:
    """Download the file of a medium, or the files of many, several at once.

    Each file appears under its name only when it is whole. Run again, files that are there are
    kept and others are gone on with. Files in the object store come by presigned URLs, which are
    renewed when they expire; a medium that refers to a file elsewhere has a URL, which is fetched.

    Uses: GetDownloadInfo; for media given by id GetMedia and GetMediaListById.

    Args:
        client: A client of Tator.
        media: A medium or its id; or several, such as what `client.media.list(...)` returns.
        target: A file or a folder for one medium, a folder for several. A folder that does not
            exist is made; for one medium, end it with a slash then.
        role: Which file: "archival" (the original of a video), "streaming" (a version for viewing),
            "image", "audio", "thumbnail" or "thumbnail_gif". By default the original of a video,
            its stream if there is none, or the image.
        quality: Vertical resolution in pixels; the file that comes nearest is taken. The best by
            default.
        codec: Codec of a video, such as "h264", or MIME type of an image, such as "image/avif".
        name: Returns what the file of a medium is called in a folder. By default it is the
            medium's id and name, which is always the same and never twice: "17_dive.mp4".
        skip_missing: Leave out media that have no such file, instead of raising.
        at_once: How many files at a time, 1 to 32.
        connections: How many connections for each file, 1 to 32.
        overwrite: What to do if a file exists, as for `RemoteFile.download`.
        progress: True for a progress bar, or a function called with the number of bytes of all
            files that are there, and of all.

    Returns:
        The path of the file; for several media a list of them in the order of `media`.

    Raises:
        InvalidArgumentError: A medium has no such file, two would have the same name, or an
            argument is out of range; nothing was downloaded.
        NotFoundError: There is no such medium, or the store has no such file.
        TargetExistsError: A file exists and may not be replaced.
        DownloadError: A file could not be fetched; those that are there stay.
    """
    choice = Choice(role=role, quality=quality, codec=codec)
    alone = isinstance(media, int | models.Media)
    rows = media_of(client, media)
    files = stored(rows, choice, name=name, skip_missing=skip_missing and not alone)
    destination = parse_target(target)
    if alone and destination.path is not None:
        places = [destination.path]
    else:
        places = places_in(destination.path or destination.folder, files)
    paths = fetch(
        client,
        files,
        places,
        at_once=at_once,
        connections=connections,
        overwrite=overwrite,
        progress=progress,
    )
    return paths[0] if alone else paths


def download_section(
    client: Client,
    project: int | models.Project,
    section: int | str | models.Section,
    folder: str | os.PathLike[str],
    *,
    dtype: Literal["image", "video"] | None = None,
    search: Filter | None = None,
    role: Role | None = None,
    quality: int | None = None,
    codec: str | None = None,
    name: Callable[[models.Media], str] | None = None,
    skip_missing: bool = False,
    at_once: int = 4,
    connections: int = 1,
    overwrite: Overwrite = "resume",
    progress: ProgressOption = False,
) -> list[Path]:
    """Download the files of all media of a section; run again, it fetches what is missing.

    Uses: GetSectionList, GetMediaList, GetDownloadInfo; with `search` GetMediaTypeList.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        section: The section, its id or its name.
        folder: Where the files go; it is made if it does not exist.
        dtype: Only images, or only videos.
        search: A condition on the media, such as `F["Camera"] == "left"`.
        role: As for `download_media`.
        quality: As for `download_media`.
        codec: As for `download_media`.
        name: As for `download_media`.
        skip_missing: As for `download_media`.
        at_once: As for `download_media`.
        connections: As for `download_media`.
        overwrite: As for `download_media`.
        progress: As for `download_media`.

    Returns:
        The path of each file, in the order of the ids of the media.

    Raises:
        InvalidArgumentError: The project has no such section or attribute, or as for
            `download_media`; nothing was downloaded.
        TargetExistsError: A file exists and may not be replaced.
        DownloadError: A file could not be fetched; those that are there stay.
    """
    number = id_of(project, "project")
    found = find(client.sections.list(number), section, "section", number)
    if search is not None:
        check_search(search, client.media_types.list(number), "media", number)
    rows = client.media.list(
        number,
        section=found.id,
        dtype=UNSET if dtype is None else dtype,
        encoded_search=UNSET if search is None else search,
    )
    return download_media(
        client,
        rows.all(),
        folder,
        role=role,
        quality=quality,
        codec=codec,
        name=name,
        skip_missing=skip_missing,
        at_once=at_once,
        connections=connections,
        overwrite=overwrite,
        progress=progress,
    )
