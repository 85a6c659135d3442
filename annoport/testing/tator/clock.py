"""The fake's own time, which a test may push forward."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time, and as much more as it was advanced."""

    def __init__(self) -> None:
        """Start with the real time."""
        self._ahead = 0.0

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._ahead += seconds

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic() + self._ahead

    def now(self) -> datetime:
        """Return the date and time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead)
