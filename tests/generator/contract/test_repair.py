"""Slips of an upstream document are mended before it is judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator import documents
from generator.__main__ import main
from generator.contract import vendor
from generator.contract.repair import Repair, derived_id
from generator.errors import GeneratorError

OK = {"responses": {"204": {"description": "Done."}}}
BROKEN: dict[str, Any] = {
    "info": {"title": "T", "version": "1.0"},
    "security": None,
    "paths": {
        "/a": {"get": {**OK, "security": None}, "post": {**OK, "operationId": "a"}},
        "/a/{key}/open": {"get": {**OK, "operationId": "a"}},
    },
}
MENDING: list[dict[str, Any]] = [
    {"target": "$", "update": {"openapi": "3.0.3", "security": []}},
    {"target": "$.paths['/a'].get", "update": {"security": []}},
    {"target": "$", "update": {"x-annoport-operation-ids": "derive"}},
]


def _folder(tmp_path: Path, *actions: dict[str, Any]) -> Path:
    folder = tmp_path / "t"
    folder.mkdir()
    overlay: dict[str, Any] = {"overlay": "1.1.0", "info": {}, "actions": list(actions)}
    (folder / "repair.yaml").write_text(documents.dump(overlay))
    return folder


def _sent(tmp_path: Path, document: dict[str, Any]) -> str:
    path = tmp_path / "sent.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_broken_document_is_vendored(tmp_path: Path) -> None:
    folder = _folder(tmp_path, *MENDING)
    vendor.vendor("t", _sent(tmp_path, BROKEN), specs=tmp_path)
    contract = documents.load(folder / "openapi.yaml")
    assert contract["security"] == []
    assert contract["paths"]["/a"]["get"]["security"] == []
    ids = [
        operation["operationId"]
        for item in contract["paths"].values()
        for operation in item.values()
    ]
    # One that was missing, one as it was, and one that was another's.
    assert ids == ["get_a", "a", "get_a_key_open"]
    assert "x-annoport-operation-ids" not in contract


def test_without_repair_every_fault_is_named_in_one_run(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError) as caught:
        vendor.vendor("t", _sent(tmp_path, BROKEN | {"openapi": "3.0.3"}), specs=tmp_path)
    assert str(caught.value).split("\n") == [
        (
            f"{tmp_path}/sent.json: 2 faults; correct the document, or write the correction into "
            "repair.yaml in the platform's folder:"
        ),
        "  GET path /a security: expected a list, found None",
        "  security: expected a list, found None",
    ]
    with pytest.raises(GeneratorError) as caught:
        vendor.vendor("t", _sent(tmp_path, BROKEN), specs=tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/sent.json: expected an OpenAPI 3.0 or 3.1 document, found None as its version;"
        " correct the document, or write the correction into repair.yaml in the platform's folder"
    )


def test_a_repair_that_is_not_needed_any_more_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _folder(tmp_path, MENDING[0], {"target": "$.paths['/b']", "update": {"get": OK}})
    said = (
        "t/repair.yaml: action 2 ($.paths['/b']): the target matches nothing; "
        "correct it or remove it"
    )
    with pytest.raises(GeneratorError) as caught:
        Repair.of(folder).applied(BROKEN)
    assert str(caught.value) == said
    # A live document is compared all the same: it may have been mended.
    paths = {"/a": {"post": {**OK, "operationId": "a"}}}
    live = _sent(tmp_path, BROKEN | {"openapi": "3.0.3", "security": [], "paths": paths})
    repairs = (folder / "repair.yaml").read_text()
    (folder / "repair.yaml").unlink()
    vendor.vendor("t", live, specs=tmp_path)
    (folder / "repair.yaml").write_text(repairs)
    assert main(["drift", "t", "--specs", str(tmp_path), "--live", live]) == 0
    assert said in capsys.readouterr().out


def test_only_one_way_to_name_operations_is_known(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"target": "$", "update": {"x-annoport-operation-ids": "all"}})
    with pytest.raises(
        GeneratorError, match="x-annoport-operation-ids is 'all'; expected 'derive'"
    ):
        Repair.of(folder).applied(BROKEN)


def test_most_platforms_need_no_repair(tmp_path: Path) -> None:
    assert Repair.of(tmp_path / "t").applied(BROKEN) == BROKEN


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "get"), ("/plans/{key}/open", "get_plans_key_open"), ("/v1/a-b", "get_v1_a_b")],
)
def test_an_id_is_made_of_method_and_path(path: str, name: str) -> None:
    assert derived_id("get", path) == name


@pytest.mark.parametrize("paths", [None, [], {"/a": None}, {"/a": {"get": []}}], ids=str)
def test_what_has_the_wrong_shape_is_left_to_the_check(tmp_path: Path, paths: Any) -> None:
    folder = _folder(tmp_path, MENDING[2])
    assert Repair.of(folder).applied({"paths": paths}) == {"paths": paths}
