"""Ids of things that are given as ids or as models."""

from __future__ import annotations

from typing import Any

from annoport.errors import InvalidArgumentError
from annoport_ecotaxa import models


def id_of(thing: Any, field: str, what: str) -> int:
    """Return the id of a thing.

    Args:
        thing: The id, or a model that has it.
        field: Where a model has it.
        what: What the thing is, such as "a project".

    Raises:
        InvalidArgumentError: It is neither.
    """
    number: Any = getattr(thing, field, thing)
    if isinstance(number, bool) or not isinstance(number, int):
        raise InvalidArgumentError(f"expected {what} or its id, got {thing!r}")
    return number


def project_id(project: int | models.ProjectModel) -> int:
    """Return the id of a project."""
    return id_of(project, "projid", "a project")
