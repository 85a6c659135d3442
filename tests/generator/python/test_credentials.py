"""Where secrets go, as the security schemes of a spec say it."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.python.credentials import resolved

SCHEMES: dict[str, Any] = {
    "Query": {"type": "apiKey", "in": "query", "name": "k"},
    "Cookie": {"type": "apiKey", "in": "cookie", "name": "c"},
    "Header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "Bearer": {"type": "http", "scheme": "Bearer"},
    "OAuth": {"type": "oauth2", "flows": {}},
    "Basic": {"type": "http", "scheme": "basic"},
}
SPEC = {"components": {"securitySchemes": SCHEMES}}


def credential(given: dict[str, Any]) -> Any:
    made = resolved(SPEC, {"title": "T", "credentials": {"key": given}}, "t")
    assert made["title"] == "T"
    return made["credentials"]["key"]


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("Query", {"name": "k", "location": "query"}),
        ("Cookie", {"name": "c", "location": "cookie"}),
        ("Header", {"name": "X-Key", "location": "header"}),
        ("Bearer", {"prefix": "Bearer"}),
        ("OAuth", {"prefix": "Bearer"}),
    ],
)
def test_a_scheme_says_where_a_secret_goes(scheme: str, expected: dict[str, Any]) -> None:
    assert credential({"scheme": scheme}) == expected


def test_what_an_overlay_says_itself_stays() -> None:
    assert credential({"name": "X", "prefix": "P"}) == {"name": "X", "prefix": "P"}
    assert resolved({}, {"title": "T"}, "t") == {"title": "T", "credentials": {}}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scheme": "Key"}, "the spec has no security scheme 'Key'; expected one of Query"),
        ({"scheme": "Query", "name": "k"}, "the scheme 'Query' says everything: remove name"),
        ({"scheme": "Basic"}, "the security scheme 'Basic' is for no single secret (http basic)"),
    ],
)
def test_faults_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(GeneratorError) as refused:
        credential(given)
    assert str(refused.value).startswith(f"t: credentials: 'key': {message}")
