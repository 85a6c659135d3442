"""Fields that know their names and values."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from annoport.core.errors import InvalidArgumentError
from annoport.core.values.models import UNSET
from annoport.filters import F


@attrs.frozen
class Attribute:
    name: str
    dtype: Any = UNSET
    choices: Any = UNSET


@attrs.frozen
class Type:
    attribute_types: Any


@attrs.frozen
class Project:
    obj_free_cols: dict[str, str]
    sample_free_cols: dict[str, str] = attrs.field(factory=dict[str, str])
    acquisition_free_cols: dict[str, str] = attrs.field(factory=dict[str, str])
    process_free_cols: dict[str, str] = attrs.field(factory=dict[str, str])


FISH = F.of(
    Type(
        [
            Attribute("Species", "enum", ["crab", "eel"]),
            Attribute("Count", "int"),
            Attribute("Score", "float"),
            Attribute("Seen", "bool"),
            Attribute("Free"),
        ]
    )
)


def refused(make: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        make()
    return str(caught.value)


def test_names_are_checked() -> None:
    assert refused(lambda: FISH["Speces"]) == (
        "F['Speces']: there is no such field; did you mean 'Species'?"
    )
    assert refused(lambda: FISH["zzz"]) == (
        "F['zzz']: there is no such field; expected one of "
        "['Species', 'Count', 'Score', 'Seen', 'Free']"
    )
    assert repr(FISH["$created_by"] == 3) == "(F['$created_by'] == 3)"
    assert list(FISH) == ["Species", "Count", "Score", "Seen", "Free"]


def test_values_are_checked() -> None:
    species: Any = FISH["Species"]
    count: Any = FISH["Count"]
    assert refused(lambda: species == "crap") == "F['Species'] == 'crap': did you mean 'crab'?"
    assert refused(lambda: species.in_(["eel", "zzz"])) == (
        "F['Species'] in 'zzz': expected one of ['crab', 'eel']"
    )
    assert refused(lambda: count == 1.5) == "F['Count'] == 1.5: the field is int, got float"
    assert refused(lambda: count == True) == (  # noqa: E712
        "F['Count'] == True: the field is int, got bool"
    )
    assert refused(lambda: count.icontains("1")) == (
        "F['Count'].icontains('1'): the field is no text, but int"
    )
    assert (FISH["Score"] > 1).value == 1
    assert (FISH["Free"] == "anything").value == "anything"


def test_types_that_disagree_leave_it_open() -> None:
    both = F.of(Type([Attribute("Depth", "int")]), Type([Attribute("Depth", "float")]))
    assert (both["Depth"] == "deep").kind == ""


def test_columns_of_a_project() -> None:
    columns = F.of(Project({"area": "n01", "note": "t01"}, {"tow": "t02"}))
    assert (columns["fre.area"] >= 3).compile_filter("object-filters") == {
        "freenum": "on01",
        "freenumst": "3",
    }
    assert columns["sam.tow"].iexact("A").compile_filter("object-filters") == {
        "freetxt": "st02",
        "freetxtval": "^A$",
    }
    assert refused(lambda: columns["fre.aera"]) == (
        "F['fre.aera']: there is no such field; did you mean 'fre.area'?"
    )


def test_what_defines_no_fields() -> None:
    assert refused(lambda: F.of(7)) == (
        "F.of: expected a type with attribute_types or a project with free columns, got int"
    )
