"""A contract without what an edition of the server never had."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from generator import history
from generator.errors import GeneratorError
from generator.spec import editions
from tests.generator import sample_spec

Spec = dict[str, Any]


def spec(*, more: bool) -> Spec:
    result: Spec = copy.deepcopy(sample_spec.SPEC)
    if more:
        fields = result["components"]["schemas"]["Pot"]
        fields["properties"]["size"] = {"type": "integer"}
        fields["required"] = [*fields["required"], "size"]
        result["components"]["schemas"]["PotState"]["enum"].append("burnt")
        result["components"]["schemas"]["Lid"] = {"properties": {"wide": {"type": "boolean"}}}
        answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lid"}}}}
        result["paths"]["/lids"] = {"get": {"operationId": "lids", "responses": {"200": answer}}}
        parameter = {"name": "tone", "in": "query", "schema": {"type": "string"}}
        result["paths"]["/pots"]["get"]["parameters"].append(parameter)
    return result


def of_home(home: list[bool], cloud: dict[str, bool]) -> Spec:
    known = history.survey(
        {
            "home": {f"1.{number}.0": spec(more=more) for number, more in enumerate(home)},
            "the.cloud": {release: spec(more=more) for release, more in cloud.items()},
        }
    )
    return editions.of_edition(spec(more=True), known, "home")


def test_what_it_never_had() -> None:
    found = of_home([False, False], {"1.0.0": True, "1.1.0": True})
    plain = spec(more=False)
    assert found["paths"] == plain["paths"]
    used = set(found["components"]["schemas"])
    assert {name: plain["components"]["schemas"][name] for name in used} == found["components"][
        "schemas"
    ]
    assert "Lid" not in used


def test_what_it_has_no_longer() -> None:
    assert (
        of_home([True, False], {"1.0.0": True, "1.1.0": True})["paths"] == spec(more=False)["paths"]
    )


def test_what_it_has() -> None:
    found = of_home([False, True], {"1.0.0": False, "1.1.0": False})
    assert found["paths"] == spec(more=True)["paths"]


def test_what_came_after_the_last_release_that_was_looked_at_may_be_there() -> None:
    assert (
        of_home([False, False], {"1.0.0": False, "1.2.0": True})["paths"]
        == spec(more=True)["paths"]
    )


def test_an_unknown_edition() -> None:
    known = history.survey(
        {"home": {"1.0": spec(more=False)}, "the.cloud": {"1.0": spec(more=True)}}
    )
    with pytest.raises(GeneratorError) as caught:
        editions.of_edition(spec(more=True), known, "hom")
    assert str(caught.value) == "no edition 'hom'; there are home, the.cloud"
    with pytest.raises(GeneratorError, match="there are none, because releases"):
        editions.of_edition(spec(more=True), {}, "home")
