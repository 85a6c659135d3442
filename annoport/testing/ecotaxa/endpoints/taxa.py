"""Endpoints for the tree of taxa."""

from __future__ import annotations

import re

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import answer
from annoport.testing.ecotaxa.call import Call, Routes, like

_SEARCH_CAP = 200
_SHORTEST = 3


async def root_taxa(call: Call) -> Response:
    """GET /taxa."""
    roots = [taxon for taxon in call.state.taxa.values() if taxon.parent is None]
    return answer([call.state.show_taxon(taxon) for taxon in roots])


async def taxon(call: Call) -> Response:
    """GET /taxon/{taxon_id}: null for an unknown one."""
    found = call.state.taxa.get(call.number("taxon_id"))
    return answer(call.state.show_taxon(found) if found else None)


async def search_taxa(call: Call) -> Response:
    """GET /taxon_set/search: never more than 200, and nothing for a visitor's short query."""
    begin = call.needed("query")
    found = [taxon for taxon in call.state.taxa.values() if like(f"{begin}%", taxon.display_name)]
    if call.visitor is None and len(begin) < _SHORTEST:
        found = []
    return answer(
        [
            {
                "id": taxon.id,
                "status": taxon.status,
                "text": taxon.display_name,
                "pr": 0,
                "aphia_id": taxon.aphia_id,
                "renm_id": None,
            }
            for taxon in sorted(found, key=lambda taxon: taxon.display_name.lower())[:_SEARCH_CAP]
        ]
    )


async def taxa(call: Call) -> Response:
    """GET /taxon_set/query: ordered by id; unknown ids are left out."""
    asked = {int(number) for number in re.findall(r"\d+", call.needed("ids"))}
    known = call.state.taxa
    return answer([call.state.show_taxon(known[n]) for n in sorted(asked & set(known))])


ROUTES: Routes = {
    "/taxa": {"GET": root_taxa},
    "/taxon/{taxon_id}": {"GET": taxon},
    "/taxon_set/search": {"GET": search_taxa},
    "/taxon_set/query": {"GET": taxa},
}
