"""The limits on how many requests may be sent."""

from __future__ import annotations

from annoport.testing.tator.answers import throttled


class Throttle:
    """Counts the requests of the last second, separately for each user and for anonymous ones."""

    def __init__(self) -> None:
        """Start with no request seen."""
        self._seen: dict[str, list[float]] = {}

    def check(self, who: str, limit: int | None, now: float) -> None:
        """Count a request at `now`; TatorError if that makes more than `limit` in a second."""
        if limit is None:
            return
        recent = [at for at in self._seen.get(who, []) if now - at < 1]
        if len(recent) >= limit:
            raise throttled()
        self._seen[who] = [*recent, now]
