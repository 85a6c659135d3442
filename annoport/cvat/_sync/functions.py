# Derived from _async/functions.py by tools/unasync.py: change that file instead.
"""Automatic annotation with a model of the server's function platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annoport.core import UNSET, Job
from annoport.cvat.function_labels import FunctionMapping, function_mapping
from annoport.cvat.references import TaskLike, id_of
from annoport.errors import InvalidArgumentError
from annoport_cvat import models

if TYPE_CHECKING:
    from annoport_cvat import Client


def run_function(
    client: Client,
    function: str | models.LambdaFunction,
    target: TaskLike | models.JobRead,
    *,
    mapping: FunctionMapping | None = None,
    threshold: float | None = None,
    max_distance: int | None = None,
    cleanup: bool = False,
    masks_to_polygons: bool = False,
) -> Job[models.FunctionCall, models.FunctionCall]:
    """Let a serverless function of CVAT annotate a task or job.

    Uses: `lambda_.retrieve_functions`, `labels.list`, `lambda_.create_requests`.

    Args:
        client: A client of CVAT.
        function: The function, or its id; `lambda_.list_functions()` lists them.
        target: The task; or one of its jobs, as `jobs.retrieve` returns it.
        mapping: Which label of the task stands for each label of the function; others do not
            count. By default those that are called the same.
        threshold: Least confidence, from 0 to 1, for a result to be kept.
        max_distance: Largest distance in pixels between the same object on two frames, for
            functions that recognise objects.
        cleanup: Delete the annotations that are there first.
        masks_to_polygons: Make polygons of masks.

    Returns:
        The job; `wait()` returns when it has annotated all frames.

    Raises:
        InvalidArgumentError: A label of the mapping is not there, or an argument does not fit;
            nothing was started.
        ConflictError: A function is running on this task already.
        ApiError: The server has no such function, or answered with another error.
    """
    if threshold is not None and not 0 <= threshold <= 1:
        raise InvalidArgumentError(
            f"run_function: threshold is {threshold!r}: expected a number from 0 to 1"
        )
    chosen = client.lambda_.retrieve_functions(function) if isinstance(function, str) else function
    task = target.task_id if isinstance(target, models.JobRead) else id_of(target, "target")
    labels = list(client.labels.list(task_id=task))
    return client.lambda_.create_requests(
        body=models.FunctionCallRequest(
            function=function if isinstance(function, str) else str(function.id),
            task=task,
            job=target.id if isinstance(target, models.JobRead) else UNSET,
            mapping=function_mapping(chosen, labels, mapping),
            threshold=UNSET if threshold is None else threshold,
            max_distance=UNSET if max_distance is None else max_distance,
            cleanup=cleanup,
            conv_mask_to_poly=masks_to_polygons,
        )
    )
