"""Signatures as a page shows them."""

from __future__ import annotations

import pytest

from generator.docs.signatures import double_quoted, parse


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("self", "f()"),
        ("self, a: int", "f(a: int)"),
        ("cls, a, b=1", "f(a, b=1)"),
        ("self, *, a: str = 'x'", 'f(*, a: str = "x")'),
        ("self, *args: int, b: int, **rest: str", "f(*args: int, b: int, **rest: str)"),
    ],
)
def test_a_short_one_stands_on_a_line(arguments: str, shown: str) -> None:
    assert parse(arguments).formatted("f") == shown


def test_a_long_one_has_an_argument_a_line() -> None:
    name = "client.annotations.create_many_things"
    shown = parse("self, id: int, *, first: str, second: str | Unset = UNSET", "None").formatted(
        name
    )
    assert shown.splitlines() == [
        f"{name}(",
        "    id: int,",
        "    *,",
        "    first: str,",
        "    second: str | Unset = UNSET,",
        ") -> None",
    ]


def test_what_may_be_left_out_is_optional() -> None:
    signature = parse("self, a: int, *, b: str | Unset = UNSET")
    assert signature.optional == {"b"}
    assert signature.accepted("a") == "int"
    assert signature.accepted("b") == "str"


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("Literal['a', 'b']", 'Literal["a", "b"]'),
        ("""Literal["it's", 'b']""", """Literal["it's", "b"]"""),
        ("""Literal["'); raise X('"]""", """Literal["'); raise X('"]"""),
        (r"""Literal['say "x"', 'a\nb']""", r"""Literal['say "x"', 'a\nb']"""),
    ],
)
def test_quotes_are_double_where_that_is_simple(source: str, changed: str) -> None:
    assert double_quoted(source) == changed
