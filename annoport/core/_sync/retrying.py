# Derived from _async/retrying.py by tools/unasync.py: change that file instead.
"""Retry what failed temporarily."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from annoport.core.errors import AnnoportError
from annoport.core.http.retry import RetryRule

T = TypeVar("T")

# stamina reports each retry on its own logger. Without this handler, programs that do not
# configure logging would get the reports on their terminal.
logging.getLogger("stamina").addHandler(logging.NullHandler())


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

    for trial in stamina.retry_context(
        on=rule,
        attempts=rule.attempts,
        timeout=None,  # the rule has the cap, which also covers pauses that the server asks for
    ):
        with trial:
            if trial.num == 1:
                raise failure
            return attempt()
    raise failure
