# Derived from _async/job_start.py by tools/unasync.py: change that file instead.
"""Create jobs: from requests that start them, and from tokens of other processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import attrs

from annoport.core._sync.job import Job
from annoport.core.codec import json as codec
from annoport.core.contract.extensions import JobStart
from annoport.core.contract.operation import Operation
from annoport.core.errors import (
    ApiError,
    DecodeError,
    InvalidArgumentError,
    JobRefusedError,
    JobTokenError,
)
from annoport.core.http.response import Response
from annoport.core.jobs.polling import as_errors, look_up, utc_now
from annoport.core.jobs.tokens import read_token
from annoport.core.values.models import UNSET

if TYPE_CHECKING:
    from annoport.core._sync.caller import Caller

_SHOWN_ERRORS = 5


@attrs.frozen
class _Start:
    """A response that names jobs."""

    client: Caller
    rules: JobStart
    answer: Response[Any]
    document: object

    def job(self, job_id: object) -> Job[Any]:
        """Return the job with that id, or raise if the id says that there is none."""
        rules = self.rules
        if rules.refused is not None and job_id == rules.refused:
            raise self._refusal()
        if not isinstance(job_id, int | str) or isinstance(job_id, bool):
            raise DecodeError(f"the response names no job: found {job_id!r} at {rules.id!r}")
        return Job(self.client, rules.kind, job_id, started=self.answer.value, created=utc_now())

    def _refusal(self) -> JobRefusedError:
        pointer = self.rules.errors
        errors = () if pointer is None else as_errors(look_up(self.document, pointer))
        reason = "; ".join(errors[:_SHOWN_ERRORS]) or "it gave no reason"
        return JobRefusedError(
            f"the server refused to start a job ({self.rules.kind}): {reason}",
            kind=self.rules.kind,
            errors=errors,
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
    return Job(client, known.kind, known.id, created=known.created)


def start(
    client: Caller, operation: Operation[Any], arguments: Mapping[str, Any], body: Any = UNSET
) -> Any:
    """Send a request that starts a job; see `start_job` of the client."""
    rules = operation.job
    if rules is None:
        raise InvalidArgumentError(f"{operation.id} starts no job: use client.call()")
    try:
        response = client.call(operation, arguments, body=body)
    except ApiError as error:
        running = look_up(error.body, rules.id) if error.status in rules.join_statuses else None
        if not isinstance(running, int | str) or isinstance(running, bool):
            raise
        joined: Job[Any] = Job(client, rules.kind, running, joined=True)
        return joined
    if response.status not in rules.statuses:
        return response.value
    document = codec.load(response.content, operation.id) if response.content else None
    begun = _Start(client, rules, response, document)
    found = look_up(document, rules.id)
    if found is None and rules.optional:
        return response.value if response.content else None
    if rules.many and isinstance(found, list):
        return [begun.job(one) for one in cast("list[object]", found)]
    return begun.job(found)
