# Derived from _async/annotations.py by tools/unasync.py: change that file instead.
"""Annotations that are copied from task to task, or deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Literal

from annoport.cvat.annotation_sources import count_of
from annoport.cvat.copies import Choice, Fitted, LabelMapping, for_create, frames_by_name
from annoport.cvat.references import TaskLike, id_of
from annoport.errors import InvalidArgumentError
from annoport_cvat import models

if TYPE_CHECKING:
    from annoport_cvat import Client


def copy_annotations(
    client: Client,
    source: TaskLike,
    target: TaskLike,
    *,
    mapping: LabelMapping | None = None,
    frames: Literal["number", "name"] = "number",
    unmatched: Literal["error", "drop"] = "error",
    existing: Literal["error", "keep", "replace"] = "error",
) -> Fitted:
    """Copy the annotations of a task to another, whose labels are matched by name.

    Uses: `tasks.retrieve_annotations`, `labels.list`, `tasks.retrieve_data_meta`,
    `tasks.partial_update_annotations` or `tasks.update_annotations`.

    Args:
        client: A client of CVAT.
        source: The task that they are from.
        target: The task that they go to.
        mapping: What labels are called there, where that differs: a name, an
            `annoport.vision.LabelRule` for attributes and parts, or None to leave out a label.
        frames: Whether frames are matched by their numbers or by the names of their files.
        unmatched: "drop" leaves out what does not fit: labels, attributes or frames that the other
            task does not have.
        existing: What to do if the other task has annotations: refuse, keep them beside the new
            ones, or replace them.

    Returns:
        What was sent, and what was left out.

    Raises:
        InvalidAnnotationError: Something does not fit; nothing was copied.
        InvalidArgumentError: The other task has annotations, and `existing` is "error"; or the
            mapping names a label that it does not have.
        ApiError: The server answered with an error.
    """
    here, there = id_of(source, "source"), id_of(target, "target")
    if here == there:
        raise InvalidArgumentError(
            f"copy_annotations: source and target are both task {here}: expected two tasks"
        )
    data = client.tasks.retrieve_annotations(here)
    fitted = for_create(
        data,
        list(client.labels.list(task_id=here)),
        list(client.labels.list(task_id=there)),
        mapping=mapping,
        frames=_matched_frames(client, here, there, by_name=frames == "name"),
        unmatched=unmatched,
    )
    if existing != "keep":
        count = count_of(client.tasks.retrieve_annotations(there))
        if count and existing == "error":
            raise InvalidArgumentError(
                f"copy_annotations: task {there} has {count} annotations already: existing='keep' "
                "adds to them, existing='replace' replaces them"
            )
    if existing == "replace":
        client.tasks.update_annotations(there, body=fitted.data)
    elif count_of(fitted.data):
        body = models.PatchedLabeledDataRequest(
            tags=fitted.data.tags, shapes=fitted.data.shapes, tracks=fitted.data.tracks
        )
        client.tasks.partial_update_annotations(there, action="create", body=body)
    return fitted


def _matched_frames(client: Client, here: int, there: int, *, by_name: bool) -> Mapping[int, int]:
    ours = client.tasks.retrieve_data_meta(here)
    theirs = client.tasks.retrieve_data_meta(there)
    if by_name:
        return frames_by_name(ours.frames, theirs.frames)
    return {number: number for number in range(min(ours.size or 0, theirs.size or 0))}


def delete_annotations(
    client: Client,
    target: TaskLike | models.JobRead,
    *,
    tags: Collection[int] | None = None,
    shapes: Collection[int] | None = None,
    tracks: Collection[int] | None = None,
    labels: Collection[str] | None = None,
    source: str | None = None,
) -> int:
    """Delete those annotations of a task or job for which all that is given holds.

    At least one condition must be given, and none may be empty. Ids of annotations that are not
    there delete nothing.

    Uses: `tasks.retrieve_annotations`, `labels.list`, `tasks.partial_update_annotations`; those of
    `jobs` for a job.

    Args:
        client: A client of CVAT.
        target: The task; or one of its jobs, as `jobs.retrieve` returns it.
        tags: Ids of tags. Where ids are given, only those are deleted; tags, shapes and tracks are
            numbered apart.
        shapes: Ids of shapes.
        tracks: Ids of tracks.
        labels: Names of labels.
        source: How they were made, such as "auto" or "file".

    Returns:
        How many tags, shapes and tracks were deleted.

    Raises:
        InvalidArgumentError: Nothing says which, or there is no such label; nothing was deleted.
        ApiError: The server answered with an error.
    """
    choice = Choice.of(tags, shapes, tracks, labels, source)
    number = id_of(target, "target")
    resource = client.jobs if isinstance(target, models.JobRead) else client.tasks
    known = (
        client.labels.list(job_id=number)
        if isinstance(target, models.JobRead)
        else client.labels.list(task_id=number)
    )
    data = resource.retrieve_annotations(number)
    body = choice.body(data, list(known))
    count = count_of(body)
    if count:
        resource.partial_update_annotations(number, action="delete", body=body)
    return count
