"""Many tasks from a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from annoport.core import ProgressOption
from annoport.core.support.workers import async_offload
from annoport.cvat._async.create_task import async_create_task
from annoport.cvat.changed_models import changed
from annoport.cvat.label_specs import LabelLike
from annoport.cvat.references import ProjectLike, TaskLike, id_of
from annoport.cvat.task_folders import TaskUnit, tasks_in
from annoport.cvat.unfinished import UnfinishedTaskError, UnfinishedTasksError
from annoport.errors import AnnoportError, InvalidArgumentError
from annoport_cvat import models

if TYPE_CHECKING:
    from annoport_cvat import AsyncClient


async def async_create_tasks(
    client: AsyncClient,
    folder: str | os.PathLike[str],
    *,
    one: TaskUnit = "file",
    labels: Iterable[LabelLike] | None = None,
    project: ProjectLike | None = None,
    subset: str | None = None,
    settings: models.TaskWriteRequest | None = None,
    data: models.DataRequest | None = None,
    into: Sequence[TaskLike] = (),
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> list[models.TaskRead]:
    """Make a task of each file or folder in a folder, in natural order.

    A task is called like its file, without the extension, or like its folder.

    Uses: what `create_task` uses.

    Args:
        client: A client of CVAT.
        folder: The folder.
        one: "file" makes a task of each video, archive, PDF or picture that is directly in it;
            "folder" makes one of each folder in it, of the pictures there and below.
        labels: The labels of each task, as for `create_task`.
        project: The project to put them in, whose labels they have.
        subset: The part of a dataset that they belong to.
        settings: All other settings of the tasks; the name in it does not count.
        data: How to cut and store the frames.
        into: Tasks that this call has made before it ended half way: `done` of its error, as it
            is. They are completed, and only the others are made.
        progress: As for `create_task`.
        timeout: As for `create_task`.

    Returns:
        The tasks.

    Raises:
        InvalidArgumentError: There is nothing to make tasks of, or an argument does not fit;
            nothing was made.
        UnfinishedTasksError: Some tasks were made, and then something went wrong; `into=` goes on.
    """
    plan = await async_offload(tasks_in, folder, one)
    if len(into) > len(plan):
        raise InvalidArgumentError(
            f"create_tasks: into has {len(into)} tasks, but the folder makes only {len(plan)}"
        )
    listed = None if labels is None else list(labels)
    made = list[models.TaskRead]()
    for place, (name, path) in enumerate(plan.items()):
        known = into[place] if place < len(into) else None
        task = changed(settings or models.TaskWriteRequest(name=name), {"name": name})
        try:
            made.append(
                await async_create_task(
                    client,
                    task,
                    path,
                    labels=listed,
                    project=project,
                    subset=subset,
                    data=data,
                    into=known,
                    progress=progress,
                    timeout=timeout,
                )
            )
        except (AnnoportError, OSError) as error:
            begun = error.task if isinstance(error, UnfinishedTaskError) else None
            done = [task.id for task in made]
            done += [begun] if begun is not None else []
            done += [id_of(task, "into") for task in into[len(done) :]]
            if not done:
                raise
            raise UnfinishedTasksError(
                f"create_tasks: {len(made)} of {len(plan)} tasks are ready, then {path.name!r} "
                f"failed: {error}; put that right and make the same call again with into={done}",
                task=begun,
                done=tuple(done),
                left=len(plan) - len(made),
            ) from error
        except BaseException as stopped:  # such as Ctrl-C
            if made:
                ready = [task.id for task in made]
                stopped.add_note(f"tasks before it are ready, and come first: into={ready}")
            raise
    return made
