"""Types of generated code are compared as what they allow."""

from __future__ import annotations

import pytest

from generator.drift import python_types


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        ("str", "str | None", True),
        ("str | None", "str", False),
        ("str | None | Unset", "Unset | None | str", True),
        ("int", "float", True),
        ("float", "int", False),
        ("str | None", "Any", True),
        ("Any", "str", False),
        ("list[str]", "list[str | None]", True),
        ("list[str | None]", "list[str]", False),
        ("Mapping[str, int]", "Mapping[str, float]", True),
        ("Literal['a']", "Literal['a', 'b']", True),
        ("Literal['a', 'b']", "Literal['a']", False),
        ("Literal[1]", "Literal[True]", False),
        ("'Net' | Unset", "Net | Unset", True),
        ("list[str]", "Sequence[str]", False),
    ],
)
def test_what_fits(narrow: str, wide: str, *, expected: bool) -> None:
    assert python_types.fits(narrow, wide) is expected


def test_members_can_be_left_out() -> None:
    unset = frozenset({"Unset"})
    assert python_types.equal("str | Unset", "str", ignoring=unset)
    assert not python_types.equal("str | Unset", "str")
    assert python_types.fits("str | Unset", "str | None", ignoring=unset)
