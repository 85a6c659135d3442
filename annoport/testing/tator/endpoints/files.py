"""Endpoints for registered files."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.tator import attributes, lists
from annoport.testing.tator.answers import reply, said
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.records import new_file
from annoport.testing.tator.state import Row, copy_known, now_text, shown


def _list_files(call: Call) -> Response:
    rows = call.tables.files.where(project=call.project_id())
    file_type, name = call.integer("type"), call.text("name")
    call.integer("after")  # checked, but then ignored
    rows = [row for row in rows if file_type in (None, row["type"])]
    rows = [row for row in rows if name in (None, row["name"])]
    rows = lists.ordered(call, lists.filtered(call, rows), default=lambda row: row["id"])
    return reply([shown(row) for row in lists.sliced(call, rows)])


def _create_file(call: Call) -> Response:
    project = call.project_id()
    body = call.fields("type", "name")
    file_type = call.tables.file_types.get(body["type"])
    row = new_file(
        project,
        file_type,
        body["name"],
        user=call.me["id"],
        attributes=attributes.for_create(body.get("attributes"), file_type),
        description=body.get("description", ""),
    )
    if body.get("elemental_id"):
        row["elemental_id"] = body["elemental_id"]
    added = call.tables.files.add(row)
    return said("File created successfully!", 201, id=added["id"], object=_file_detail(added))


def _file_detail(row: Row) -> Row:
    detail = shown(row)
    detail["meta"] = detail.pop("type")
    detail["deleted"] = False
    return detail


def _get_file(call: Call) -> Response:
    return reply(_file_detail(call.owned(call.tables.files)))


def _update_file(call: Call) -> Response:
    row, body = call.owned(call.tables.files), call.fields()
    attributes.change(row, body, call.tables.file_types.get(row["type"]))
    copy_known(row, body, ("name", "description", "path"))
    row["modified_datetime"] = now_text()
    return said(f"File {row['id']} successfully updated!")


def _delete_file(call: Call) -> Response:
    call.tables.files.remove(call.owned(call.tables.files)["id"])
    return said("Registered file deleted successfully!")


ROUTES: Routes = {
    "/rest/Files/{project:int}": {"GET": _list_files, "POST": _create_file},
    "/rest/File/{id:int}": {"GET": _get_file, "PATCH": _update_file, "DELETE": _delete_file},
}
