"""When a failed request is sent again, and after how long.

The rule that matters: a request that may have reached the server is sent again only if its
operation is repeatable. Everything else is sent again only when it certainly did nothing:

- no connection was made, so that nothing was sent (`UnsentError`);
- the server refused it with 429.

A connection that breaks before the first byte of an answer is not such a case: a pooled connection
that the server had closed, and a server that crashed over the request, look the same from here.
The transport therefore never reuses a connection after a 5xx answer (some servers close it without
saying so) nor one that has been idle for some seconds.

stamina does the waiting. It is imported when a first attempt has failed, not before, and its test
switches (`stamina.set_testing`, `stamina.set_active`) apply.
"""

from __future__ import annotations

import json
import time

import attrs

from annoport.core.errors import (
    ApiError,
    BrokenAnswerError,
    RateLimitError,
    ServerError,
    TransportError,
    UnsentError,
)
from annoport.core.options import ClientOptions
from annoport.core.response import RawResponse

FIRST_WAIT = 0.2
LONGEST_WAIT = 10.0
JITTER = 0.4

_TRANSIENT_STATUSES = frozenset({502, 503, 504})


@attrs.frozen
class RetryRule:
    """Decides for one call, failure after failure.

    repeatable: the request may be sent twice without harm.
    started: when the first attempt began, in seconds of `time.monotonic`.
    """

    options: ClientOptions
    repeatable: bool
    started: float

    @property
    def attempts(self) -> int:
        """How often the request may be sent in all."""
        return self.options.max_retries + 1

    def __call__(self, error: Exception) -> bool | float:
        """Whether to try again after `error`; a number is how many seconds to wait before."""
        if self.attempts == 1 or not self._may_repeat(error):
            return False
        left = self.options.retry_cap - (time.monotonic() - self.started)
        wait = error.retry_after if isinstance(error, ApiError) else None
        if wait is None:
            return left > 0
        return float(max(wait, 0.0)) if wait <= left else False

    def _may_repeat(self, error: Exception) -> bool:
        if isinstance(error, UnsentError | RateLimitError):
            return True
        return self.repeatable and _is_transient(error)


def is_broken_json(raw: RawResponse) -> bool:
    """Whether the body of `raw` was meant to be JSON, and is none."""
    if "json" not in raw.headers.get("content-type", "").lower():
        return False
    try:
        json.loads(raw.content)
    except ValueError:
        return True
    except RecursionError:  # whole, but too deep: it will not be better next time
        return False
    return False


def _is_transient(error: Exception) -> bool:
    if isinstance(error, ApiError):
        return isinstance(error, ServerError) and error.status in _TRANSIENT_STATUSES
    return isinstance(error, TransportError | BrokenAnswerError)
