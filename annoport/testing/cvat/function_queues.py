"""The queues of annotation functions in the fake CVAT, which agents watch."""

from __future__ import annotations

import attrs


@attrs.define
class FunctionQueue:
    """The queue of one function.

    Attributes:
        announced: The category of each request so far, "batch" or "interactive"; appending one
            sends an event to whoever watches.
        heartbeat_seconds: Seconds of silence after which a comment is sent.
        retry_seconds: What watchers are told to wait before they connect again.
        closed: Whether connections are ended, as when a server restarts.
        watchers: Number of connections.
    """

    announced: list[str] = attrs.field(factory=list[str])
    heartbeat_seconds: float = 15.0
    retry_seconds: float = 3.0
    closed: bool = False
    watchers: int = 0
