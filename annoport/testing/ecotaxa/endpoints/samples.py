"""Endpoints for samples and their acquisitions."""

from __future__ import annotations

import fnmatch

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import answer, not_found
from annoport.testing.ecotaxa.call import Call, Routes


async def search_samples(call: Call) -> Response:
    """GET /samples/search."""
    pattern = call.needed("id_pattern").lower().replace("%", "*")
    call.needed("project_ids")
    found = [
        sample.show()
        for number in call.ids("project_ids")
        for sample in call.state.samples_of(call.project(number).id)
        if fnmatch.fnmatch(sample.orig_id.lower(), pattern or "*")
    ]
    return answer(found)


async def sample(call: Call) -> Response:
    """GET /sample/{sample_id}."""
    found = call.state.samples.get(call.number("sample_id"))
    if found is None:
        not_found()
    call.project(found.project_id)
    return answer(found.show())


async def acquisition(call: Call) -> Response:
    """GET /acquisition/{acquisition_id}."""
    number = call.number("acquisition_id")
    found = {sample.acquisition_id: sample for sample in call.state.samples.values()}.get(number)
    if found is None:
        not_found()
    call.project(found.project_id)
    return answer(found.show_acquisition())


ROUTES: Routes = {
    "/samples/search": {"GET": search_samples},
    "/sample/{sample_id}": {"GET": sample},
    "/acquisition/{acquisition_id}": {"GET": acquisition},
}
