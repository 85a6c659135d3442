"""Conditions as values."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

import pytest

from annoport.core.errors import InvalidArgumentError
from annoport.filters import F
from tests.filters.evaluator import holds


def test_repr_is_what_was_written() -> None:
    when = datetime.date(2026, 6, 1)
    condition = (F["a"] == 1) & ~(F["b"].in_(["x", "y"]) | F["c"].contains("z")) & (F["d"] >= when)

    assert repr(condition) == (
        "((F['a'] == 1) & ~(F['b'].in_(['x', 'y']) | F['c'].contains('z')) & "
        "(F['d'] >= datetime.date(2026, 6, 1)))"
    )
    assert repr([F["a"].is_null(), F["a"].not_null(), F["a"]]) == (
        "[F['a'].is_null(), F['a'].not_null(), F['a']]"
    )


def test_joined_conditions_are_flat() -> None:
    one, two, three = F["a"] == 1, F["b"] == 2, F["c"] == 3
    assert (one & two & three).parts == (one, two, three)
    assert (one | (two | three)).parts == (one, two, three)
    assert len(((one | two) & three).parts) == 2


def test_truth_of_a_condition() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        _ = (F["a"] == 1) and (F["b"] == 2)
    assert str(caught.value) == (
        "(F['a'] == 1) is a condition, which is true or false for each row, not by itself: join "
        "conditions by & | ~ instead of and, or, not, put each in parentheses, and do not chain "
        "comparisons"
    )
    with pytest.raises(InvalidArgumentError):
        _ = 1 < F["a"] < 3


def test_missing_parentheses() -> None:
    broken: Any = F["a"] == 1
    with pytest.raises(InvalidArgumentError) as caught:
        _ = broken & "b"
    assert str(caught.value) == (
        "(F['a'] == 1) & 'b': the right side is no condition; put comparisons in parentheses: "
        "(F['a'] == 1) & (F['b'] == 2)"
    )


def test_values_are_checked() -> None:
    field: Any = F["a"]
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: field.in_([math.nan]), "F['a'] in nan: no field has that value"),
        (
            lambda: field > [1],
            "F['a'] > [1]: expected text, a number, a boolean or a date, got list",
        ),
        (lambda: field.in_([]), "F['a'].in_([]): no row has one of no values; skip the call"),
        (lambda: field.in_("abc"), "F['a'].in_('abc'): expected a list of values"),
        (
            lambda: field.in_([None]),
            "F['a'] in None: expected text, a number, a boolean or a date, got NoneType",
        ),
        (lambda: field.contains(""), "F['a'].contains(''): expected a text"),
        (lambda: F[""], "F['']: expected the name of a field"),
    ]
    for make, message in cases:
        with pytest.raises(InvalidArgumentError) as caught:
            make()
        assert str(caught.value) == message


def test_unknown_dialect() -> None:
    word: Any = "sql"
    with pytest.raises(InvalidArgumentError) as caught:
        (F["a"] == 1).compile_filter(word)
    assert str(caught.value) == (
        "unknown dialect 'sql'; expected one of 'json-logic', 'attribute-search', 'object-filters'"
    )


def test_a_field_is_no_key() -> None:
    with pytest.raises(TypeError, match="unhashable type: 'Field'"):
        hash(F["a"])


def test_what_is_null() -> None:
    assert holds(F["a"] != 1, {})
    assert holds(F["a"] == None, {"a": None})  # noqa: E711 - the sign stands for a condition
    assert not holds(F["a"] < 1, {})
    assert holds(~(F["a"] < 1), {})
