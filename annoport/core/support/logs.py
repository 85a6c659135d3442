"""The loggers of annoport, and what keeps one retry from being logged twice.

At DEBUG they tell every request; at INFO what is tried again or resumed and what becomes of jobs;
at WARNING what could not be checked. No line holds a secret.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
from collections.abc import Generator

REQUESTS = logging.getLogger("annoport.requests")
JOBS = logging.getLogger("annoport.jobs")
TRANSFERS = logging.getLogger("annoport.transfers")
BATCHES = logging.getLogger("annoport.batches")
EVENTS = logging.getLogger("annoport.events")
FUNCTIONS = logging.getLogger("annoport.functions")

_told_by_us = contextvars.ContextVar("annoport_tells_retries", default=False)


@contextlib.contextmanager
def telling_retries() -> Generator[None]:
    """Keep stamina from logging the retries within: they are logged here, with their reasons."""
    before = _told_by_us.set(True)
    try:
        yield
    finally:
        _told_by_us.reset(before)


def _is_not_told_by_us(record: logging.LogRecord) -> bool:
    del record
    return not _told_by_us.get()


logging.getLogger("stamina").addFilter(_is_not_told_by_us)
