"""Endpoints for the types of media, annotations, leaves and files."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from annoport.testing.tator.answers import reply, said
from annoport.testing.tator.attributes import attribute
from annoport.testing.tator.call import Call, Methods, Routes
from annoport.testing.tator.state import copy_known, shown
from annoport.testing.tator.type_families import FAMILIES, TypeFamily, new_type


def _list_types(call: Call, *, family: TypeFamily) -> Response:
    rows = call.tables.named(family.table).where(project=call.project_id())
    rows.sort(key=lambda row: row["name"])
    media_id = call.integers("media_id")
    if media_id and "media" in family.extra:
        dtypes = {call.tables.media.get(found)["type"] for found in media_id}
        rows = [row for row in rows if dtypes & set(row["media"])]
    return reply([shown(row) for row in rows])


def _create_type(call: Call, *, family: TypeFamily) -> Response:
    project = call.project_id()
    body = call.fields(*family.required)
    row = new_type(family.table, project, body["name"])
    copy_known(row, body, [key for key in row if key not in ("project", "elemental_id")])
    row["attribute_types"] = [attribute(**found) for found in body.get("attribute_types", [])]
    if "media_types" in body:
        row["media"] = body["media_types"]
    added = call.tables.named(family.table).add(row)
    return said(f"{family.title} created successfully!", 201, id=added["id"])


def _get_type(call: Call, *, family: TypeFamily) -> Response:
    return reply(shown(call.owned(call.tables.named(family.table))))


def _update_type(call: Call, *, family: TypeFamily) -> Response:
    row = call.owned(call.tables.named(family.table))
    copy_known(row, call.fields(), [key for key in row if key not in ("id", "project", "media")])
    number = f" {row['id']}" if family.numbered_update else ""
    return said(f"{family.title}{number} updated successfully!")


def _delete_type(call: Call, *, family: TypeFamily) -> Response:
    row = call.owned(call.tables.named(family.table))
    call.tables.named(family.table).remove(row["id"])
    instances = call.tables.named(family.instances)
    gone = instances.where(type=row["id"])
    for instance in gone:
        instances.remove(instance["id"])
    return said(f"{family.title} {row['id']} (and {len(gone)} instances) deleted successfully!")


def _routes(family: TypeFamily) -> Routes:
    many: Methods = {
        "GET": partial(_list_types, family=family),
        "POST": partial(_create_type, family=family),
    }
    one: Methods = {
        "GET": partial(_get_type, family=family),
        "PATCH": partial(_update_type, family=family),
        "DELETE": partial(_delete_type, family=family),
    }
    return {
        f"/rest/{family.plural}/{{project:int}}": many,
        f"/rest/{family.single}/{{id:int}}": one,
    }


ROUTES: Routes = {path: found for family in FAMILIES for path, found in _routes(family).items()}
