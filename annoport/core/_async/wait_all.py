"""Waiting for several jobs at once."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar, overload

from annoport.core._async.job import AsyncJob
from annoport.core.errors import AnnoportError
from annoport.core.support.concurrency import async_sleep

S = TypeVar("S")


@overload
async def async_wait_all(
    jobs: Iterable[AsyncJob[S]],
    timeout: float | None = None,
    *,
    on_progress: Callable[[AsyncJob[S]], object] | None = None,
    on_question: Callable[[Any], Any] | None = None,
    return_exceptions: Literal[False] = False,
) -> list[S]: ...
@overload
async def async_wait_all(
    jobs: Iterable[AsyncJob[S]],
    timeout: float | None = None,
    *,
    on_progress: Callable[[AsyncJob[S]], object] | None = None,
    on_question: Callable[[Any], Any] | None = None,
    return_exceptions: Literal[True],
) -> list[S | AnnoportError]: ...
async def async_wait_all(
    jobs: Iterable[AsyncJob[S]],
    timeout: float | None = None,
    *,
    on_progress: Callable[[AsyncJob[S]], object] | None = None,
    on_question: Callable[[Any], Any] | None = None,
    return_exceptions: bool = False,
) -> list[S] | list[S | AnnoportError]:
    """Wait until all jobs have ended; gives their final states in the order of `jobs`.

    They are asked in turn, each when it is due. A job that fails does not end the wait for the
    others.

    timeout: seconds for all. on_progress: called with a job after each change of it.
    on_question: as for `Job.wait`. return_exceptions: put the error of a job in its place.

    Raises ExceptionGroup with the errors of all jobs that brought no result, unless
    `return_exceptions`.
    """
    waited = list(jobs)
    watches = [job.watch(timeout) for job in waited]
    ended: dict[int, S | AnnoportError] = {}
    due = [(watch.begun, index) for index, watch in enumerate(watches)]
    while due:
        moment, index = heapq.heappop(due)
        await async_sleep(max(0.0, moment - time.monotonic()))
        job = waited[index]
        try:
            delay = await job.advance(watches[index], on_progress, on_question)
            if delay is None:
                ended[index] = job.final_state()
            else:
                heapq.heappush(due, (time.monotonic() + delay, index))
        except AnnoportError as error:
            ended[index] = error
    results = [ended[index] for index in range(len(waited))]
    if return_exceptions:
        return results
    errors = [result for result in results if isinstance(result, AnnoportError)]
    if errors:
        raise ExceptionGroup(f"{len(errors)} of {len(results)} jobs brought no result", errors)
    return [result for result in results if not isinstance(result, AnnoportError)]
