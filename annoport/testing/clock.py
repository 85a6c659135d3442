"""The clock that moves the jobs of a fake, and its logins and presigned URLs, forward."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The real time plus the seconds by which a test has advanced it."""

    def __init__(self) -> None:
        """Start with the real time."""
        self._ahead = 0.0

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._ahead += seconds

    def monotonic(self) -> float:
        """Return the time in seconds since an arbitrary moment."""
        return time.monotonic() + self._ahead

    def now(self) -> datetime:
        """Return the date and time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead)
