"""A task with its frames and annotations, in one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from annoport.core import AsyncJob, FileSource, ProgressOption, Unset
from annoport.core.support.workers import async_offload
from annoport.cvat._async.waiting import async_finished
from annoport.cvat.annotation_sources import (
    AnnotationFile,
    Annotations,
    AnnotationsLike,
    annotations_of,
    check_annotations,
    check_format,
    count_of,
)
from annoport.cvat.annotations import Converter
from annoport.cvat.changed_models import changed
from annoport.cvat.label_specs import LabelLike, label_requests, neutral_label
from annoport.cvat.labels import from_label
from annoport.cvat.media import Chosen, Media, SortingName, data_request
from annoport.cvat.references import ProjectLike, StorageLike, TaskLike, id_of
from annoport.cvat.unfinished import UnfinishedTaskError
from annoport.errors import AnnoportError, InvalidArgumentError, NotFoundError
from annoport.vision import Label
from annoport_cvat import models

if TYPE_CHECKING:
    from annoport_cvat import AsyncClient

_WHERE = "create_task"
_IMPORT = "action=import&target=task&target_id={task}&subresource=annotations"
"""Id of the request that imports annotations."""
_MISSING = ("its frames are missing", "its annotations are missing", "it cannot be read")
"""What is wrong with a task after so many steps."""


async def async_create_task(
    client: AsyncClient,
    task: str | models.TaskWriteRequest,
    files: FileSource | Iterable[FileSource] | None = None,
    *,
    urls: Sequence[str] = (),
    server_files: Sequence[str] = (),
    cloud_storage: StorageLike | None = None,
    labels: Iterable[LabelLike] | None = None,
    project: ProjectLike | None = None,
    subset: str | None = None,
    order: SortingName | Sequence[str] | None = None,
    data: models.DataRequest | None = None,
    annotations: AnnotationsLike | None = None,
    format: str | None = None,  # noqa: A002 - the name that CVAT has for it
    into: TaskLike | None = None,
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> models.TaskRead:
    """Make a task with its frames and annotations, and wait until it is ready.

    What can be wrong is checked before anything is made: files, labels, the format, and whether
    annotations fit the labels and the frames.

    Uses: `tasks.create`, `tasks.upload_data` or `tasks.create_data`, `tasks.upload_annotations` or
    `tasks.update_annotations`, `tasks.retrieve`.

    Args:
        client: A client of CVAT.
        task: Its name; or all of its settings, such as how many frames a job has.
        files: What the frames are made of: pictures, a folder of them, or one video, archive or
            PDF. Pictures keep the order in which they are listed, and those of a folder their
            natural order (`2.png` before `10.png`). Of a folder, what is no picture is left out,
            and the names of folders in it, which CVAT does not keep.
        urls: Addresses from which the server downloads pictures or a video, in place of `files`.
        server_files: Paths on the server's file share, in place of `files`.
        cloud_storage: The cloud storage that `server_files` are in.
        labels: The labels: names, `annoport.vision.Label`, or labels of CVAT, as they are sent or
            as they come from another task.
        project: The project to put it in, whose labels it has.
        subset: The part of a dataset that it belongs to, such as "Train".
        order: How the files become frames: sorted by the server, or their names in order.
        data: How to cut and store them. The quality of the smaller pictures is 70 percent, if it
            does not say otherwise.
        annotations: A file with annotations, or annotations of `annoport.vision`.
        format: Name and version of the format of that file, such as "COCO 1.0".
        into: A task that this call has made before, and could not finish: what is missing is added.
        progress: True for a progress bar, or a function that is called with the number of bytes
            that were sent and the total.
        timeout: Seconds for each wait for the server; None for no limit.

    Returns:
        The task.

    Raises:
        InvalidArgumentError: An argument does not fit; nothing was made.
        InvalidAnnotationError: An annotation does not fit the labels; nothing was made.
        InvalidBodyError: A file cannot be read; nothing was made.
        UnfinishedTaskError: The task was made, and then something went wrong; `into=` goes on.
        ApiError: The server refused to make the task.
    """
    media = Media.of(files, urls, server_files, cloud_storage, _WHERE)
    chosen = await async_offload(media.chosen, order)
    plan = _Plan(
        client=client,
        settings=_settings(task, labels, project, subset),
        chosen=chosen,
        data=data_request(media, data, order),
        annotations=await async_offload(annotations_of, annotations, format, where=_WHERE),
        progress=progress,
        timeout=timeout,
    )
    await plan.check()
    if into is None:
        return await plan.finish(await client.tasks.create(body=plan.settings), fresh=True)
    return await plan.finish(await client.tasks.retrieve(id_of(into, "into")), fresh=False)


def _settings(
    task: str | models.TaskWriteRequest,
    labels: Iterable[LabelLike] | None,
    project: ProjectLike | None,
    subset: str | None,
) -> models.TaskWriteRequest:
    given = models.TaskWriteRequest(name=task) if isinstance(task, str) else task
    arguments: dict[str, Any] = {
        "labels": None if labels is None else label_requests(labels, where=_WHERE),
        "project_id": None if project is None else id_of(project, "project"),
        "subset": subset,
    }
    fields = {name: value for name, value in arguments.items() if value is not None}
    for name in fields:
        if not isinstance(getattr(given, name), Unset):
            raise InvalidArgumentError(f"{_WHERE}: the argument and the settings both say {name}")
    settings = changed(given, fields)
    if not settings.name:
        raise InvalidArgumentError(f"{_WHERE}: the name of the task is empty")
    if bool(settings.labels) == bool(settings.project_id):
        both = bool(settings.labels)
        raise InvalidArgumentError(
            f"{_WHERE}: a task in a project has the labels of the project: leave out labels"
            if both
            else f"{_WHERE}: expected labels, or the project whose labels count"
        )
    return settings


@attrs.define(kw_only=True)
class _Plan:
    """A task to make, of which a part may be there already."""

    client: AsyncClient
    settings: models.TaskWriteRequest
    chosen: Chosen
    data: models.DataRequest
    annotations: Annotations | None
    progress: ProgressOption
    timeout: float | None

    async def check(self) -> None:
        """Check annotations before anything is made."""
        if isinstance(self.annotations, AnnotationFile):
            formats = await self.client.server.retrieve_annotation_formats()
            check_format(self.annotations.format, formats.importers, where=_WHERE)
        elif self.annotations is not None:
            labels = await self._labels()
            frames = self._frames()
            check_annotations(self.annotations, labels, frames, where=_WHERE)

    async def _labels(self) -> list[Label]:
        """Return the labels that the task is to have."""
        project = self.settings.project_id
        if not project:
            return [neutral_label(request) for request in self.settings.labels or ()]
        return [from_label(label) async for label in self.client.labels.list(project_id=project)]

    def _frames(self) -> int | None:
        """Return how many frames the task is to have; None if only the server can tell."""
        given = (self.data.start_frame, self.data.stop_frame, self.data.frame_filter)
        return self.chosen.frames if all(isinstance(value, Unset) for value in given) else None

    async def finish(self, task: models.TaskRead, *, fresh: bool) -> models.TaskRead:
        """Add what is missing, and return the task as it is then.

        Args:
            task: The task.
            fresh: Whether it was made just now, so that nothing can be there.
        """
        done = list[str]()
        try:
            if not task.size:
                await self._add_data(task.id, fresh=fresh)
            done.append("frames")
            if self.annotations is not None:
                await self._add_annotations(task.id, self.annotations, fresh=fresh)
            done.append("annotations")
            return await self.client.tasks.retrieve(task.id)
        except (AnnoportError, OSError) as error:
            raise UnfinishedTaskError(
                f"{_WHERE}: task {task.id} was made, but {_MISSING[len(done)]}: {error}; put that "
                f"right and make the same call again with into={task.id}, or delete the task",
                task=task.id,
                done=tuple(done),
                left=2 - len(done),
            ) from error
        except BaseException as stopped:  # such as Ctrl-C
            stopped.add_note(f"task {task.id} was made: the same call with into={task.id} goes on")
            raise

    # ----------------------------------------------------------------------- frames

    async def _add_data(self, task: int, *, fresh: bool) -> None:
        job = None if fresh else await self._running(f"action=create&target=task&target_id={task}")
        if job is None:
            job = await self._send_data(task)
        await async_finished(job, self.progress, f"frames of task {task}", self.timeout)

    async def _send_data(self, task: int) -> AsyncJob[models.Request, models.RqId] | None:
        tasks = self.client.tasks
        if self.chosen.files:
            return await tasks.upload_data(
                task, self.chosen.files, body=self.data, progress=self.progress
            )
        return await tasks.create_data(task, body=self.data)

    async def _running(self, request: str) -> AsyncJob[models.Request, models.RqId] | None:
        """Return a job of an earlier call that has not ended badly; None if there is none."""
        job: AsyncJob[models.Request, models.RqId] = self.client.job(request, kind="request")
        try:
            state = await job.refresh()
        except NotFoundError:
            return None
        return None if state.status == models.RequestStatus.FAILED else job

    # ----------------------------------------------------------------------- annotations

    async def _add_annotations(self, task: int, annotations: Annotations, *, fresh: bool) -> None:
        there = 0 if fresh else count_of(await self.client.tasks.retrieve_annotations(task))
        if isinstance(annotations, AnnotationFile):
            earlier = None if fresh else await self._running(_IMPORT.format(task=task))
            await self._import(task, annotations, there, earlier)
            return
        labels = [label async for label in self.client.labels.list(task_id=task)]
        body = Converter(labels).to_data(annotations)
        if there not in (0, count_of(body)):
            raise InvalidArgumentError(_not_ours(there))
        size = (await self.client.tasks.retrieve(task)).size or 0
        check_annotations(annotations, map(from_label, labels), size, where=_WHERE)
        await self.client.tasks.update_annotations(task, body=body)

    async def _import(
        self,
        task: int,
        given: AnnotationFile,
        there: int,
        earlier: AsyncJob[models.Request, models.RqId] | None,
    ) -> None:
        """Import annotations, unless an earlier call has, or still does.

        Args:
            task: Id of the task.
            given: The file.
            there: How many annotations the task has.
            earlier: The import of an earlier call, unless it has failed.
        """
        job = earlier if there or (earlier and not earlier.is_final) else None
        if there and job is None:
            raise InvalidArgumentError(_not_ours(there))
        if job is None:
            job = await self.client.tasks.upload_annotations(
                task, given.file, format=given.format, location="local", progress=self.progress
            )
        await async_finished(job, self.progress, f"annotations of task {task}", self.timeout)


def _not_ours(there: int) -> str:
    return (
        f"it has {there} annotations already, which would be replaced: leave out annotations= if "
        "they are to stay, or delete them first"
    )
