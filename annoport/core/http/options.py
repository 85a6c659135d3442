"""How a client behaves: its timeouts, its retries, and how strictly it reads answers."""

from __future__ import annotations

import datetime
from typing import TypeAlias, TypeGuard

import attrs

from annoport.core.errors import ConfigurationError, InvalidArgumentError
from annoport.core.values.models import UNSET, Unset

ATTEMPTS = 5
"""Consecutive failures without a new byte that a download or an upload tolerates."""

_LEAST = 0.001
TAKE_UP = 3600.0
"""Seconds within which a call that was killed is taken up when it is made again."""

TakeUp: TypeAlias = float | datetime.timedelta
"""How old what a killed call has begun may be to be taken up: seconds, or a timedelta."""


@attrs.frozen(kw_only=True)
class Timeouts:
    """Seconds to wait in each step of a request; None means no limit.

    Attributes:
        connect: Until the connection is established; 10 by default.
        read: Between two pieces of the answer; 60 by default.
        write: Between two pieces of the request; 60 by default.
        pool: For a free connection of the pool; 30 by default.

    Raises:
        ConfigurationError: A value is neither a number above 0 nor None.
    """

    connect: float | None = 10.0
    read: float | None = 60.0
    write: float | None = 60.0
    pool: float | None = 30.0

    def __attrs_post_init__(self) -> None:
        """Refuse values that are not a length of time."""
        for name, value in attrs.asdict(self).items():
            _check_seconds(f"timeout ({name})", value)

    def of_transfer(self, stall: StallTimeout, left: float | None) -> Timeouts:
        """Return the time limits of one request of a download.

        Args:
            stall: Seconds to wait for the next byte, where they are set apart.
            left: Seconds until the download is to end; None for no limit.
        """
        apart = None if stall is UNSET else stall
        return Timeouts(
            connect=_shortest(self.connect, apart, left),
            read=_shortest(self.read if stall is UNSET else stall, left),
            write=_shortest(self.write if stall is UNSET else stall, left),
            pool=self.pool,
        )


StallTimeout: TypeAlias = float | Unset | None
"""Seconds to wait for the next byte of a file, or None for no limit.

By default, it is as long as the client waits between two pieces of any answer.
"""

TimeoutLike: TypeAlias = float | Timeouts | None
"""Seconds to wait in every step, a `Timeouts` for each of them, or None for no limit."""


@attrs.frozen(kw_only=True)
class ClientOptions:
    """The options of a client.

    Attributes:
        timeout: The time limits of each request.
        max_retries: How many times a request is sent again if that is safe; 0 for never.
        retry_cap: Seconds after the start of the first attempt within which another one may start.
        strict: Whether an answer that does not fit its declared type is an error rather than
            a warning, and a placeholder in a body an error rather than left out.
        check_server_version: Whether a call is refused that uses what the server's release does
            not know.
    """

    timeout: Timeouts = attrs.field(factory=Timeouts)
    max_retries: int = 3
    retry_cap: float = 60.0
    strict: bool = False
    check_server_version: bool = True

    def changed(
        self,
        *,
        timeout: TimeoutLike | Unset = UNSET,
        max_retries: int | Unset = UNSET,
        strict: bool | Unset = UNSET,
        check_server_version: bool | Unset = UNSET,
    ) -> ClientOptions:
        """Return these options with some of them replaced; those left UNSET are kept.

        Args:
            timeout: The time limits of each request.
            max_retries: How many times a request is sent again if that is safe; 0 for never.
            strict: Whether an answer that does not fit its declared type is an error.
            check_server_version: Whether a call is refused that uses what the server's release
                does not know.

        Raises:
            ConfigurationError: A value is out of range.
        """
        return ClientOptions(
            timeout=self.timeout if timeout is UNSET else as_timeouts(timeout),
            max_retries=self.max_retries if max_retries is UNSET else _check_count(max_retries),
            retry_cap=self.retry_cap,
            strict=self.strict if strict is UNSET else strict,
            check_server_version=(
                self.check_server_version if check_server_version is UNSET else check_server_version
            ),
        )


def as_timeouts(value: TimeoutLike) -> Timeouts:
    """Return `value` as `Timeouts`, with a single number for every step."""
    if isinstance(value, Timeouts):
        return value
    return Timeouts(connect=value, read=value, write=value, pool=value)


def as_seconds(take_up: TakeUp) -> float:
    """Return `take_up` in seconds.

    Raises:
        InvalidArgumentError: It is no length of time, or a negative one.
    """
    seconds = take_up.total_seconds() if isinstance(take_up, datetime.timedelta) else take_up
    if _is_number(seconds) and seconds >= 0:
        return seconds
    raise InvalidArgumentError(
        f"take_up is {take_up!r}: expected seconds or a timedelta, or 0 to begin anew each time"
    )


def checked_stall(value: object) -> None:
    """Refuse a `stall_timeout` that is not a length of time.

    Raises:
        InvalidArgumentError: It is neither a number above 0 nor None.
    """
    try:
        _check_seconds("stall_timeout", None if value is UNSET else value)
    except ConfigurationError as error:
        raise InvalidArgumentError(str(error)) from None


def _shortest(*limits: float | None) -> float | None:
    """Return the shortest of some limits, None being no limit; one that has passed counts a bit."""
    known = [max(limit, _LEAST) for limit in limits if limit is not None]
    return min(known, default=None)


def _check_seconds(name: str, value: object) -> None:
    if value is None:
        return
    if not _is_number(value) or not value > 0:
        raise ConfigurationError(f"{name} is {value!r}: expected seconds above 0, or None")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"max_retries is {value!r}: expected a whole number, 0 or more")
    return value
