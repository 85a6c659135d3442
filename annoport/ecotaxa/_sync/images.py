# Derived from _async/images.py by tools/unasync.py: change that file instead.
"""Images of objects, one by one."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from annoport.core import Filter
from annoport.core.support.progress import Display, ProgressOption, show_progress
from annoport.core.support.workers import Stop, run_together
from annoport.ecotaxa._sync.selecting import filters_for
from annoport.ecotaxa.ids import project_id
from annoport.ecotaxa.image_files import FIELDS, FoldersBy, Picture, Row, pictures, vault_of
from annoport.ecotaxa.selections import Sample, selection
from annoport.ecotaxa.taxon_names import Taxon
from annoport.errors import (
    AnnoportError,
    ApiError,
    DownloadError,
    IncompleteDownloadError,
    InvalidArgumentError,
)
from annoport_ecotaxa import models

if TYPE_CHECKING:
    from annoport_ecotaxa import Client

_ATTEMPTS = 2
"""The server says of a missing image what it says of a passing failure, 500: asked for a few times,
many of them would take long."""


def download_images(
    client: Client,
    project: int | models.ProjectModel,
    folder: str | os.PathLike[str],
    *,
    taxa: Sequence[Taxon] | None = None,
    children: bool = True,
    status: models.StatusFilter | str | None = None,
    samples: Sequence[Sample] | None = None,
    filters: models.ProjectFilters | Mapping[str, Any] | Filter | None = None,
    first_only: bool = False,
    thumbnails: bool = False,
    folders_by: FoldersBy = "none",
    at_once: int = 8,
    progress: ProgressOption = False,
) -> list[Path]:
    """Download the images of objects, one file an image.

    A file is called by the id of its object: 200000001.png, and 200000001_1.png for its second
    image. One that is there is not fetched again, so that a call that was killed, simply made
    again, goes on.

    Args:
        client: A client of EcoTaxa.
        project: The project, or its id.
        folder: A folder, which is made if it is missing.
        taxa: Taxa by name, id or model; objects of any taxon by default.
        children: The taxa below them too.
        status: Status of the objects: P predicted, V validated, D dubious, or another
            `StatusFilter`; any by default.
        samples: Samples by name, id or model; any by default.
        filters: Which objects besides: `ProjectFilters`, a dict, or a condition of
            `annoport.filters`.
        first_only: Only the first image of each object.
        thumbnails: The server's small pictures, of first images; very small images have none.
        folders_by: "taxon" or "sample" for a folder each, called as the server calls it; letters
            that file names cannot have become "_".
        at_once: Downloads at a time.
        progress: True for a bar, or a function that is called with the number of images that are
            there, and of all.

    Returns:
        The paths of the images, in the order of the ids of their objects.

    Raises:
        InvalidArgumentError: A taxon, sample or status does not exist, or an argument says what a
            filter says too; nothing was fetched.
        DownloadError: Some images could not be fetched; the others are there.
        ApiError: The server refused a request.

    Uses: GET /taxon_set/search, GET /samples/search, POST /object_set/{project_id}/query,
    GET /object/{object_id}, GET /vault/...
    """
    if folders_by not in ("none", "taxon", "sample"):
        raise InvalidArgumentError(
            f"folders_by is {folders_by!r}: expected 'none', 'taxon' or 'sample'"
        )
    if at_once < 1:
        raise InvalidArgumentError(f"at_once is {at_once!r}: expected a whole number, 1 or greater")
    chosen = selection(filters, taxa=taxa, children=children, status=status, samples=samples)
    number = project_id(project)
    wanted = filters_for(client, number, chosen)
    rows = _rows(client, number, wanted)
    several = [row.object for row in rows if row.count > 1]
    further = {} if first_only or thumbnails else _files(client, several, at_once)
    found = pictures(
        rows,
        further,
        Path(folder),
        folders_by,
        vault=vault_of(client.base.url),
        thumbnails=thumbnails,
    )
    with show_progress(progress, f"images of project {number}") as display:
        fetching = _Fetching(client, deque(found), len(found), display)
        run_together([fetching.work] * min(at_once, len(found)), fetching.stop)
    fetching.tell_failures()
    return [picture.path for picture in found]


def _rows(client: Client, project: int, filters: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    pager = client.objects.list(project, body=filters, fields=list(FIELDS))
    for page in pager.pages():
        for number, (first, count, taxon, sample) in zip(
            page.items, page.response.value.details, strict=True
        ):
            rows.append(Row(number, first, count or 0, taxon, sample))
    return rows


def _files(client: Client, objects: list[int], at_once: int) -> dict[int, list[str]]:
    """Return the files of all images of objects, in the order of their ranks."""
    found: dict[int, list[str]] = {}
    waiting, stop = deque(objects), Stop()

    def look() -> None:
        while waiting and not stop:
            try:
                number = waiting.popleft()
            except IndexError:  # another worker was faster
                return
            images = (client.objects.retrieve(number)).images
            found[number] = [
                image.file_name for image in sorted(images, key=lambda image: image.imgrank)
            ]

    run_together([look] * min(at_once, len(objects)), stop)
    return found


@attrs.define
class _Fetching:
    """Images that are fetched several at a time. One that the server lacks does not stop others."""

    client: Client
    waiting: deque[Picture]
    total: int
    display: Display
    stop: Stop = attrs.field(factory=Stop, init=False)
    failed: list[tuple[Picture, AnnoportError]] = attrs.field(
        factory=list[tuple[Picture, AnnoportError]], init=False
    )
    _there: int = attrs.field(default=0, init=False)

    def work(self) -> None:
        """Fetch images until there are no more."""
        while self.waiting and not self.stop:
            try:
                picture = self.waiting.popleft()
            except IndexError:  # another worker was faster
                return
            try:
                self._fetch(picture)
            except (ApiError, IncompleteDownloadError) as error:
                if not isinstance(error.__cause__ or error, ApiError):
                    raise  # the server is gone, or the connection
                self.failed.append((picture, error))
                continue
            self._there += 1
            self.display.items(self._there, self.total)

    def _fetch(self, picture: Picture) -> None:
        if picture.path.exists():  # it appeared when it was whole
            return
        picture.path.parent.mkdir(parents=True, exist_ok=True)
        self.client.file_at(picture.address).download(
            picture.path, overwrite="replace", attempts=_ATTEMPTS
        )

    def tell_failures(self) -> None:
        """Raise if an image could not be fetched."""
        if not self.failed:
            return
        first, error = self.failed[0]
        raise DownloadError(
            f"{len(self.failed)} of {self.total} images could not be fetched, the first is that of "
            f"object {first.object} at {first.address}: {error}; the others are there, and the "
            "same call fetches only what is missing"
        ) from error
