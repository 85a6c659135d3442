"""Endpoints for starting imports."""

from __future__ import annotations

import re

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import Json, answer, crash
from annoport.testing.ecotaxa.call import Call, Routes
from annoport.testing.ecotaxa.imports import import_images, import_tables

_NUMBERS = ("latitude", "longitude", "depthmin", "depthmax")


async def import_file(call: Call) -> Response:
    """POST /file_import/{project_id}."""
    given = await call.body("source_path")
    number, _ = call.number("project_id"), call.user
    if number not in call.state.projects:
        crash(f"AssertionError: no project {number}")
    project, folder = call.managed(number), call.folder
    request: Json = {
        "source_path": given["source_path"],
        "taxo_mappings": given.get("taxo_mappings", {}),
        "skip_loaded_files": given.get("skip_loaded_files", False),
        "skip_existing_objects": given.get("skip_existing_objects", False),
        "update_mode": given.get("update_mode", ""),
    }
    started = call.backend.jobs.start(
        "FileImport",
        call.user,
        {"prj_id": number, "req": request},
        lambda job: import_tables(call.state, folder, project, job),
    )
    return answer({"job_id": started, "errors": []})


async def simple_import(call: Call) -> Response:
    """POST /simple_import/{project_id}: no job for a dry run or for wrong values."""
    given = await call.body("source_path", "values")
    dry_run = call.needed("dry_run").lower() == "true"
    project, folder = call.managed(call.number("project_id")), call.folder
    values: dict[str, str] = given["values"]
    wrong = [name for name in _NUMBERS if name in values and not _is_number(values[name])]
    errors = [f"'{values[name]}' is not a valid value for {name}" for name in wrong]
    if dry_run or errors:
        return answer({"job_id": 0, "errors": errors})
    request: Json = {
        "source_path": given["source_path"],
        "values": values,
        "possible_values": [
            "imgdate", "imgtime", "latitude", "longitude", "depthmin", "depthmax", "taxolb",
            "userlb", "datelb", "status",
        ],
    }  # fmt: skip
    started = call.backend.jobs.start(
        "SimpleImport",
        call.user,
        {"prj_id": project.id, "req": request, "dry_run": False},
        lambda job: import_images(call.state, folder, project, job),
    )
    return answer({"job_id": started, "errors": []})


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


ROUTES: Routes = {
    "/file_import/{project_id}": {"POST": import_file},
    "/simple_import/{project_id}": {"POST": simple_import},
}
