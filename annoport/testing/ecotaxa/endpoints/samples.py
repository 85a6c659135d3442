"""Endpoints for samples and their acquisitions."""

from __future__ import annotations

import fnmatch

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import Json, answer, refuse
from annoport.testing.ecotaxa.call import Call, Routes
from annoport.testing.ecotaxa.state import Sample, taxo_stats


async def search_samples(call: Call) -> Response:
    """GET /samples/search: without the free columns."""
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
    found = _seen(call, call.state.samples.get(call.number("sample_id")), "Sample")
    columns = call.project(found.project_id).sample_columns
    return answer({**found.show(), "free_columns": _free(columns, found.free)})


async def acquisition(call: Call) -> Response:
    """GET /acquisition/{acquisition_id}."""
    found = _seen(call, call.state.sample_of(call.number("acquisition_id")), "Acquisition")
    columns = call.project(found.project_id).acquisition_columns
    free = _free(columns, found.acquisition_free)
    return answer({**found.show_acquisition(), "free_columns": free})


async def process(call: Call) -> Response:
    """GET /process/{process_id}: it has the id of its acquisition."""
    found = _seen(call, call.state.sample_of(call.number("process_id")), "Process")
    columns = call.project(found.project_id).process_columns
    shown = {"processid": found.acquisition_id, "orig_id": f"process_{found.orig_id}"}
    return answer({**shown, "free_columns": _free(columns, found.process_free)})


async def sample_stats(call: Call) -> Response:
    """GET /sample_set/taxo_stats."""
    call.needed("sample_ids")
    rows: list[Json] = []
    for number in call.ids("sample_ids"):
        found = _seen(call, call.state.samples.get(number), "Sample")
        things = [one for one in call.state.things_of(found.project_id) if one.sample is found]
        rows.append({"sample_id": number, **taxo_stats(things)})
    return answer(rows)


def _seen(call: Call, sample: Sample | None, called: str) -> Sample:
    if sample is None:
        refuse(404, f"{called} not found")
    call.project(sample.project_id)
    return sample


def _free(columns: dict[str, str], values: Json) -> Json:
    return {name: values.get(name) for name in columns}


ROUTES: Routes = {
    "/samples/search": {"GET": search_samples},
    "/sample/{sample_id}": {"GET": sample},
    "/sample_set/taxo_stats": {"GET": sample_stats},
    "/acquisition/{acquisition_id}": {"GET": acquisition},
    "/process/{process_id}": {"GET": process},
}
