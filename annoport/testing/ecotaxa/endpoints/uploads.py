"""Resumable uploads of user files by the TUS protocol, which is not in EcoTaxa's contract."""

from __future__ import annotations

import uuid

from starlette.responses import Response

from annoport.testing import tus
from annoport.testing.ecotaxa.answers import refuse
from annoport.testing.ecotaxa.call import Call, Routes
from annoport.testing.ecotaxa.uploads import Upload

_VERSION = {"tus-resumable": "1.0.0"}


def _check_version(call: Call) -> None:
    if "tus-resumable" not in call.request.headers:
        refuse(412, "The header Tus-Resumable is needed")


def _upload(call: Call) -> tuple[str, Upload]:
    """Return the upload that the path names; Refused with 412, or 404 once it is complete."""
    _check_version(call)
    number = f"{call.user.id}-{call.request.path_params['upload_id']}"
    if number not in call.backend.uploads:
        refuse(404, "Not Found")
    return number, call.backend.uploads[number]


async def create(call: Call) -> Response:
    """POST /user_files/upload/: any length is accepted."""
    _check_version(call)
    owner = call.user
    number = uuid.uuid4().hex
    length = int(call.request.headers.get("upload-length", "0"))
    call.backend.uploads[f"{owner.id}-{number}"] = Upload(length=length, metadata=_metadata(call))
    location = f"{call.backend.public_base(call.request)}/user_files/upload/{number}"
    headers = {**_VERSION, "location": location, "content-length": "0"}
    return Response(status_code=201, headers=headers)


def _metadata(call: Call) -> dict[str, str]:
    try:
        return tus.metadata(call.request.headers.get("upload-metadata", ""))
    except ValueError:
        refuse(400, "The header Upload-Metadata cannot be read")


async def offset(call: Call) -> Response:
    """HEAD of an upload; it fails unless the metadata has the type of the file."""
    _, upload = _upload(call)
    if "filetype" not in upload.metadata:
        refuse(400, "The metadata have no filetype")
    headers = {
        "upload-length": str(upload.length),
        "content-length": str(upload.length),  # the real server sends this, too
        "upload-offset": str(len(upload.content)),
    }
    return Response(headers={**_VERSION, **headers})


async def append(call: Call) -> Response:
    """PATCH of an upload: the next chunk; the last one stores the file."""
    number, upload = _upload(call)
    if call.request.headers.get("upload-offset") != str(len(upload.content)):
        refuse(409, "Offset mismatch")
    upload.content += await call.request.body()
    headers = {**_VERSION, "upload-offset": str(len(upload.content))}
    if len(upload.content) >= upload.length:
        del call.backend.uploads[number]
        name = upload.metadata.get("path") or upload.metadata.get("filename") or "upload"
        call.folder.add(name, bytes(upload.content))
    return Response(status_code=204, headers=headers)


ROUTES: Routes = {
    "/user_files/upload/": {"POST": create},
    "/user_files/upload/{upload_id}": {"HEAD": offset, "PATCH": append},
}
