"""Taking over an upstream document as the vendored contract."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from generator import documents
from generator.__main__ import main
from generator.contract import canonical, untrusted, vendor
from generator.errors import GeneratorError, UnreachableError
from generator.spec import effective
from tests.generator.spec_server import Page, SpecServer
from tests.shared import PLATFORMS, SHARED, needs_shared

SPEC: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "T", "version": "4.5.6 (beta)", "description": "Words."},
    "paths": {"/b": {"get": {"responses": {"200": {"description": "Fine."}}}}, "/a": {}},
}


def test_writes_the_contract_and_where_it_came_from(live: SpecServer, tmp_path: Path) -> None:
    body = json.dumps(SPEC).encode()
    url = live.add("/spec", Page(body=body, etag='"v1"'))
    record = vendor.vendor("t", url, specs=tmp_path)
    assert record["version"] == "4.5.6"
    assert record["sha256"] == hashlib.sha256(body).hexdigest()
    assert record["etag"] == '"v1"'
    assert documents.load(tmp_path / "t" / "source.yaml") == record
    written = documents.load(tmp_path / "t" / "openapi.yaml")
    assert list(written["paths"]) == ["/a", "/b"]
    assert "description" not in written["info"]
    first = {path.name: path.read_bytes() for path in (tmp_path / "t").iterdir()}
    assert all(text.endswith(b"\n") and not text.endswith(b"\n\n") for text in first.values())
    # Again, now from the recorded URL: the same bytes.
    vendor.vendor("t", specs=tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "t").iterdir()} == first


def test_a_file_has_no_tag(live: SpecServer, tmp_path: Path) -> None:
    url = live.add("/spec", Page(body=json.dumps(SPEC).encode(), etag='"v1"'))
    vendor.vendor("t", url, specs=tmp_path)
    path = tmp_path / "t.json"
    path.write_text(json.dumps(SPEC))
    record = vendor.vendor("t", str(path), release="4.6", specs=tmp_path)
    assert "etag" not in record
    assert (record["live"], record["version"]) == (url, "4.6")


def test_words_about_a_recovered_document_go_with_it(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps(SPEC))
    record = vendor.vendor("t", str(path), specs=tmp_path)
    source = tmp_path / "t" / "source.yaml"
    source.write_text(documents.dump(record | {"recovered": "By hand.", "edition": "home"}))
    again = vendor.vendor("t", str(path), specs=tmp_path)
    assert (again["recovered"], again["edition"]) == ("By hand.", "home")
    path.write_text(json.dumps(SPEC) + " ")
    other = vendor.vendor("t", str(path), specs=tmp_path)
    assert "recovered" not in other
    assert other["edition"] == "home"


def test_another_url_does_not_become_the_live_one(
    live: SpecServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page(body=json.dumps(SPEC).encode(), etag='"v1"')
    first, second = live.add("/spec", page), live.add("/other", page)
    vendor.vendor("t", first, specs=tmp_path)
    record = vendor.vendor("t", second, specs=tmp_path)
    assert record["live"] == first
    # The tag of another place would hide a change in the live document.
    assert "etag" not in record
    said = vendor.summary("t", record, second)
    assert f"live URL {first}" in said
    assert f"note: {second} is not recorded as the live URL" in said
    assert "note" not in vendor.summary("t", record, first)
    _, said = vendor.summary("t", record, "t.json").splitlines()
    assert said == (
        "note: the document is a file; if no server gave it as it is, say under `recovered` in "
        "specs/t/source.yaml how it came about"
    )
    assert "note" not in vendor.summary("t", record | {"recovered": "By hand."}, "t.json")


def test_a_query_is_neither_recorded_nor_told(live: SpecServer, tmp_path: Path) -> None:
    url = live.add("/spec?token=hunter2", Page(body=json.dumps(SPEC).encode()))
    record = vendor.vendor("t", url, specs=tmp_path)
    assert "live" not in record
    said = vendor.summary("t", record, url)
    assert "live URL none" in said
    assert f"{live.url}/spec?*** is not recorded" in said
    assert "hunter2" not in said + (tmp_path / "t" / "source.yaml").read_text()


def test_a_password_in_the_url_is_refused(live: SpecServer, tmp_path: Path) -> None:
    url = live.add("/spec", Page(body=json.dumps(SPEC).encode())).replace("//", "//ada:hunter2@")
    with pytest.raises(GeneratorError, match="contains a user name or password") as caught:
        vendor.vendor("t", url, specs=tmp_path)
    assert "hunter2" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert live.seen == []


NAMES = [
    "../evil",
    "/evil",
    "label-studio",
    "My Platform",
    "class",
    "",
    "4u",
    "_a",
    "a_",
    "a\n",
    "é",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_package_can_have_is_refused_at_once(tmp_path: Path, name: str) -> None:
    specs = tmp_path / "specs"
    with pytest.raises(GeneratorError, match=r"is not a platform name .* expected") as caught:
        vendor.vendor(name, "nowhere.json", specs=specs)
    assert repr(name) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_names_that_packages_can_have(tmp_path: Path) -> None:
    source = tmp_path / "t.json"
    source.write_text(json.dumps(SPEC))
    for name in ("a", "cvat", "label_studio", "v7"):
        vendor.vendor(name, str(source), specs=tmp_path / "specs")
    assert effective.platforms(tmp_path / "specs") == ["a", "cvat", "label_studio", "v7"]


def test_nonsense_is_refused_and_not_written(tmp_path: Path) -> None:
    source = tmp_path / "t.json"
    changes: list[dict[str, Any]] = [
        {"components": {"schemas": {"A": {"required": [1, "a"]}}}},
        {"paths": {"/\ud800": {}}},
    ]
    for change in changes:
        source.write_text(json.dumps(SPEC | change))
        with pytest.raises(GeneratorError, match=r"t\.json: "):
            vendor.vendor("t", str(source), specs=tmp_path / "specs")
    assert not (tmp_path / "specs").exists()


def test_nothing_is_written_if_the_document_is_no_good(live: SpecServer, tmp_path: Path) -> None:
    for page, error in (
        (Page(body=b"<html>"), GeneratorError),
        (Page(statuses=[404]), UnreachableError),
    ):
        with pytest.raises(error):
            vendor.vendor("t", live.add("/spec", page), specs=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_source(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="records no live URL"):
        vendor.vendor("t", specs=tmp_path)


def test_exit_codes(capsys: pytest.CaptureFixture[str], live: SpecServer) -> None:
    assert main(["vendor", "ecotaxa", "--from", "nowhere.json"]) == 3
    assert "nowhere.json: no such file" in capsys.readouterr().err
    assert main(["vendor", "ecotaxa", "--from", live.url + "/none"]) == 4


@pytest.mark.parametrize("platform", effective.platforms())
def test_the_vendored_contracts_are_canonical(platform: str) -> None:
    path = effective.SPECS / platform / "openapi.yaml"
    assert documents.dump(canonical.canonicalize(documents.load(path))) == path.read_text()


@needs_shared
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_vendored_contracts_are_those_of_upstream(platform: str) -> None:
    folder = effective.SPECS / platform
    written = documents.load(folder / "openapi.yaml")
    record = documents.load(folder / "source.yaml")
    origin = SHARED / ("recovered" if "recovered" in record else "upstream") / platform
    (source,) = (path for path in origin.iterdir() if path.stem == record["version"])
    document = untrusted.read(source.read_bytes(), origin=source.name)
    assert canonical.canonicalize(document) == written


def test_webhooks_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = {"caught": {"post": {"responses": {"200": {"description": "Thanks."}}}}}
    (tmp_path / "t.json").write_text(json.dumps(SPEC | {"openapi": "3.1.0", "webhooks": hooks}))
    monkeypatch.chdir(tmp_path)
    vendor.vendor("t", "t.json", specs=tmp_path)
    contract = documents.load(tmp_path / "t" / "openapi.yaml")
    assert list(vendor.unheard(contract)) == [
        "webhooks are kept, and no code is made for them, since it is the server that calls: caught"
    ]
    assert list(vendor.unheard({})) == []
