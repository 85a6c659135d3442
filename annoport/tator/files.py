"""Which file of a medium is meant, and what it is called on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from attrs import frozen

from annoport.core import Unset
from annoport.core.download.file_names import safe_name, with_suffix
from annoport.errors import InvalidArgumentError
from annoport_tator import models

Role: TypeAlias = Literal["archival", "streaming", "image", "audio", "thumbnail", "thumbnail_gif"]
"""What a file of a medium is: the original of a video, a version of it for viewing, the image, the
sound, or a small picture or animation."""

_BEST: tuple[Role, ...] = ("archival", "streaming", "image")
"""What is taken of a medium where no role is asked for: the first of these that it has."""

_Definition: TypeAlias = models.VideoDefinition | models.ImageDefinition | models.AudioDefinition


@frozen(kw_only=True)
class Choice:
    """Which file of a medium is wanted.

    Attributes:
        role: Its role; None is the original of a video, else its stream, else the image.
        quality: Its vertical resolution in pixels, or the nearest there is; None is the best.
        codec: Its codec, such as "h264", or its MIME type, such as "image/avif".
    """

    role: Role | None = None
    quality: int | None = None
    codec: str | None = None


@frozen
class StoredFile:
    """A file of a project.

    Attributes:
        project: Id of the project.
        path: Its key in the project's store, or a URL of it.
        name: What it is called on disk.
        size: Its size in bytes, if it is known.
    """

    project: int
    path: str
    name: str
    size: int | None


def label(medium: models.Media) -> str:
    """Return what messages call a medium.

    Args:
        medium: The medium.
    """
    return f"medium {medium.id} {str(medium.name)!r}"


def chosen(medium: models.Media, choice: Choice) -> _Definition | None:
    """Return the wanted file of a medium; None if it has none of that role.

    Args:
        medium: The medium.
        choice: Which file.

    Raises:
        InvalidArgumentError: It has files of the role, but not in that codec.
    """
    roles = _BEST if choice.role is None else (choice.role,)
    found = next((files for role in roles if (files := _of_role(medium, role))), None)
    if found is None:
        return None
    fitting = [one for one in found if choice.codec in (None, _codec(one))]
    if not fitting:
        there = ", ".join(sorted({repr(_codec(one)) for one in found}))
        raise InvalidArgumentError(
            f"{label(medium)}: no file of it has codec {choice.codec!r}; there is {there}"
        )
    if choice.quality is None:
        return max(fitting, key=_height)
    wanted = choice.quality
    return min(fitting, key=lambda one: abs(_height(one) - wanted))


def stored(
    media: Iterable[models.Media],
    choice: Choice,
    *,
    name: Callable[[models.Media], str] | None,
    skip_missing: bool,
) -> list[StoredFile]:
    """Return the wanted file of each medium.

    Args:
        media: The media.
        choice: Which file of each.
        name: Returns what the file of a medium is called; by default its id and name.
        skip_missing: Whether to leave out media that have no such file.

    Raises:
        InvalidArgumentError: A medium has no such file, or two would get the same name.
    """
    files: list[StoredFile] = []
    owners: dict[str, models.Media] = {}
    for medium in media:
        found = chosen(medium, choice)
        if found is None:
            if skip_missing:
                continue
            raise InvalidArgumentError(_missing(medium, choice.role))
        called = safe_name(name(medium)) if name else default_name(medium, found.path)
        other = owners.setdefault(called.casefold(), medium)
        if other is not medium:
            raise InvalidArgumentError(
                f"{label(medium)} and {label(other)} would both be called {called!r}: "
                "give each a name of its own"
            )
        size = None if isinstance(found.size, Unset) else found.size
        files.append(StoredFile(medium.project, found.path, called, size))
    return files


def attachments(media: Iterable[models.Media], wanted: Callable[[str], bool]) -> list[StoredFile]:
    """Return the attachments of media.

    Args:
        media: The media.
        wanted: Whether an attachment of a name is wanted.
    """
    files: list[StoredFile] = []
    for medium in media:
        taken: set[str] = set()
        held = medium.media_files.attachment if medium.media_files else ()
        for number, one in enumerate(held or (), 1):
            given = one.name or PurePosixPath(urlsplit(one.path).path).name
            if not wanted(given):
                continue
            called = f"{medium.id}_{safe_name(given)}"
            if called.casefold() in taken:
                called = with_suffix(called, f"_{number}")
            taken.add(called.casefold())
            size = None if isinstance(one.size, Unset) else one.size
            files.append(StoredFile(medium.project, one.path, called, size))
    return files


def default_name(medium: models.Media, path: str) -> str:
    """Return what a file of a medium is called: by id and name, so that it never changes.

    Args:
        medium: The medium.
        path: The key of the file in the store, or its URL, whose extension it gets.
    """
    given = PurePosixPath(safe_name(str(medium.name or "")))
    extension = PurePosixPath(urlsplit(path).path).suffix
    stem = given.stem if extension else given.name
    return safe_name(f"{medium.id}_{stem}{extension}")


def _missing(medium: models.Media, role: Role | None) -> str:
    roles = [
        one for one in (*_BEST, "audio", "thumbnail", "thumbnail_gif") if _of_role(medium, one)
    ]
    wanted = "file to download" if role is None else f"{role} file"
    there = f"it has {', '.join(roles)}" if roles else "it has no files at all"
    return f"{label(medium)} has no {wanted}; {there}; skip_missing=True leaves it out"


def _of_role(medium: models.Media, role: str) -> Sequence[_Definition]:
    return getattr(medium.media_files, role) or () if medium.media_files else ()


def _codec(file: _Definition) -> str:
    return str((file.mime if isinstance(file, models.ImageDefinition) else file.codec) or "")


def _height(file: _Definition) -> int:
    return 0 if isinstance(file, models.AudioDefinition) else file.resolution[0]
