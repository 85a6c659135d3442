"""Projects to be exported, as a plan for a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from annoport.batches import Item
from annoport.convert import to_builtins
from annoport.core import Filter
from annoport.core.http.filters import in_body
from annoport.ecotaxa.exported import export_body
from annoport.ecotaxa.ids import project_id
from annoport.errors import InvalidArgumentError
from annoport_ecotaxa import models
from annoport_ecotaxa.operations.objects import EXPORT_OBJECT_SET_GENERAL

_IMAGES = ("none", "first", "all")


def pull(
    projects: Iterable[int | models.ProjectModel],
    folder: str = "",
    *,
    with_images: Literal["none", "first", "all"] = "none",
    filters: models.ProjectFilters | Mapping[str, Any] | Filter | None = None,
    server: str = "",
) -> list[Item]:
    """Return a plan that exports projects, for `annoport.batches.run_exports`.

    Each project gets a folder, "project-1", with the zip of a general export in it: its table with
    a line of types and the server's ids, and its images.

    Args:
        projects: Projects, or their ids; a list of them, or `client.projects.list()`.
        folder: A folder for all of them, below that of the batch.
        with_images: Which images of each object: none, the first, or all.
        filters: Which objects: `ProjectFilters`, a dict, or a condition of `annoport.filters`. One
            for free columns fits the project only whose columns it names.
        server: Which client makes the calls, if `connect=` of `run_exports` has several.

    Returns:
        An item for each project.

    Raises:
        InvalidArgumentError: Something is no project, a project comes twice, or EcoTaxa has no
            filter for a condition.
        AnnoportError: As raised by the list.
    """
    if with_images not in _IMAGES:
        raise InvalidArgumentError(
            f"with_images is {with_images!r}: expected {', '.join(map(repr, _IMAGES))}"
        )
    numbers: list[int] = []
    for project in projects:
        number = project_id(project)
        if number in numbers:
            raise InvalidArgumentError(f"project {number} comes twice")
        numbers.append(number)
    images = models.ExportImages(with_images)
    return [
        Item(
            "objects.download_general",
            keywords={"body": _plain_body(number, filters, images)},
            name=f"{folder}/project-{number}",
            server=server,
        )
        for number in numbers
    ]


def _plain_body(number: int, filters: Any, images: models.ExportImages) -> Any:
    """Return the body of the export, as what can be sent to a worker and noted in a manifest."""
    body = export_body(number, filters, with_internal_ids=True, with_images=images)
    return to_builtins(in_body(EXPORT_OBJECT_SET_GENERAL, body))
