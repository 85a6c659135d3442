"""The overlay engine, against the standard and against a second implementation."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.spec import overlay

# Imported by name, because oas-patch has no type hints.
judged: Callable[..., dict[str, Any]] = importlib.import_module("oas_patch.overlay").apply_overlay

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Sample", "version": "1"},
    "tags": [{"name": "pots"}, {"name": "pans"}],
    "paths": {
        "/pots": {
            "get": {
                "operationId": "list_pots",
                "tags": ["pots"],
                "parameters": [
                    {"name": "size", "in": "query", "schema": {"type": "integer"}},
                    {"name": "lid", "in": "query", "schema": {"type": "boolean"}},
                ],
            },
            "post": {"operationId": "add_pot", "tags": ["pots"]},
        },
        "/pans/{id}": {"get": {"operationId": "get_pan", "tags": ["pans"]}},
    },
}


def applied(*actions: dict[str, Any], document: dict[str, Any] = DOCUMENT) -> dict[str, Any]:
    return overlay.apply(
        document, {"overlay": "1.1.0", "info": {}, "actions": list(actions)}, origin="test"
    )


CASES: dict[str, dict[str, Any]] = {
    "merge into an object": {"target": "$.info", "update": {"version": "2", "license": {"a": 1}}},
    "merge deeply": {"target": "$.paths", "update": {"/pots": {"get": {"deprecated": True}}}},
    "update the root": {"target": "$", "update": {"servers": [{"url": "/"}]}},
    "append to a list": {"target": "$.tags", "update": {"name": "lids"}},
    "every operation": {"target": "$.paths.*.*", "update": {"security": []}},
    "a name with brackets": {
        "target": "$.paths['/pans/{id}'].get",
        "update": {"summary": "Get a pan."},
    },
    "remove a key": {"target": "$.paths['/pots'].post", "remove": True},
    "a node that is named twice": {"target": "$.info['title','title']", "remove": True},
    "items of several lists": {"target": "$.paths.*.*.tags[*]", "remove": True},
    "lists in an update grow": {"target": "$.paths['/pots'].get", "update": {"tags": ["cooking"]}},
}


@pytest.mark.parametrize("action", CASES.values(), ids=CASES.keys())
def test_agrees_with_oas_patch(action: dict[str, Any]) -> None:
    theirs = judged(copy.deepcopy(DOCUMENT), {"actions": [action]})
    assert applied(action) == theirs
    assert applied(action) != DOCUMENT


def test_filters_select_by_value() -> None:
    result = applied(
        {"target": "$.paths.*.*.parameters[?@.name == 'lid']", "remove": True},
        {"target": "$.paths.*[?@.operationId == 'get_pan']", "update": {"summary": "Get."}},
    )
    assert [p["name"] for p in result["paths"]["/pots"]["get"]["parameters"]] == ["size"]
    assert result["paths"]["/pans/{id}"]["get"]["summary"] == "Get."


def test_removing_several_items_of_a_list_removes_those() -> None:
    result = applied({"target": "$.paths['/pots'].get.parameters[*]", "remove": True})
    assert result["paths"]["/pots"]["get"]["parameters"] == []


@pytest.mark.parametrize(
    ("selectors", "left"),
    [
        ("1, 0", "cd"),
        ("-1, 0", "bc"),
        ("0, 3, 1", "c"),
        ("0, 0", "bcd"),
        ("-1, 3", "abc"),
        ("2:0:-1", "ad"),
        ("?@ == 'c', 0", "bd"),
    ],
)
def test_the_items_that_are_named_are_removed(selectors: str, left: str) -> None:
    """Whatever the order of the selectors; oas-patch removes other items here, so names decide."""
    action = {"target": f"$.x-letters[{selectors}]", "remove": True}
    result = applied(action, document={"x-letters": list("abcd")})
    assert result["x-letters"] == list(left)


def test_what_is_matched_twice_is_updated_once() -> None:
    result = applied({"target": "$['tags','tags']", "update": [{"name": "lids"}]})
    assert [tag["name"] for tag in result["tags"]] == ["pots", "pans", "lids"]


def test_an_update_inside_a_list_that_grows_too_is_kept() -> None:
    action = {"target": "$..*", "update": "lid"}
    assert applied(action, document={"x": [["pot"]]}) == {"x": [["lid", "lid"], "lid"]}


def test_copy_takes_one_node() -> None:
    result = applied({"target": "$.paths['/pans/{id}'].get", "copy": "$.paths['/pots'].get"})
    assert result["paths"]["/pans/{id}"]["get"]["operationId"] == "list_pots"
    assert DOCUMENT["paths"]["/pans/{id}"]["get"]["operationId"] == "get_pan"


def test_a_primitive_is_replaced() -> None:
    assert applied({"target": "$.info.title", "update": "Second"})["info"]["title"] == "Second"


def test_a_primitive_may_become_false_and_remove_false_says_nothing() -> None:
    action = {"target": "$.paths['/pots'].get", "update": {"deprecated": True}, "remove": False}
    again = {"target": "$.paths['/pots'].get.deprecated", "update": False}
    assert applied(action, again)["paths"]["/pots"]["get"]["deprecated"] is False


def test_the_input_is_not_changed() -> None:
    before = copy.deepcopy(DOCUMENT)
    result = applied({"target": "$.paths.*.*", "update": {"x": {"y": []}}})
    result["paths"]["/pots"]["get"]["x"]["y"].append(1)
    assert result["paths"]["/pots"]["post"]["x"]["y"] == []
    assert before == DOCUMENT


def test_what_an_alias_repeats_is_not_shared() -> None:
    """Neither inside one update nor inside the document."""
    answer: dict[str, Any] = {"responses": {"200": {}}}
    shared = {"/a": {"put": answer}, "/b": {"put": answer}}
    first = {"target": "$.paths", "update": shared}
    second = {"target": "$.paths['/a'].put", "update": {"deprecated": True}}
    result = applied(first, second)
    assert result["paths"]["/a"]["put"] == {"responses": {"200": {}}, "deprecated": True}
    assert result["paths"]["/b"]["put"] == {"responses": {"200": {}}}
    assert applied(second, document={"paths": shared})["paths"]["/b"]["put"] == answer


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"target": "$.paths['/lids']", "remove": True}, "matches nothing"),
        ({"target": "$.paths.*[?@.operationId == 'x']", "update": {}}, "matches nothing"),
        ({"target": "$.paths[", "update": {}}, "not a valid JSONPath"),
        ({"update": {}}, "an action with a target"),
        ({"target": "$.info"}, "expected one of"),
        ({"target": "$.info", "update": {}, "remove": True}, "expected one of"),
        ({"target": "$.info", "updates": {}}, "has no key updates"),
        ({"target": "$.info", "remove": "no"}, "true or false for remove"),
        ({"target": "$.info", "copy": 5}, "a JSONPath for copy"),
        ({"target": "$.info", "update": "x"}, "only be updated with an object"),
        ({"target": "$", "remove": True}, "root cannot be removed"),
        ({"target": "$.info", "copy": "$.paths.*"}, "matches 2 nodes"),
    ],
)
def test_mistakes_name_the_action(action: dict[str, Any], message: str) -> None:
    with pytest.raises(GeneratorError, match=message) as caught:
        applied({"target": "$.info", "update": {}}, action)
    assert "test: action 2" in str(caught.value)


@pytest.mark.parametrize("version", ["2.0.0", None])
def test_another_version_is_refused(version: str | None) -> None:
    with pytest.raises(GeneratorError, match=r"expected an Overlay 1\.0 or 1\.1"):
        overlay.apply(DOCUMENT, {"overlay": version, "actions": []}, origin="test")


def test_unknown_keys_of_the_root_are_refused() -> None:
    known: dict[str, Any] = {
        "overlay": "1.1.0",
        "info": {},
        "extends": "openapi.yaml",
        "x-note": "fine",
    }
    actions = [{"target": "$.info", "update": {"x-by": "us"}}]
    assert overlay.apply(DOCUMENT, {**known, "actions": actions}, origin="test")
    with pytest.raises(GeneratorError, match="test: an overlay has no key acions, extend"):
        overlay.apply(
            DOCUMENT, {**known, "actions": actions, "extend": "", "acions": []}, origin="test"
        )
