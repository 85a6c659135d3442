# Derived from _async/retrying.py by tools/unasync.py: change that file instead.
"""Retry what failed temporarily."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from annoport.core.errors import AnnoportError
from annoport.core.http.retry import RetryRule
from annoport.core.support.logs import REQUESTS, telling_retries

T = TypeVar("T")


def repeat(attempt: Callable[[], T], rule: RetryRule) -> T:
    """Attempt something as often as `rule` allows, and return the first result.

    Raises:
        AnnoportError: The last failure.
    """
    try:
        return attempt()
    except AnnoportError as error:
        if not rule.allows(error):
            raise
        failure = error
    import stamina  # costs more than a request, and most requests succeed at once

    def decide(error: Exception) -> bool | float:
        wait = rule(error)
        if wait is not False and not rule.is_spent:
            REQUESTS.info("trying again in %.1f s (%s): %s", wait, rule.next_attempt, error)
        return wait

    with telling_retries():
        for trial in stamina.retry_context(
            on=decide,
            attempts=rule.attempts,
            timeout=None,  # the rule has the cap, which also covers pauses the server asks for
        ):
            with trial:
                if trial.num == 1:
                    raise failure
                return attempt()
    raise failure
