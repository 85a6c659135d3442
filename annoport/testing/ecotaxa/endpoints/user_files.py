"""Endpoints for the files of users."""

from __future__ import annotations

import posixpath
import zipfile

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import answer, crash, invalid, missing, not_found, refuse
from annoport.testing.ecotaxa.call import Call, Routes
from annoport.testing.forms import Form, is_form, read_form


async def upload(call: Call) -> Response:
    """POST /user_files/: `path` must end with the file name."""
    folder = call.folder
    form = await read_form(call.request) if is_form(call.request) else Form()
    if "file" not in form.files:
        invalid(missing("body", "file"))
    name, content = form.files["file"]
    target = dict(form.texts).get("path") or name
    if posixpath.basename(target) != name:
        crash("AssertionError: path does not end with the file name")
    try:
        return answer(folder.add(target, content))
    except zipfile.BadZipFile as error:
        crash(f"zipfile.BadZipFile: {error}")


async def listing(call: Call) -> Response:
    """GET /user_files/{sub_path}: sizes and dates are empty."""
    path = call.request.path_params.get("sub_path", "").strip("/")
    folder = call.folder
    if path and path not in folder.directories:
        not_found()
    return answer({"path": path, "entries": folder.entries(path)})


async def make_directory(call: Call) -> Response:
    """POST /user_files/create/."""
    folder = call.folder
    path = (await call.form("source_path"))["source_path"]
    if not folder.make(path):
        refuse(422, "Data were already in the required state")
    return answer(f"{folder.root}/{path}")


async def move(call: Call) -> Response:
    """POST /user_files/mv/."""
    folder = call.folder
    form = await call.form("source_path", "dest_path")
    if not folder.known(form["source_path"]):
        refuse(500, "Unknown error")
    folder.move(form["source_path"], form["dest_path"])
    return answer(f"{folder.root}/{form['dest_path']}")


async def remove(call: Call) -> Response:
    """POST /user_files/rm/."""
    folder = call.folder
    path = (await call.form("source_path"))["source_path"]
    if not folder.known(path):
        refuse(500, "Unknown error")
    folder.remove(path)
    return answer(1)


ROUTES: Routes = {
    "/user_files/create/": {"POST": make_directory},
    "/user_files/mv/": {"POST": move},
    "/user_files/rm/": {"POST": remove},
    "/user_files/": {"POST": upload, "GET": listing},
    "/user_files/{sub_path:path}": {"GET": listing},
}
