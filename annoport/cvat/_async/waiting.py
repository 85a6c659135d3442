"""Wait for a job of the server, and show how it goes."""

from __future__ import annotations

from typing import Any, TypeVar

from annoport.core import AsyncJob, ProgressOption
from annoport.core.support.progress import show_progress
from annoport.errors import DecodeError

StateT = TypeVar("StateT")


async def async_finished(
    job: AsyncJob[StateT, Any] | None, progress: ProgressOption, title: str, timeout: float | None
) -> StateT:
    """Wait for a job that a request has started, and return its final state.

    Args:
        job: The job; None if the server started none.
        progress: What the caller wants to see.
        title: What the job makes.
        timeout: Seconds to wait; None for no limit.

    Raises:
        DecodeError: The server started no job.
        JobError: As raised by `wait` of the job.
    """
    if job is None:
        raise DecodeError(f"{title}: the server started no job")
    with show_progress(progress, title) as display:

        def show(job: AsyncJob[Any, Any]) -> None:
            display.waiting(f"{title}: {job.message or job.status}", job.progress)

        return await job.wait(timeout, on_progress=show)
