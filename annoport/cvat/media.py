"""What the frames of a task are made of, checked before the task is made."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any, Literal, TypeAlias

import attrs

from annoport.core import UNSET, FileSource, Unset, UploadFile
from annoport.core.http.multipart import is_file_like, is_path
from annoport.core.upload.sources import LocalFile, local_files
from annoport.cvat.changed_models import changed
from annoport.cvat.references import StorageLike, id_of
from annoport.errors import InvalidArgumentError
from annoport_cvat import models

SortingName: TypeAlias = Literal["lexicographical", "natural", "random"]
"""How the server sorts files."""

_DEFAULT_QUALITY = 70
_ALONE = "a video, an archive or a PDF"
_ARCHIVES = (".7z", ".bz2", ".cbr", ".cbz", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip")
_POINT_CLOUDS = (".bin", ".pcd")
_OWN_ARGUMENTS = {
    "client_files": "files",
    "remote_files": "urls",
    "server_files": "server_files",
    "cloud_storage_id": "cloud_storage",
}


@attrs.frozen(kw_only=True)
class Media:
    """Where the frames of a task come from.

    Attributes:
        files: Files on this machine.
        urls: Addresses from which the server downloads files.
        server_files: Paths on the server's file share, or in a cloud storage.
        cloud_storage: Id of that cloud storage.
        where: The function that was called, for messages.
    """

    files: FileSource | Iterable[FileSource] | None
    urls: tuple[str, ...]
    server_files: tuple[str, ...]
    cloud_storage: int | None
    where: str

    @classmethod
    def of(
        cls,
        files: FileSource | Iterable[FileSource] | None,
        urls: Sequence[str],
        server_files: Sequence[str],
        cloud_storage: StorageLike | None,
        where: str,
    ) -> Media:
        """Return where the frames come from.

        Raises:
            InvalidArgumentError: They come from nowhere, or from several places.
        """
        for name, given in (("urls", urls), ("server_files", server_files)):
            if isinstance(given, str):
                raise InvalidArgumentError(
                    f"{where}: {name} is the text {given!r}: expected a list, as in "
                    f"{name}=[{given!r}]"
                )
        places = {"files": files is not None, "urls": urls, "server_files": server_files}
        given_places = [name for name, given in places.items() if given]
        if len(given_places) != 1:
            found = " and ".join(given_places) or "none of them"
            raise InvalidArgumentError(
                f"{where}: expected one of files, urls and server_files, got {found}"
            )
        if cloud_storage is not None and not server_files:
            raise InvalidArgumentError(
                f"{where}: cloud_storage needs server_files: the paths in it, which "
                "storage_files() lists"
            )
        number = None if cloud_storage is None else id_of(cloud_storage, "cloud_storage")
        return cls(
            files=files,
            urls=tuple(urls),
            server_files=tuple(server_files),
            cloud_storage=number,
            where=where,
        )

    def chosen(self, order: SortingName | Sequence[str] | None) -> Chosen:
        """Read what files there are, and return those to send.

        Of a folder, that leaves out what CVAT would drop without a word, such as a text: it would
        also keep the rest from coming in order.

        Args:
            order: How the caller wants them sorted.

        Raises:
            InvalidArgumentError: There is none that CVAT takes, or some that it does not take
                together, or two of one name; or the order has other names.
            InvalidBodyError: One cannot be read.
        """
        if self.files is None:
            return Chosen(files=(), frames=None)
        given = _as_sequence(self.files)
        found = local_files(given, field="file", where=self.where, several=True, cut_folders=True)
        kinds = [_kind(file) for file in found]
        pictures, alone = kinds.count("many"), kinds.count("alone")
        if not pictures + alone:
            raise InvalidArgumentError(
                f"{self.where}: {_shown(found)}: neither pictures nor {_ALONE}, so there would be "
                "no frame"
            )
        if alone and pictures + alone > 1:
            name = found[kinds.index("alone")].given
            raise InvalidArgumentError(
                f"{self.where}: {name!r} must be the only file, not one of {pictures + alone}: a "
                f"task is made of pictures, or of {_ALONE}; create_tasks() makes several tasks"
            )
        if not alone and order is not None and not isinstance(order, str):
            self._check_order(order, found)
        files: Sequence[FileSource] = (
            [_from_folder(file) for file, kind in zip(found, kinds, strict=True) if kind != "other"]
            if is_path(self.files)
            else given
        )
        return Chosen(files=files, frames=None if alone else pictures)

    def _check_order(self, order: Sequence[str], found: Sequence[LocalFile]) -> None:
        names = {file.name for file in found if _kind(file) != "other"}
        absent = [name for name in order if name not in names]
        extra = sorted(names.difference(order))
        if absent or extra or len(order) != len(names):
            wrong = [f"{name!r} is no file" for name in absent]
            wrong += [f"{name!r} is not in the order" for name in extra]
            shown = "; ".join(wrong[:3]) or "a name is there twice"
            raise InvalidArgumentError(
                f"{self.where}: order must have the name of each file once, without folders: "
                f"{shown}"
            )


@attrs.frozen(kw_only=True)
class Chosen:
    """Files to send.

    Attributes:
        files: The files.
        frames: How many frames they make; None if only the server can tell.
    """

    files: Sequence[FileSource]
    frames: int | None


def _from_folder(file: LocalFile) -> FileSource:
    return UploadFile(file.path or b"", name=file.name)


def _as_sequence(files: FileSource | Iterable[FileSource]) -> Sequence[FileSource]:
    """Return files that can be read twice; an iterator can be read only once."""
    if isinstance(files, str | bytes | bytearray):
        return [files]
    return [files] if is_file_like(files) or not isinstance(files, Iterable) else [*files]


def data_request(
    media: Media, data: models.DataRequest | None, order: SortingName | Sequence[str] | None
) -> models.DataRequest:
    """Return what to say about the frames, besides the files that are sent.

    Args:
        media: Where they come from.
        data: How to cut and store them, as the caller says.
        order: How to sort them: by the server, or the names in order; None leaves them as listed.

    Raises:
        InvalidArgumentError: `data` says what arguments say.
    """
    given = models.DataRequest() if data is None else data
    for name, argument in _OWN_ARGUMENTS.items():
        if not isinstance(getattr(given, name), Unset):
            raise InvalidArgumentError(
                f"{media.where}: data has {name}: pass {argument}= in place of it"
            )
    fields: dict[str, Any] = {}
    if isinstance(given.image_quality, Unset):
        fields["image_quality"] = _DEFAULT_QUALITY
    if order is not None:
        fields |= _sorting(given, order, media.where)
    if media.urls:
        fields["remote_files"] = list(media.urls)
    if media.server_files:
        fields["server_files"] = list(media.server_files)
    if media.cloud_storage is not None:
        fields["cloud_storage_id"] = media.cloud_storage
    return changed(given, fields)


def _sorting(
    data: models.DataRequest, order: SortingName | Sequence[str], where: str
) -> dict[str, Any]:
    if not (isinstance(data.sorting_method, Unset) and isinstance(data.upload_file_order, Unset)):
        raise InvalidArgumentError(
            f"{where}: order and data both say how to sort: leave out sorting_method and "
            "upload_file_order of data"
        )
    if isinstance(order, str):
        known = ("lexicographical", "natural", "random")
        if order not in known:
            raise InvalidArgumentError(
                f"{where}: order is {order!r}: expected 'lexicographical', 'natural', 'random', or "
                "a list of file names"
            )
        return {"sorting_method": models.SortingMethod(order)}
    return {
        "sorting_method": models.SortingMethod.PREDEFINED,
        "upload_file_order": list(order) or UNSET,
    }


_Kind: TypeAlias = Literal["many", "alone", "other"]


def _kind(file: LocalFile) -> _Kind:
    """Return whether CVAT takes many such files together, one alone, or none."""
    suffix = PurePath(file.name).suffix.lower()
    media_type = file.file.media_type or mimetypes.guess_type(file.name)[0] or ""
    if suffix in _ARCHIVES or media_type.startswith("video/") or media_type == "application/pdf":
        return "alone"
    if media_type.startswith("image/") or suffix in _POINT_CLOUDS:
        return "many"
    return "other"


def is_media(file: LocalFile) -> bool:
    """Whether CVAT makes frames of a file."""
    return _kind(file) != "other"


def _shown(files: Sequence[LocalFile]) -> str:
    names = ", ".join(repr(file.given) for file in files[:3])
    return names if len(files) <= 3 else f"{names} and {len(files) - 3} more"
