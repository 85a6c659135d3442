"""Endpoints for temporary files, which the platform's own host serves for some hours."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response

from annoport.testing.ranges import answer_validated
from annoport.testing.tator.answers import TatorError, html, reply, said
from annoport.testing.tator.backend import Backend
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.state import Row, shown


def _is_expired(backend: Backend, row: Row) -> bool:
    return datetime.fromisoformat(row["eol_datetime"]) <= backend.clock.now()


def _temporary_files(call: Call) -> list[Row]:
    rows = call.tables.temporary_files.where(project=call.project_id())
    expired = call.integer("expired", low=0, high=1)
    return [row for row in rows if not expired or _is_expired(call.backend, row)]


def _list_temporary_files(call: Call) -> Response:
    return reply([shown(row) for row in _temporary_files(call)])


def _create_temporary_file(call: Call) -> Response:
    project = call.project_id()
    body = call.fields("name", "url", "lookup")
    store = call.backend.store
    stored = store.objects.get(store.key_in(body["url"]) or "")
    if stored is None:
        raise TatorError(f"Could not fetch {body['url']}")
    row = call.backend.add_temporary_file(
        project,
        body["name"],
        stored.payload,
        user=call.me["id"],
        lookup=body["lookup"],
        hours=body.get("hours", 24),
    )
    return said(f"Temporary file of {body['name']} created!", 201, id=row["id"])


def _get_temporary_file(call: Call) -> Response:
    row = call.owned(call.tables.temporary_files)
    return reply(shown(row))


def _delete_temporary_file(call: Call) -> Response:
    row = call.owned(call.tables.temporary_files)
    call.tables.temporary_files.remove(row["id"])
    return said(f"Temporary file {row['id']} successfully deleted!")


def _delete_temporary_files(call: Call) -> Response:
    for row in _temporary_files(call):
        call.tables.temporary_files.remove(row["id"])
    return said("Delete successful")


def serve_media(backend: Backend, request: Request, user: Row | None) -> Response:
    """Answer /media/...: files of the web server, which need the token."""
    if user is None:
        return html(403)
    rows = backend.tables.temporary_files.where(path=f"{backend.url}{request.url.path}")
    if not rows or _is_expired(backend, rows[0]):
        return html(404)
    payload = backend.served_files[request.url.path]
    headers = {
        "content-type": "application/octet-stream",
        "etag": f'"{payload.digest[:8]}-{payload.size:x}"',
        "last-modified": format_datetime(backend.started, usegmt=True),
    }
    return answer_validated(request, payload, backend.link, headers=headers)


ROUTES: Routes = {
    "/rest/TemporaryFiles/{project:int}": {
        "GET": _list_temporary_files,
        "POST": _create_temporary_file,
        "DELETE": _delete_temporary_files,
    },
    "/rest/TemporaryFile/{id:int}": {"GET": _get_temporary_file, "DELETE": _delete_temporary_file},
}
