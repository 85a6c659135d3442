"""CVAT's upload protocol: one URL, and headers that say which step a request takes."""

from __future__ import annotations

import re
import sys
import uuid
from email.header import Header

from starlette.responses import Response

from annoport.testing import tus
from annoport.testing.cvat.answers import Refused, answer, empty, not_routed, server_error
from annoport.testing.cvat.call import Call, Methods, Routes
from annoport.testing.cvat.uploads import Upload

_LARGEST = 25 * 1024**3  # bytes of a TUS upload
_DATA_PART = re.compile(r"client_files\[\d+\]")
_TUS = {"tus-resumable": "1.0.0"}


async def receive(call: Call) -> Response | dict[str, bytes]:
    """Take one step of an upload.

    Returns the answer to a step, or all files (name -> content) once the upload is complete.
    """
    if call.query.get("location") == "cloud_storage":
        name = call.query.get("filename", "")
        storage = int(call.query.get("cloud_storage_id", 0))
        # What is not there makes the job fail.
        return {name: call.backend.buckets.of(storage).get(name, b"")}
    headers = call.request.headers
    uploads = call.backend.uploads
    key = call.request.url.path.rstrip("/")
    if "upload-length" in headers:
        return _create(call, key)
    if "upload-start" in headers:
        uploads.staged.setdefault(key, {})
        return empty(202)
    sent = await _sent(call, key)
    if "upload-multiple" in headers:
        uploads.staged.setdefault(key, {}).update(sent)
        return empty(200)
    if "upload-finish" not in headers:
        return sent
    return _finished(call, key, sent)


def _finished(call: Call, key: str, sent: dict[str, bytes]) -> dict[str, bytes]:
    uploads = call.backend.uploads
    staged = uploads.staged.pop(key, {})
    wanted = call.query.get("filename")
    if wanted is None:
        return {**staged, **sent}
    if wanted not in uploads.whole:
        raise Refused(answer([f"Cannot find the uploaded file {wanted}"], 400))
    return {wanted: uploads.whole.pop(wanted)}


async def _sent(call: Call, key: str) -> dict[str, bytes]:
    """Return the files of a form; Refused if one has the name of another file of the task."""
    files = await call.files()
    if not key.endswith("/data"):
        return dict(files.values())
    numbered = [file for field, file in files.items() if _DATA_PART.fullmatch(field)]
    known = call.backend.uploads.staged.get(key, {})
    if len({*known, *(name for name, _ in numbered)}) < len(known) + len(numbered):
        raise Refused(server_error())
    return dict(numbered)


def _create(call: Call, key: str) -> Response:
    if "origin" not in call.request.headers:
        return server_error()
    name = _metadata(call).get("filename")
    if key.endswith("/data") and name in call.backend.uploads.staged.get(key, {}):
        return answer("File with same name already exists", 409, _TUS)
    length = int(call.request.headers["upload-length"])
    if length > _LARGEST:
        return empty(413, _TUS)
    number = f"{call.user.id}_{uuid.uuid4()}"
    # The server keeps the names of a task's files and makes up those of all others.
    if name is None or not key.endswith("/data"):
        name = number
    if key.endswith("/data"):
        call.backend.uploads.promised.setdefault(key, set()).add(name)
    call.backend.uploads.arriving[number] = Upload(key=key, name=name, length=length)
    location = f"{call.base}{key}/{number}"
    return empty(201, {**_TUS, "location": location, "upload-filename": _header_text(name)})


def _header_text(text: str) -> str:
    """Return a header as Django encodes it: in MIME where Latin-1 does not suffice."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return Header(text, "utf-8", maxlinelen=sys.maxsize).encode()
    return text


def _metadata(call: Call) -> dict[str, str]:
    try:
        return tus.metadata(call.request.headers.get("upload-metadata", ""))
    except ValueError:
        raise Refused(server_error()) from None


def _arriving(call: Call) -> Upload:
    """Return the upload that the path names; Refused if it is complete or unknown."""
    number = call.request.path_params["file_id"]
    uploads = call.backend.uploads
    if number in uploads.arriving:
        return uploads.arriving[number]
    known = number.startswith(f"{call.user.id}_")
    raise Refused(server_error() if known else not_routed())


async def offset(call: Call) -> Response:
    """HEAD of an upload: how much has arrived, or a 500 once it is complete."""
    upload = _arriving(call)
    progress = {"upload-offset": str(upload.arrived), "upload-length": str(upload.length)}
    return empty(200, {**_TUS, **progress})


async def options(call: Call) -> Response:
    """OPTIONS of the place where uploads are created: what of TUS the server knows."""
    call.task()
    return Response(status_code=204, headers={**_TUS, "tus-max-size": str(_LARGEST)})


async def append(call: Call) -> Response:
    """PATCH of an upload: the next chunk."""
    upload = _arriving(call)
    if "/" in upload.name:
        raise Refused(server_error())
    if call.request.headers.get("upload-offset") != str(upload.arrived):
        return empty(409, _TUS)
    # All or nothing: the server reads the whole chunk before it keeps any of it.
    upload.pieces += [piece async for piece in call.request.stream()]
    progress = {"upload-offset": str(upload.arrived)}
    if upload.arrived >= upload.length:
        _complete(call, upload)
    return Response(status_code=204, headers={**_TUS, **progress})


def _complete(call: Call, upload: Upload) -> None:
    uploads = call.backend.uploads
    del uploads.arriving[call.request.path_params["file_id"]]
    if upload.key.endswith("/data"):
        uploads.staged.setdefault(upload.key, {})[upload.name] = upload.content
        uploads.promised[upload.key].discard(upload.name)
    else:
        uploads.whole[upload.name] = upload.content


_CHUNKS: Methods = {"HEAD": offset, "PATCH": append}
ROUTES: Routes = {
    "tasks/{id:int}/data[/]": {"OPTIONS": options},
    "projects/backup/{file_id}": _CHUNKS,
    "projects/{id:int}/dataset/{file_id}": _CHUNKS,
    "tasks/backup/{file_id}": _CHUNKS,
    "tasks/{id:int}/data/{file_id}": _CHUNKS,
    "tasks/{id:int}/annotations/{file_id}": _CHUNKS,
    "jobs/{id:int}/annotations/{file_id}": _CHUNKS,
}
