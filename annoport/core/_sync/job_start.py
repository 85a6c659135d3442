# Derived from _async/job_start.py by tools/unasync.py: change that file instead.
"""Create jobs: from requests that start them, and from tokens of other processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import attrs

from annoport.core._sync.job import Job
from annoport.core.codec import json as codec
from annoport.core.contract.extensions import JobLookup, JobStart
from annoport.core.contract.operation import Operation
from annoport.core.errors import (
    AnnoportError,
    ApiError,
    DecodeError,
    InvalidArgumentError,
    JobRefusedError,
    JobTokenError,
    NotFoundError,
)
from annoport.core.http.response import Response
from annoport.core.http.retry import is_lost, is_transient
from annoport.core.jobs import lookup as lookups
from annoport.core.jobs import places
from annoport.core.jobs.places import Place
from annoport.core.jobs.polling import as_errors, look_up, utc_now
from annoport.core.jobs.storages import stored_in
from annoport.core.jobs.tokens import is_token, read_token
from annoport.core.support.backoff import Patience
from annoport.core.support.concurrency import sleep
from annoport.core.support.logs import JOBS
from annoport.core.values.models import UNSET

if TYPE_CHECKING:
    import datetime

    from annoport.core._sync.caller import Caller

_FOUND = "job %s (%s): found after its answer was lost: %s"
_SHOWN_ERRORS = 5


@attrs.frozen
class _Start:
    """A response that names jobs; `place` returns where they are."""

    client: Caller
    operation: Operation[Any]
    rules: JobStart
    answer: Response[Any]
    document: object
    stored_in: str | None
    place: Callable[[object], Place]

    def job(self, job_id: object) -> Job[Any] | None:
        """Return the job with that id; raise if the server refused to start one."""
        rules = self.rules
        if rules.refused is not None and job_id == rules.refused:
            errors = self._errors()
            if rules.optional and not errors:
                return None  # nothing to do, such as after a dry run that found no fault
            raise self._refusal(errors)
        if not isinstance(job_id, int | str) or isinstance(job_id, bool):
            raise DecodeError(
                f"{self.operation.id}: the answer names no job: expected its id at {rules.id!r}, "
                f"found {job_id!r}; look for it on the server before you start another"
            )
        JOBS.info("job %s (%s): started by %s", job_id, rules.kind, self.operation.id)
        return Job(
            self.client,
            rules.kind,
            job_id,
            started=self.answer.value,
            created=utc_now(),
            stored_in=self.stored_in,
            within=self.place(self.document),
        )

    def _errors(self) -> tuple[str, ...]:
        pointer = self.rules.errors
        return () if pointer is None else as_errors(look_up(self.document, pointer))

    def _refusal(self, errors: tuple[str, ...]) -> JobRefusedError:
        reason = "; ".join(errors[:_SHOWN_ERRORS]) or "it gave no reason"
        return JobRefusedError(
            f"the server refused to start a job ({self.rules.kind}): {reason}",
            kind=self.rules.kind,
            errors=errors,
        )


def find(
    client: Caller, job: int | str, kind: str | None, within: Mapping[str, Any] | None = None
) -> Job[Any]:
    """Return the job that a token or a server's id names; see `job` of the client."""
    if isinstance(job, str) and is_token(job):
        found = from_token(client, job)
        if kind not in (None, found.kind):
            raise InvalidArgumentError(
                f"kind is {kind!r}, but the token is for kind={found.kind!r}"
            )
        return found
    _refuse_no_id(job)
    kinds = client.job_kinds()
    if kind is None and len(kinds) == 1:
        [kind] = kinds
    if kind not in kinds:
        title, known = client.platform.title, " or ".join(f"kind={name!r}" for name in kinds)
        raise InvalidArgumentError(
            f"{title} has no kind of job that is called {kind!r}: pass {known}"
            if kind is not None
            else f"{title} has several kinds of job, and job {job!r} may be of any: pass {known}"
        )
    rules = client.job_kind(kind)
    job_id = places.typed(client.operation(rules.poll), rules, job)
    return Job(client, kind, job_id, within=places.checked(rules, kind, within))


def _refuse_no_id(job: object) -> None:
    if isinstance(job, bool) or not isinstance(job, int | str) or job == "":
        raise InvalidArgumentError(
            f"job is {job!r}: expected the server's id of a job, or a token from to_token()"
        )


def from_token(client: Caller, token: str) -> Job[Any]:
    """Return the job that a token describes; nothing is sent.

    Raises:
        JobTokenError: The token is damaged, or belongs to another platform or server.
    """
    known = read_token(token, client.platform, client.base)
    try:
        client.job_kind(known.kind)
    except KeyError:
        raise JobTokenError(
            f"the token is for a job of kind {known.kind!r}, which this version of the client "
            "does not know: use the version that made the token"
        ) from None
    if known.within.keys() != client.job_kind(known.kind).within.keys():
        raise JobTokenError(
            f"the token does not say all that this version of the client needs to find a job of "
            f"kind {known.kind!r}: use the version that made the token"
        )
    return Job(
        client,
        known.kind,
        known.id,
        created=known.created,
        stored_in=known.stored_in,
        within=known.within,
    )


def start(
    client: Caller, operation: Operation[Any], arguments: Mapping[str, Any], body: Any = UNSET
) -> Any:
    """Send a request that starts a job; see `start_job` of the client."""
    rules = operation.job
    if rules is None:
        raise InvalidArgumentError(f"{operation.id} starts no job: use client.call()")
    goes_to = stored_in(rules, operation, arguments)
    request = _Request(client, operation, rules, arguments, body, goes_to)
    try:
        response = client.call(operation, arguments, body=body)
    except AnnoportError as error:
        job = request.find_job(error) if is_lost(error) else request.running(error)
        if job is None:
            raise
        return job
    if response.status not in rules.statuses:
        return response.value
    document = codec.load(response.content, operation.id) if response.content else None
    found = look_up(document, rules.id)
    if found is None and rules.optional:
        return response.value if response.content else None
    begun = _Start(client, operation, rules, response, document, goes_to, request.place)
    if rules.many and isinstance(found, list):
        return [begun.job(one) for one in cast("list[object]", found)]
    return begun.job(found)


@attrs.frozen
class _Request:
    """A request that starts a job, and whose answer may be lost."""

    client: Caller
    operation: Operation[Any]
    rules: JobStart
    arguments: Mapping[str, Any]
    body: Any
    stored_in: str | None
    sent: float = attrs.field(factory=time.monotonic, init=False)
    created: datetime.datetime = attrs.field(factory=utc_now, init=False)

    def place(self, document: object) -> Place:
        """Return where the job is that an answer names."""
        kind = self.client.job_kind(self.rules.kind)
        return places.place(kind, self.rules, self.operation, self.arguments, document)

    def running(self, error: AnnoportError) -> Job[Any] | None:
        """Return the job that the server names instead of starting another, if it does."""
        rules = self.rules
        if not isinstance(error, ApiError) or error.status not in rules.join_statuses:
            return None
        running = look_up(error.body, rules.id)
        if not isinstance(running, int | str) or isinstance(running, bool):
            return None
        JOBS.info("job %s (%s): joined, for it is running already", running, rules.kind)
        within = self.place(error.body)
        return Job(self.client, rules.kind, running, joined=True, within=within)

    def find_job(self, lost: AnnoportError) -> Job[Any] | None:
        """Return the job, found by its id; if there is none, let `lost` say where to look."""
        lookup, expected = self.rules.lookup, None
        try:
            expected = None if lookup is None else self._job_id(lookup)
            if lookup is not None and expected is not None and self._exists(lookup, expected):
                JOBS.info(_FOUND, expected, self.rules.kind, lost)
                return Job(
                    self.client,
                    self.rules.kind,
                    expected,
                    created=self.created,
                    stored_in=self.stored_in,
                    within=self.place(None),
                )
        except AnnoportError as error:
            lost.add_note(f"the job could not be looked up: {error}")
        if lost.may_be_done:
            kind = self.client.job_kind(self.rules.kind)
            lost.doubt(lookups.where_to_look(kind, expected))
        return None

    def _job_id(self, lookup: JobLookup) -> str | None:
        user = self.client.account_id() if lookups.needs_user(lookup) else None
        return lookups.job_id(lookup, self.operation, self.arguments, self.body, user)

    def _exists(self, lookup: JobLookup, expected: str) -> bool:
        """Whether the server has the job; it is asked several times, because that may take it."""
        client = self.client.with_options(max_retries=0)
        kind = client.job_kind(self.rules.kind)
        poll = client.operation(kind.poll)
        arguments = places.arguments(poll, kind, expected, self.place(None))
        patience = Patience(attempts=lookups.ATTEMPTS - 1)
        while True:
            try:
                answer = client.call(poll, arguments)
            except AnnoportError as error:
                if not isinstance(error, NotFoundError) and not is_transient(error, "poll"):
                    raise
            else:
                document = codec.load(answer.content, poll.id)
                elapsed = time.monotonic() - self.sent
                if lookups.is_started_by(lookup, document, answer.headers, elapsed):
                    return True
            pause = patience.pause()
            if pause is None:
                return False
            sleep(pause)
