"""Endpoints for leaves: the tree of names, such as taxa, that annotations choose from."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.tator import attributes, lists
from annoport.testing.tator.answers import no_match, reply, said
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.records import new_leaf
from annoport.testing.tator.state import Row, copy_known, shown


def _shown(row: Row) -> Row:
    return {key: value for key, value in shown(row).items() if key != "elemental_id"}


def _selected(call: Call) -> list[Row]:
    rows = lists.filtered(call, call.tables.leaves.where(project=call.project_id()))
    type_id, name = call.integer("type"), call.text("name")
    rows = [row for row in rows if type_id in (None, row["type"]) and name in (None, row["name"])]
    if call.body is not None:
        ids = call.fields().get("ids")
        rows = [row for row in rows if not ids or row["id"] in ids]
    return lists.sliced(call, lists.ordered(call, rows, default=lambda row: row["id"]))


def _list(call: Call) -> Response:
    return reply([_shown(row) for row in _selected(call)])


def _count(call: Call) -> Response:
    return reply(len(_selected(call)))


def _create(call: Call) -> Response:
    call.project()
    items, _ = call.items()
    if any(not {"type", "name"} <= item.keys() for item in items):
        raise no_match(call.body)
    # All are made before the first is stored: one that is invalid keeps out all of them.
    rows: list[Row] = []
    for item in items:
        leaf_type = call.tables.leaf_types.get(item["type"])
        row = new_leaf(call.tables, leaf_type, item["name"], parent=item.get("parent"))
        row["attributes"] = attributes.for_create(item.get("attributes"), leaf_type)
        rows.append(row)
    ids = [call.tables.leaves.add(row)["id"] for row in rows]
    noun = "leaf" if len(ids) == 1 else "leaves"
    return said(f"Successfully created {len(ids)} {noun}!", 201, id=ids)


def _get(call: Call) -> Response:
    return reply(_shown(call.owned(call.tables.leaves)))


def _update(call: Call) -> Response:
    row, body = call.owned(call.tables.leaves), call.fields()
    attributes.change(row, body, call.tables.leaf_types.get(row["type"]))
    copy_known(row, body, ("name",))
    return said(f"Leaf {row['id']} successfully updated!")


def _delete(call: Call) -> Response:
    row = call.owned(call.tables.leaves)
    call.tables.leaves.remove(row["id"])
    return said(f"Leaf {row['id']} successfully deleted! ")


def _update_many(call: Call) -> Response:
    rows, body = _selected(call), call.fields()
    call.check_count(rows, "update")
    for row in rows:
        attributes.change(row, body, call.tables.leaf_types.get(row["type"]))
    return said(f"Successfully updated {len(rows)} leaves!")


def _delete_many(call: Call) -> Response:
    # Unlike the other lists, an empty one of ids selects nothing here.
    rows = [] if call.body is not None and call.fields().get("ids") == [] else _selected(call)
    call.check_count(rows, "delete")
    for row in rows:
        call.tables.leaves.remove(row["id"])
    return said(f"Successfully deleted {len(rows)} leaves!")


ROUTES: Routes = {
    "/rest/Leaves/{project:int}": {
        "GET": _list,
        "PUT": _list,
        "POST": _create,
        "PATCH": _update_many,
        "DELETE": _delete_many,
    },
    "/rest/LeafCount/{project:int}": {"GET": _count, "PUT": _count},
    "/rest/Leaf/{id:int}": {"GET": _get, "PATCH": _update, "DELETE": _delete},
}
