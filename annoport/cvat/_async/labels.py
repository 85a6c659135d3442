"""The labels of a task or project."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, cast

from annoport.cvat.label_changes import label_changes
from annoport.cvat.label_specs import LabelLike
from annoport.errors import InvalidArgumentError
from annoport_cvat import models

if TYPE_CHECKING:
    from annoport_cvat import AsyncClient


async def async_set_labels(
    client: AsyncClient,
    owner: models.TaskRead | models.ProjectRead,
    labels: Iterable[LabelLike],
    *,
    delete: Collection[str] = (),
) -> list[models.Label]:
    """Give a task or project labels, by name: those that are missing, and those that differ.

    A label that is there keeps its annotations. Where the call says nothing, such as of its colour,
    it stays as it is; attributes are added or changed, never taken away. Labels that are not named
    stay, too, and so do the parts of a skeleton that is there.

    Uses: `labels.list`, `tasks.partial_update` or `projects.partial_update`.

    Args:
        client: A client of CVAT.
        owner: The project, or the task if it is in none, as `retrieve` returns it.
        labels: The labels, as for `create_task`.
        delete: Names of labels to delete, with all annotations that have them.

    Returns:
        All labels that it has then.

    Raises:
        InvalidArgumentError: Two labels have one name, or one to delete is not there; or the task
            is in a project, whose labels count. Nothing was changed.
        ApiError: The server refused a change.
    """
    if not isinstance(cast("object", owner), models.TaskRead | models.ProjectRead):
        raise InvalidArgumentError(
            f"set_labels: owner is {owner!r}: expected a task or project, as retrieve() returns it"
        )
    if isinstance(owner, models.TaskRead) and owner.project_id is not None:
        raise InvalidArgumentError(
            f"set_labels: task {owner.id} has the labels of project {owner.project_id}: pass that, "
            "as projects.retrieve() returns it"
        )
    wanted = labels if isinstance(labels, str) else list(labels)
    changes = label_changes(await _labels(client, owner), wanted, delete)
    if changes:
        resource: Any = client.tasks if isinstance(owner, models.TaskRead) else client.projects
        await resource.partial_update(owner.id, body={"labels": changes})
    return await _labels(client, owner)


async def _labels(
    client: AsyncClient, owner: models.TaskRead | models.ProjectRead
) -> list[models.Label]:
    listed = (
        client.labels.list(task_id=owner.id)
        if isinstance(owner, models.TaskRead)
        else client.labels.list(project_id=owner.id)
    )
    return [label async for label in listed]
