"""A project with its labels, and with a dataset, in one call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from annoport.core import AsyncJob, FileSource, ProgressOption, Unset
from annoport.core.support.workers import async_offload
from annoport.core.upload.sources import local_files
from annoport.cvat._async.waiting import async_finished
from annoport.cvat.annotation_sources import check_format
from annoport.cvat.changed_models import changed
from annoport.cvat.label_specs import LabelLike, label_requests
from annoport.cvat.references import ProjectLike, StorageLike, id_of, path_in_storage
from annoport.cvat.unfinished import UnfinishedProjectError
from annoport.errors import AnnoportError, InvalidArgumentError, NotFoundError
from annoport_cvat import models

if TYPE_CHECKING:
    from annoport_cvat import AsyncClient

_WHERE = "create_project"


async def async_create_project(
    client: AsyncClient,
    project: str | models.ProjectWriteRequest,
    *,
    labels: Iterable[LabelLike] | None = None,
    dataset: FileSource | None = None,
    format: str | None = None,  # noqa: A002 - the name that CVAT has for it
    from_storage: StorageLike | None = None,
    into: ProjectLike | None = None,
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> models.ProjectRead:
    """Make a project with labels, with the tasks of a dataset, or with both.

    Uses: `projects.create`, `projects.upload_dataset` or `projects.create_dataset`,
    `projects.retrieve`.

    Args:
        client: A client of CVAT.
        project: Its name, or all of its settings.
        labels: Its labels, as for `create_task`. Without any, it gets those of the dataset.
        dataset: A file with pictures and annotations, which become tasks of the project; with
            `from_storage`, its path there.
        format: Name and version of its format, such as "COCO 1.0".
        from_storage: The cloud storage that the dataset is in.
        into: A project that this call has made before, and could not finish: the dataset is added,
            unless it is there.
        progress: True for a progress bar, or a function that is called with the number of bytes
            that were sent and the total.
        timeout: Seconds to wait for the server; None for no limit.

    Returns:
        The project.

    Raises:
        InvalidArgumentError: An argument does not fit; nothing was made.
        InvalidBodyError: The file cannot be read; nothing was made.
        UnfinishedProjectError: The project was made, and then something went wrong; `into=` goes
            on.
        ApiError: The server refused to make the project.
    """
    settings = _settings(project, labels)
    if dataset is None:
        about = {"format": format, "from_storage": from_storage, "into": into}
        for name, given in about.items():
            if given is not None:
                raise InvalidArgumentError(f"{_WHERE}: {name} needs the dataset that it is about")
        return await client.projects.create(body=settings)
    if not format:
        raise InvalidArgumentError(
            f"{_WHERE}: a dataset needs its format, such as format='COCO 1.0'; "
            "server.retrieve_annotation_formats() lists them"
        )
    source = await async_offload(_source, dataset, format, from_storage)
    formats = await client.server.retrieve_annotation_formats()
    check_format(format, formats.importers, where=_WHERE)
    made = await _project(client, settings, into)
    try:
        job = None if into is None else await _running(client, made)
        if job is None:
            job = await _start(client, made.id, source, progress)
        await async_finished(job, progress, f"dataset of project {made.id}", timeout)
        return await client.projects.retrieve(made.id)
    except (AnnoportError, OSError) as error:
        raise UnfinishedProjectError(
            f"{_WHERE}: project {made.id} was made, but its dataset is missing: {error}; put that "
            f"right and make the same call again with into={made.id}, or delete the project",
            project=made.id,
            done=(),
            left=1,
        ) from error
    except BaseException as stopped:  # such as Ctrl-C
        stopped.add_note(f"project {made.id} was made: the same call with into={made.id} goes on")
        raise


@attrs.frozen(kw_only=True)
class _Source:
    """Where a dataset is: a file here, or a path in a storage; and its format."""

    format: str
    file: FileSource
    path: str = ""
    storage: int | None = None


def _source(dataset: FileSource, format_name: str, storage: StorageLike | None) -> _Source:
    if storage is None:
        local_files(dataset, field="file", where=_WHERE, several=False)
        return _Source(format=format_name, file=dataset)
    return _Source(
        format=format_name,
        file=dataset,
        path=path_in_storage(dataset, where=_WHERE),
        storage=id_of(storage, "from_storage"),
    )


async def _start(
    client: AsyncClient, project: int, source: _Source, progress: ProgressOption
) -> AsyncJob[models.Request, models.RqId] | None:
    if source.storage is None:
        return await client.projects.upload_dataset(
            project, source.file, format=source.format, location="local", progress=progress
        )
    return await client.projects.create_dataset(
        project,
        format=source.format,
        location="cloud_storage",
        cloud_storage_id=source.storage,
        filename=source.path,
    )


def _settings(
    project: str | models.ProjectWriteRequest, labels: Iterable[LabelLike] | None
) -> models.ProjectWriteRequest:
    given = models.ProjectWriteRequest(name=project) if isinstance(project, str) else project
    if not given.name:
        raise InvalidArgumentError(f"{_WHERE}: the name of the project is empty")
    if labels is None:
        return given
    if not isinstance(given.labels, Unset):
        raise InvalidArgumentError(f"{_WHERE}: the argument and the settings both say labels")
    return changed(given, {"labels": label_requests(labels, where=_WHERE)})


async def _project(
    client: AsyncClient, settings: models.ProjectWriteRequest, into: ProjectLike | None
) -> models.ProjectRead:
    if into is None:
        return await client.projects.create(body=settings)
    return await client.projects.retrieve(id_of(into, "into"))


async def _running(
    client: AsyncClient, project: models.ProjectRead
) -> AsyncJob[models.Request, models.RqId] | None:
    """Return the import of an earlier call; None if there is none, or it has failed.

    Raises:
        InvalidArgumentError: There is none, but the project has tasks: they would come twice.
    """
    job: AsyncJob[Any, Any] = client.job(
        f"action=import&target=project&target_id={project.id}&subresource=dataset", kind="request"
    )
    try:
        if (await job.refresh()).status != models.RequestStatus.FAILED:
            return job
    except NotFoundError:
        pass
    if project.tasks.count:
        raise InvalidArgumentError(
            f"it has {project.tasks.count} tasks already, and those of the dataset would be added: "
            "leave out dataset= if it is there, or delete them first"
        )
    return None
