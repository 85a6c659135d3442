"""Short names of methods, the platform's own names beside them, and what the lint refuses."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.output.render import files
from tests.generator.sample_spec import POT, SPEC, built, spoilt

TABLE: dict[str, dict[str, str | None]] = {
    "pans": {"list": "pots_list", "create": "pots_cook", "pots_retrieve": None}
}


def with_table(table: Any) -> dict[str, Any]:
    return spoilt("$", {"x-annoport-names": table})


def called(spec: dict[str, Any]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(o.resource, o.name, o.aliases) for o in built(spec).operations]


def test_the_table_names_methods_and_keeps_the_own_names() -> None:
    assert called(with_table(TABLE)) == [
        ("pans", "create", ("pots_cook",)),
        ("pans", "list", ("pots_list",)),
        ("pans", "pots_retrieve", ()),
    ]


def test_an_alias_is_one_line_in_both_classes() -> None:
    text = files(built(with_table(TABLE)))["annoport_sample/resources/pans.py"]
    assert text.count("\n    pots_list = list\n") == 2
    assert "def pots_list" not in text


def test_the_readme_lists_methods_by_resource_and_by_their_other_names() -> None:
    text = files(built(with_table(TABLE)))["README.md"]
    assert "| `pans` | `create`, `list`, `pots_retrieve` |" in text
    assert "| `pans` | `create` | `pots_cook` |\n| `pans` | `list` | `pots_list` |\n" in text


def test_a_readme_without_other_names_does_not_speak_of_them() -> None:
    assert "also called" not in files(built(SPEC))["README.md"]


def test_what_the_table_leaves_out_has_its_usual_name() -> None:
    assert called(with_table({"pans": {"list": "pots_list"}})) == [
        ("pans", "list", ("pots_list",)),
        ("pots", "cook", ()),
        ("pots", "retrieve", ()),
    ]


def test_further_aliases() -> None:
    spec = spoilt(f"{POT}.get", {"x-annoport-aliases": ["get", "get_pot"]})
    assert called(spec)[-1] == ("pots", "retrieve", ("get", "get_pot"))


def test_a_name_in_the_overlay_is_the_own_name() -> None:
    spec = spoilt(f"{POT}.get", {"x-annoport-name": "get_pot"})
    spec["x-annoport-names"] = {"pots": {"retrieve": "get_pot"}}
    (made,) = (o for o in built(spec).operations if o.id == "pots_retrieve")
    assert (made.name, made.aliases) == ("retrieve", ("get_pot",))


def aliased(place: str, *aliases: str) -> dict[str, Any]:
    return spoilt(place, {"x-annoport-aliases": list(aliases)})


def deleting(path: str, alias: str) -> dict[str, Any]:
    """The sample spec, where something of a path can be deleted."""
    spec = spoilt("$.paths", {path: {}})
    spec["paths"][path]["delete"] = {
        "operationId": "pots_remove",
        "tags": ["pots"],
        "parameters": SPEC["paths"]["/pots/{id}"]["get"]["parameters"] if "{" in path else [],
        "responses": {"204": {}},
        "x-annoport-aliases": [alias],
    }
    return spec


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        (aliased(f"{POT}.get", "list"), ["method 'list'", "alias of client.pots.retrieve"]),
        (aliased(f"{POT}.get", "retrieve"), ["method 'retrieve'", "alias of client.pots.retr"]),
        (aliased(f"{POT}.get", "x", "x"), ["method 'x'", "alias of client.pots.retrieve"]),
        (aliased(f"{POT}.get", "Get"), ["'Get' is not a name for a method", "snake_case"]),
        (
            with_table(
                {"pots": {"list": "pots_cook", "all": "pots_list"}, "pans": {"pots_cook": None}}
            ),
            ["client.pans.pots_cook", "operation 'pots_cook'", "client.pots.list"],
        ),
        (
            with_table({"pots": {"list": "list_pots"}}),
            ["x-annoport-names", "pots.list", "no operation has that name"],
        ),
        (deleting("/pots", "delete"), ["DELETE /pots", "client.pots.delete", "delete_many"]),
        (deleting("/pans", "delete"), ["DELETE /pans", "client.pots.delete", "delete_many"]),
    ],
)
def test_what_is_refused(spec: dict[str, Any], parts: list[str]) -> None:
    with pytest.raises(GeneratorError) as caught:
        built(spec)
    message = str(caught.value)
    assert [part for part in parts if part not in message] == [], message


@pytest.mark.parametrize(
    ("path", "alias"),
    [("/pots/{id}", "delete"), ("/pots", "delete_many"), ("/pans/{id}", "delete")],
)
def test_delete_is_for_a_single_thing(path: str, alias: str) -> None:
    assert ("pots", "remove", (alias,)) in called(deleting(path, alias))


def test_a_method_or_an_alias_called_list_hides_the_type() -> None:
    hidden = [{"list": "pots_list"}, {"all": "pots_list"}]
    assert [built(with_table({"pots": rows})).resources[0].hides_list for rows in hidden] == [
        True,
        False,
    ]
    spec = aliased(f"{POT}.get", "list")
    spec["x-annoport-names"] = {"pots": {"all": "pots_list"}}
    assert built(spec).resources[0].hides_list
