"""Files of a project that belong to no medium: temporary ones, reports, and algorithms."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from annoport.core import UNSET, ProgressOption
from annoport.core.support.workers import async_offload
from annoport.errors import AnnoportError, InvalidArgumentError, PartialWriteError
from annoport.tator._async.stored_files import async_signed
from annoport.tator.checks import check_attributes
from annoport.tator.names import find, id_of, listed
from annoport.tator.uploads import local_file

if TYPE_CHECKING:
    from annoport_tator import AsyncClient, models


async def async_temporary_file(
    client: AsyncClient,
    project: int | models.Project,
    file: str | os.PathLike[str],
    *,
    name: str | None = None,
    lookup: str | None = None,
    hours: int = 24,
    progress: ProgressOption = False,
) -> models.TemporaryFile:
    """Upload a file that the server keeps for some hours.

    `client.file_at(result.path)` downloads it.

    Uses: GetUploadInfo, GetDownloadInfo, CreateTemporaryFile, GetTemporaryFile.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        file: Path of the file.
        name: What it is called; by default as the file.
        lookup: A text to find it by, usually a hash of what it was made from; by default its name.
        hours: How long it is kept, at least 1.
        progress: True for a progress bar, or a function called with the number of bytes that were
            sent, and of all.

    Returns:
        The temporary file, with its `path`.

    Raises:
        InvalidArgumentError: There is no such file, or `hours` is less than 1; nothing was
            uploaded.
        UploadError: The file could not be sent.
        ApiError: The server refused a request.
    """
    path = await async_offload(local_file, file)
    if hours < 1:
        raise InvalidArgumentError(f"hours is {hours}: expected 1 or more")
    number = id_of(project, "project")
    key = await client.transfers.upload_file(number, path, progress=progress)
    called = name or path.name
    spec = {
        "url": (await async_signed(client, number, [key]))[key],
        "name": called,
        "lookup": called if lookup is None else lookup,
        "hours": hours,
    }
    made = await client.temporary_files.create(number, body=spec)
    return await client.temporary_files.retrieve(made.id)


async def async_upload_report(
    client: AsyncClient,
    project: int | models.Project,
    file: str | os.PathLike[str],
    *,
    type: int | str | models.FileType | None = None,  # noqa: A002 - what Tator calls it
    name: str | None = None,
    description: str = "",
    attributes: Mapping[str, models.AttributeValue] | None = None,
    into: int | models.File | None = None,
    progress: ProgressOption = False,
) -> models.File:
    """Upload a report, or another file that is no medium, to the files of a project.

    Uses: GetFileTypeList, CreateFile, GetUploadInfo, UpdateFile, GetFile.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        file: Path of the file.
        type: The file type, its id or its name; by default the project's only one.
        name: What it is called; by default as the file.
        description: What it is about.
        attributes: Values by the name of the attribute.
        into: A file of the project, or its id, whose content is to be this file: one that an
            earlier call registered and could not fill, or an old version of the report.
        progress: True for a progress bar, or a function called with the number of bytes that were
            sent, and of all.

    Returns:
        The file, as it is registered.

    Raises:
        InvalidArgumentError: There is no such file or type; nothing was uploaded.
        InvalidAnnotationError: An attribute is unknown, or does not take its value.
        PartialWriteError: The file is registered, with its id in `done`, but has no content: call
            again with that as `into`.
        ApiError: The server refused a request.
    """
    path = await async_offload(local_file, file)
    number = id_of(project, "project")
    called = name or path.name
    if into is None:
        types = await client.file_types.list(number)
        if type is None and len(types) != 1:
            raise InvalidArgumentError(f"type: project {number} has not just one: {listed(types)}")
        kind = types[0] if type is None else find(types, type, "type", number)
        check_attributes(kind, attributes or {}, f"file {called!r}")
        spec = {
            "name": called,
            "type": kind.id,
            "description": description,
            "attributes": dict(attributes or {}),
            "elemental_id": str(uuid.uuid4()),
        }
        made = await _registered(client, number, spec)
    else:
        made = id_of(into, "into")
    try:
        key = await client.transfers.upload_file(
            number, path, file_id=made, filename=path.name, progress=progress
        )
        await client.files.update(made, body={"path": key})
    except AnnoportError as error:
        raise PartialWriteError(
            f"file {made} {called!r} is registered, but its content is not there: call again with "
            f"into={made}; {error.__class__.__name__}: {error}",
            done=(made,),
            left=1,
        ) from error
    return await client.files.retrieve(made)


async def async_register_algorithm(
    client: AsyncClient,
    project: int | models.Project,
    manifest: str | os.PathLike[str],
    *,
    name: str,
    files_per_job: int,
    description: str = "",
    cluster: int | None = None,
    categories: Iterable[str] = (),
    parameters: Iterable[models.AlgorithmParameter | Mapping[str, Any]] = (),
    progress: ProgressOption = False,
) -> models.Algorithm:
    """Register an algorithm, whose workflow is in a file.

    Uses: GetAlgorithmList, Whoami, GetUploadInfo, GetDownloadInfo, SaveAlgorithmManifest,
    RegisterAlgorithm, GetAlgorithm.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        manifest: Path of the workflow, a YAML file.
        name: What the algorithm is called, new on the whole server.
        files_per_job: How many media a job gets at most, 1 or more.
        description: What it does.
        cluster: Id of the job cluster that runs it; the server's own by default.
        categories: Labels to find it by in the web interface.
        parameters: Default parameters of the workflow.
        progress: True for a progress bar, or a function called with the number of bytes that were
            sent, and of all.

    Returns:
        The algorithm.

    Raises:
        InvalidArgumentError: There is no such file, it is no text, the project has an algorithm of
            that name, or `files_per_job` is less than 1; nothing was uploaded.
        UploadError: The file could not be sent.
        ApiError: The server refused a request.
    """
    path = await async_offload(local_file, manifest)
    if files_per_job < 1:
        raise InvalidArgumentError(f"files_per_job is {files_per_job}: expected 1 or more")
    try:
        await async_offload(path.read_text, encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidArgumentError(f"manifest: {path.name!r} is no YAML: {error}") from None
    number = id_of(project, "project")
    for one in await client.algorithms.list(number):
        if one.name == name:
            raise InvalidArgumentError(
                f"name: project {number} has an algorithm {name!r} already, with the id {one.id}: "
                "delete it first, or choose another name"
            )
    user = (await client.users.whoami()).id
    key = await client.transfers.upload_file(number, path, progress=progress)
    url = (await async_signed(client, number, [key]))[key]
    saved = await client.algorithms.save_manifest(
        number, body={"name": path.name, "upload_url": url}
    )
    spec = {
        "name": name,
        "user": user,
        "description": description,
        "manifest": saved.url,
        "files_per_job": files_per_job,
        "categories": list(categories),
        "parameters": list(parameters),
        "cluster": UNSET if cluster is None else cluster,
    }
    body = {field: given for field, given in spec.items() if given is not UNSET}
    try:
        made = (await client.algorithms.create(number, body=body)).id
    except AnnoportError as error:
        rows = await client.algorithms.list(number) if error.may_be_done else []
        found = [row.id for row in rows if row.manifest == saved.url]
        if not found:
            raise
        made = found[0]
    return await client.algorithms.retrieve(made)


async def _registered(client: AsyncClient, project: int, spec: Mapping[str, Any]) -> int:
    """Register a file, and return its id, though the answer may be lost."""
    try:
        return (await client.files.create(project, body=spec)).id
    except AnnoportError as error:
        if not error.may_be_done:
            raise
        found = await client.files.list(project, elemental_id=spec["elemental_id"]).first()
        if found is None:
            raise
        return found.id
