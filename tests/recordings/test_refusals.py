"""A refusal passes only for the reason that the server gave."""

from __future__ import annotations

import attrs
import pytest

from tests.recordings.exchanges import Exchange
from tests.recordings.refusals import difference, server_places

_PROJECT = Exchange(
    platform="ecotaxa",
    line=0,
    operation_id="create_project",
    method="POST",
    path="/projects/create",
    url_path="/projects/create",
    request_headers={},
    request_body={"instrument": "?"},
    status=422,
    response_headers={"content-type": "application/json"},
    response_body={"detail": [{"loc": ["body", "title"], "msg": "field required"}]},
)
_OURS = "create_project: the body does not fit: "


def test_the_same_field() -> None:
    assert difference(_PROJECT, f"{_OURS}$.title: is required, but missing") is None


def test_another_field() -> None:
    found = difference(_PROJECT, f"{_OURS}$.instrument: expected null, got string '?'")
    assert found is not None
    assert "we refuse ['instrument']" in found
    assert "the server ['title']" in found


def test_a_field_that_only_we_refuse_beside_the_same_one() -> None:
    message = f"{_OURS}$.title: is required, but missing; $.access: is required, but missing"
    assert difference(_PROJECT, message) is not None


def test_an_unknown_key_is_no_reason() -> None:
    unknown = "$.titl: CreateProjectReq has no key 'titl'; did you mean 'title'?"
    assert difference(_PROJECT, f"{_OURS}{unknown}") is not None
    assert difference(_PROJECT, f"{_OURS}$.title: is required, but missing; {unknown}") is None


def test_what_the_server_took() -> None:
    taken = attrs.evolve(_PROJECT, status=200, response_body=1)
    found = difference(taken, f"{_OURS}$.title: is required, but missing")
    assert found is not None
    assert found.startswith("the server took it")


def test_an_answer_that_names_no_field() -> None:
    other = attrs.evolve(_PROJECT, status=403, response_body={"detail": "You can't do this."})
    assert difference(other, f"{_OURS}$.title: is required, but missing") is not None


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        pytest.param({"name": ["This field is required."]}, ["name"], id="cvat"),
        pytest.param(
            {"events": [{"scope": ["This field is required."]}]}, ["events[0].scope"], id="nested"
        ),
        pytest.param({"frames": {"0": ["A valid integer is required."]}}, ["frames[0]"], id="item"),
        pytest.param("type: This field is required.\nIs it?", ["type"], id="lines"),
        pytest.param({"detail": "JSON parse error"}, [], id="detail"),
        pytest.param(["Unknown format"], [], id="list of texts"),
        pytest.param({"detail": [{"loc": ["body"]}]}, [""], id="whole body"),
        pytest.param({"detail": [{"loc": ["query", "dry_run"]}]}, ["dry_run"], id="query"),
        pytest.param({"detail": ["Not found"]}, [], id="texts"),
        pytest.param(
            {
                "message": "Request body validation error",
                "details": "\"'name' is a required property\"",
            },
            ["name"],
            id="tator",
        ),
        pytest.param({"message": "Not found"}, [], id="tator message"),
        pytest.param(
            {"message": "Missing required query parameter: ids", "details": "None"},
            ["ids"],
            id="tator query",
        ),
    ],
)
def test_places_that_an_answer_names(answer: object, places: list[str]) -> None:
    assert list(server_places(answer)) == places
