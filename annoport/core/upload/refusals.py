"""What an error status means for a request that carries a part of an upload."""

from __future__ import annotations

from http import HTTPStatus

import attrs

from annoport.core.http.retry import Refused, Transient, judge_error


@attrs.frozen
class TooLarge:
    """The body was too large for the server, or for a proxy before it."""


def judge_refusal(status: int) -> Transient | TooLarge | Refused:
    """Return what an error status means for a request that carries bytes."""
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge()
    return judge_error(status)
