"""Projects to be exported, as a plan for a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from annoport.batches import Item
from annoport.convert import to_builtins
from annoport.core import Filter
from annoport.ecotaxa.exported import export_body, export_filters
from annoport.ecotaxa.ids import id_of, project_id
from annoport.ecotaxa.selections import selection
from annoport.errors import InvalidArgumentError
from annoport_ecotaxa import models

_IMAGES = ("none", "first", "all")


def pull(
    projects: Iterable[int | models.ProjectModel],
    folder: str = "",
    *,
    with_images: Literal["none", "first", "all"] = "none",
    taxa: Sequence[int | models.TaxonModel] | None = None,
    children: bool = True,
    status: models.StatusFilter | str | None = None,
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
        taxa: Taxa by id or model, as `taxa_named` finds them by name; objects of any taxon by
            default.
        children: The taxa below them too.
        status: Status of the objects: P predicted, V validated, D dubious, or another
            `StatusFilter`; any by default.
        filters: Which objects besides: `ProjectFilters`, a dict, or a condition of
            `annoport.filters`. One for free columns fits the project only whose columns it names.
        server: Which client makes the calls, if `connect=` of `run_exports` has several.

    Returns:
        An item for each project.

    Raises:
        InvalidArgumentError: Something is no project, a project comes twice, a taxon is a name,
            there is no such status, EcoTaxa has no filter for a condition, or an argument says what
            a filter says too.
        AnnoportError: As raised by the list.
    """
    if with_images not in _IMAGES:
        raise InvalidArgumentError(
            f"with_images is {with_images!r}: expected {', '.join(map(repr, _IMAGES))}"
        )
    chosen = selection(export_filters(filters), taxa=taxa, children=children, status=status)
    wanted = chosen.written(_taxon_id(taxon) for taxon in chosen.taxa)
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
            keywords={"body": _plain_body(number, wanted, images)},
            name=f"{folder}/project-{number}",
            server=server,
        )
        for number in numbers
    ]


def _taxon_id(taxon: Any) -> int:
    if isinstance(taxon, str):
        raise InvalidArgumentError(
            f"taxa: {taxon!r} is a name, and a plan asks no server: pass its id, or the taxon that "
            "taxa_named finds"
        )
    return id_of(taxon, "id", "a taxon")


def _plain_body(number: int, filters: dict[str, Any], images: models.ExportImages) -> Any:
    """Return the body of the export, as what can be sent to a worker and noted in a manifest."""
    return to_builtins(export_body(number, filters, with_internal_ids=True, with_images=images))
