"""Endpoints for starting exports."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.ecotaxa import exports
from annoport.testing.ecotaxa.answers import Json, answer, crash, invalid, missing
from annoport.testing.ecotaxa.background import Done, Job, Work
from annoport.testing.ecotaxa.call import Call, Routes
from annoport.testing.ecotaxa.filters import all_filters
from annoport.testing.ecotaxa.state import Project

_SPLITS = ("sample", "acquisition", "taxon", "none")
_IMAGES = ("all", "first", "none")
_QUANTITIES = ("abundance", "concentration", "biovolume")
_SUMS = ("none", "sample", "acquisition")
_OLD_TYPES = ("TSV", "BAK", "DOI", "SUM", "ABO", "CNC", "BIV")
_OLD_QUANTITIES = {"SUM": "abundance", "ABO": "abundance", "CNC": "concentration"}
_OLD_SPLITS = {"S": "sample", "A": "acquisition", "T": "taxon"}


async def _export(call: Call) -> tuple[Json, Json, list[Project]]:
    """Return the request, all filters and the projects of an export; Refused with 422."""
    given = await call.body("filters", "request")
    wanted: Json = given["request"]
    if "project_id" not in wanted:
        invalid(missing("body", "request", "project_id"))
    numbers = [int(number) for number in str(wanted["project_id"]).split(",")]
    return wanted, all_filters(given["filters"]), [call.managed(number) for number in numbers]


def _start(call: Call, kind: str, params: Json, work: Work) -> Response:
    number = call.backend.jobs.start(kind, call.user, params, work)
    return answer({"errors": [], "warnings": [], "job_id": number})


async def export_general(call: Call) -> Response:
    """POST /object_set/export/general."""
    wanted, filters, projects = await _export(call)
    request: Json = {
        "collection_id": wanted.get("collection_id"),
        "project_id": wanted["project_id"],
        "split_by": call.choice(wanted, "split_by", _SPLITS, "none"),
        "with_images": call.choice(wanted, "with_images", _IMAGES, "none"),
        "with_internal_ids": wanted.get("with_internal_ids", False),
        "with_types_row": wanted.get("with_types_row", False),
        "only_annotations": wanted.get("only_annotations", False),
        "out_to_ftp": wanted.get("out_to_ftp", False),
    }
    if len(projects) > 1 and request["collection_id"] is None:
        crash("AssertionError: several projects need a collection")
    params = {"req": request, "filters": filters}
    return _start(call, "GeneralExport", params, _general(call, projects))


def _general(call: Call, projects: list[Project]) -> Work:
    def work(job: Job) -> Done:
        backend = call.backend
        size, seed = backend.export_bytes, f"job {job.id} {job.updated_on}"
        return exports.general(backend.state, job, projects, pad_to=size, seed=seed)

    return work


def _backup(call: Call, projects: list[Project]) -> Work:
    def work(job: Job) -> Done:
        backend = call.backend
        size, seed = backend.export_bytes, f"job {job.id} {job.updated_on}"
        return exports.backup(backend.state, job, projects, pad_to=size, seed=seed)

    return work


def _summary(call: Call, projects: list[Project]) -> Work:
    def work(job: Job) -> Done:
        return exports.summary(call.backend.state, job, projects, pad_to=call.backend.export_bytes)

    return work


async def export_summary(call: Call) -> Response:
    """POST /object_set/export/summary."""
    wanted, filters, projects = await _export(call)
    request: Json = {
        "collection_id": wanted.get("collection_id"),
        "project_id": wanted["project_id"],
        "quantity": call.choice(wanted, "quantity", _QUANTITIES, "abundance"),
        "summarise_by": call.choice(wanted, "summarise_by", _SUMS, "sample"),
        "formulae": wanted.get("formulae", {}),
        "out_to_ftp": wanted.get("out_to_ftp", False),
    }
    params = {"req": request, "filters": filters}
    return _start(call, "SummaryExport", params, _summary(call, projects))


async def export_backup(call: Call) -> Response:
    """POST /object_set/export/backup."""
    wanted, filters, projects = await _export(call)
    request: Json = {
        "collection_id": wanted.get("collection_id"),
        "project_id": wanted["project_id"],
        "out_to_ftp": wanted.get("out_to_ftp", False),
    }
    params = {"req": request, "filters": filters}
    return _start(call, "BackupExport", params, _backup(call, projects))


async def export_old(call: Call) -> Response:
    """POST /object_set/export: the deprecated endpoint for all kinds of export."""
    wanted, filters, projects = await _export(call)
    if "exp_type" not in wanted:
        invalid(missing("body", "request", "exp_type"))
    kind = call.choice(wanted, "exp_type", _OLD_TYPES, "")
    request: Json = {
        **wanted,
        "split_by": _OLD_SPLITS.get(wanted.get("split_by", ""), "none"),
        "with_images": "all" if wanted.get("with_images") else "none",
        "with_types_row": wanted.get("with_types_row", False),
        "quantity": _OLD_QUANTITIES.get(kind, "biovolume"),
        "summarise_by": _OLD_SPLITS.get(wanted.get("sum_subtotal", ""), "none"),
    }
    makers = {"TSV": _general, "DOI": _general, "BAK": _backup}
    work = makers.get(kind, _summary)(call, projects)
    return _start(call, "GenExport", {"req": request, "filters": filters}, work)


ROUTES: Routes = {
    "/object_set/export": {"POST": export_old},
    "/object_set/export/general": {"POST": export_general},
    "/object_set/export/summary": {"POST": export_summary},
    "/object_set/export/backup": {"POST": export_backup},
}
