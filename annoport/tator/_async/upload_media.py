"""Make media of files and of URLs, with their annotations, without making one twice."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import frozen

from annoport.core.errors import again
from annoport.core.support.concurrency import async_sleep
from annoport.core.support.logs import TRANSFERS
from annoport.core.support.workers import async_offload
from annoport.errors import AnnoportError, InvalidArgumentError, JobTimeoutError
from annoport.tator._async.create import async_create_localizations
from annoport.tator._async.stored_files import async_signed
from annoport.tator.checks import Spec, value
from annoport.tator.files import label
from annoport.tator.fingerprints import HEAD, Digest, fingerprint
from annoport.tator.names import HasId, id_of
from annoport.tator.parts import ids_in
from annoport.tator.uploads import (
    NEW_SECTION,
    Duplicates,
    MediumAnnotation,
    MediumWriteError,
    Place,
    check_annotations,
    check_place,
    image_size,
    local_file,
    media_kind,
    name_in,
    section_of,
    specs_of,
)
from annoport_tator import models

if TYPE_CHECKING:
    from annoport.core import AsyncJob, ProgressOption
    from annoport_tator import AsyncClient

_INGEST_SECONDS = 300.0
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 10.0
_SAME = " with the same arguments"
_ANEW = ": with duplicates='skip' it is not uploaded again"
_HAS_IT = "%s: the project has this file already, as %s"


@frozen(kw_only=True, repr=False)
class AsyncUploadedMedia:
    """A medium that `async_upload_media` or `async_import_media` has made or found.

    Attributes:
        medium: The medium as it was last seen: with its files, if they were waited for.
        job: The transcode of a video; None for an image, and for a video that needed none.
        existed: Whether the project had the file before.
        annotations: Ids of the annotations, in the order in which they were given.
    """

    medium: models.Media
    job: AsyncJob[models.Transcode, Any] | None = None
    existed: bool = False
    annotations: tuple[int, ...] = ()

    @property
    def id(self) -> int:
        """Id of the medium."""
        return self.medium.id

    def __repr__(self) -> str:
        count = len(self.annotations)
        return f"<{type(self).__name__} {label(self.medium)}, annotations={count:,}>"


async def async_upload_media(
    client: AsyncClient,
    project: int | models.Project,
    file: str | os.PathLike[str],
    *,
    type: int | str | models.MediaType | None = None,  # noqa: A002 - what Tator calls it
    section: int | str | models.Section | None = None,
    name: str | None = None,
    attributes: Mapping[str, models.AttributeValue] | None = None,
    annotations: Iterable[MediumAnnotation] = (),
    duplicates: Duplicates = "skip",
    wait: bool = True,
    timeout: float | None = None,
    progress: ProgressOption = False,
    chunk_size: int | None = None,
) -> AsyncUploadedMedia:
    """Upload an image or a video as a medium of a project, with its annotations.

    A video is transcoded, which `job` of the result stands for. The file gets Tator's own
    fingerprint, by which the project is searched for it first: run again after whatever mishap, the
    call goes on with what is there, and neither the medium nor its annotations are there twice. A
    video whose transcode failed is transcoded once more.

    Uses: GetMediaTypeList, GetMediaList, GetUploadInfo, GetDownloadInfo, CreateMediaList or
    Transcode, GetMedia; for annotations GetLocalizationTypeList and CreateLocalizationList.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        file: Path of the file.
        type: The media type, its id or its name; by default the project's only one for such files.
        section: The section, its id or its name; one of a new name is made. "New Files" by default.
        name: What the medium is called; by default as the file.
        attributes: Values of the medium, by the name of the attribute.
        annotations: Boxes and other shapes of `annoport.vision`, whose labels are the names of
            localization types, in pixels; or localizations without `media_id`, or with 0 for it.
        duplicates: What to do if the project has the file: "skip" takes that medium, "error"
            refuses, "allow" makes another one.
        wait: Wait until the image is read in, or the video is transcoded.
        timeout: Seconds to wait; None for no limit for a video, and 300 for an image.
        progress: True for a progress bar, or a function called with the number of bytes that were
            sent, and of all.
        chunk_size: The most bytes in one request, where a proxy takes no large ones.

    Returns:
        The medium, with its job and the ids of its annotations.

    Raises:
        InvalidArgumentError: There is no such file or type, the file does not fit the type, or the
            project has it and `duplicates` is "error"; nothing was uploaded.
        InvalidAnnotationError: An attribute or an annotation does not fit; nothing was uploaded. A
            shape that is not within the picture is found after the upload of a video, of an image
            whose size cannot be read here (most can with `annoport[images]`), and of one that a
            camera turned: the message says that the medium is there.
        MediumWriteError: The medium is there, but not all of its annotations.
        JobFailedError: The video could not be transcoded.
        JobTimeoutError: The files were not there in time; the server goes on.
        UploadError: The file could not be sent.
        ApiError: The server refused a request.
    """
    path = await async_offload(local_file, file)
    place = await _place(
        client, project, name or path.name, kind=type, section=section, attributes=attributes
    )
    md5 = await async_offload(fingerprint, path)

    async def url() -> str:
        key = await client.transfers.upload_file(
            place.project, path, progress=progress, chunk_size=chunk_size
        )
        return (await async_signed(client, place.project, [key]))[key]

    return await _Arrival(
        client=client,
        place=place,
        md5=md5,
        size=path.stat().st_size,
        url=url,
        timeout=timeout,
        pixels=partial(image_size, path),
    ).run(list(annotations), duplicates, wait=wait)


async def async_import_media(
    client: AsyncClient,
    project: int | models.Project,
    url: str,
    *,
    type: int | str | models.MediaType | None = None,  # noqa: A002 - what Tator calls it
    section: int | str | models.Section | None = None,
    name: str | None = None,
    attributes: Mapping[str, models.AttributeValue] | None = None,
    annotations: Iterable[MediumAnnotation] = (),
    md5: str | None = None,
    size: int | None = None,
    duplicates: Duplicates = "skip",
    wait: bool = True,
    timeout: float | None = None,
) -> AsyncUploadedMedia:
    """Let the server fetch an image or a video from a URL as a medium of a project.

    For the fingerprint, by which the project is searched for the file, its first 100 MiB are read
    here, unless `md5` is given. All else is as by `async_upload_media`.

    Uses: GetMediaTypeList, GetMediaList, CreateMediaList or Transcode, GetMedia; for annotations
    GetLocalizationTypeList and CreateLocalizationList.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        url: Where the file is; the server must be able to reach it. Your credentials do not go
            there.
        type: As for `async_upload_media`.
        section: As for `async_upload_media`.
        name: What the medium is called; by default as the file in the URL.
        attributes: As for `async_upload_media`.
        annotations: As for `async_upload_media`.
        md5: Tator's fingerprint of the file, as `fingerprint` returns it; by default it is
            computed.
        size: Size of the file in bytes, with `md5`; needed for a video if its host answers no HEAD.
        duplicates: As for `async_upload_media`.
        wait: As for `async_upload_media`.
        timeout: As for `async_upload_media`.

    Returns:
        The medium, with its job and the ids of its annotations.

    Raises:
        InvalidArgumentError: It is no URL, there is no such type, the file does not fit the type,
            or the project has it and `duplicates` is "error"; nothing was made.
        InvalidAnnotationError: An attribute or an annotation does not fit; nothing was made. A
            shape that is not within the picture is found when the medium is there, which the
            message says.
        MediumWriteError: The medium is there, but not all of its annotations.
        JobFailedError: The video could not be transcoded.
        JobTimeoutError: The files were not there in time; the server goes on.
        DownloadError: The file could not be read for its fingerprint.
        ApiError: The server refused a request.
    """
    place = await _place(
        client, project, name or name_in(url), kind=type, section=section, attributes=attributes
    )
    if md5 is None:
        md5, size = await _fingerprint_at(client, url)

    async def given() -> str:
        return url

    return await _Arrival(
        client=client, place=place, md5=md5, size=size, url=given, timeout=timeout
    ).run(list(annotations), duplicates, wait=wait)


async def _place(
    client: AsyncClient,
    project: int | models.Project,
    name: str,
    *,
    kind: int | str | HasId | None,
    section: int | str | models.Section | None,
    attributes: Mapping[str, models.AttributeValue] | None,
) -> Place:
    """Return what a file is to become."""
    number = id_of(project, "project")
    types = await client.media_types.list(number)
    place = Place(
        project=number,
        kind=media_kind(types, kind, name, number),
        name=name,
        section=section_of(NEW_SECTION if section is None else section),
        attributes=attributes or {},
    )
    check_place(place)
    return place


class _EnoughError(Exception):
    """Ends the reading of a file of which no more is needed."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


async def _fingerprint_at(client: AsyncClient, url: str) -> tuple[str, int]:
    """Return the fingerprint of a file elsewhere, and its size."""
    digest = Digest()

    def seen(done: int, total: int | None) -> None:
        if done >= HEAD and total is not None:
            raise _EnoughError(total)

    try:
        size = await client.file_at(url, origin="other").write_to(digest, progress=seen)
    except _EnoughError as enough:
        size = enough.size
    return digest.fingerprint(size), size


@frozen(kw_only=True)
class _Arrival:
    """The way of one file into a project."""

    client: AsyncClient
    place: Place
    md5: str
    size: int | None
    url: Callable[[], Awaitable[str]]
    timeout: float | None
    pixels: Callable[[], tuple[int, int] | None] = lambda: None

    async def run(
        self, annotations: Sequence[MediumAnnotation], duplicates: Duplicates, *, wait: bool
    ) -> AsyncUploadedMedia:
        """Make the medium, or find it, and store its annotations."""
        if duplicates not in ("skip", "error", "allow"):
            raise InvalidArgumentError(
                f"duplicates is {duplicates!r}: expected 'skip', 'error' or 'allow'"
            )
        types: list[models.LocalizationType] = []
        if annotations:
            if not wait:
                raise InvalidArgumentError(
                    "annotations need a medium that is whole: leave out wait"
                )
            types = await self.client.localization_types.list(self.place.project)
            size = None if self.place.is_video else await async_offload(self.pixels)
            check_annotations(annotations, types, size)
        before = None if duplicates == "allow" else await self._before()
        if before is not None and duplicates == "error":
            raise InvalidArgumentError(
                f"{self.place.name!r}: project {self.place.project} has this file already, as "
                f"{label(before)}: duplicates='skip' takes that, and 'allow' makes another one"
            )
        if before is not None:
            TRANSFERS.info(_HAS_IT, self.place.name, label(before))
        medium, job = await self._medium(before)
        if wait:
            medium = await self._whole(medium, job)
        ids = await self._annotate(annotations, types, medium, is_new=before is None)
        return AsyncUploadedMedia(
            medium=medium, job=job, existed=before is not None, annotations=tuple(ids)
        )

    async def _before(self) -> models.Media | None:
        """Return the medium that the project has of the file, one with files if there are more."""
        rows = await self.client.media.list(self.place.project, md5=self.md5).all()
        rows = [row for row in rows if row.type == self.place.kind.id]
        return next((row for row in rows if _has_files(row)), rows[-1] if rows else None)

    async def _medium(
        self, before: models.Media | None
    ) -> tuple[models.Media, AsyncJob[models.Transcode, Any] | None]:
        """Return the medium, which is made if it is not there, and its transcode."""
        client, project = self.client, self.place.project
        if before is not None and (_has_files(before) or not self.place.is_video):
            return before, None
        if before is not None and before.uid:
            for transcode in await client.transcodes.list(project, uid=before.uid):
                job = client.job(transcode.spec.uid, kind="transcode")
                if str(transcode.job.status).lower() in ("pending", "running"):
                    return before, job
        spec = self.place.spec(url=await self.url(), md5=self.md5, size=self.size)
        if not self.place.is_video:
            return await self._new_image(spec), None
        if before is not None:
            spec["media_id"] = before.id
        job = await client.transcodes.create(project, body=spec)
        made = (await client.transcodes.retrieve(spec["uid"])).spec.media_id
        return await client.media.retrieve(int(made or 0)), job

    async def _new_image(self, spec: Mapping[str, Any]) -> models.Media:
        client, project = self.client, self.place.project
        try:
            made = (await client.media.create(project, body=spec)).id
        except AnnoportError as error:
            found = await self._of_uid(spec["uid"]) if error.may_be_done else None
            if found is None:
                raise
            return found
        return await client.media.retrieve(made if isinstance(made, int) else made[0])

    async def _of_uid(self, uid: str) -> models.Media | None:
        """Return the medium that a request whose answer was lost has made."""
        try:
            return await self.client.media.list(self.place.project, uid=uid).first()
        except AnnoportError:
            return None

    async def _whole(
        self, medium: models.Media, job: AsyncJob[models.Transcode, Any] | None
    ) -> models.Media:
        """Wait for the files of a medium."""
        if job is not None:
            await job.wait(self.timeout)
            return await self.client.media.retrieve(medium.id)
        begun = time.monotonic()
        limit = _INGEST_SECONDS if self.timeout is None else self.timeout
        while not _has_files(medium):
            waited = time.monotonic() - begun
            if waited >= limit:
                raise JobTimeoutError(
                    f"{label(medium)}: the server has not read the image in after {waited:.0f} s: "
                    "it may be no image that Tator knows; call again to wait on",
                    job_id=medium.id,
                )
            delay = min(max(waited / 10, _FIRST_DELAY), _LONGEST_DELAY, limit - waited)
            await async_sleep(delay)
            medium = await self.client.media.retrieve(medium.id)
        return medium

    async def _annotate(
        self,
        annotations: Sequence[MediumAnnotation],
        types: Sequence[models.LocalizationType],
        medium: models.Media,
        *,
        is_new: bool,
    ) -> list[int]:
        """Store those annotations that are not there yet, and return the ids of all."""
        if not annotations:
            return []
        specs = specs_of(annotations, types, medium)
        known = {} if is_new else await self._known(specs, medium)
        left = [spec for spec in specs if value(spec, "elemental_id") not in known]
        try:
            made = await async_create_localizations(
                self.client, self.place.project, left, check=False
            )
        except AnnoportError as error:
            done = (*known.values(), *getattr(error, "done", ()))
            missing = len(specs) - len(done)
            raise MediumWriteError(
                f"{label(medium)} is there, but {missing:,} of its {len(specs):,} annotations are "
                f"not: {again(error, _SAME, anew=_ANEW)}; {type(error).__name__}: {error}",
                medium=medium.id,
                done=done,
                left=missing,
            ) from error
        known |= {value(spec, "elemental_id"): one for spec, one in zip(left, made, strict=True)}
        return [known[value(spec, "elemental_id")] for spec in specs]

    async def _known(self, specs: Sequence[Spec], medium: models.Media) -> dict[str, int]:
        """Return which annotations are stored: their elemental ids and ids."""
        rows = await self.client.localizations.list_by_id(
            self.place.project, body={"media_ids": [medium.id]}, fields="id,elemental_id,version"
        )
        found = [(value(spec, "elemental_id"), ids_in([spec], rows)) for spec in specs]
        return {elemental_id: ids[0] for elemental_id, ids in found if ids}


def _has_files(medium: models.Media) -> bool:
    files = medium.media_files
    return bool(files and (files.image or files.streaming or files.archival))
