# Derived from _async/retrying.py by tools/unasync.py: change that file instead.
"""Trying again what failed for the moment."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from annoport.core.errors import AnnoportError
from annoport.core.http.retry import RetryRule

T = TypeVar("T")

# stamina reports each retry on its own logger. Whoever configures logging sees that; without
# this handler it would be printed to the terminal of everybody else.
logging.getLogger("stamina").addHandler(logging.NullHandler())


def repeat(attempt: Callable[[], T], rule: RetryRule) -> T:
    """Return the result of the first attempt that succeeds, as often as `rule` allows.

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

    for trial in stamina.retry_context(
        on=rule,
        attempts=rule.attempts,
        timeout=None,  # the rule keeps the cap, which holds for the server's waits too
    ):
        with trial:
            if trial.num == 1:
                raise failure
            return attempt()
    raise failure
