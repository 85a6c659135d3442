"""Endpoints for media: the stills and videos that are annotated."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from annoport.testing.tator import attributes, lists
from annoport.testing.tator.answers import TatorError, no_match, reply, said
from annoport.testing.tator.backend import Backend
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.lists import check_arrays
from annoport.testing.tator.media_files import FILE_ROLES, add_image
from annoport.testing.tator.records import new_media, section_named
from annoport.testing.tator.state import Row, copy_known, media_files, members, now_text, shown

_MAX_PRESIGNED_SECONDS = 604800
_ALL_RIGHTS = 65535
_CAST_ARRAYS = ("ids", "localization_ids", "state_ids")
_GIVEN = (*("md5", "num_frames", "fps", "codec", "width", "height", "gid", "uid"), "elemental_id")
_CHANGEABLE = (
    "name",
    "num_frames",
    "fps",
    "codec",
    "width",
    "height",
    "last_edit_start",
    "last_edit_end",
    "summary_level",
    "primary_section",
    "archive_state",
    "media_files",
)


def _order(row: Row) -> tuple[str, int]:
    """Return the key of the default order, which is by name even though `after` is an id."""
    return (row["name"], row["id"])


def _selected(call: Call) -> list[Row]:
    """Return the media that the query and the body ask for."""
    rows = call.tables.media.where(project=call.project_id())
    for row in rows:
        _settle(call.backend, row)
    rows = _by_query(call, lists.filtered(call, rows))
    rows = _by_body(call, rows)
    rows = lists.after_id(call, rows)
    return lists.sliced(call, lists.ordered(call, rows, default=_order))


def _by_query(call: Call, rows: list[Row]) -> list[Row]:
    ids = call.integers("media_id")
    rows = [row for row in rows if not ids or row["id"] in ids]
    for parameter, column in (("type", "type"), ("section", "primary_section")):
        number = call.integer(parameter)
        rows = [row for row in rows if number is None or row[column] == number]
    for name in ("name", "md5", "gid", "uid"):
        wanted = call.text(name)
        rows = [row for row in rows if wanted is None or row[name] == wanted]
    dtype = call.text("dtype")
    types = {row["id"] for row in call.tables.media_types if row["dtype"] == dtype}
    return [row for row in rows if dtype is None or row["type"] in types]


def _by_body(call: Call, rows: list[Row]) -> list[Row]:
    if call.body is None:
        return rows
    body = call.fields()
    check_arrays(body, _CAST_ARRAYS)
    tables = call.tables
    wanted: set[int] = set(members(body, "ids"))
    for localization_id in members(body, "localization_ids"):
        wanted.add(tables.localizations.get(localization_id)["media"])
    for state_id in members(body, "state_ids"):
        wanted.update(tables.states.get(state_id)["media"])
    if wanted:
        rows = [row for row in rows if row["id"] in wanted]
    found = body.get("object_search")
    return [row for row in rows if not found or lists.matches(row, found)]


def _presigned(call: Call, row: Row) -> Row:
    """Return a copy of the row, with URLs in place of keys if the query asks for them."""
    seconds = call.integer("presigned", low=1, high=_MAX_PRESIGNED_SECONDS)
    copy = shown(row)
    if seconds is None or not copy["media_files"]:
        return copy

    def url(key: str) -> str:
        if "://" in key:
            return key
        return call.backend.urls.url(call.me["id"], key, seconds)

    roles = call.texts("presign_only") or FILE_ROLES
    signed = {
        role: [_entry_with_urls(entry, url) for entry in members(copy["media_files"], role)]
        for role in FILE_ROLES
        if role in roles and role in copy["media_files"]
    }
    copy["media_files"] = {**copy["media_files"], **signed}
    return copy


def _entry_with_urls(entry: Row, url: Callable[[str], str]) -> Row:
    return {
        key: url(value) if key in ("path", "segment_info") else value
        for key, value in entry.items()
    }


def _list_media(call: Call) -> Response:
    rows = [_presigned(call, row) for row in _selected(call)]
    return lists.streamed_rows(call, rows)


def _count_media(call: Call) -> Response:
    return reply(len(_selected(call)))


def _media_stats(call: Call) -> Response:
    rows = _selected(call)
    size = sum(_bytes_of(row) for row in rows)
    duration = sum((row["num_frames"] or 0) / (row["fps"] or 1) for row in rows)
    return reply(
        {"count": len(rows), "duration": duration, "total_size": size, "download_size": size}
    )


def _bytes_of(row: Row) -> int:
    files = media_files(row)
    return sum(entry["size"] for role in FILE_ROLES for entry in members(files, role))


def medium(call: Call) -> Row:
    """Return the medium whose id is in the path."""
    row = call.tables.media.get(call.number())
    call.member_of(row["project"])
    _settle(call.backend, row)
    return row


def _get_media(call: Call) -> Response:
    return reply(_presigned(call, medium(call)))


def _neighbour(call: Call, step: int) -> int:
    row = call.tables.media.rows.get(call.number())
    if row is None:
        raise TatorError("Media matching query does not exist.", status=404)
    call.member_of(row["project"])
    rows = sorted(call.tables.media.where(project=row["project"]), key=_order)
    place = rows.index(row) + step
    found: int = rows[place]["id"] if 0 <= place < len(rows) else -1
    return found


def _next_media(call: Call) -> Response:
    return reply({"next": _neighbour(call, 1)})


def _previous_media(call: Call) -> Response:
    return reply({"prev": _neighbour(call, -1)})


def _create_media(call: Call) -> Response:
    project = call.project()
    items, many = call.items()
    if any(not {"type", "name", "md5"} <= item.keys() for item in items):
        raise no_match(call.body)
    types = [call.tables.media_types.get(item["type"]) for item in items]
    for media_type in types:
        if many and media_type["dtype"] != "image":
            raise TatorError(
                "Multiple media creation only supports images, found at least one spec with "
                f"dtype {media_type['dtype']}"
            )
    # All are made before the first is stored: one that is invalid keeps out all of them.
    made = [_new_row(call, *pair) for pair in zip(items, types, strict=True)]
    rows = [call.tables.media.add(row) for row in made]
    sent = [{**shown(row), "effective_permission": _ALL_RIGHTS} for row in rows]
    if many:
        return said(
            f"Started import of {len(rows)} images!",
            201,
            id=[row["id"] for row in rows],
            object=sent,
        )
    row, dtype = rows[0], types[0]["dtype"]
    message = f"Media object {row['id']} created for {dtype} {row['name']}"
    return said(f"{message} on project {project['name']}", 201, id=row["id"], object=sent[0])


def _new_row(call: Call, body: Row, media_type: Row) -> Row:
    backend, user = call.backend, call.me["id"]
    row = new_media(media_type, body["name"], user=user, created=now_text())
    copy_known(row, body, _GIVEN)
    row["attributes"] = attributes.for_create(body.get("attributes"), media_type)
    section = section_in(call, body)
    row["primary_section"] = section["id"]
    row["attributes"]["tator_user_sections"] = section["tator_user_sections"]
    if media_type["dtype"] == "image":
        row["media_files"] = {}
        row["_ingest"] = (backend.clock.monotonic() + backend.ingest_seconds, body.get("url"))
    return row


def section_in(call: Call, body: Row) -> Row:
    """Return the section that a new medium goes into; one of a new name is made."""
    if body.get("section_id") is not None:
        return call.tables.sections.get(body["section_id"])
    name = body.get("section") or "Unnamed"
    return section_named(call.tables, call.project_id(), name, user=call.me["id"])


def _settle(backend: Backend, row: Row) -> None:
    """Finish the ingest of an image if it is due."""
    ready_at, url = row.get("_ingest", (None, None))
    if ready_at is None or backend.clock.monotonic() < ready_at:
        return
    del row["_ingest"]
    stored = backend.store.objects.get(backend.store.key_in(url) or "") if url else None
    if stored is None:
        return  # as on the real server, a medium without a source stays empty
    try:
        _ingest(backend, row, stored.payload.read())
    except Exception as error:  # noqa: BLE001  # the list that met it would get a 400
        backend.went_wrong(f"the ingest of medium {row['id']}", error)


def _ingest(backend: Backend, row: Row, content: bytes) -> None:
    suffix = row["name"].rpartition(".")[2].lower() or "png"
    mime = "image/jpeg" if suffix in ("jpg", "jpeg") else f"image/{suffix}"
    add_image(backend.tables, backend.store, row, content, mime=mime)
    row["modified_datetime"] = now_text()


def _change(call: Call, row: Row, body: Row) -> None:
    attributes.change(row, body, call.tables.media_types.get(row["type"]))
    copy_known(row, body, _CHANGEABLE)
    if "multi" in body:
        row["media_files"] = {**(row["media_files"] or {}), **body["multi"]}
    row["modified_datetime"] = now_text()
    row["modified_by"] = call.me["id"]


def _update_media(call: Call) -> Response:
    row = medium(call)
    _change(call, row, call.fields())
    return said(f"Media {row['id']} successfully updated!")


def _update_many(call: Call) -> Response:
    rows, body = _selected(call), call.fields()
    call.check_count(rows, "update")
    for row in rows:
        _change(call, row, {key: body[key] for key in body.keys() - {"ids"}})
    return said(f"Successfully patched {len(rows)} medias!")


def _delete(call: Call, row: Row) -> None:
    call.tables.media.remove(row["id"])
    for localization in call.tables.localizations.where(media=row["id"]):
        call.tables.localizations.remove(localization["id"])
    for state in call.tables.states:
        if row["id"] in state["media"]:
            call.tables.states.remove(state["id"])


def _delete_media(call: Call) -> Response:
    row = medium(call)
    _delete(call, row)
    return said(f"Media {row['id']} successfully deleted!")


def _delete_many(call: Call) -> Response:
    rows = _selected(call)
    call.check_count(rows, "delete")
    for row in rows:
        _delete(call, row)
    return said(f"Successfully deleted {len(rows)} medias!")


ROUTES: Routes = {
    "/rest/Medias/{project:int}": {
        "GET": _list_media,
        "PUT": _list_media,
        "POST": _create_media,
        "PATCH": _update_many,
        "DELETE": _delete_many,
    },
    "/rest/MediaCount/{project:int}": {"GET": _count_media, "PUT": _count_media},
    "/rest/MediaStats/{project:int}": {"GET": _media_stats},
    "/rest/Media/{id:int}": {"GET": _get_media, "PATCH": _update_media, "DELETE": _delete_media},
    "/rest/MediaNext/{id:int}": {"GET": _next_media},
    "/rest/MediaPrev/{id:int}": {"GET": _previous_media},
}
