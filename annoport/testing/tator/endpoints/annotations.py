"""Endpoints for localizations and states.

A change leaves their rows as they are and adds newer ones, which the server calls marks.
"""

from __future__ import annotations

from functools import partial
from typing import Literal, TypeAlias

from starlette.responses import Response

from annoport.testing.tator import attributes, lists
from annoport.testing.tator.answers import TatorError, no_match, not_found, reply, said
from annoport.testing.tator.call import Call, Handler, Methods, Routes
from annoport.testing.tator.lists import check_arrays
from annoport.testing.tator.records import SHAPE, new_localization, new_state
from annoport.testing.tator.state import (
    Row,
    Table,
    Tables,
    copy_known,
    current,
    members,
    now_text,
    project_of,
    shown,
)

Entity: TypeAlias = Literal["Localization", "State"]
_AFTER_CHANGE = 255
_ARRAYS = ("ids", "media_ids", "localization_ids", "state_ids", "elemental_ids", "frame_state_ids")
_SHARES = ("x", "y", "width", "height")
"""Fields that are a fraction of the picture's width or height."""
_REQUIRED: dict[Entity, set[str]] = {
    "Localization": {"media_id", "type", "frame"},
    "State": {"media_ids", "type"},
}


def _table(tables: Tables, entity: Entity) -> Table:
    return tables.localizations if entity == "Localization" else tables.states


def _type_of(tables: Tables, entity: Entity, type_id: int) -> Row:
    table = tables.localization_types if entity == "Localization" else tables.state_types
    return table.get(type_id)


def _media_of(row: Row) -> list[int]:
    media: int | list[int] = row["media"]
    return [media] if isinstance(media, int) else media


def _selected(call: Call, entity: Entity) -> list[Row]:
    rows = current(_table(call.tables, entity), call.project_id())
    rows = _by_query(call, lists.filtered(call, rows))
    rows = _by_body(call, rows)
    rows = lists.after_id(call, rows)
    return lists.sliced(call, lists.ordered(call, rows, default=lambda row: row["id"]))


def _by_query(call: Call, rows: list[Row]) -> list[Row]:
    media, versions = call.integers("media_id"), call.integers("version")
    type_id, frame = call.integer("type"), call.integer("frame")
    section = call.integer("section")
    inside = {row["id"] for row in call.tables.media if row["primary_section"] == section}
    return [
        row
        for row in rows
        if (not media or set(media) & set(_media_of(row)))
        and (not versions or row["version"] in versions)
        and type_id in (None, row["type"])
        and frame in (None, row["frame"])
        and (section is None or inside & set(_media_of(row)))
    ]


def _by_body(call: Call, rows: list[Row]) -> list[Row]:
    if call.body is None:
        return rows
    body = call.fields()
    check_arrays(body, _ARRAYS)
    ids = set(members(body, "ids"))
    for state_id in members(body, "state_ids"):
        ids.update(call.tables.states.get(state_id)["localizations"])
    media = set(members(body, "media_ids"))
    linked = set(members(body, "localization_ids"))
    elemental_ids = members(body, "elemental_ids")
    found = body.get("object_search")
    return [
        row
        for row in rows
        if (not ids or row["id"] in ids)
        and (not media or media & set(_media_of(row)))
        and (not linked or linked & set(row.get("localizations", ())))
        and (not elemental_ids or row["elemental_id"] in elemental_ids)
        and (not found or lists.matches(row, found))
    ]


def _list(call: Call, *, entity: Entity) -> Response:
    rows = [shown(row) for row in _selected(call, entity)]
    return lists.streamed_rows(call, rows)


def _count(call: Call, *, entity: Entity) -> Response:
    return reply(len(_selected(call, entity)))


def _by_id(call: Call, entity: Entity) -> Row:
    row = _table(call.tables, entity).get(call.number())
    call.member_of(project_of(row))
    return row


def _by_elemental_id(call: Call, entity: Entity) -> Row:
    rows = _table(call.tables, entity).where(
        version=call.number("version"), elemental_id=call.word("elemental_id")
    )
    mark = call.integer("mark")
    found = [row for row in rows if (row["_latest"] if mark is None else row["mark"] == mark)]
    if not found or found[0]["variant_deleted"]:
        raise not_found(entity)
    call.member_of(project_of(found[0]))
    return found[0]


def _found(call: Call, entity: Entity) -> Row:
    if "elemental_id" in call.request.path_params:
        return _by_elemental_id(call, entity)
    return _by_id(call, entity)


def _get(call: Call, *, entity: Entity) -> Response:
    return reply(shown(_found(call, entity)))


def _items(call: Call, entity: Entity) -> list[Row]:
    if call.body == []:
        name = entity.lower()
        raise TatorError(f"{entity} creation requires list of {name}s!", details="'body'")
    items, _ = call.items()
    for item in items:
        shares = [item[name] for name in _SHARES if item.get(name) is not None]
        if not _REQUIRED[entity] <= item.keys() or any(not 0 <= share <= 1 for share in shares):
            raise no_match(call.body)
    return items


def _create(call: Call, *, entity: Entity) -> Response:
    project = call.project_id()
    items = _items(call, entity)
    # All are made before the first is stored: one that is invalid keeps out all of them.
    rows = [_made(call, entity, project, item) for item in items]
    ids = [_table(call.tables, entity).add(row)["id"] for row in rows]
    return said(f"Successfully created {len(ids)} {entity.lower()}s!", 201, id=ids)


def _made(call: Call, entity: Entity, project: int, item: Row) -> Row:
    media = item["media_ids"] if entity == "State" else [item["media_id"]]
    rows = [call.tables.media.rows[found] for found in media if found in call.tables.media.rows]
    projects = sorted({row["project"] for row in rows})
    if projects != [project] or len(rows) != len(set(media)):
        raise TatorError(f"Media must be part of project {project}, got projects {projects}!")
    entity_type = _type_of(call.tables, entity, item["type"])
    if entity_type.get("association") == "Frame" and item.get("frame") is None:
        raise TatorError('Missing required field in request body "frame".')
    version = item.get("version")
    if version is None:
        version = call.tables.versions.where(project=project)[0]["id"]
    values = attributes.for_create(item.get("attributes"), entity_type)
    if entity == "Localization":
        row = new_localization(
            entity_type,
            media[0],
            user=call.me["id"],
            version=version,
            created=now_text(),
            attributes=values,
        )
    else:
        row = new_state(
            entity_type,
            media,
            user=call.me["id"],
            version=version,
            created=now_text(),
            attributes=values,
            localizations=item.get("localization_ids", []),
            segments=_segments(call, item.get("localization_ids", [])),
        )
    copy_known(row, item, [key for key in SHAPE if key in row])
    if item.get("elemental_id"):
        row["elemental_id"] = item["elemental_id"]
    return row


def _segments(call: Call, localization_ids: list[int]) -> list[list[int]] | None:
    frames = [call.tables.localizations.get(found)["frame"] for found in localization_ids]
    return [[min(frames), max(frames)]] if frames else None


def _latest_of(table: Table, row: Row) -> Row:
    if row["_latest"]:
        return row
    same = table.where(version=row["version"], elemental_id=row["elemental_id"])
    return next(found for found in same if found["_latest"])


def _follow(table: Table, row: Row) -> Row:
    """Supersede `row` with a copy of its newest mark."""
    latest = _latest_of(table, row)
    latest["_latest"] = False
    copy = {key: value for key, value in latest.items() if key != "id"}
    return table.add({**copy, "mark": latest["mark"] + 1, "_latest": True})


def _change(call: Call, entity: Entity, row: Row, body: Row) -> Row:
    table = _table(call.tables, entity)
    entity_type = _type_of(call.tables, entity, row["type"])
    attributes.change(dict(row), body, entity_type)  # a check, before anything is written
    changed = row if body.get("in_place") else _follow(table, row)
    attributes.change(changed, body, entity_type)
    copy_known(changed, body, [key for key in SHAPE if key in changed])
    if "localization_ids_add" in body or "localization_ids_remove" in body:
        gone = set(body.get("localization_ids_remove", []))
        kept = [found for found in changed["localizations"] if found not in gone]
        changed["localizations"] = kept + body.get("localization_ids_add", [])
    if "new_version" in body:
        changed["version"] = body["new_version"]
    changed["modified_datetime"] = now_text()
    changed["modified_by"] = call.me["id"]
    return changed


def _update(call: Call, *, entity: Entity) -> Response:
    row = _found(call, entity)
    before = _latest_of(_table(call.tables, entity), row)
    name = f"{entity} {row['elemental_id']}@{row['version']}/{before['mark']}"
    changed = {**shown(_change(call, entity, row, call.fields()))}
    changed["effective_permission"] = _AFTER_CHANGE
    if entity == "State":
        del changed["localizations"], changed["media"]
    return said(f"{name} successfully updated!", object=changed)


def _update_many(call: Call, *, entity: Entity) -> Response:
    rows, body = _selected(call, entity), call.fields()
    call.check_count(rows, "update")
    for row in rows:
        # Whatever `in_place` says: only the change of a single row makes a new mark.
        _change(call, entity, row, {**body, "in_place": 1})
    return said(f"Successfully updated {len(rows)} {entity.lower()}s!")


def _delete(call: Call, *, entity: Entity) -> Response:
    row = _found(call, entity)
    table = _table(call.tables, entity)
    mark = _latest_of(table, row)["mark"]
    gone = _follow(table, row)
    gone["variant_deleted"] = True
    name = f"{entity} {row['version']}/{row['elemental_id']}@@{mark}"
    return said(f"{name} successfully deleted!", id=gone["id"])


def _delete_many(call: Call, *, entity: Entity) -> Response:
    rows = _selected(call, entity)
    call.check_count(rows, "delete")
    for row in rows:
        _follow(_table(call.tables, entity), row)["variant_deleted"] = True
    return said(f"Successfully deleted {len(rows)} {entity.lower()}s!")


def _routes(entity: Entity) -> Routes:
    single: Methods = {
        "GET": partial(_get, entity=entity),
        "PATCH": partial(_update, entity=entity),
        "DELETE": partial(_delete, entity=entity),
    }
    count: Handler = partial(_count, entity=entity)
    listed: Handler = partial(_list, entity=entity)
    return {
        f"/rest/{entity}s/{{project:int}}": {
            "GET": listed,
            "PUT": listed,
            "POST": partial(_create, entity=entity),
            "PATCH": partial(_update_many, entity=entity),
            "DELETE": partial(_delete_many, entity=entity),
        },
        f"/rest/{entity}Count/{{project:int}}": {"GET": count, "PUT": count},
        f"/rest/{entity}/{{id:int}}": single,
        f"/rest/{entity}/{{version:int}}/{{elemental_id}}": single,
    }


ROUTES: Routes = {**_routes("Localization"), **_routes("State")}
