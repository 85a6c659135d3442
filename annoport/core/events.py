"""Server-sent events: reading them from bytes, and when to connect again; without input or output.

The format is that of the HTML standard, section 9.2. The async and the sync `EventStream` do the
reading and the waiting.
"""

from __future__ import annotations

import codecs
import random
import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs

from annoport.core.contract.operation import Operation
from annoport.core.errors import AnnoportError
from annoport.core.http.bodies import essence
from annoport.core.http.retry import is_transient
from annoport.core.support.backoff import LONGEST_REQUESTED_PAUSE, pause_after

T_co = TypeVar("T_co", covariant=True)

MEDIA_TYPE = "text/event-stream"

PATIENCE = 300.0
"""Seconds of nothing but failures after which a stream gives up."""

_FIRST_DELAY = 3.0  # until the server names another
_LEAST_GROWING_DELAY = 0.5
_LONGEST_DELAY = 60.0
_JITTER = 0.25
_LINE_END = re.compile(r"\r\n|\n|\r")


@attrs.frozen
class Event(Generic[T_co]):
    """One server-sent event.

    Attributes:
        type: What kind of event it is; "message" if the server does not say.
        data: What it says, as the type of the operation.
        id: The id of the last event that had one; "" if none had.
    """

    type: str
    data: T_co
    id: str = ""


class EventParser:
    """Reads the events of one connection.

    Attributes:
        last_id: The id to send when connecting again, so that no event is missed; "" for none.
        retry: Seconds to wait before that; None if the server has not said.
    """

    def __init__(self, last_id: str = "") -> None:
        """Begin at the start of a connection.

        Args:
            last_id: The last id of earlier connections.
        """
        self.last_id = last_id
        self.retry: float | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._line = ""
        self._after_cr = False
        self._id = last_id
        self._type = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[Event[str]]:
        """Return the events that `piece` completes."""
        text = self._decoder.decode(piece)
        if not text:
            return []
        if self._after_cr and text[0] == "\n":  # the second half of a line end
            text = text[1:]
        self._after_cr = text.endswith("\r") if text else False
        *lines, self._line = _LINE_END.split(self._line + text)
        return [event for line in lines if (event := self._take(line)) is not None]

    def _take(self, line: str) -> Event[str] | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._type = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value) / 1000
        return None  # any other line is a comment, or of no meaning

    def _dispatch(self) -> Event[str] | None:
        """Return the event that an empty line ends, unless it has no data."""
        self.last_id = self._id
        kind, data = self._type or "message", self._data
        self._type, self._data = "", []
        return Event(kind, "\n".join(data), self.last_id) if data else None


@attrs.define(kw_only=True)
class Reconnecting:
    """Decides when a stream connects again, and when it gives up.

    All times are in seconds, on one monotonic clock.

    Attributes:
        attempts: Number of failures that are tolerated before the first connection.
        delay: How long to wait before connecting again.
        jitter: Returns random numbers in 0..1.
    """

    attempts: int
    delay: float = _FIRST_DELAY
    jitter: Callable[[], float] = random.random
    _connected: bool = attrs.field(default=False, init=False)
    _failures: int = attrs.field(default=0, init=False)
    _since: float = attrs.field(default=0.0, init=False)

    def connected(self) -> None:
        """Note that the server has begun to send."""
        self._connected = True

    def arrived(self) -> None:
        """Note that something has arrived, if only a comment."""
        self._failures = 0

    def after(self, error: AnnoportError | None, now: float) -> float:
        """Return the seconds to wait after a connection has ended.

        Args:
            error: Why; None if the server has ended it.
            now: When.

        Raises:
            AnnoportError: The error itself, if connecting again would not help.
        """
        if error is not None and not is_transient(error, "transfer"):
            raise error
        if not self._failures:
            self._since = now
        self._failures += 1
        if error is not None and self._is_hopeless(now):
            raise error
        asked = getattr(error, "retry_after", None) or 0.0
        return max(self._pause(), min(asked, LONGEST_REQUESTED_PAUSE))

    def _is_hopeless(self, now: float) -> bool:
        if not self._connected:
            return self._failures > self.attempts
        return now - self._since > PATIENCE

    def _pause(self) -> float:
        if not self._connected:
            return pause_after(self._failures, self.jitter())
        delay = self.delay
        if self._failures > 1:
            growing = max(delay, _LEAST_GROWING_DELAY) * 2.0 ** min(self._failures - 1, 10)
            delay = max(delay, min(growing, _LONGEST_DELAY))
        return delay * (1 + _JITTER * self.jitter())


def data_type(operation: Operation[Any]) -> Any:
    """Return the type of the data of an operation's events; `str` for text as it is."""
    for types in operation.responses.values():
        for media, type_ in types.items():
            if essence(media) == MEDIA_TYPE:
                return type_()
    return str
