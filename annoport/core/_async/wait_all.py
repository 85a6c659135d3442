"""Wait for several jobs at once."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar, overload

from annoport.core._async.job import AsyncJob
from annoport.core.errors import AnnoportError
from annoport.core.jobs.polling import FIRST_DELAY, Stagger
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
    """Wait until all jobs have ended, and return their final states in the order of `jobs`.

    If one of the jobs fails, the wait for the others continues. The jobs are asked for in turns,
    never many at a moment.

    Args:
        jobs: Jobs of one or several clients.
        timeout: Seconds to wait for all of them; None for no limit.
        on_progress: Called with a job after each change of that job.
        on_question: Called with what a job asks; returns the body of the answer, or None to
            leave the question open.
        return_exceptions: Put the error of a failed job in its place instead of raising.

    Raises:
        ExceptionGroup: The errors of all jobs without a result, if not `return_exceptions`.
    """
    waited = list(jobs)
    watches = [job.watch(timeout) for job in waited]
    ended: dict[int, S | AnnoportError] = {}
    stagger = Stagger()
    due = [(watch.begun, index, FIRST_DELAY) for index, watch in enumerate(watches)]
    while due:
        moment, index, since = heapq.heappop(due)
        job, watch = waited[index], watches[index]
        moment = stagger.moment(moment, watch)
        stagger.polled(moment, since, len(due) + 1)
        await async_sleep(max(0.0, moment - time.monotonic()))
        try:
            delay = await job.advance(watch, on_progress, on_question)
            if delay is None:
                ended[index] = job.final_state()
            else:
                heapq.heappush(due, (time.monotonic() + delay, index, delay))
        except AnnoportError as error:
            ended[index] = error
    results = [ended[index] for index in range(len(waited))]
    if return_exceptions:
        return results
    errors = [result for result in results if isinstance(result, AnnoportError)]
    if errors:
        raise ExceptionGroup(f"{len(errors)} of {len(results)} jobs have no result", errors)
    return [result for result in results if not isinstance(result, AnnoportError)]
