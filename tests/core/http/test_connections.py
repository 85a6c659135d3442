"""What the errors of httpx become."""

from __future__ import annotations

import httpx
import pytest

from annoport.core.errors import (
    AnnoportError,
    ConfigurationError,
    TimeoutError,  # noqa: A004
    TransportError,
    UnsentError,
    UnsentTimeoutError,
)
from annoport.core.http.connections import failure
from annoport.core.http.request import Request

REQUEST = Request("GET", "/things?token=abc", {}, None, "list_things")


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (httpx.ConnectTimeout("late"), UnsentTimeoutError, "could not connect in time"),
        (httpx.PoolTimeout("late"), UnsentTimeoutError, "could not get a free connection in time"),
        (httpx.WriteTimeout("late"), TimeoutError, "could not send the request in time"),
        (httpx.ReadTimeout("late"), TimeoutError, "could not read the answer in time"),
        (httpx.InvalidURL("odd"), ConfigurationError, "the request cannot be sent (odd)"),
        (httpx.ConnectError("no"), UnsentError, "could not connect to the server (no)"),
        (httpx.ProxyError("no"), UnsentError, "could not connect to the server (no)"),
        (
            httpx.ReadError("reset"),
            TransportError,
            "the exchange with the server was interrupted (reset)",
        ),
    ],
    ids=repr,
)
def test_an_error_of_httpx_says_what_happened_and_where(
    error: Exception, kind: type[AnnoportError], message: str
) -> None:
    found = failure(REQUEST, error)
    assert type(found) is kind
    assert str(found) == f"GET /things?token=***: {message}"


def test_an_error_without_words_says_what_its_cause_says() -> None:
    error = httpx.ReadError("")
    error.__cause__ = OSError("connection reset")
    assert str(failure(REQUEST, error)).endswith("was interrupted (connection reset)")
    assert str(failure(REQUEST, httpx.ReadError(""))).endswith("was interrupted (ReadError)")
