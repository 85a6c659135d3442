"""What a file is to become as a medium, decided before it is sent."""

from __future__ import annotations

import mimetypes
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeAlias, cast
from urllib.parse import unquote, urlsplit

from attrs import evolve, frozen

from annoport.core.http.multipart import is_path
from annoport.errors import InvalidAnnotationError, InvalidArgumentError, PartialWriteError
from annoport.tator.annotations import Converter
from annoport.tator.checks import check_attributes, check_figures, check_specs, value
from annoport.tator.files import label
from annoport.tator.names import HasId, find, id_of, listed
from annoport.tator.parts import with_field
from annoport.vision import Shape
from annoport.vision.decoding import orientation
from annoport_tator import models

Duplicates: TypeAlias = Literal["skip", "error", "allow"]
"""What to do with a file that the project already has: take what is there, refuse, or upload it."""

MediumAnnotation: TypeAlias = Shape | models.LocalizationSpec | Mapping[str, Any]
"""An annotation of a medium that does not exist yet."""

Localization: TypeAlias = models.LocalizationSpec | Mapping[str, Any]
"""A localization to create."""

NEW_SECTION = "New Files"
"""Where Tator's own client puts media that are to be in no section in particular."""

_VAST = 10**9
_PLAIN = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
_NAMES = uuid.UUID("6d1e52c0-6a3c-4a55-9d3b-0b1f5c6f3b7e")
_MORE_TYPES = {
    ".avif": "image/avif",
    ".dng": "image/dng",
    ".ts": "video/MP2T",
    ".mts": "video/MP2T",
    ".m2ts": "video/MP2T",
    ".mkv": "video/x-matroska",
}


class MediumWriteError(PartialWriteError):
    """A medium was made, but not all of its annotations were stored.

    What to do: put right what `__cause__` says, annotations that the server refused too, then call
    again: the file is known by its fingerprint, and what is stored is not stored twice.

    Attributes:
        medium (int): Id of the medium.
        done (tuple[int, ...]): Ids of the annotations that are stored, in the order of the input.
        left (int): How many are not.
    """

    def __init__(
        self, message: str, *, medium: int, done: tuple[Any, ...] = (), left: int = 0
    ) -> None:
        super().__init__(message, done=done, left=left)
        self.medium = medium


@frozen(kw_only=True)
class Place:
    """What a new medium is, and where it goes.

    Attributes:
        project: Id of the project.
        kind: Its type.
        name: Its name.
        section: The section, by id or by name, as the server takes it.
        attributes: Values by the name of the attribute.
    """

    project: int
    kind: models.MediaType
    name: str
    section: Mapping[str, int | str]
    attributes: Mapping[str, models.AttributeValue]

    @property
    def is_video(self) -> bool:
        """Whether it has to be transcoded."""
        return self.kind.dtype == "video"

    def spec(self, *, url: str, md5: str, size: int | None) -> dict[str, Any]:
        """Return what makes the medium: the body of a new image, or of a transcode.

        Args:
            url: Where the server fetches the file.
            md5: Its fingerprint.
            size: Its size in bytes, if it is known.
        """
        spec: dict[str, Any] = {
            "type": self.kind.id,
            "gid": str(uuid.uuid4()),
            "uid": str(uuid.uuid4()),
            "url": url,
            "name": self.name,
            **self.section,
            "md5": md5,
            "attributes": dict(self.attributes),
        }
        if self.is_video and size is not None:
            spec["size"] = size
        return spec


def local_file(file: object) -> Path:
    """Return the path of a file to upload.

    Args:
        file: What was passed.

    Raises:
        InvalidArgumentError: It is no path, there is no such file, or it is empty.
    """
    if not is_path(file):
        kind = type(file).__name__
        raise InvalidArgumentError(f"file: expected the path of a file, got {kind}")
    path = Path(file)
    if not path.is_file():
        told = "is a folder" if path.is_dir() else "does not exist"
        raise InvalidArgumentError(f"file: {os.fspath(path)!r} {told}: expected the path of a file")
    if not path.stat().st_size:
        raise InvalidArgumentError(f"file: {os.fspath(path)!r} is empty")
    return path


def name_in(url: str) -> str:
    """Return the file name in a URL.

    Args:
        url: The URL.

    Raises:
        InvalidArgumentError: It is no URL, or ends with no name.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InvalidArgumentError(f"url: expected one that begins with http, got {url!r}")
    name = unquote(PurePosixPath(parts.path).name)
    if not name:
        raise InvalidArgumentError(f"url: {parts.path!r} ends with no file name: pass name=")
    return name


def section_of(given: int | str | HasId) -> dict[str, int | str]:
    """Return what names a section in a new medium.

    Args:
        given: The section, its id or its name.

    Raises:
        InvalidArgumentError: It is none of these, or an empty name.
    """
    if isinstance(given, str):
        if not given.strip():
            raise InvalidArgumentError("section: the name is empty")
        return {"section": given}
    return {"section_id": id_of(given, "section")}


def media_kind(
    types: Iterable[models.MediaType], given: int | str | HasId | None, name: str, project: int
) -> models.MediaType:
    """Return the type that a file becomes.

    Args:
        types: The types of the project.
        given: The type, its id or its name; None if the file is to tell.
        name: Name of the file.
        project: Id of the project, for messages.

    Raises:
        InvalidArgumentError: There is no such type, it is for other files, or it is not clear which
            one is meant.
    """
    known = list(types)
    guessed = _dtype_of(name)
    if given is None:
        if guessed is None:
            raise InvalidArgumentError(
                f"{name!r} is neither an image nor a video by its name: pass type=; {listed(known)}"
            )
        fitting = [kind for kind in known if kind.dtype == guessed]
        if len(fitting) != 1:
            several = "several types" if fitting else "no type"
            raise InvalidArgumentError(
                f"type: project {project} has {several} for {guessed}s such as {name!r}: "
                f"{'pass one of them' if fitting else 'make one first'}; "
                f"{listed(fitting or known)}"
            )
        return fitting[0]
    kind = find(known, given, "type", project)
    if kind.dtype not in ("image", "video"):
        raise InvalidArgumentError(f"type {kind.name!r} is for {kind.dtype} media, not for files")
    if guessed not in (None, kind.dtype):
        raise InvalidArgumentError(f"type {kind.name!r} is for {kind.dtype}s, but not {name!r}")
    ending = kind.file_format
    if ending and not name.lower().endswith(f".{ending.lower().lstrip('.')}"):
        raise InvalidArgumentError(
            f"type {kind.name!r} takes files that end with .{ending.lstrip('.')}, not {name!r}"
        )
    return kind


def check_place(place: Place) -> None:
    """Check the attributes of a new medium.

    Args:
        place: What it is to be.

    Raises:
        InvalidAnnotationError: One is unknown, or does not take its value.
    """
    check_attributes(place.kind, place.attributes, f"medium {place.name!r}")


def check_annotations(
    annotations: Sequence[MediumAnnotation],
    types: Sequence[models.LocalizationType],
    size: tuple[int, int] | None,
) -> None:
    """Check annotations before their medium is made.

    Args:
        annotations: The annotations.
        types: The localization types of the project.
        size: Width and height of the picture in pixels; None if they are not known yet.

    Raises:
        InvalidAnnotationError: One does not fit its type, is not within the picture, or is of
            another medium.
        InvalidArgumentError: One is no annotation of a medium.
    """
    # In a picture as large as this, all positions are in it.
    width, height = size or (_VAST, _VAST)
    specs = _specs(annotations, types, medium=0, width=width, height=height)
    for one, spec in zip(annotations, specs, strict=True):
        if isinstance(one, Shape):
            check_figures(spec, one, size)
    check_specs("localizations", specs, types)


def image_size(path: Path) -> tuple[int, int] | None:
    """Return width and height of an image in pixels, if Pillow is there and surely right.

    Args:
        path: The file.
    """
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with Image.open(path, formats=_PLAIN) as image:
            # Whether a server turns such a picture is for the server to say.
            return image.size if orientation(image) == 1 else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def specs_of(
    annotations: Sequence[MediumAnnotation],
    types: Sequence[models.LocalizationType],
    medium: models.Media,
) -> list[Localization]:
    """Return annotations as localizations to create, with ids that are the same in each call.

    Args:
        annotations: The annotations.
        types: The localization types of the project.
        medium: The medium, which is there.

    Raises:
        InvalidAnnotationError: The server did not find the size of the picture, which the
            coordinates of a shape are relative to, or one is not within the picture.
    """
    if any(isinstance(one, Shape) for one in annotations) and not (medium.width and medium.height):
        raise InvalidAnnotationError(
            f"medium {medium.id}", "width", "is not known to the server, so pixels mean nothing"
        )
    specs = _specs(
        annotations, types, medium=medium.id, width=medium.width or 1, height=medium.height or 1
    )
    there = (
        f"; {label(medium)} is there, without annotations of this call; put this right and call "
        "again: with duplicates='skip' it is not uploaded again"
    )
    for one, spec in zip(annotations, specs, strict=True):
        check_figures(spec, one, (medium.width or 1, medium.height or 1), there)
    return [
        spec
        if value(spec, "elemental_id")
        else with_field(spec, "elemental_id", str(uuid.uuid5(_NAMES, f"{medium.id}/{number}")))
        for number, spec in enumerate(specs)
    ]


def _specs(
    annotations: Sequence[MediumAnnotation],
    types: Sequence[models.LocalizationType],
    *,
    medium: int,
    width: int,
    height: int,
) -> list[Localization]:
    converter = Converter(media_id=medium, width=width, height=height, localization_types=types)
    specs: list[Localization] = []
    for number, one in enumerate(cast("Sequence[object]", annotations)):
        if isinstance(one, Shape):
            specs.append(converter.to_localization(evolve(one, id=None)))
        elif isinstance(one, models.LocalizationSpec | Mapping):
            drawn = cast("Localization", one)
            _refuse_other_medium(drawn, number)
            spec = {"frame": 0, **drawn} if isinstance(drawn, Mapping) else drawn
            specs.append(with_field(spec, "media_id", medium))
        else:
            raise InvalidArgumentError(
                f"annotations[{number}]: expected a shape, a LocalizationSpec or a dict, got "
                f"{type(one).__name__}"
            )
    return specs


def _refuse_other_medium(drawn: Localization, number: int) -> None:
    """Raise if a localization is of a medium, which cannot be the one that is about to be made.

    Raises:
        InvalidAnnotationError: It is; 0 stands for none, since a `LocalizationSpec` needs a number.
    """
    for name in ("media_id", "media"):
        if given := value(drawn, name):
            raise InvalidAnnotationError(
                f"annotations[{number}]",
                name,
                f"is {given!r}, but the medium is the one that this call makes: leave it out, or "
                "make it 0; for a medium that is there, use create_localizations",
            )


def _dtype_of(name: str) -> str | None:
    ending = PurePosixPath(name).suffix.lower()
    kind = (_MORE_TYPES.get(ending) or mimetypes.guess_type(name)[0] or "").partition("/")[0]
    return kind if kind in ("image", "video") else None
