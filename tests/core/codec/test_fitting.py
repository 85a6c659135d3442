from __future__ import annotations

import tracemalloc
import warnings
from datetime import datetime
from typing import Any

import pytest

from annoport.core.codec.json import decode, encode
from annoport.core.errors import ResponseShapeWarning
from annoport.core.values.models import UNSET, Model, OneOf, Unset, model, secret
from tests.core.models import Circle, Drawing, Node, Square


def leniently(data: bytes, type_: Any) -> tuple[Any, str]:
    with pytest.warns(ResponseShapeWarning) as caught:
        value = decode(data, type_, strict=False, where="list_nodes")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    message = str(caught[0].message)
    start = "list_nodes: the answer does not fit the contract; it is kept as received: "
    assert message.startswith(start)
    return value, message.removeprefix(start)


@model
class Pass(Model):
    token: str | Unset = secret(default=UNSET)


def test_what_should_be_a_secret_is_not_told() -> None:
    value, said = leniently(b'{"token": [5, "hunter2"]}', Pass)
    assert value.token == [5, "hunter2"]
    assert said == "$.token: expected string, got another value, which is not shown"
    assert leniently(b'{"token": 5000}', Pass)[1] == said
    assert decode(b'{"token": "x"}', Pass, strict=True, where="x") == Pass(token="x")


@pytest.mark.parametrize(
    ("data", "type_", "expected", "said"),
    [
        (b'{"id": null}', Node, Node(id=None), "$.id: expected integer, got null"),  # type: ignore[arg-type]
        (b"{}", Node, Node(id=UNSET), "$.id: is required, but missing"),  # type: ignore[arg-type]
        (b'{"id": "x"}', Node, Node(id="x"), "$.id: expected integer, got string 'x'"),  # type: ignore[arg-type]
        (b'{"id": 1.5}', Node, Node(id=1.5), "$.id: expected integer, got number 1.5"),  # type: ignore[arg-type]
        (
            b'{"id": 1, "when": "2024-01-02"}',
            Node,
            Node(id=1, when="2024-01-02"),  # type: ignore[arg-type]
            "$.when: expected date and time (ISO 8601) or null, got string '2024-01-02'",
        ),
        (
            b'{"id": 1, "day": "2024-01-02T00:00:00"}',
            Node,
            Node(id=1, day="2024-01-02T00:00:00"),  # type: ignore[arg-type]
            "$.day: expected date (ISO 8601), got string '2024-01-02T00:00:00'",
        ),
        (b"[1]", Node, [1], "$: expected object, got array"),
        (b"null", Node, None, "$: expected object, got null"),
        (b'"oops"', list[Node], "oops", "$: expected array, got string 'oops'"),
        (
            b'[{"id": 1}, null, {"id": 2}]',
            list[Node],
            [Node(id=1), None, Node(id=2)],
            "$[1]: expected object, got null",
        ),
        (b'{"a": "x", "b": 2}', dict[str, int], {"a": "x", "b": 2}, "$.a: expected integer"),
        (b'{"x": 1}', dict[int, int], {"x": 1}, "$.x: expected a key that is integer"),
        (
            b'{"value": {"radius": null}}',
            Drawing,
            Drawing(value=Circle(radius=None)),  # type: ignore[arg-type]
            "$.value.radius: expected number, got null",
        ),
        (
            b'{"value": {"side": "1", "made-by": "x"}}',
            Drawing,
            Drawing(value=Square(side="1", made_by="x")),  # type: ignore[arg-type]
            "$.value.side: expected number, got string '1'",
        ),
        (
            b'[[1, "x"]]',
            list[OneOf[Circle, list[int]]],
            [[1, "x"]],
            "$[0][1]: expected integer, got string 'x'",
        ),
        (b"[true]", list[OneOf[Circle, None]], [True], "$[0]: expected object or null"),
        (b'{"id": 1, "either": []}', Node, Node(id=1, either=[]), "expected integer or string"),  # type: ignore[arg-type]
    ],
)
def test_what_does_not_fit_is_kept_and_told(
    data: bytes, type_: Any, expected: object, said: str
) -> None:
    value, message = leniently(data, type_)
    assert value == expected
    assert said in message


def test_the_rest_of_a_bad_object_is_typed() -> None:
    value, _ = leniently(b'{"id": null, "when": "2024-01-02T00:00:00", "next": {"id": 2}}', Node)
    assert value.when == datetime.fromisoformat("2024-01-02")
    assert value.next == Node(id=2)


def test_what_was_kept_is_sent_back_as_it_came() -> None:
    data = b'{"id":null,"tags":[1,"a"]}'
    value, _ = leniently(data, Node)
    assert encode(value) == data


def test_only_the_first_places_are_listed() -> None:
    _, message = leniently(b"[" + b",".join([b"null"] * 1000) + b"]", list[Node])
    assert message.count("expected object") == 5
    assert message.endswith("and 995 more")


def test_a_body_that_fits_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decode(b'{"id": 3.0, "when": "2024-01-02T03:04", "new": 1}', Node, strict=False, where="op")


def test_memory_is_linear_in_the_size() -> None:
    def peak(count: int) -> int:
        data = b"[" + b",".join([b'{"id": null, "tags": ["a"]}'] * count) + b"]"
        tracemalloc.start()
        leniently(data, list[Node])
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(10)
    assert peak(8_000) < 3 * peak(4_000)
