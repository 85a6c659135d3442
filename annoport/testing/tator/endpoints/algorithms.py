"""Endpoints for algorithms, which jobs run."""

from __future__ import annotations

import secrets
from pathlib import PurePosixPath

from starlette.responses import Response

from annoport.testing.tator.answers import TatorError, reply, said
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.records import new_algorithm
from annoport.testing.tator.state import copy_known, shown


def _list_algorithms(call: Call) -> Response:
    rows = call.tables.algorithms.where(project=call.project_id())
    return reply([shown(row) for row in rows])


def _register_algorithm(call: Call) -> Response:
    project = call.project_id()
    body = call.fields("name", "user", "files_per_job")
    row = new_algorithm(
        project, body["name"], user=body["user"], files_per_job=body["files_per_job"]
    )
    copy_known(row, body, ("description", "cluster", "categories", "parameters", "manifest"))
    added = call.tables.algorithms.add(row)
    return said("Successfully registered algorithm argo workflow.", 201, id=added["id"])


def _save_manifest(call: Call) -> Response:
    project = call.project_id()
    body = call.fields()
    store = call.backend.store
    if "upload_url" not in body:
        raise TatorError("'upload_url'")
    if store.key_in(body["upload_url"]) not in store.objects:
        raise TatorError(f"Could not fetch {body['upload_url']}")
    name = PurePosixPath(body["name"])
    url = f"{project}/{name.stem}_{secrets.token_hex(8)}{name.suffix}"
    return reply({"url": url}, 201)


def _get_algorithm(call: Call) -> Response:
    return reply(shown(call.owned(call.tables.algorithms)))


def _delete_algorithm(call: Call) -> Response:
    call.tables.algorithms.remove(call.owned(call.tables.algorithms)["id"])
    return said("Registered algorithm deleted successfully!")


ROUTES: Routes = {
    "/rest/SaveAlgorithmManifest/{project:int}": {"POST": _save_manifest},
    "/rest/Algorithms/{project:int}": {"GET": _list_algorithms, "POST": _register_algorithm},
    "/rest/Algorithm/{id:int}": {"GET": _get_algorithm, "DELETE": _delete_algorithm},
}
