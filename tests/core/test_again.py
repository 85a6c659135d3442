"""What a message says to do after a call that ended half way."""

from __future__ import annotations

import pytest

from annoport.core.errors import again
from annoport.errors import (
    AnnoportError,
    ApiError,
    ConflictError,
    InvalidBodyError,
    PartialWriteError,
    TransportError,
)

LATER = "call again with the same"
CHANGED = "put right what was refused, then call again"


def half_way(cause: AnnoportError) -> PartialWriteError:
    error = PartialWriteError("half way")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        *((ApiError("no", status=status), LATER) for status in (401, 408, 409, 429, 500, 503)),
        *((ApiError("no", status=status), CHANGED) for status in (400, 403, 404, 413, 422)),
        (ConflictError("the number has changed", status=400), LATER),
        (TransportError("lost"), LATER),
        (InvalidBodyError("no"), CHANGED),
        (half_way(ApiError("no", status=422)), CHANGED),
        (half_way(half_way(ApiError("no", status=503))), LATER),
        (PartialWriteError("half way"), LATER),
    ],
    ids=str,
)
def test_what_was_refused_is_changed_first(cause: AnnoportError, expected: str) -> None:
    assert again(cause, " with the same", anew="") == expected


def test_what_follows_is_said_either_way() -> None:
    refused = ApiError("no", status=400)
    assert again(refused, " with rows[5:]") == f"{CHANGED} with rows[5:]"
    assert again(refused) == CHANGED
