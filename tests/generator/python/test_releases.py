"""Marks of a spec reach the core: what a generated package sends is known by its releases."""

from __future__ import annotations

import copy
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from annoport.core.contract.operation import Operation
from annoport.core.http.request import build as request
from generator.errors import GeneratorError
from generator.output import render
from generator.output.render import files
from generator.python import build
from tests.generator.sample_spec import POT, POTS, SCHEMAS, SPEC, built, spoilt

LATER = {"x-annoport-since": "2.1", "x-annoport-checked": True}
GONE = {"x-annoport-removed": "3", "x-annoport-checked": True}
COLOUR = {"type": "string", "enum": ["red", "blue"]}
DATED_COLOUR = {**COLOUR, "x-annoport-values": {"red": {"since": "2.1"}}}


def marked() -> dict[str, Any]:
    """Return the sample with a mark on everything that can have one."""
    spec = copy.deepcopy(SPEC)
    pots, pot = spec["paths"]["/pots"], spec["components"]["schemas"]["Pot"]["properties"]
    spec["components"]["schemas"]["PotState"]["x-annoport-values"] = {
        "raw": {"since": "2.1", "removed": "3"}
    }
    spec["paths"]["/pots/{id}"]["get"] |= LATER
    state = {"$ref": "#/components/schemas/PotState"}
    pots["get"]["parameters"] += [
        {"name": "dated", "in": "query", "schema": {"type": "string"}, **GONE},
        {"name": "colour", "in": "query", "schema": DATED_COLOUR},
        {"name": "colours", "in": "query", "schema": {"type": "array", "items": DATED_COLOUR}},
        {"name": "state", "in": "query", "schema": state},
        {"name": "told", "in": "query", "schema": {"type": "string"}, "x-annoport-since": "2.1"},
    ]
    pot["lid-size"] |= LATER
    pot["made_by"] |= GONE
    pot["colour"] = {**DATED_COLOUR, "title": "PotColour", **LATER}
    pot["size"] = {"type": "integer", "x-annoport-since": "2.1"}
    return spec


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    name = "annoport_dated"
    render.render(build.build("dated", marked(), release="1"), tmp_path / "annoport-dated")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "annoport-dated"), *sys.path])
    yield importlib.import_module(name)
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


def needs(package: ModuleType, operation_id: str, body: Any = None, **arguments: Any) -> set[str]:
    operation: Operation[Any] = package.operations.get(operation_id)
    more = {} if body is None else {"body": body}
    made = request(operation, arguments, **more)
    found = [*made.needs, *made.body_needs(None)]
    return {f"{need.what}: {need.known_by.since}-{need.known_by.removed}" for need in found}


def test_operations_and_arguments(package: ModuleType) -> None:
    assert needs(package, "pots_retrieve", id=1) == {"the operation: 2.1-None"}
    assert needs(package, "pots_list", told="x", colour="blue", state="done") == set()
    assert needs(package, "pots_list", dated="x") == {"dated: None-3"}
    assert needs(package, "pots_list", colour="red") == {"colour='red': 2.1-None"}
    assert needs(package, "pots_list", colours=["blue", "red"]) == {"colours='red': 2.1-None"}
    assert needs(package, "pots_list", state="raw") == {"state='raw': 2.1-3"}
    state = package.models.PotState("raw")
    assert needs(package, "pots_list", state=state) == {"state='raw': 2.1-3"}


def test_fields_and_values_of_a_body(package: ModuleType) -> None:
    models = package.models
    plain: dict[str, Any] = {"id": 1, "state": "done", "size": 3}
    assert needs(package, "pots_cook", plain) == set()
    full = {**plain, "state": "raw", "lid-size": None, "made_by": {"name": "Ada"}, "colour": "red"}
    expected = {
        "lid-size: 2.1-None",
        "made_by: None-3",
        "colour: 2.1-None",
        "colour='red': 2.1-None",
        "state='raw': 2.1-3",
    }
    assert needs(package, "pots_cook", full) == expected
    pot = models.Pot(
        id=1,
        state=models.PotState.RAW,
        lid_size=None,
        made_by=models.Cook(name="Ada"),
        colour=models.PotColour.RED,
    )
    assert needs(package, "pots_cook", pot) == expected


def test_the_documentation_tells_it() -> None:
    text = "".join(files(built(marked())).values())
    assert '"""Sample 2.1 and later."""' in text
    assert "dated: Removed in Sample 3.\n" in text
    assert "colour: 'red': Sample 2.1 and later." in text
    assert "colours: 'red': Sample 2.1 and later." in text
    assert '"""\'raw\': Sample 2.1 and later, removed in Sample 3."""' in text
    assert "told: Sample 2.1 and later.\n" in text


@pytest.mark.parametrize(
    ("target", "update", "parts"),
    [
        (f"{POTS}.get", {"x-annoport-checked": True}, ["GET /pots", "x-annoport-since or"]),
        (
            f"{POTS}.get",
            {"x-annoport-checked": True, "x-annoport-since": "new"},
            ["GET /pots: x-annoport-since is 'new'", "a release such as '2.40'"],
        ),
        (f"{POTS}.get", {"x-annoport-checked": "yes"}, ["GET /pots: x-annoport-checked"]),
        (
            f"{SCHEMAS}.PotState",
            {"x-annoport-values": {"burnt": {"since": "2"}}},
            ["component 'PotState': x-annoport-values: 'burnt' is no value", "raw, done"],
        ),
        (
            f"{SCHEMAS}.PotState",
            {"x-annoport-values": {"raw": {}, "done": {"until": "3"}}},
            ["'raw' needs since or removed", "until"],
        ),
        (
            f"{SCHEMAS}.PotState",
            {"x-annoport-values": {"raw": {"removed": "x3"}}},
            ["x-annoport-values: 'raw': removed is 'x3'"],
        ),
        (
            f"{SCHEMAS}.Cook",
            {"x-annoport-values": {"raw": {"since": "2"}}},
            ["component 'Cook': x-annoport-values: 'raw' is no value of the enum", "one of none"],
        ),
        (POTS, {"x-annoport-checked": True}, ["path /pots: x-annoport-checked has no effect here"]),
    ],
)
def test_a_mark_that_nothing_could_be_checked_against(
    target: str, update: Any, parts: list[str]
) -> None:
    with pytest.raises(GeneratorError) as caught:
        built(spoilt(target, update))
    message = str(caught.value)
    assert [part for part in parts if part not in message] == [], message


def test_where_the_version_is() -> None:
    version = {"operation": "pots_list", "pointer": "/count"}
    package = built(spoilt("$['x-annoport-platform']", {"version": version}))
    made = "version=VersionSource(pointer='/count', operation='pots_list')"
    assert made in files(package)["annoport_sample/_platform.py"]
    assert "without it, the server" in files(package)["annoport_sample/_client.py"]
    assert "which servers do not" in files(built())["annoport_sample/_client.py"]


@pytest.mark.parametrize(
    ("version", "part"),
    [
        ({"operation": "x", "pointer": "/a"}, "version: operation 'x' does not exist"),
        ({"operation": "pots_list", "pointer": "/age"}, "'/age': Pots has no 'age'"),
        ({"operation": "pots_retrieve", "pointer": "/id"}, "'pots_retrieve' requires 'id'"),
        ({"pointer": "/info/version"}, "there is no schema_path to read it from"),
        ({"pointer": "version"}, "pointer 'version': a JSON Pointer starts with '/'"),
        ({"operation": "pots_list"}, "pointer"),
    ],
)
def test_where_the_version_cannot_be(version: dict[str, str], part: str) -> None:
    with pytest.raises(GeneratorError) as caught:
        built(spoilt("$['x-annoport-platform']", {"version": version}))
    assert part in str(caught.value)


def test_an_operation_with_a_mark_says_so_below_its_words() -> None:
    text = files(built(spoilt(f"{POT}.get", LATER)))["annoport_sample/resources/pots.py"]
    assert "Sample 2.1 and later." in text
