"""Conditions among the arguments and in the body of a call."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import unquote

import attrs
import pytest

from annoport.core.contract.extensions import FilterRule
from annoport.core.contract.operation import Operation, Parameter
from annoport.core.errors import InvalidArgumentError
from annoport.core.http.request import build
from annoport.core.values.models import UNSET, Model, Unset, model


@model
class Search(Model):
    where: dict[str, Any] | Unset = UNSET
    limit: int | Unset = UNSET


@attrs.frozen
class Condition:
    """As much of a condition as a client asks of one."""

    fault: str = ""

    def compile_filter(self, dialect: str) -> Any:
        if self.fault:
            raise InvalidArgumentError(self.fault)
        return {"written": dialect}


PLAIN = FilterRule(dialect="json-logic")
SEARCH: Operation[Any] = Operation(
    id="search",
    method="POST",
    path="/search",
    parameters=(
        Parameter(name="filter", wire="filter", location="query", style="json", filter=PLAIN),
        Parameter(
            name="encoded",
            wire="encoded",
            location="query",
            filter=FilterRule(dialect="attribute-search", base64=True),
        ),
        Parameter(name="other", wire="other", location="query"),
    ),
    bodies={"application/json": lambda: Search},
    filters={"/where": FilterRule(dialect="object-filters")},
)


def test_a_condition_as_an_argument() -> None:
    request = build(SEARCH, {"filter": Condition(), "encoded": Condition()})
    first, second = unquote(request.url).partition("?")[2].split("&")
    assert first == 'filter={"written":"json-logic"}'
    text = second.removeprefix("encoded=")
    assert base64.b64decode(text) == b'{"written":"attribute-search"}'


def test_other_values_stay() -> None:
    assert build(SEARCH, {"filter": "text"}).url == "/search?filter=text"
    assert build(SEARCH, {"encoded": UNSET}).url == "/search"


@pytest.mark.parametrize(
    "body",
    [
        {"where": Condition(), "limit": 3},
        Search(where=Condition(), limit=3),  # type: ignore[arg-type]
    ],
    ids=["dict", "model"],
)
def test_a_condition_in_the_body(body: Any) -> None:
    for _ in range(2):  # the caller's own is not changed
        content = build(SEARCH, {}, body).content
        assert isinstance(content, bytes)
        assert json.loads(content) == {"where": {"written": "object-filters"}, "limit": 3}


def test_a_body_that_is_a_condition() -> None:
    whole: Operation[Any] = Operation(
        id="whole",
        method="POST",
        path="/whole",
        bodies={"application/json": lambda: dict[str, Any]},
        filters={"": FilterRule(dialect="object-filters")},
    )
    assert build(whole, {}, Condition()).content == b'{"written":"object-filters"}'


def test_what_the_platform_lacks() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        build(SEARCH, {"filter": Condition("no such word")})
    assert str(caught.value) == "search: argument 'filter': no such word"
    with pytest.raises(InvalidArgumentError) as caught:
        build(SEARCH, {}, {"where": Condition("no such word")})
    assert str(caught.value) == "search: $.where: no such word"


def test_an_argument_that_takes_no_conditions() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        build(SEARCH, {"other": Condition()})
    assert str(caught.value) == (
        "search: argument 'other': expected text, a number, a boolean or a date, got Condition"
    )
