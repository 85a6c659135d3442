"""Endpoints for the single files of a medium: videos, sounds, images and attachments."""

from __future__ import annotations

from functools import partial
from typing import Any

import attrs
from starlette.responses import Response

from annoport.testing.tator.answers import Problem, TatorError, reply, said
from annoport.testing.tator.call import Call, Methods, Routes
from annoport.testing.tator.endpoints.media import medium
from annoport.testing.tator.state import Row, media_files, members


@attrs.frozen(kw_only=True)
class _Kind:
    """A kind of file: the name in its paths, the roles it may have, the fields it must have."""

    name: str
    roles: tuple[str, ...]
    required: tuple[str, ...]


_KINDS = (
    _Kind(
        name="VideoFile", roles=("streaming", "archival"), required=("path", "codec", "resolution")
    ),
    _Kind(name="AudioFile", roles=("audio",), required=("path", "codec")),
    _Kind(
        name="ImageFile",
        roles=("image", "thumbnail", "thumbnail_gif"),
        required=("path", "resolution"),
    ),
    _Kind(name="AuxiliaryFile", roles=("attachment",), required=("path",)),
)


def _role(call: Call, kind: _Kind) -> str:
    role = call.text("role")
    if role is None and len(kind.roles) == 1:
        return kind.roles[0]
    if role is None:
        raise TatorError("Missing required query parameter: role")
    if role not in kind.roles:
        problem = f"{role!r} is not one of {list(kind.roles)!r}"
        details = f"Value {role} not valid for schema of type string: {(Problem(problem),)!r}"
        raise TatorError("Invalid query parameter: role", details=details)
    return role


def _entries(call: Call, kind: _Kind) -> list[Any]:
    return members(media_files(medium(call)), _role(call, kind))


def _index(call: Call, entries: list[Any]) -> int:
    index = call.integer("index", low=0)
    if index is None:
        raise TatorError("Missing required query parameter: index")
    if index >= len(entries):
        size = len(entries)
        raise TatorError(f"Supplied index {index} is larger than current array size {size}")
    return index


def _store(call: Call, kind: _Kind, entries: list[Any], done: str, status: int = 200) -> Response:
    row = medium(call)
    row["media_files"] = {**media_files(row), _role(call, kind): entries}
    return said(f"Media file in media object {row['id']} {done}!", status)


def _list(call: Call, *, kind: _Kind) -> Response:
    return reply(_entries(call, kind))


def _get(call: Call, *, kind: _Kind) -> Response:
    entries = _entries(call, kind)
    return reply(entries[_index(call, entries)])


def _create(call: Call, *, kind: _Kind) -> Response:
    role, body = _role(call, kind), call.fields(*kind.required)
    entry: Row = dict(body)
    if kind.name == "VideoFile":
        entry.setdefault("reference_only", 0)
    answer = _store(call, kind, [*_entries(call, kind), entry], "created", 201)
    if role == "streaming" and "segment_info" not in body:
        raise TatorError("'segment_info'")  # too late: the file has been stored
    return answer


def _update(call: Call, *, kind: _Kind) -> Response:
    entries = list(_entries(call, kind))
    index = _index(call, entries)
    entries[index] = {**entries[index], **call.fields(*kind.required)}
    return _store(call, kind, entries, "successfully updated")


def _delete(call: Call, *, kind: _Kind) -> Response:
    entries = list(_entries(call, kind))
    del entries[_index(call, entries)]
    return _store(call, kind, entries, "successfully deleted")


def _routes(kind: _Kind) -> Routes:
    many: Methods = {"GET": partial(_list, kind=kind), "POST": partial(_create, kind=kind)}
    one: Methods = {
        "GET": partial(_get, kind=kind),
        "PATCH": partial(_update, kind=kind),
        "DELETE": partial(_delete, kind=kind),
    }
    return {f"/rest/{kind.name}s/{{id:int}}": many, f"/rest/{kind.name}/{{id:int}}": one}


ROUTES: Routes = {path: found for kind in _KINDS for path, found in _routes(kind).items()}
