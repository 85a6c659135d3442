"""Which failures may pass by themselves, and when a failed call is sent again.

The rule that matters: a request that may have reached the server is sent again only if its
operation is repeatable. Any other request is sent again only if it certainly had no effect:

- no connection was made, so nothing was sent (`UnsentError`);
- the server refused it with 429.

A connection that breaks before the first byte of an answer is not such a case: from here, a pooled
connection that the server had closed looks the same as a server that crashed over the request. The
transport therefore never reuses a connection after a 5xx answer (some servers close it silently),
nor one that has been idle for some seconds.

stamina does the waiting. It is imported only once a first attempt has failed, and its test switches
(`stamina.set_testing`, `stamina.set_active`) apply.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import attrs

from annoport.core.errors import (
    ApiError,
    BrokenAnswerError,
    RateLimitError,
    ServerError,
    TransportError,
    UnsentError,
)
from annoport.core.http.options import ClientOptions
from annoport.core.http.response import NO_CONTENT_STATUSES, RawResponse
from annoport.core.support.backoff import pause_after

Doing: TypeAlias = Literal["call", "transfer", "poll"]
"""What failed: an ordinary call, a download or upload, or a request for the state of a job."""

_ALL: frozenset[Doing] = frozenset({"call", "transfer", "poll"})
_TRANSFER: frozenset[Doing] = frozenset({"transfer"})

TRANSIENT_STATUSES: Mapping[int, frozenset[Doing]] = MappingProxyType(
    {
        408: _TRANSFER,  # the server timed out waiting for the request
        423: _TRANSFER,  # TUS: an earlier request still holds the upload
        425: _TRANSFER,  # sent too early in a TLS session
        429: _ALL,
        500: frozenset({"transfer", "poll"}),  # an ordinary call has most likely caused it
        502: _ALL,
        503: _ALL,
        504: _ALL,
    }
)
"""Error statuses after which another attempt may succeed, and for which activities."""


def may_pass(status: int, doing: Doing) -> bool:
    """Whether another attempt may succeed after an error answer with this status."""
    return doing in TRANSIENT_STATUSES.get(status, ())


def is_transient(error: Exception, doing: Doing) -> bool:
    """Whether another attempt may succeed after this failure."""
    if isinstance(error, RateLimitError):
        return True
    if isinstance(error, ServerError):
        # Whatever ails the server that reports the state, the job itself may be unharmed.
        return doing == "poll" or may_pass(error.status, doing)
    return isinstance(error, TransportError | BrokenAnswerError)


@attrs.frozen
class Transient:
    """An error answer after which another attempt may succeed.

    Attributes:
        lost: A proxy answered in place of the server, whose own answer was lost.
    """

    lost: bool = False


@attrs.frozen
class Refused:
    """An error answer that another attempt would not change."""


def is_understood(error: ApiError) -> bool:
    """Whether the platform's rules know a 5xx answer for something else than a failing server."""
    return error.status >= 500 and not isinstance(error, ServerError)


_ANSWER_LOST = frozenset({502, 504})  # what a proxy answers when it has no answer from the server


def judge_error(status: int) -> Transient | Refused:
    """Return what an error status means for a transfer."""
    if may_pass(status, "transfer"):
        return Transient(lost=status in _ANSWER_LOST)
    return Refused()


def is_lost(error: Exception) -> bool:
    """Whether the server may have done what was asked, although its answer did not arrive."""
    if isinstance(error, ApiError):
        return error.status in _ANSWER_LOST
    if isinstance(error, UnsentError):
        return False
    return isinstance(error, TransportError | BrokenAnswerError)


class TransientAnswerError(Exception):
    """Ends one attempt of a transfer whose answer was a transient error.

    Attributes:
        error: The error that the answer reports.
    """

    def __init__(self, error: ApiError) -> None:
        super().__init__(str(error))
        self.error = error


MISHAPS = (TransportError, TransientAnswerError)
"""What may end one attempt of a transfer, and leaves hope for the next."""


def cause_of(mishap: Exception) -> Exception:
    """Return the error behind a mishap, to show and to chain."""
    return mishap.error if isinstance(mishap, TransientAnswerError) else mishap


@attrs.define
class RetryRule:
    """Decides, failure after failure, whether one call is sent again.

    Attributes:
        options: The options of the client.
        repeatable: Whether the request may be sent twice without harm.
        started: When the first attempt began, in seconds of `time.monotonic`.
    """

    options: ClientOptions
    repeatable: bool
    started: float
    _failures: int = attrs.field(default=0, init=False)

    @property
    def attempts(self) -> int:
        """How many times the request may be sent, including the first attempt."""
        return self.options.max_retries + 1

    @property
    def is_spent(self) -> bool:
        """Whether the last attempt has failed."""
        return self._failures >= self.attempts

    @property
    def next_attempt(self) -> str:
        """Which attempt comes next, for the log."""
        return f"attempt {self._failures + 1} of {self.attempts}"

    def allows(self, error: Exception) -> bool:
        """Whether the request may be sent again after `error`."""
        if self.attempts == 1 or not self._may_repeat(error):
            return False
        left = self.options.retry_cap - (time.monotonic() - self.started)
        wait = _requested_wait(error)
        return left > 0 if wait is None else wait <= left

    def __call__(self, error: Exception) -> bool | float:
        """Return the seconds to wait before the next attempt, or False if there must be none."""
        if not self.allows(error):
            return False
        self._failures += 1
        wait = _requested_wait(error)
        if wait is None:
            return pause_after(self._failures, random.random())  # noqa: S311 - no secret
        return wait

    def _may_repeat(self, error: Exception) -> bool:
        if isinstance(error, UnsentError | RateLimitError):
            return True
        return self.repeatable and is_transient(error, "call")


def _requested_wait(error: Exception) -> float | None:
    wait = error.retry_after if isinstance(error, ApiError) else None
    return None if wait is None else float(max(wait, 0.0))


def is_broken_json(raw: RawResponse) -> bool:
    """Whether the body of `raw` was meant to be JSON but is not."""
    if raw.status in NO_CONTENT_STATUSES:
        return False
    if "json" not in raw.headers.get("content-type", "").lower():
        return False
    try:
        json.loads(raw.content)
    except ValueError:
        return True
    except RecursionError:  # complete, but nested too deeply: another attempt would not help
        return False
    return False
