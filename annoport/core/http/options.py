"""How a client behaves: its timeouts, its retries, how strictly it reads answers."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from annoport.core.errors import ConfigurationError
from annoport.core.values.models import UNSET, Unset

ATTEMPTS = 5
"""Failures in a row without a new byte that a download or an upload bears."""


@attrs.frozen(kw_only=True)
class Timeouts:
    """Seconds to wait for each step of a request; None waits for ever.

    connect: until the connection stands. read: between two pieces of the answer.
    write: between two pieces of the request. pool: for a free connection.
    """

    connect: float | None = 10.0
    read: float | None = 60.0
    write: float | None = 60.0
    pool: float | None = 30.0

    def __attrs_post_init__(self) -> None:
        """Refuse what is not a length of time."""
        for name, value in attrs.asdict(self).items():
            _check_seconds(f"timeout ({name})", value)


TimeoutLike: TypeAlias = float | Timeouts | None
"""One number of seconds for every step, a number for each, or None to wait for ever."""


@attrs.frozen(kw_only=True)
class ClientOptions:
    """What `with_options` can change.

    max_retries: how often a request that may safely be sent again is sent again; 0 is never.
    retry_cap: seconds after the first attempt when no further attempt begins.
    strict: an answer that does not fit its declared shape is an error, not a warning.
    """

    timeout: Timeouts = attrs.field(factory=Timeouts)
    max_retries: int = 3
    retry_cap: float = 60.0
    strict: bool = False

    def changed(
        self,
        *,
        timeout: TimeoutLike | Unset = UNSET,
        max_retries: int | Unset = UNSET,
        strict: bool | Unset = UNSET,
    ) -> ClientOptions:
        """Give these options, changed where a value is given."""
        return ClientOptions(
            timeout=self.timeout if timeout is UNSET else as_timeouts(timeout),
            max_retries=self.max_retries if max_retries is UNSET else _check_count(max_retries),
            retry_cap=self.retry_cap,
            strict=self.strict if strict is UNSET else strict,
        )


def as_timeouts(value: TimeoutLike) -> Timeouts:
    """Give each step the same seconds, unless told apart already."""
    if isinstance(value, Timeouts):
        return value
    return Timeouts(connect=value, read=value, write=value, pool=value)


def _check_seconds(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ConfigurationError(f"{name} is {value!r}: expected seconds above 0, or None")


def _check_count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"max_retries is {value!r}: expected a whole number from 0 up")
    return value
