"""The overlay engine, against the standard and against a second implementation."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from typing import Any

import pytest

from generator import overlay
from generator.errors import GeneratorError

# Looked up by name, because oas-patch comes without types.
judged: Callable[..., dict[str, Any]] = importlib.import_module("oas_patch.overlay").apply_overlay

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Kitchen", "version": "1"},
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


def test_copy_takes_one_node() -> None:
    result = applied({"target": "$.paths['/pans/{id}'].get", "copy": "$.paths['/pots'].get"})
    assert result["paths"]["/pans/{id}"]["get"]["operationId"] == "list_pots"
    assert DOCUMENT["paths"]["/pans/{id}"]["get"]["operationId"] == "get_pan"


def test_a_primitive_is_replaced() -> None:
    assert applied({"target": "$.info.title", "update": "Larder"})["info"]["title"] == "Larder"


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


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"target": "$.paths['/lids']", "remove": True}, "matches nothing"),
        ({"target": "$.paths.*[?@.operationId == 'x']", "update": {}}, "matches nothing"),
        ({"target": "$.paths[", "update": {}}, "no JSONPath"),
        ({"update": {}}, "needs a target"),
        ({"target": "$.info"}, "expected one of"),
        ({"target": "$.info", "update": {}, "remove": True}, "expected one of"),
        ({"target": "$.info", "updates": {}}, "has no updates"),
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
