"""A mistake in an overlay is a message with the place and what is expected, without a traceback."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from tests.generator.sample_spec import POT, POTS, SCHEMAS, built, spoilt

GET = f"{POTS}.get"
COOK = f"{SCHEMAS}.Cook"
TEXT = "expected text"


def test_faults_of_a_kind_are_told_in_one_run() -> None:
    """What a document without ids lacks: three names, a success answer, a place of a parameter."""
    fine: dict[str, Any] = {"204": {}}
    body = {"name": "p", "in": "body", "schema": {"type": "string"}}
    spec = spoilt(
        "$.paths",
        {
            "/a": {"get": {"responses": fine}},
            "/b": {"get": {"responses": {"4XX": {}}, "operationId": "pots_list"}},
            "/c": {"get": {"responses": fine, "parameters": [body]}},
        },
    )
    with pytest.raises(GeneratorError) as caught:
        built(spec)
    remedy = (
        "no operationId; set one in the overlay, or let repair.yaml derive those that are missing "
        "(`x-annoport-operation-ids: derive` on $)"
    )
    assert str(caught.value).split("\n  ") == [
        "sample: the effective spec has faults:",
        "GET /b: no success response among its responses (4XX); declare it in the overlay",
        (
            "GET /c parameter 'p': 'in' is 'body'; expected one of path, query, header, cookie "
            "(what goes into the body is declared under requestBody)"
        ),
        f"GET /a: {remedy}",
        (
            "GET /b: the operationId 'pots_list' is already taken by GET /pots; "
            "give one of them another in the overlay"
        ),
        f"GET /c: {remedy}",
    ]


@pytest.mark.parametrize(
    ("target", "update", "parts"),
    [
        (GET, {"summary": 5}, ["GET /pots: summary is 5", TEXT]),
        (GET, {"description": False}, ["GET /pots: description is False", TEXT]),
        (COOK, {"description": 5}, ["component 'Cook': description is 5", TEXT]),
        (GET, {"x-annoport-name": 5}, ["GET /pots: x-annoport-name is 5", TEXT]),
        (GET, {"x-annoport-resource": ["a"]}, ["GET /pots: x-annoport-resource is ['a']", TEXT]),
        (GET, {"x-annoport-since": 2.4}, ["GET /pots: x-annoport-since is 2.4", TEXT]),
        (GET, {"x-annoport-removed": [1]}, ["GET /pots: x-annoport-removed is [1]", TEXT]),
        (COOK, {"x-annoport-class": 5}, ["component 'Cook': x-annoport-class is 5", TEXT]),
        (GET, {"x-annoport-retry": "often"}, ["GET /pots: x-annoport-retry", "'safe' or 'unsafe'"]),
        (
            f"{GET}.parameters[0]",
            {"x-annoport-multi-segment": True},
            ["GET /pots parameter 'page'", "only for path parameters"],
        ),
        (
            POTS,
            {"x-annoport-retry": "unsafe"},
            ["path /pots: x-annoport-retry has no effect here", "operation"],
        ),
        (
            f"{GET}.responses['200']",
            {"x-annoport-download": {}},
            ["GET /pots 200: x-annoport-download has no effect here"],
        ),
        (
            "$.info",
            {"x-annoport-job-kinds": {}},
            ["info: x-annoport-job-kinds has no effect here", "root"],
        ),
        (
            "$",
            {"x-annoport-servers": {}},
            ["the root: unknown extension 'x-annoport-servers'", "x-annoport-since"],
        ),
        (
            f"{COOK}.properties.name",
            {"x-annoport-type": "null"},
            ["component 'Cook'.name: x-annoport-type: null", "nullable"],
        ),
        (
            f"{COOK}.properties.name",
            {"x-annoport-type": "nul"},
            ["component 'Cook'.name: x-annoport-type is 'nul'", "'null' or 'any'"],
        ),
        (
            GET,
            {"parameters": [{"name": "pgae", "description": "Which page."}]},
            ["GET /pots parameter 'pgae': a parameter needs 'in'", "parameters[?@.name=="],
        ),
        (
            COOK,
            {"properties": {"nmae": {"description": "What to call it."}}},
            ["component 'Cook'.nmae: described but not defined", "x-annoport-type: any"],
        ),
        (
            SCHEMAS,
            {"Coook": {"description": "Who cooks."}},
            ["component 'Coook': described but not defined"],
        ),
        (
            POTS,
            {"gte": {"summary": "All pots."}},
            ["path /pots: 'gte' is not an HTTP method", "get"],
        ),
        (
            POT,
            {"$ref": "#/paths/~1pots"},
            ["path /pots/{id}: the $ref of a whole path ('#/paths/~1pots')", "overlay"],
        ),
        (f"{GET}.responses", {"": {}}, ["GET /pots: '' is not a response status", "4XX"]),
        (f"{GET}.responses", {"abc": {}}, ["GET /pots: 'abc' is not a response status", "default"]),
        (
            COOK,
            {"properties": {"hat": {"type": "string", "enum": []}}},
            ["component 'Cook'.hat: the enum has no values"],
        ),
        (
            f"{SCHEMAS}.PotState",
            {"x-enum-varnames": [1, 2]},
            ["component 'PotState': x-enum-varnames is [1, 2]", "list of strings"],
        ),
        ("$.paths", {"/pans": 5}, ["sample: effective spec: path /pans", "an object"]),
    ],
)
def test_slips_are_named(target: str, update: Any, parts: list[str]) -> None:
    with pytest.raises(GeneratorError) as caught:
        built(spoilt(target, update))
    message = str(caught.value)
    assert [part for part in parts if part not in message] == [], message


def test_all_slips_are_listed_at_once() -> None:
    spec = spoilt(GET, {"summary": 5, "x-annoport-name": 5, "x-annoport-jobs": {}})
    with pytest.raises(GeneratorError) as caught:
        built(spec)
    assert len(str(caught.value).splitlines()) == 4


def test_a_property_may_hold_anything_on_purpose() -> None:
    update = {"properties": {"notes": {"description": "Free.", "x-annoport-type": "any"}}}
    modules = built(spoilt(COOK, update)).modules
    (cook,) = (model for module in modules for model in module.models if model.name == "Cook")
    assert [(f.name, f.type.annotation()) for f in cook.fields][-1] == ("notes", "Any")


def test_a_key_of_the_wire_is_no_word() -> None:
    """A property that has the name of a keyword is a property."""
    update = {"properties": {"summary": {"type": "integer"}, "enum": {"type": "integer"}}}
    modules = built(spoilt(COOK, update)).modules
    (cook,) = (model for module in modules for model in module.models if model.name == "Cook")
    assert [field.name for field in cook.fields] == ["name", "summary", "enum"]
