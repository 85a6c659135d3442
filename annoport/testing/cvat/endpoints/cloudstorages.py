"""Endpoints for cloud storages."""

from __future__ import annotations

import mimetypes

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, Refused, answer, server_error, text
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.lists import listed
from annoport.testing.cvat.storages import CloudStorage, entries, token

_REQUIRED = ("provider_type", "resource", "display_name", "credentials_type")
_SECRET = ("key", "secret_key", "session_token", "account_name", "connection_string", "key_file")
_PAGE_SIZE = 500


def _show(call: Call, storage: CloudStorage) -> Json:
    given = {name: value for name, value in storage.shown.items() if name not in _SECRET}
    return {
        "specific_attributes": "",
        "description": "",
        "manifests": [],
        **given,
        "id": storage.id,
        "owner": storage.owner.basic(call.base),
        "created_date": storage.created,
        "updated_date": storage.created,
        "organization": storage.organization_id,
    }


async def storages(call: Call) -> Response:
    """GET /api/cloudstorages."""
    known = call.backend.buckets.known.values()
    found = [each for each in known if call.visible(each.organization_id)]
    return listed(call, [_show(call, each) for each in found], simple=("resource", "name"))


async def storage(call: Call) -> Response:
    """GET /api/cloudstorages/{id}."""
    return answer(_show(call, call.find(call.backend.buckets.known, "CloudStorage")))


async def create(call: Call) -> Response:
    """POST /api/cloudstorages: the server looks for the bucket first."""
    given = await call.fields()
    absent = [f"{name}: This field is required.\n" for name in _REQUIRED if name not in given]
    if absent:
        return text("".join(absent), 400)
    if given["resource"] not in call.backend.buckets.files:
        message = f"The resource {given['resource']} not found. It may have been deleted."
        return text(f"resource: {message}\n", 400)
    chosen = call.organization()
    made = CloudStorage(
        id=call.state.new_id("cloud storage"),
        resource=given["resource"],
        shown=given,
        owner=call.user,
        organization_id=chosen.id if chosen else None,
    )
    call.backend.buckets.known[made.id] = made
    return answer(_show(call, made), 201)


async def content(call: Call) -> Response:
    """GET /api/cloudstorages/{id}/content-v2: one part, folders first in it."""
    buckets = call.backend.buckets
    if call.number() not in buckets.known:
        raise Refused(server_error())
    prefix = call.query.get("prefix", "")
    found = entries(buckets.of(call.number()), prefix)
    size = int(call.query.get("page_size", _PAGE_SIZE))
    tokens = {token(place): place for place in range(0, len(found), size)}
    start = tokens.get(call.query.get("next_token", ""), 0)
    part = sorted(found[start : start + size], key=lambda entry: not entry[1])
    more = start + size < len(found)
    return answer(
        {
            "next": token(start + size) if more else None,
            "content": [
                {
                    "name": name,
                    "type": "DIR" if folder else "REG",
                    "mime_type": "DIR" if folder else _kind(name),
                }
                for name, folder in part
            ],
        }
    )


def _kind(name: str) -> str:
    kind = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    return kind if kind in ("image", "video") else "unknown"


ROUTES: Routes = {
    "cloudstorages": {"GET": storages, "POST": create},
    "cloudstorages/{id:int}": {"GET": storage},
    "cloudstorages/{id:int}/content-v2": {"GET": content},
}
