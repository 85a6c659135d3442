"""Conditions as text, and where they go."""

from __future__ import annotations

import json

import click
import pytest

from annoport.cli.conditions import parse
from annoport.cli.spoken import in_conditions
from annoport.filters import Expression, F
from tests.cli.commands import here


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("status == completed", F["status"] == "completed"),
        ("size>5", F["size"] > 5),
        ("size <= 5.5", F["size"] <= 5.5),
        ("done != true", F["done"] != True),  # noqa: E712 - a field, not a value
        ("name == 'two words'", F["name"] == "two words"),
        (r'name == "a \"b\""', F["name"] == 'a "b"'),
        ("'my field' == \"5\"", F["my field"] == "5"),
        ("name contains dive", F["name"].contains("dive")),
        ("name istartswith 12", F["name"].istartswith("12")),
        ("subset in [train, 'val']", F["subset"].in_(["train", "val"])),
        ("id in (1, 2)", F["id"].in_([1, 2])),
        ("assignee is null", F["assignee"].is_null()),
        ("assignee is not null", F["assignee"].not_null()),
        ("not a == 1", ~(F["a"] == 1)),
        ("a == 1 and b == 2 or c == 3", ((F["a"] == 1) & (F["b"] == 2)) | (F["c"] == 3)),
        ("a == 1 and (b == 2 or c == 3)", (F["a"] == 1) & ((F["b"] == 2) | (F["c"] == 3))),
        ("obj.classif_qual == V", F["obj.classif_qual"] == "V"),
    ],
)
def test_what_is_meant(text: str, meant: Expression) -> None:
    assert repr(parse(text)) == repr(meant)
    # As messages show it, it may be given again.
    shown = in_conditions(f"cannot filter by {meant!r}: no")
    assert "F[" not in shown
    assert repr(parse(shown[len("cannot filter by ") : -len(": no")])) == repr(meant)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "at its end"),
        ("status", "at its end"),
        ("status ==", "at its end"),
        ("status = done", "at '= done'"),
        ("(a == 1", "at its end"),
        ("a == 1 b == 2", "at 'b == 2'"),
        ("a in 5", "at '5'"),
        ("a is 5", "at '5'"),
        ("a == 'open", 'at "\'open"'),
    ],
)
def test_what_makes_no_sense(text: str, where: str) -> None:
    with pytest.raises(click.UsageError) as raised:
        parse(text)
    assert raised.value.message == (
        f"--where {text!r} makes no sense {where}: expected comparisons such as "
        "'status == completed', 'size > 5', \"name contains 'two words'\", "
        "'subset in [train, val]' or 'assignee is null', joined by and, or, not and parentheses"
    )


def test_a_condition_goes_where_the_operation_takes_one() -> None:
    done = here(
        "ecotaxa", "objects", "delete-many", "--dry-run", "--where", "a == 1", "--body", "[]"
    )
    assert "No such option '--where'" in done.err
    done = here("ecotaxa", "exports", "create", "--help")
    done = here(
        "tator", "localizations", "update-many", "1", "--where", "Species == crab",
        "--body", '{"attributes": {"Species": "cod"}}', "--dry-run", "--output", "json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "encoded_search=" in json.loads(done.out)["path"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "obj.depth_min >= 5",
            (
                "(obj.depth_min >= 5): it ignores such a limit without the others: "
                "obj.depth_max <= ..."
            ),
        ),
        (
            "obj.classif_qual contains P",
            (
                "obj.classif_qual contains 'P': a status can be == 'P', 'V' or 'D', != 'V', in "
                "['P', 'V'], null or not null"
            ),
        ),
        ("txo.id == x", "(txo.id == 'x'): expected ids, which are whole numbers"),
        ("txo.id > 5", "(txo.id > 5): it compares this field by == and in only"),
        ("on01 > 5", "(on01 > 5): it compares numeric free columns by >= and <= only"),
        (
            "fre.area > 5",
            (
                "(fre.area > 5): it filters free columns by alias, which the project knows: use "
                "that with the letter of its table, such as on01"
            ),
        ),
        (
            "ot01 == Tara",
            (
                "(ot01 == 'Tara'): it compares free texts whatever the case: use iexact, "
                "istartswith or icontains"
            ),
        ),
        (
            "obj.objdate == yesterday",
            (
                "(obj.objdate == 'yesterday'): the field is a day: pass a datetime.date or text "
                "such as '2026-05-01'"
            ),
        ),
    ],
)
def test_messages_show_conditions_as_the_command_line_takes_them(text: str, said: str) -> None:
    done = here(
        *("ecotaxa", "objects", "list", "1", "--where", text),
        *("--url", "http://127.0.0.1:1", "--quiet"),
    )
    assert done == (2, "", f"annoport: get_object_set: EcoTaxa cannot filter by {said}\n")


def test_a_text_that_no_field_contains() -> None:
    done = here("cvat", "tasks", "list", "--where", "name contains ''")
    assert done.err.endswith("Error: --where: name contains '': expected a text\n")


def test_a_condition_beside_another() -> None:
    done = here("cvat", "tasks", "list", "--where", "a == 1", "--filter", "{}")
    assert done.code == 2
    assert "--where and --filter say the same: give one" in done.err
