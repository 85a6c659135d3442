"""What the answers about a server job mean, and when to ask again; without input or output.

The async and the sync `Job` ask the server, and pass every answer or error to a `JobWatch`, which
decides what to do next.
"""

from __future__ import annotations

import datetime
import random
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, cast

import attrs

from annoport.core import messages
from annoport.core.contract.extensions import JobKind, JobSteps
from annoport.core.contract.operation import Parameter
from annoport.core.errors import (
    AnnoportError,
    NotFoundError,
    TimeoutError,  # noqa: A004 (a builtin TimeoutError too)
    UnknownJobStatusWarning,
    UnsentError,
)
from annoport.core.http.retry import is_transient
from annoport.core.support.backoff import LONGEST_REQUESTED_PAUSE
from annoport.core.support.call_site import stacklevel
from annoport.core.values.models import UNSET
from annoport.core.values.pointers import resolve
from annoport.core.values.type_guards import is_list, is_mapping

Phase: TypeAlias = Literal["pending", "running", "asking", "done", "failed", "cancelled", "unknown"]

FIRST_DELAY = 0.1
LONGEST_DELAY = 10.0
REREAD_DELAY = 0.2
ANSWER_PATIENCE = 10.0
"""Seconds for which a job may keep asking a question that has just been answered."""

TRANSIENT_PATIENCE = 300.0
"""Seconds of nothing but transient errors after which a wait without a deadline gives up."""

_FIRST_READ = 5.0
_SHORTEST_READ = 1.0
_READ_SHARE = 0.5  # of the time that is left

_GROWTH = 0.1  # the next delay is this fraction of the time waited so far
_JITTER = 0.15


@attrs.frozen
class PollAgain:
    """Ask again after `delay` seconds."""

    delay: float


@attrs.frozen
class Done:
    """The job has finished, and its result is available."""


@attrs.frozen
class Failed:
    """The job has failed.

    Attributes:
        reason: Why, in one line.
        errors: All errors that the server listed.
    """

    reason: str
    errors: tuple[str, ...] = ()


@attrs.frozen
class Cancelled:
    """The job was cancelled."""


@attrs.frozen
class NeedsInput:
    """The job waits for an answer to `question`, which is as the server sent it."""

    question: object


@attrs.frozen
class Gone:
    """The server does not know the job, or no longer knows it; `reason` says why that may be."""

    reason: str


@attrs.frozen
class Overdue:
    """The deadline has passed, and the job has not finished as far as is known.

    Attributes:
        silence: Seconds since the server's last answer about the job; None if there was none in
            this wait.
        cause: Why the last request brought none; None if it brought one.
    """

    silence: float | None = None
    cause: AnnoportError | None = None


Step: TypeAlias = PollAgain | Done | Failed | Cancelled | NeedsInput | Gone | Overdue


@attrs.frozen(kw_only=True)
class Reading:
    """One answer about a job.

    Attributes:
        phase: What the status means.
        status: The status as the server sent it.
        progress: Progress in 0..1; None if the server does not say.
        message: The server's message about the job, if any.
        errors: The errors that the server listed.
        question: What the job asks, as the server sent it; None if it asks nothing.
    """

    phase: Phase
    status: str
    progress: float | None = None
    message: str | None = None
    errors: tuple[str, ...] = ()
    question: object = None


def look_up(document: object, pointer: str) -> object:
    """Return what a JSON Pointer (RFC 6901) points to; None if there is nothing."""
    found = resolve(document, pointer)
    return None if found is UNSET else found


def read_answer(kind: JobKind, document: object) -> Reading:
    """Return what an answer of the poll operation says.

    Args:
        kind: Where the answer says what.
        document: The parsed JSON body of the answer.
    """
    status = _text(look_up(document, kind.status)) or ""
    phase = _phase(kind, status)
    errors = as_errors(look_up(document, kind.errors)) if kind.errors is not None else ()
    if phase == "failed" and kind.steps is not None:
        errors += tuple(_failed_steps(kind, kind.steps, look_up(document, kind.steps.at)))
    return Reading(
        phase=phase,
        status=status,
        progress=1.0 if phase == "done" else _progress(kind, document),
        message=_text(look_up(document, kind.message)) if kind.message is not None else None,
        errors=errors,
        question=look_up(document, kind.question) if kind.question is not None else None,
    )


def _failed_steps(kind: JobKind, rules: JobSteps, steps: object) -> Iterator[str]:
    """Yield which steps failed, without those that hold a step that failed."""
    failed = [
        step
        for step in (steps if is_list(steps) else ())
        if is_mapping(step) and _phase(kind, _text(step.get(rules.status)) or "") == "failed"
    ]
    ids = [step.get(rules.id) for step in failed]
    for step in failed:
        children = step.get(rules.children)
        if not any(child in ids for child in (children if is_list(children) else ())):
            yield f"step {step.get(rules.name)!r}: {step[rules.status]}"


def as_errors(found: object) -> tuple[str, ...]:
    """Return the errors of a job as texts, whether the server sent a list or a single error."""
    listed = cast("list[object]", found) if isinstance(found, list) else [found]
    return tuple(text for error in listed if (text := _text(error)))


def describe_failure(reading: Reading) -> str:
    """Return in one line why a job failed: the server's message, and its first and last error.

    In a list of reports the first one matters, in lines that belong together the last; so both are
    shown. Of a traceback the exception and the last frame are, and nothing is told twice.
    """
    errors: tuple[str, ...] = reading.errors
    whole = "\n".join(line.rstrip("\n") for line in errors)
    if messages.is_traceback(whole):
        errors = (whole,)
    shown = list(dict.fromkeys(map(messages.report, errors)))
    if shown[1:-1]:
        shown = [shown[0], f"({len(shown) - 2} more)", shown[-1]]
    message = messages.report(reading.message or "")
    if any(message in one for one in shown):
        message = ""
    told = [one for one in (message, *(one for one in shown if one not in message)) if one]
    return "; ".join(told) or f"the server gave no reason (status {reading.status!r})"


def why_gone(kind: JobKind, job_id: int | str, status: str | None) -> str:
    """Return why a server may not know a job that this client did not cancel.

    Args:
        kind: What is known about such jobs.
        job_id: The server's id of the job.
        status: The status that the server last reported, in its words; None if it reported none.
    """
    kept = _how_long_kept(kind, job_id)
    if status is None:
        ended = f"was removed or cancelled, or ended longer ago than it is kept{kept}"
        return f"the server does not know it: it never existed, {ended}"
    cancellable = kind.cancel is not None and (
        not kind.cancel.states or status in kind.cancel.states
    )
    cancelled = "; this client did not cancel it, but others may have" if cancellable else ""
    return (
        f"the server no longer knows it: since it was seen as {status!r} it has ended and is no "
        f"longer kept{kept}, or was removed{cancelled}; look whether its result is there"
    )


def _how_long_kept(kind: JobKind, job_id: int | str) -> str:
    for retention in kind.retention:
        if re.search(retention.id, str(job_id)):
            failed = retention.failed
            also = "" if failed is None else f", a failed one for {lasting(failed)}"
            return f" (a finished one for {lasting(retention.done)}{also})"
    return ""


def lasting(seconds: float) -> str:
    """Return a length of time in the largest unit that gives a whole number above 1, or seconds."""
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds % length == 0 and (seconds > length or (unit == "h" and seconds == length)):
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"


@attrs.define(kw_only=True)
class JobWatch:
    """Watches one job during one wait: takes answers and errors, and decides what to do next.

    All times are in seconds, on one monotonic clock.

    Attributes:
        kind: What the answers mean.
        begun: When the wait began.
        created: When the job was created, if this process created it; for `kind.grace`.
        deadline: When the wait must end; None waits without limit.
        cancelled: Whether we asked the server to cancel the job.
        job_id: The server's id of the job.
        status: The status that the server last reported, in its words; None if it reported none.
        jitter: Returns random numbers in 0..1.
    """

    kind: JobKind
    begun: float
    created: float | None = None
    deadline: float | None = None
    cancelled: bool = False
    job_id: int | str = ""
    status: str | None = None
    jitter: Callable[[], float] = random.random
    _seen: bool = attrs.field(default=False, init=False)
    _missing: int = attrs.field(default=0, init=False)
    _reread: bool = attrs.field(default=False, init=False)
    _trouble: AnnoportError | None = attrs.field(default=None, init=False)
    _trouble_since: float | None = attrs.field(default=None, init=False)
    _heard: float | None = attrs.field(default=None, init=False)
    _patience: float = attrs.field(default=_FIRST_READ, init=False)
    _stirred: float | None = attrs.field(default=None, init=False)

    def read_limit(self, now: float) -> float:
        """Return the seconds to wait for the next answer.

        A lost answer must not use up the wait: the state is soon asked for again. A server that
        does need longer is given more time after each attempt.
        """
        if self.deadline is None:
            return self._patience
        share = max(_SHORTEST_READ, _READ_SHARE * (self.deadline - now))
        return min(self._patience, share)

    def answered(self, reading: Reading, now: float) -> Step:
        """Return what to do after an answer that arrived at `now`."""
        self._seen, self._missing, self.status = True, 0, reading.status
        self._trouble, self._trouble_since, self._heard = None, None, now
        phase = reading.phase
        if phase == "done":
            return Done()
        if phase == "cancelled":
            return Cancelled()
        if phase == "asking":
            return NeedsInput(reading.question)
        if phase == "failed":
            return self._failed(reading)
        self._reread = False
        return self._again(now)

    def slow_start(self, reading: Reading, now: float) -> str | None:
        """Return what to tell of a job that nothing has begun to run for long, else None."""
        since = self.begun if self.created is None else self.created
        if reading.phase != "pending" or now - since < self.kind.slow_start:
            return None
        why = f" {self.kind.slow_start_help}" if self.kind.slow_start_help else ""
        return (
            f"has waited for {now - since:.0f} s to be started (status {reading.status!r}), and "
            f"waits on: the server may be busy, or have nothing that runs such jobs.{why}"
        )

    def erred(self, error: AnnoportError, now: float) -> Step:
        """Return what to do after an error that came instead of an answer.

        Raises:
            AnnoportError: The error itself, if asking again cannot help.
        """
        self._trouble = error
        if isinstance(error, NotFoundError):
            return self._not_found(now)
        if not is_transient(error, "poll"):
            raise error
        if isinstance(error, TimeoutError) and not isinstance(error, UnsentError):
            self._patience *= 2
        if self._trouble_since is None:
            self._trouble_since = now
        if self.deadline is None and now - self._trouble_since > TRANSIENT_PATIENCE:
            raise error
        return self._again(now, at_least=getattr(error, "retry_after", None) or 0.0)

    def stirred(self, now: float) -> PollAgain | Overdue:
        """Return what to do after an action on the job: ask at short intervals again."""
        self._stirred = now
        return self._again(now)

    def _failed(self, reading: Reading) -> Step:
        if self.cancelled:
            return Cancelled()
        if self.kind.reread_failure and not self._reread:
            self._reread = True
            return PollAgain(REREAD_DELAY)
        return Failed(describe_failure(reading), reading.errors)

    def _not_found(self, now: float) -> Step:
        if self.cancelled:
            return Cancelled()
        if self.created is not None and not self._seen and now - self.created < self.kind.grace:
            return self._again(now)
        self._missing += 1
        if self._missing < self.kind.gone_after:
            return self._again(now)
        return Gone(why_gone(self.kind, self.job_id, self.status))

    def _again(self, now: float, at_least: float = 0.0) -> PollAgain | Overdue:
        """Ask again after a delay that grows with the wait, and a last time at the deadline."""
        if self.deadline is not None and now >= self.deadline:
            silence = None if self._heard is None else now - self._heard
            return Overdue(silence, self._trouble)
        since = self.begun if self._stirred is None else self._stirred
        delay = min(LONGEST_DELAY, _GROWTH * (now - since)) * (1 - _JITTER * self.jitter())
        delay = max(FIRST_DELAY, delay, min(at_least, LONGEST_REQUESTED_PAUSE))
        if self.deadline is not None:
            delay = min(delay, self.deadline - now)
        return PollAgain(delay)


@attrs.define
class Stagger:
    """Spreads the polls of several jobs evenly, where many of them fall due together.

    Attributes:
        free: Before this moment there is no next poll.
    """

    free: float = float("-inf")

    def moment(self, due: float, watch: JobWatch) -> float:
        """Return when to poll a job that falls due at `due`; never after its wait has ended."""
        moment = max(due, self.free)
        return moment if watch.deadline is None else max(due, min(moment, watch.deadline))

    def polled(self, moment: float, delay: float, jobs: int) -> None:
        """Let a part of a job's delay pass before the next poll.

        Args:
            moment: When the job was polled.
            delay: Seconds until that job is polled again, or those since its poll before.
            jobs: How many jobs are waited for.
        """
        self.free = moment + delay / jobs


def utc_now() -> datetime.datetime:
    """Return the current time, to note when a job was created."""
    return datetime.datetime.now(datetime.UTC)


def typed_id(parameter: Parameter, given: int | str) -> int | str:
    """Return an id as a parameter takes it: a number that came as text as a number."""
    if parameter.integer and isinstance(given, str) and given.isascii() and given.isdecimal():
        return int(given)
    return given


def warn_unknown(kind_name: str, job_id: object, status: str) -> None:
    """Warn that the server named a status that the extensions do not list."""
    warnings.warn(
        f"job {job_id} ({kind_name}) has the unknown status {status!r}; it is treated as running: "
        "if it is final, update annoport",
        UnknownJobStatusWarning,
        stacklevel(),
    )


def _phase(kind: JobKind, status: str) -> Phase:
    states = kind.states
    named: tuple[tuple[Phase, tuple[str, ...]], ...] = (
        ("pending", states.pending),
        ("running", states.running),
        ("asking", states.asking),
        ("done", states.done),
        ("failed", states.failed),
        ("cancelled", states.cancelled),
    )
    for phase, values in named:
        if status in values or (kind.ignore_case and _folded(status) in map(_folded, values)):
            return phase
    return "unknown"


def _folded(text: str) -> str:
    return text.casefold()


def _progress(kind: JobKind, document: object) -> float | None:
    if kind.progress is None:
        return None
    value = look_up(document, kind.progress.at)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return min(1.0, max(0.0, value / kind.progress.full))


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value)
