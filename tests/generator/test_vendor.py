"""Taking over an upstream document."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from generator import contract, documents, effective, vendor
from generator.__main__ import main
from generator.errors import GeneratorError, UnreachableError
from tests.generator.live import Live, Page
from tests.shared import SHARED, needs_shared

SPEC: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "T", "version": "4.5.6 (beta)", "description": "Words."},
    "paths": {"/b": {"get": {"responses": {"200": {"description": "Fine."}}}}, "/a": {}},
}


def test_writes_the_contract_and_where_it_came_from(live: Live, tmp_path: Path) -> None:
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
    # Again, from the URL that is recorded now: the same bytes.
    vendor.vendor("t", specs=tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "t").iterdir()} == first


def test_a_file_has_no_tag(live: Live, tmp_path: Path) -> None:
    url = live.add("/spec", Page(body=json.dumps(SPEC).encode(), etag='"v1"'))
    vendor.vendor("t", url, specs=tmp_path)
    path = tmp_path / "t.json"
    path.write_text(json.dumps(SPEC))
    record = vendor.vendor("t", str(path), release="4.6", specs=tmp_path)
    assert "etag" not in record
    assert (record["live"], record["version"]) == (url, "4.6")


def test_nothing_is_written_if_the_document_is_no_good(live: Live, tmp_path: Path) -> None:
    for page, error in (
        (Page(body=b"<html>"), GeneratorError),
        (Page(statuses=[404]), UnreachableError),
    ):
        with pytest.raises(error):
            vendor.vendor("t", live.add("/spec", page), specs=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_source(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="names no live URL"):
        vendor.vendor("t", specs=tmp_path)


def test_exit_codes(capsys: pytest.CaptureFixture[str], live: Live) -> None:
    assert main(["vendor", "ecotaxa", "--from", "nowhere.json"]) == 3
    assert "nowhere.json: no such file" in capsys.readouterr().err
    assert main(["vendor", "ecotaxa", "--from", live.url + "/none"]) == 4


@needs_shared
@pytest.mark.parametrize("platform", effective.platforms())
def test_the_vendored_contracts_are_canonical(platform: str) -> None:
    folder = effective.SPECS / platform
    written = documents.load(folder / "openapi.yaml")
    assert documents.dump(contract.canonicalize(written)) == (folder / "openapi.yaml").read_text()
    version = documents.load(folder / "source.yaml")["version"]
    (source,) = (SHARED / "upstream" / platform).glob(f"{version}.*")
    assert contract.canonicalize(documents.load(source)) == written
