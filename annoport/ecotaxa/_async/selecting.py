"""Filters for the objects that a caller chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annoport.ecotaxa._async.taxa import async_taxon_ids
from annoport.ecotaxa.selections import Selection, sample_ids
from annoport.ecotaxa.taxon_names import id_in

if TYPE_CHECKING:
    from annoport_ecotaxa import AsyncClient


async def async_filters_for(client: AsyncClient, project: int, wanted: Selection) -> dict[str, Any]:
    """Return filters for the query of objects; names of taxa and samples are looked up.

    Args:
        client: A client of EcoTaxa.
        project: The id of the project.
        wanted: What the caller chooses.

    Raises:
        InvalidArgumentError: A taxon or a sample does not exist.
        ApiError: The server refused a request.
    """
    known = await async_taxon_ids(client, wanted.taxa)
    taxa = [id_in(known, taxon) for taxon in wanted.taxa]
    samples: list[int] = []
    if wanted.samples:
        listed = await client.samples.search(project_ids=[project], id_pattern="%")
        samples = sample_ids(wanted.samples, listed)
    return wanted.written(taxa, samples)
