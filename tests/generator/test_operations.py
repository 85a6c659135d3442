"""Operations of a spec: what they become, and which faults of a spec are refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.package import Operation
from tests.generator.kitchen import POT, POTS, SCHEMAS, SPEC, built, spoilt


def operation(spec: dict[str, Any], id_: str) -> Operation:
    return next(operation for operation in built(spec).operations if operation.id == id_)


def test_every_operation_is_generated() -> None:
    package = built()
    assert [(o.resource, o.name, o.returns) for o in package.operations] == [
        ("pots", "cook", "job"),
        ("pots", "list", "pager"),
        ("pots", "retrieve", "value"),
    ]
    assert [o.subject for o in package.operations] == ["Job[models.Pot]", "models.Pot", ""]


def test_parameters_of_the_path_are_inherited_and_overridden() -> None:
    shared = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
    ]
    parameters = operation(spoilt(POT, {"parameters": shared}), "pots_retrieve").parameters
    assert [(p.wire, p.annotation) for p in parameters] == [("id", "int"), ("deep", "bool")]


def test_a_parameter_that_is_a_document_takes_its_schema() -> None:
    content = {"application/json": {"schema": {"type": "object"}}}
    parameter = {"name": "filter", "in": "query", "content": content}
    made = operation(spoilt(f"{POTS}.get.parameters", parameter), "pots_list").parameters[-1]
    assert made.annotation == "Mapping[str, Any]"


def test_a_reference_to_a_response_is_followed() -> None:
    spec = spoilt(
        "$.components", {"responses": {"One": SPEC["paths"]["/pots"]["post"]["responses"]["200"]}}
    )
    spec["paths"]["/pots/{id}"]["get"]["responses"] = {
        "200": {"$ref": "#/components/responses/One"},
        "404": {"content": {}},
    }
    made = operation(spec, "pots_retrieve")
    assert (made.result, made.errors) == ("models.Pot", ["404"])


@pytest.mark.parametrize(
    ("word", "method", "repeatable"),
    [(None, "get", True), ("unsafe", "get", False), (None, "post", False), ("safe", "post", True)],
)
def test_retry_words(word: str | None, method: str, repeatable: bool) -> None:
    update = {"x-annoport-retry": word} if word else {"deprecated": False}
    made = operation(
        spoilt(f"{POTS}.{method}", update), "pots_list" if method == "get" else "pots_cook"
    )
    assert made.repeatable is repeatable


@pytest.mark.parametrize(
    ("target", "update", "parts"),
    [
        pytest.param(
            f"{POT}.get",
            {"operationId": "pots_list"},
            ["GET /pots/{id}: ", "'pots_list'", "GET /pots;"],
            id="duplicate operationId",
        ),
        pytest.param(
            POT,
            {"delete": {"responses": {"204": {}}}},
            ["DELETE /pots/{id}", "no operationId"],
            id="no operationId",
        ),
        pytest.param(
            POT,
            {"head": {"operationId": "touch", "responses": {"404": {}}}},
            ["HEAD /pots/{id}: no success response"],
            id="no success response",
        ),
        pytest.param(
            POT,
            {"head": {"operationId": "touch"}},
            ["HEAD /pots/{id}: no success response"],
            id="no responses at all",
        ),
        pytest.param(
            POT,
            {"delete": {"operationId": "scrap", "responses": {"204": {}}}},
            ["DELETE /pots/{id}", "names ['id']", "are []"],
            id="path parameter not declared",
        ),
        pytest.param(
            f"{POTS}.post",
            {"parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}]},
            ["POST /pots", "names []", "are ['id']"],
            id="path parameter not in the path",
        ),
        pytest.param(
            f"{POTS}.get",
            {"parameters": [{"$ref": "#/components/parameters/Lid"}]},
            ["GET /pots", "'#/components/parameters/Lid' refers to nothing"],
            id="reference to no parameter",
        ),
        pytest.param(
            f"{POTS}.get.responses",
            {"404": {"$ref": "other.yaml#/Missing"}},
            ["GET /pots", "'other.yaml#/Missing' refers to nothing"],
            id="reference to another document",
        ),
        pytest.param(
            f"{SCHEMAS}.Cook.properties",
            {"pan": {"$ref": "#/components/schemas/Pan"}},
            ["component 'Cook'.pan", "'#/components/schemas/Pan' refers to no schema"],
            id="reference to no schema",
        ),
        pytest.param(
            f"{SCHEMAS}.Pot.properties.state",
            {"nullable": True},
            ["component 'Pot'.state", "nullable beside $ref", "allOf"],
            id="nullable beside $ref",
        ),
        pytest.param(
            f"{POTS}.get",
            {"x-annoport-retry": "often"},
            ["GET /pots", "x-annoport-retry is 'often'", "'safe' or 'unsafe'"],
            id="unknown retry word",
        ),
        pytest.param(
            f"{SCHEMAS}.PotState",
            {"x-enum-varnames": ["RAW"]},
            ["enum PotState", "2 values, but 1 names"],
            id="names of an enum",
        ),
        pytest.param(
            SCHEMAS,
            {"Odd": {"type": "object", "properties": {"a": {"type": "dish"}}}},
            ["schema Odd", "'dish'"],
            id="type that OpenAPI does not have",
        ),
    ],
)
def test_faults_of_a_spec_are_named(target: str, update: Any, parts: list[str]) -> None:
    with pytest.raises(GeneratorError) as caught:
        built(spoilt(target, update))
    message = str(caught.value)
    assert [part for part in parts if part not in message] == [], message


def test_building_leaves_the_spec_alone() -> None:
    before = copy.deepcopy(SPEC)
    built()
    assert before == SPEC
