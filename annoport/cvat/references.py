"""What flows take for objects of CVAT: their ids or models, and paths in their storages."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Protocol, TypeAlias, cast

from annoport.errors import InvalidArgumentError
from annoport_cvat import models


class _Identified(Protocol):
    @property
    def id(self) -> int: ...


TaskLike: TypeAlias = int | models.TaskRead
"""A task, or its id."""

ProjectLike: TypeAlias = int | models.ProjectRead
"""A project, or its id."""

StorageLike: TypeAlias = int | models.CloudStorageRead
"""A cloud storage that the server knows, or its id."""


def id_of(thing: int | _Identified, what: str) -> int:
    """Return the id of an object.

    Args:
        thing: Its id, or its model.
        what: What it is, for the message.

    Raises:
        InvalidArgumentError: It is neither.
    """
    number = thing if isinstance(thing, int) else getattr(thing, "id", None)
    if not isinstance(number, int) or isinstance(number, bool):
        raise InvalidArgumentError(
            f"{what} is {thing!r}: expected an id, or what retrieve() and list() return"
        )
    return number


def path_in_storage(path: object, *, where: str) -> str:
    """Return the path of a file in a cloud storage.

    Args:
        path: The path, as the caller gave it.
        where: The function that was called, for messages.

    Raises:
        InvalidArgumentError: It is no path, or begins with a slash.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidArgumentError(
            f"{where}: expected the path of the file in the cloud storage, got "
            f"{type(path).__name__}"
        )
    text = PurePath(cast("str | os.PathLike[str]", path)).as_posix()
    if text.startswith("/") or text == ".":
        raise InvalidArgumentError(
            f"{where}: {text!r} is no path of a file in a cloud storage: they begin without a slash"
        )
    return text
