"""Annotations, datasets and backups that come from a file or a cloud storage, or go there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from annoport.core import UNSET, AsyncJob, FileSource, Overwrite, ProgressOption
from annoport.cvat._async.waiting import async_finished
from annoport.cvat.annotation_sources import check_format
from annoport.cvat.references import StorageLike, TaskLike, id_of, path_in_storage
from annoport.errors import DecodeError
from annoport_cvat import models

if TYPE_CHECKING:
    from annoport_cvat import AsyncClient
    from annoport_cvat.resources import AsyncJobs, AsyncProjects, AsyncTasks


async def async_import_annotations(
    client: AsyncClient,
    target: TaskLike | models.JobRead,
    file: FileSource,
    *,
    format: str,  # noqa: A002 - the name that CVAT has for it
    from_storage: StorageLike | None = None,
    mode: Literal["replace", "append"] = "replace",
    masks_to_polygons: bool | None = None,
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> None:
    """Import annotations from a file into a task or job, and wait until they are there.

    Uses: `tasks.upload_annotations` or `tasks.create_annotations`; those of `jobs` for a job.

    Args:
        client: A client of CVAT.
        target: The task; or one of its jobs, as `jobs.retrieve` returns it.
        file: The file; with `from_storage`, its path there.
        format: Name and version of its format, such as "COCO 1.0".
        from_storage: The cloud storage that the file is in.
        mode: Whether they replace the annotations that are there, or are added to them. A server
            that is too old to add them is not asked to: it would replace them.
        masks_to_polygons: Whether masks become polygons; None leaves it to the server.
        progress: True for a progress bar, or a function that is called with the number of bytes
            that were sent and the total.
        timeout: Seconds to wait for the server; None for no limit.

    Raises:
        InvalidArgumentError: The server has no such format, or an argument does not fit; nothing
            was sent.
        UnsupportedByServerError: The server cannot add annotations; nothing was sent.
        JobFailedError: The server could not read the file.
        ApiError: The server answered with an error.
    """
    formats = await client.server.retrieve_annotation_formats()
    check_format(format, formats.importers, where="import_annotations")
    resource = client.jobs if isinstance(target, models.JobRead) else client.tasks
    number = id_of(target, "target")
    # Sent only where it is needed, since older servers do not know it.
    import_mode: Literal["append"] | Any = "append" if mode == "append" else UNSET
    polygons = UNSET if masks_to_polygons is None else masks_to_polygons
    job: AsyncJob[models.Request, models.RqId] | None
    if from_storage is None:
        job = await resource.upload_annotations(
            number,
            file,
            format=format,
            import_mode=import_mode,
            location="local",
            conv_mask_to_poly=polygons,
            progress=progress,
        )
    else:
        job = await resource.create_annotations(
            number,
            format=format,
            import_mode=import_mode,
            location="cloud_storage",
            cloud_storage_id=id_of(from_storage, "from_storage"),
            filename=path_in_storage(file, where="import_annotations"),
            conv_mask_to_poly=polygons,
        )
    await async_finished(job, progress, f"annotations of {number}", timeout)


async def async_export_dataset(
    client: AsyncClient,
    source: TaskLike | models.JobRead | models.ProjectRead,
    target: str | os.PathLike[str],
    *,
    format: str,  # noqa: A002 - the name that CVAT has for it
    save_images: bool = False,
    to_storage: StorageLike | None = None,
    overwrite: Overwrite = "error",
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> str:
    """Export a task, job or project, to this machine or to a cloud storage.

    Uses: `create_dataset_export` or `download_dataset` of `tasks`, `jobs` or `projects`.

    Args:
        client: A client of CVAT.
        source: The task; or a job or a project, as `retrieve` returns it.
        target: A file or folder; with `to_storage`, the path there.
        format: Name and version of the format, such as "COCO 1.0".
        save_images: Put the pictures into it, too.
        to_storage: The cloud storage that it goes to; the server puts it there itself.
        overwrite: What to do with a file that is there, as for `RemoteFile.download`; a server
            replaces one in a storage.
        progress: True for a progress bar, or a function that is called with the number of bytes
            received and the total.
        timeout: Seconds for all of it; None for no limit.

    Returns:
        The path of the file.

    Raises:
        InvalidArgumentError: The server has no such format; nothing was started.
        JobFailedError: The server could not make the file.
        DownloadError: The file could not be saved.
        ApiError: The server answered with an error.
    """
    formats = await client.server.retrieve_annotation_formats()
    check_format(format, formats.exporters, where="export_dataset")
    resource = _resource_of(client, source)
    number = id_of(source, "source")
    if to_storage is None:
        path: Path = await resource.download_dataset(
            number,
            target,
            format=format,
            save_images=save_images,
            overwrite=overwrite,
            progress=progress,
            timeout=timeout,
        )
        return str(path)
    stored = path_in_storage(target, where="export_dataset")
    job = await resource.create_dataset_export(
        number,
        format=format,
        save_images=save_images,
        location="cloud_storage",
        cloud_storage_id=id_of(to_storage, "to_storage"),
        filename=stored,
    )
    await async_finished(job, progress, f"export of {number}", timeout)
    return stored


async def async_back_up(
    client: AsyncClient,
    source: TaskLike | models.ProjectRead,
    target: str | os.PathLike[str],
    *,
    to_storage: StorageLike | None = None,
    overwrite: Overwrite = "error",
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> str:
    """Make a backup of a task or project, on this machine or in a cloud storage.

    Uses: `create_backup_export` or `download_backup` of `tasks` or `projects`.

    Args:
        client: A client of CVAT.
        source: The task; or a project, as `projects.retrieve` returns it.
        target: A file or folder; with `to_storage`, the path there.
        to_storage: The cloud storage that it goes to; the server puts it there itself.
        overwrite: As for `export_dataset`.
        progress: As for `export_dataset`.
        timeout: As for `export_dataset`.

    Returns:
        The path of the file.

    Raises:
        JobFailedError: The server could not make the file.
        DownloadError: The file could not be saved.
        ApiError: The server answered with an error.
    """
    resource = client.projects if isinstance(source, models.ProjectRead) else client.tasks
    number = id_of(source, "source")
    if to_storage is None:
        path = await resource.download_backup(
            number, target, overwrite=overwrite, progress=progress, timeout=timeout
        )
        return str(path)
    stored = path_in_storage(target, where="back_up")
    job = await resource.create_backup_export(
        number,
        location="cloud_storage",
        cloud_storage_id=id_of(to_storage, "to_storage"),
        filename=stored,
    )
    await async_finished(job, progress, f"backup of {number}", timeout)
    return stored


async def async_restore_task(
    client: AsyncClient,
    file: FileSource,
    *,
    from_storage: StorageLike | None = None,
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> models.TaskRead:
    """Make a new task from a backup, and return it.

    Uses: `tasks.upload_backup` or `tasks.create_backup`, `tasks.retrieve`.

    Args:
        client: A client of CVAT.
        file: The backup; with `from_storage`, its path there.
        from_storage: The cloud storage that the backup is in.
        progress: True for a progress bar, or a function that is called with the number of bytes
            that were sent and the total.
        timeout: Seconds to wait for the server; None for no limit.

    Raises:
        JobFailedError: The server could not read the backup; nothing was made.
        InvalidBodyError: The file cannot be read; nothing was sent.
        ApiError: The server answered with an error.
    """
    where = "restore_task"
    job = await _start_restoring(client.tasks, file, from_storage, progress, where)
    return await client.tasks.retrieve(await _restored(job, progress, timeout, where))


async def async_restore_project(
    client: AsyncClient,
    file: FileSource,
    *,
    from_storage: StorageLike | None = None,
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> models.ProjectRead:
    """Make a new project with its tasks from a backup, and return it.

    Uses: `projects.upload_backup` or `projects.create_backup`, `projects.retrieve`.

    Args:
        client: A client of CVAT.
        file: As for `restore_task`.
        from_storage: As for `restore_task`.
        progress: As for `restore_task`.
        timeout: As for `restore_task`.

    Raises:
        JobFailedError: The server could not read the backup; nothing was made.
        InvalidBodyError: The file cannot be read; nothing was sent.
        ApiError: The server answered with an error.
    """
    where = "restore_project"
    job = await _start_restoring(client.projects, file, from_storage, progress, where)
    return await client.projects.retrieve(await _restored(job, progress, timeout, where))


async def _start_restoring(
    resource: AsyncTasks | AsyncProjects,
    file: FileSource,
    from_storage: StorageLike | None,
    progress: ProgressOption,
    where: str,
) -> AsyncJob[models.Request, models.RqId] | None:
    if from_storage is None:
        return await resource.upload_backup(file, location="local", progress=progress)
    return await resource.create_backup(
        location="cloud_storage",
        cloud_storage_id=id_of(from_storage, "from_storage"),
        filename=path_in_storage(file, where=where),
    )


async def _restored(
    job: AsyncJob[models.Request, models.RqId] | None,
    progress: ProgressOption,
    timeout: float | None,
    where: str,
) -> int:
    state = await async_finished(job, progress, "backup", timeout)
    if not isinstance(state.result_id, int):
        raise DecodeError(f"{where}: the server does not say what it has made of the backup")
    return state.result_id


def _resource_of(
    client: AsyncClient, source: TaskLike | models.JobRead | models.ProjectRead
) -> AsyncTasks | AsyncJobs | AsyncProjects:
    if isinstance(source, models.JobRead):
        return client.jobs
    return client.projects if isinstance(source, models.ProjectRead) else client.tasks
