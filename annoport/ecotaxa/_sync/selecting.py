# Derived from _async/selecting.py by tools/unasync.py: change that file instead.
"""Filters for the objects that a caller chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annoport.ecotaxa._sync.taxa import taxon_ids
from annoport.ecotaxa.selections import Selection, sample_ids
from annoport.ecotaxa.taxon_names import id_in

if TYPE_CHECKING:
    from annoport_ecotaxa import Client


def filters_for(client: Client, project: int, wanted: Selection) -> dict[str, Any]:
    """Return filters for the query of objects; names of taxa and samples are looked up.

    Args:
        client: A client of EcoTaxa.
        project: The id of the project.
        wanted: What the caller chooses.

    Raises:
        InvalidArgumentError: A taxon or a sample does not exist.
        ApiError: The server refused a request.
    """
    known = taxon_ids(client, wanted.taxa)
    taxa = [id_in(known, taxon) for taxon in wanted.taxa]
    samples: list[int] = []
    if wanted.samples:
        listed = client.samples.search(project_ids=[project], id_pattern="%")
        samples = sample_ids(wanted.samples, listed)
    return wanted.written(taxa, samples)
