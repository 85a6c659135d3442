"""What the errors of httpx become."""

from __future__ import annotations

import errno
import os

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
from annoport.core.http.failures import Line, failure
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request

REQUEST = Request("GET", "/things?token=abc", {}, None, "list_things")
DIRECT = Line("https://toy.test")
PROXIED = Line("https://toy.test", "http://proxy.test:3128")
ASSUMED = Line("https://toy.test", assumed_https=True)
THROUGH = "https://toy.test through the proxy http://proxy.test:3128"
HINT = (
    "; base_url names no scheme, so https was taken: write http:// before it if the server "
    "has no TLS"
)


@pytest.mark.parametrize(
    ("error", "line", "kind", "message"),
    [
        (
            httpx.ConnectTimeout("late"),
            DIRECT,
            UnsentTimeoutError,
            "could not connect to https://toy.test in time",
        ),
        (
            httpx.ConnectTimeout("late"),
            PROXIED,
            UnsentTimeoutError,
            f"could not connect to {THROUGH} in time",
        ),
        (
            httpx.ConnectTimeout("late"),
            ASSUMED,
            UnsentTimeoutError,
            "could not connect to https://toy.test in time" + HINT,
        ),
        (
            httpx.PoolTimeout("late"),
            DIRECT,
            UnsentTimeoutError,
            "could not get a free connection to https://toy.test in time",
        ),
        (
            httpx.WriteTimeout("late"),
            DIRECT,
            TimeoutError,
            "could not send the request to https://toy.test in time",
        ),
        (
            httpx.ReadTimeout("late"),
            DIRECT,
            TimeoutError,
            "could not read the answer of https://toy.test in time",
        ),
        (httpx.InvalidURL("odd"), DIRECT, ConfigurationError, "the request cannot be sent (odd)"),
        (
            httpx.ConnectError("no"),
            DIRECT,
            UnsentError,
            "could not connect to https://toy.test (no)",
        ),
        (
            httpx.ConnectError("no"),
            ASSUMED,
            UnsentError,
            "could not connect to https://toy.test (no)" + HINT,
        ),
        (
            httpx.ProxyError("503 Busy"),
            DIRECT,
            UnsentError,
            "its proxy does not connect us to https://toy.test (503 Busy)",
        ),
        (
            httpx.ReadError("reset"),
            PROXIED,
            TransportError,
            f"the exchange with {THROUGH} was interrupted (reset)",
        ),
    ],
    ids=repr,
)
def test_an_error_of_httpx_says_what_happened_and_where(
    error: Exception, line: Line, kind: type[AnnoportError], message: str
) -> None:
    found = failure(REQUEST, error, line)
    assert type(found) is kind
    assert str(found) == f"GET /things?token=***: {message}"


def test_an_error_without_words_says_what_its_cause_says() -> None:
    error = httpx.ReadError("")
    error.__cause__ = OSError("connection reset")
    assert str(failure(REQUEST, error, DIRECT)).endswith("was interrupted (connection reset)")
    wordless = failure(REQUEST, httpx.ReadError(""), DIRECT)
    assert str(wordless).endswith("was interrupted (ReadError)")


def test_of_several_attempts_the_system_says_why() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('::1', 80)")
    error.__cause__ = ExceptionGroup("several", [refused, OSError(1, "something else")])
    reason = os.strerror(errno.ECONNREFUSED)
    assert str(failure(REQUEST, error, DIRECT)).endswith(f"https://toy.test ({reason})")


def test_a_way_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ada:s3cret@proxy.test:3128/")
    base = BaseUrl.parse("toy.test/api")
    own = Line.to("https://toy.test/api/things", base, own_client=False)
    assert own == Line("https://toy.test", "http://proxy.test:3128", assumed_https=True)
    elsewhere = Line.to("https://store.test:9000/a?sig=s3cret", base, own_client=False)
    assert elsewhere == Line("https://store.test:9000", "http://proxy.test:3128")
    assert Line.to("https://toy.test/api", base, own_client=True).proxy is None
