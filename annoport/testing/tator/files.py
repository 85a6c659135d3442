"""Files: registered and temporary ones, and the URLs to get and to put them."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.responses import Response

from annoport.testing.ranges import answer_validated
from annoport.testing.tator import attributes, search
from annoport.testing.tator.calls import Call, Routes, copy_known, reply, said
from annoport.testing.tator.errors import TatorError, forbidden, html, not_found
from annoport.testing.tator.rows import Row, media_files, members, now_text, shown, stable_uuid
from annoport.testing.tator.store import BUCKET

if TYPE_CHECKING:
    from starlette.requests import Request

    from annoport.testing.payloads import Payload
    from annoport.testing.tator.fake import FakeTator

_MAX_EXPIRATION = 604800
_DEFAULT_EXPIRATION = 86400
_CACHE_MARGIN = 3600
_MAX_PARTS = 10000
_SERVER_ZONE = timezone(timedelta(hours=-5))


# --------------------------------------------------------------------------- presigned URLs


class UrlCache:
    """The presigned URLs that the server hands out again, whatever expiry a later call asks."""

    def __init__(self) -> None:
        """Start empty."""
        self._kept: dict[tuple[int, str], tuple[str, float]] = {}

    def url(self, fake: FakeTator, user: int, key: str, seconds: int) -> str:
        """Return a URL for `key`: the kept one while it is kept, otherwise a new one."""
        now = fake.clock.monotonic()
        kept = self._kept.get((user, key))
        if kept is not None and now < kept[1]:
            return kept[0]
        url = fake.store.sign(key, seconds)
        if seconds > _CACHE_MARGIN:
            self._kept[user, key] = (url, now + seconds - _CACHE_MARGIN)
        return url

    def clear(self) -> None:
        """Forget all URLs."""
        self._kept.clear()


def _expiration(call: Call) -> int:
    asked = call.integer("expiration", low=1, high=_MAX_EXPIRATION)
    return _DEFAULT_EXPIRATION if asked is None else asked


def _download_info(call: Call) -> Response:
    project = call.project()
    keys: list[str] = call.fields("keys")["keys"]
    seconds = _expiration(call)
    if not all(_belongs(key, project) for key in keys):
        raise forbidden()
    user = call.me["id"]
    urls = [{"key": key, "url": call.fake.urls.url(call.fake, user, key, seconds)} for key in keys]
    return reply(urls, 201)


def _belongs(key: str, project: Row) -> bool:
    owner = f"{project['organization']}/{project['id']}/"
    return re.sub(r"^_uploads/[^/]+/", "", key).startswith(owner)


def _permalink(call: Call) -> Response:
    medium = call.tables.media.rows.get(call.number())
    if medium is None:
        raise forbidden()
    call.member_of(medium["project"])
    files = media_files(medium)
    element = call.text("element") or "auto"
    wanted = ("streaming", "archival", "image") if element == "auto" else (element,)
    found = [entry for role in wanted for entry in members(files, role)]
    if not found:
        raise not_found("Media")
    url = call.fake.urls.url(call.fake, call.me["id"], found[0]["path"], _DEFAULT_EXPIRATION)
    return Response('""', 301, {"location": url}, media_type="application/json")


# --------------------------------------------------------------------------- uploads


def _upload_info(call: Call) -> Response:
    project = call.project()
    parts = call.integer("num_parts", low=1, high=_MAX_PARTS) or 1
    key = _upload_key(call, project)
    store, seconds = call.fake.store, _expiration(call)
    if parts == 1:
        return reply(
            {"urls": [store.sign(key, seconds, method="PUT")], "key": key, "upload_id": ""}
        )
    upload_id = store.start_upload()
    urls = [
        store.sign(
            key, seconds, method="PUT", query={"uploadId": upload_id, "partNumber": str(number)}
        )
        for number in range(1, parts + 1)
    ]
    return reply({"urls": urls, "key": key, "upload_id": upload_id})


def _upload_key(call: Call, project: Row) -> str:
    owner = f"{project['organization']}/{project['id']}"
    media_id, file_id = call.integer("media_id"), call.integer("file_id")
    if media_id is not None:
        folder = f"{owner}/{call.tables.media.get(media_id)['id']}"
    elif file_id is not None:
        folder = f"{owner}/files/{call.tables.files.get(file_id)['id']}"
    else:
        today = call.fake.clock.now().date().isoformat()
        folder = f"_uploads/{today}/{owner}/{call.me['id']}"
    filename = call.text("filename")
    if filename is None:
        return f"{folder}/{secrets.token_hex(16)}"
    path = PurePosixPath(filename)
    return f"{folder}/{path.stem}_{secrets.token_hex(5)}{path.suffix}"


def _complete_upload(call: Call) -> Response:
    call.project()
    body = call.fields()
    parts: list[Row] = body["parts"]
    if len(parts) < 2:
        raise TatorError("Request body validation error", details=f"{parts!r} is too short")
    call.fake.store.complete_upload(body["key"], body["upload_id"], parts)
    return said(f"Upload completion for {body['key']} successful!", 201)


# --------------------------------------------------------------------------- registered files


def new_file(project: int, file_type: Row, name: str, *, user: int, **more: object) -> Row:
    """Return the fields of a registered file, still without a path."""
    now = now_text()
    row: Row = {
        "project": project,
        "created_datetime": now,
        "created_by": user,
        "modified_datetime": now,
        "modified_by": user,
        "path": "",
        "name": name,
        "description": "",
        "attributes": {},
        "elemental_id": stable_uuid("file", project, name, secrets.token_hex(8)),
        "type": file_type["id"],
    }
    return {**row, **more}


def _list_files(call: Call) -> Response:
    rows = call.tables.files.where(project=call.project()["id"])
    file_type, name = call.integer("type"), call.text("name")
    call.integer("after")  # checked, but not heeded
    rows = [row for row in rows if file_type in (None, row["type"])]
    rows = [row for row in rows if name in (None, row["name"])]
    rows = search.ordered(call, search.filtered(call, rows), default=lambda row: row["id"])
    return reply([shown(row) for row in search.sliced(call, rows)])


def _create_file(call: Call) -> Response:
    project = call.project()["id"]
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
    added = call.tables.files.add(row)
    return said("File created successfully!", 201, id=added["id"], object=_file_detail(added))


def _file(call: Call) -> Row:
    row = call.tables.files.get(call.number())
    call.member_of(row["project"])
    return row


def _file_detail(row: Row) -> Row:
    detail = shown(row)
    detail["meta"] = detail.pop("type")
    detail["deleted"] = False
    return detail


def _get_file(call: Call) -> Response:
    return reply(_file_detail(_file(call)))


def _update_file(call: Call) -> Response:
    row, body = _file(call), call.fields()
    attributes.change(row, body, call.tables.file_types.get(row["type"]))
    copy_known(row, body, ("name", "description", "path"))
    row["modified_datetime"] = now_text()
    return said(f"File {row['id']} successfully updated!")


def _delete_file(call: Call) -> Response:
    call.tables.files.remove(_file(call)["id"])
    return said("Registered file deleted successfully!")


# --------------------------------------------------------------------------- temporary files


def add_temporary_file(
    fake: FakeTator,
    project: int,
    name: str,
    payload: Payload,
    *,
    user: int,
    lookup: str,
    hours: int = 24,
) -> Row:
    """Keep a file under /media/ on the platform's own host for a while."""
    made = fake.clock.now().astimezone(_SERVER_ZONE)
    file_name = secrets.token_hex(16) + PurePosixPath(name).suffix
    fake.served_files[f"/media/{project}/{file_name}"] = payload
    return fake.tables.temporary_files.add(
        {
            "name": name,
            "project": project,
            "user": user,
            "path": f"{fake.url}/media/{project}/{file_name}",
            "lookup": lookup,
            "created_datetime": made.isoformat(),
            "eol_datetime": (made + timedelta(hours=hours)).isoformat(),
        }
    )


def _is_expired(fake: FakeTator, row: Row) -> bool:
    return datetime.fromisoformat(row["eol_datetime"]) <= fake.clock.now()


def _temporary_files(call: Call) -> list[Row]:
    rows = call.tables.temporary_files.where(project=call.project()["id"])
    expired = call.integer("expired", low=0, high=1)
    return [row for row in rows if not expired or _is_expired(call.fake, row)]


def _list_temporary_files(call: Call) -> Response:
    return reply([shown(row) for row in _temporary_files(call)])


def _create_temporary_file(call: Call) -> Response:
    project = call.project()["id"]
    body = call.fields("name", "url", "lookup")
    stored = call.fake.store.objects.get(key_in_url(call.fake, body["url"]) or "")
    if stored is None:
        raise TatorError(f"Could not fetch {body['url']}")
    row = add_temporary_file(
        call.fake,
        project,
        body["name"],
        stored.payload,
        user=call.me["id"],
        lookup=body["lookup"],
        hours=body.get("hours", 24),
    )
    return said(f"Temporary file of {body['name']} created!", 201, id=row["id"])


def key_in_url(fake: FakeTator, url: str) -> str | None:
    """Return the key of a URL of the store, None for a URL of somewhere else."""
    prefix = f"{fake.store.url}/{BUCKET}/"
    if not url.startswith(prefix):
        return None
    return unquote(url.partition("?")[0].removeprefix(prefix))


def _get_temporary_file(call: Call) -> Response:
    row = call.tables.temporary_files.get(call.number())
    call.member_of(row["project"])
    return reply(shown(row))


def _delete_temporary_file(call: Call) -> Response:
    row = call.tables.temporary_files.get(call.number())
    call.member_of(row["project"])
    call.tables.temporary_files.remove(row["id"])
    return said(f"Temporary file {row['id']} successfully deleted!")


def _delete_temporary_files(call: Call) -> Response:
    for row in _temporary_files(call):
        call.tables.temporary_files.remove(row["id"])
    return said("Delete successful")


def serve_media(fake: FakeTator, request: Request, user: Row | None) -> Response:
    """Answer /media/...: the web server's own files, which need the token."""
    if user is None:
        return html(403)
    rows = fake.tables.temporary_files.where(path=f"{fake.url}{request.url.path}")
    if not rows or _is_expired(fake, rows[0]):
        return html(404)
    payload = fake.served_files[request.url.path]
    headers = {
        "content-type": "application/octet-stream",
        "etag": f'"{payload.digest[:8]}-{payload.size:x}"',
        "last-modified": format_datetime(fake.started, usegmt=True),
    }
    return answer_validated(request, payload, fake.link, headers=headers)


ROUTES: Routes = {
    "/rest/DownloadInfo/{project:int}": {"POST": _download_info},
    "/rest/Permalink/{id:int}": {"GET": _permalink},
    "/rest/UploadInfo/{project:int}": {"GET": _upload_info},
    "/rest/UploadCompletion/{project:int}": {"POST": _complete_upload},
    "/rest/Files/{project:int}": {"GET": _list_files, "POST": _create_file},
    "/rest/File/{id:int}": {"GET": _get_file, "PATCH": _update_file, "DELETE": _delete_file},
    "/rest/TemporaryFiles/{project:int}": {
        "GET": _list_temporary_files,
        "POST": _create_temporary_file,
        "DELETE": _delete_temporary_files,
    },
    "/rest/TemporaryFile/{id:int}": {"GET": _get_temporary_file, "DELETE": _delete_temporary_file},
}
