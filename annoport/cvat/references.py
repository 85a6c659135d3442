"""Objects of CVAT where a flow takes their id or the model that the server sent."""

from __future__ import annotations

from typing import Protocol, TypeAlias

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
