"""Endpoints for downloads and uploads by presigned URLs."""

from __future__ import annotations

import re
import secrets
from pathlib import PurePosixPath

from starlette.responses import Response

from annoport.testing.tator.answers import TatorError, forbidden, not_found, reply, said
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.state import Row, media_files, members

_MAX_EXPIRATION = 604800
_DEFAULT_EXPIRATION = 86400
_MAX_PARTS = 10000


def _expiration(call: Call) -> int:
    asked = call.integer("expiration", low=1, high=_MAX_EXPIRATION)
    return _DEFAULT_EXPIRATION if asked is None else asked


def _download_info(call: Call) -> Response:
    project = call.project()
    keys: list[str] = call.fields("keys")["keys"]
    seconds = _expiration(call)
    for key in keys:
        if "://" in key:  # where its keys have numbers, there is none
            raise TatorError(f"invalid literal for int() with base 10: {key.split('/')[1]!r}")
    if not all(_belongs(key, project) for key in keys):
        raise forbidden()
    user = call.me["id"]
    urls = [{"key": key, "url": call.backend.urls.url(user, key, seconds)} for key in keys]
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
    url = call.backend.urls.url(call.me["id"], found[0]["path"], _DEFAULT_EXPIRATION)
    return Response('""', 301, {"location": url}, media_type="application/json")


def _upload_info(call: Call) -> Response:
    project = call.project()
    parts = call.integer("num_parts", low=1, high=_MAX_PARTS) or 1
    key = _upload_key(call, project)
    store, seconds = call.backend.store, _expiration(call)
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
        today = call.backend.clock.now().date().isoformat()
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
    call.backend.store.complete_upload(body["key"], body["upload_id"], parts)
    return said(f"Upload completion for {body['key']} successful!", 201)


ROUTES: Routes = {
    "/rest/DownloadInfo/{project:int}": {"POST": _download_info},
    "/rest/Permalink/{id:int}": {"GET": _permalink},
    "/rest/UploadInfo/{project:int}": {"GET": _upload_info},
    "/rest/UploadCompletion/{project:int}": {"POST": _complete_upload},
}
