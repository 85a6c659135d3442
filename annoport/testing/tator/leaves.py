"""Leaves: the tree of names, such as taxa, that annotations choose from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from annoport.testing.tator import attributes, search
from annoport.testing.tator.calls import Call, Routes, copy_known, reply, said
from annoport.testing.tator.errors import no_match
from annoport.testing.tator.media import bodies
from annoport.testing.tator.rows import Row, Tables, shown

if TYPE_CHECKING:
    from starlette.responses import Response


def new_leaf(tables: Tables, leaf_type: Row, name: str, *, parent: int | None = None) -> Row:
    """Return the fields of a leaf."""
    if parent is None:
        above = re.sub(r"\W+", "_", tables.projects.get(leaf_type["project"])["name"])
    else:
        above = tables.leaves.get(parent)["path"]
    return {
        "type": leaf_type["id"],
        "project": leaf_type["project"],
        "path": ".".join((above, re.sub(r"\W+", "_", name))),
        "name": name,
        "parent": parent,
        "attributes": attributes.for_create(None, leaf_type),
        "elemental_id": None,
    }


def _shown(row: Row) -> Row:
    return {key: value for key, value in shown(row).items() if key != "elemental_id"}


def _selected(call: Call) -> list[Row]:
    rows = search.filtered(call, call.tables.leaves.where(project=call.project()["id"]))
    type_id, name = call.integer("type"), call.text("name")
    rows = [row for row in rows if type_id in (None, row["type"]) and name in (None, row["name"])]
    if call.body is not None:
        ids = call.fields().get("ids")
        rows = [row for row in rows if not ids or row["id"] in ids]
    return search.sliced(call, search.ordered(call, rows, default=lambda row: row["id"]))


def _list(call: Call) -> Response:
    return reply([_shown(row) for row in _selected(call)])


def _count(call: Call) -> Response:
    return reply(len(_selected(call)))


def _create(call: Call) -> Response:
    call.project()
    items, _ = bodies(call)
    if any(not {"type", "name"} <= item.keys() for item in items):
        raise no_match(call.body)
    ids: list[int] = []
    for item in items:
        leaf_type = call.tables.leaf_types.get(item["type"])
        row = new_leaf(call.tables, leaf_type, item["name"], parent=item.get("parent"))
        row["attributes"] = attributes.for_create(item.get("attributes"), leaf_type)
        ids.append(call.tables.leaves.add(row)["id"])
    noun = "leaf" if len(ids) == 1 else "leaves"
    return said(f"Successfully created {len(ids)} {noun}!", 201, id=ids)


def _leaf(call: Call) -> Row:
    row = call.tables.leaves.get(call.number())
    call.member_of(row["project"])
    return row


def _get(call: Call) -> Response:
    return reply(_shown(_leaf(call)))


def _update(call: Call) -> Response:
    row, body = _leaf(call), call.fields()
    attributes.change(row, body, call.tables.leaf_types.get(row["type"]))
    copy_known(row, body, ("name",))
    return said(f"Leaf {row['id']} successfully updated!")


def _delete(call: Call) -> Response:
    row = _leaf(call)
    call.tables.leaves.remove(row["id"])
    return said(f"Leaf {row['id']} successfully deleted! ")


ROUTES: Routes = {
    "/rest/Leaves/{project:int}": {"GET": _list, "PUT": _list, "POST": _create},
    "/rest/LeafCount/{project:int}": {"GET": _count, "PUT": _count},
    "/rest/Leaf/{id:int}": {"GET": _get, "PATCH": _update, "DELETE": _delete},
}
