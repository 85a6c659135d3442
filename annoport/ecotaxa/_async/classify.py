"""Classify objects by the names of taxa."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from annoport.core.errors import again
from annoport.core.support.progress import ProgressOption, show_progress
from annoport.core.support.workers import async_offload
from annoport.ecotaxa._async.taxa import async_taxon_ids
from annoport.ecotaxa.classifications import KEEP, Classifications, listed, parts
from annoport.ecotaxa.taxon_names import id_in
from annoport.errors import AnnoportError, InvalidArgumentError, PartialWriteError
from annoport_ecotaxa import models

if TYPE_CHECKING:
    from annoport_ecotaxa import AsyncClient

_PARENTS = 20_000


async def async_classify(
    client: AsyncClient,
    classifications: Classifications | Any,
    *,
    status: models.WantedQualification | Literal["V", "D"] = "V",
    object_column: str | None = None,
    taxon_column: str | None = None,
    part_size: int = 5_000,
    progress: ProgressOption = False,
) -> int:
    """Classify objects, as a person does.

    All names and objects are looked up first, so that a misspelt one changes nothing. The
    objects may be of several projects.

    Args:
        client: A client of EcoTaxa.
        classifications: Object, or its id -> name, id or model of a taxon; None keeps the taxon
            that the object has. Or a table that has both in columns: a `pyarrow.Table`, a data
            frame, dicts.
        status: "V" for validated, or "D" for dubious. Predictions have scores: see
            `client.objects.classify_auto`.
        object_column: The column of a table that has the ids of objects; by default "object_ids",
            or else "objid" as in an export.
        taxon_column: The column of a table that has the taxa; by default "taxon", or else what
            tables of objects and of exports have: "display_name" or "object_annotation_category".
        part_size: The most objects of one request, which is one transaction on the server.
        progress: True for a bar, or a function that is called with the number of objects that have
            been sent, and of all.

    Returns:
        How many objects changed; those that had this taxon and status do not count.

    Raises:
        InvalidArgumentError: There is nothing to classify, an object comes twice or does not exist,
            a name tells no taxon, or it is not clear which columns are meant; nothing was changed.
        PartialWriteError: Some objects are classified, and then a request failed. `done` has their
            ids. To classify an object again as it is changes nothing, so the same call goes on.
        ApiError: The server refused the first request.

    Uses: GET /taxon_set/search, GET /taxon_set/query, POST /object_set/parents,
    POST /object_set/classify
    """
    if part_size < 1:
        raise InvalidArgumentError(
            f"part_size is {part_size!r}: expected a whole number, 1 or greater"
        )
    wanted = models.WantedQualification(status)
    if wanted not in (models.WantedQualification.VALIDATED, models.WantedQualification.DUBIOUS):
        raise InvalidArgumentError(
            f"status is {str(status)!r}: a person can only make an object V validated or D "
            "dubious; a prediction needs a score, see client.objects.classify_auto"
        )
    given = await async_offload(listed, classifications, object_column, taxon_column)
    named = [taxon for taxon in given.values() if taxon is not None]
    known = await async_taxon_ids(client, named)
    taxa = {
        number: KEEP if taxon is None else id_in(known, taxon) for number, taxon in given.items()
    }
    todo = parts(taxa, await _projects_of(client, list(taxa)), part_size)
    done: list[int] = []
    changed = 0
    with show_progress(progress, "classified objects") as display:
        for part in todo:
            body = models.ClassifyReq(
                target_ids=part.objects, classifications=part.taxa, wanted_qualification=wanted
            )
            try:
                changed += await client.objects.classify(body=body)
            except AnnoportError as error:
                if not done:
                    raise
                raise _half_done(done, len(taxa), error) from error
            done += part.objects
            display.items(len(done), len(taxa))
    return changed


def _half_done(done: list[int], total: int, cause: AnnoportError) -> PartialWriteError:
    left = total - len(done)
    return PartialWriteError(
        f"{len(done)} of {total} objects are classified, {left} are not: "
        f"{again(cause, ' with the same', anew='')}, which changes nothing of what is done",
        done=tuple(done),
        left=left,
    )


async def _projects_of(client: AsyncClient, objects: list[int]) -> dict[int, int]:
    """Return the projects of objects; those that do not exist are left out."""
    found: dict[int, int] = {}
    for at in range(0, len(objects), _PARENTS):
        answer = await client.objects.parents(body=objects[at : at + _PARENTS])
        found.update(zip(answer.object_ids, answer.project_ids, strict=True))
    return found
