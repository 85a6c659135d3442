"""What is written of every kind of answer."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annoport import testing
from annoport.testing.images import png
from tests.cli.commands import Done, environment, here


@pytest.fixture(autouse=True)
def _logged_in(cvat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in environment(
        CVAT_URL=cvat.url, CVAT_TOKEN=cvat.token, ANNOPORT_CONFIG=str(tmp_path)
    ).items():
        monkeypatch.setenv(name, text)


@pytest.fixture(scope="module")
def tator() -> Iterator[Any]:
    with testing.serve("tator") as server:
        yield server


def tasks(*arguments: str) -> Done:
    return here("cvat", "tasks", *arguments)


def test_lists_in_every_form() -> None:
    lines = tasks("list", "--output", "jsonl")
    items = [json.loads(line) for line in lines.out.splitlines()]
    assert items == json.loads(tasks("list", "--output", "json").out)
    ids = tasks("list", "--output", "ids").out.split()
    assert ids == [str(one["id"]) for one in items]
    rows = list(csv.reader(io.StringIO(tasks("list", "-o", "csv", "--columns=id,owner").out)))
    assert rows[0] == ["id", "owner"]
    assert [json.loads(row[1]) for row in rows[1:]] == [one["owner"] for one in items]
    everything = list(csv.DictReader(io.StringIO(tasks("list", "-o", "csv").out)))
    assert [row["name"] for row in everything] == [one["name"] for one in items]


@pytest.mark.parametrize("output", ["csv", "table"])
def test_a_column_that_no_item_can_have(output: str) -> None:
    said = "Error: --columns: no item has 'nme'; did you mean 'name'?\n"
    assert tasks("list", "-o", output, "--columns", "id,nme") == (2, "", said)
    assert tasks("retrieve", "1", "-o", output, "--columns", "id,nme") == (2, "", said)
    strange = tasks("list", "-o", output, "--columns", "id,zzz")
    assert (strange.code, strange.out) == (2, "")
    assert strange.err.startswith("Error: --columns: no item has 'zzz'; they have assignee, ")


def test_a_column_that_no_item_has() -> None:
    wanted = ("-o", "csv", "--columns", "id,owner.usrname")
    assert tasks("retrieve", "1", *wanted) == (
        0,
        "id,owner.usrname\n1,\n",
        (
            "annoport: warning: --columns: no item has 'owner.usrname'; did you mean "
            "'owner.username'?\n"
        ),
    )
    none = ("--name", "no such task")
    assert tasks("list", *none, *wanted) == (0, "id,owner.usrname\n", "")


def test_an_empty_list() -> None:
    none = ("list", "--name", "no such task", "--output")
    assert tasks(*none, "json") == (0, "[]\n", "")
    for output in ("jsonl", "ids", "csv", "table"):
        assert tasks(*none, output) == (0, "", "")


def test_several_ids_make_a_list() -> None:
    both = json.loads(tasks("retrieve", "1", "2", "--output", "json").out)
    assert [one["id"] for one in both] == [1, 2]
    assert json.loads(tasks("retrieve", "1").out)["id"] == 1


def test_conditions_filter() -> None:
    everything = tasks("list", "--output", "ids").out.split()
    few = tasks("list", "--where", "id in [1, 3]", "--output", "ids").out.split()
    assert sorted(few) == ["1", "3"]
    rest = tasks("list", "--where", "not id in [1, 3]", "--output", "ids").out.split()
    assert sorted(rest + few) == sorted(everything)


def test_a_body_field_by_field() -> None:
    made = tasks(
        "create", "--set=name=12", "--set", "labels=[]", "--set=labels={\"name\": \"crab\"}",
        "--set", "segment_size=5", "--dry-run",
    )  # fmt: skip
    assert json.loads(made.out) == {
        "method": "POST",
        "path": "/api/tasks",
        "body": {"name": "12", "labels": [{"name": "crab"}], "segment_size": 5},
    }


def test_a_body_from_stdin_and_fields_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"name": "a", "subset": "b"}')))
    made = tasks("create", "--body", "-", "--set", "name=c", "--dry-run")
    assert json.loads(made.out)["body"] == {"name": "c", "subset": "b"}


def test_a_dry_run_changes_nothing() -> None:
    before = tasks("list", "--output", "ids").out
    shown = tasks("delete", "1", "2", "--dry-run", "--output", "jsonl")
    assert [json.loads(line)["path"] for line in shown.out.splitlines()] == [
        "/api/tasks/1",
        "/api/tasks/2",
    ]
    assert tasks("list", "--output", "ids").out == before


def test_what_is_deleted_is_gone() -> None:
    made = tasks("create", "--set", "name=gone", "--output", "ids").out.strip()
    assert tasks("delete", made, "--yes") == (0, "", "")
    assert tasks("retrieve", made).code == 4


def test_an_export_is_waited_for_and_downloaded(tmp_path: Path) -> None:
    export = ("create-dataset-export", "1", "--format", "COCO 1.0")
    state = tasks(*export, "--wait", "--quiet")
    assert json.loads(state.out)["status"] == "finished"
    done = tasks(*export, "--download", f"{tmp_path}/a.zip", "--quiet")
    assert done == (0, f"{tmp_path}/a.zip\n", "")
    assert zipfile.ZipFile(tmp_path / "a.zip").testzip() is None
    token = tasks(*export).out.strip()
    done = here("job", "download", token, "--to", f"{tmp_path}/b.zip", "--quiet")
    assert done == (0, f"{tmp_path}/b.zip\n", "")
    refused = here("job", "restart", token)
    assert (refused.code, refused.out) == (5, "")
    assert "cannot be restarted: start a new one" in refused.err


def test_files_are_uploaded(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for file in files:
        file.write_bytes(png(8, 8))
    made = tasks("create", "--set=name=dive", '--set=labels={"name": "crab"}', "-o", "ids")
    number = made.out.strip()
    paths = [str(file) for file in files]
    words = ("upload-data", number, *paths, "--set", "image_quality=70", "--wait", "--quiet")
    shown = tasks(*words, "--dry-run", "--output", "json")
    assert json.loads(shown.out)["files"] == paths
    done = tasks(*words, "-o", "csv", "--columns", "status")
    assert done == (0, "status\nfinished\n", "")
    assert json.loads(tasks("retrieve", number).out)["size"] == 3


def test_a_file_goes_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "preview.jpg"
    assert tasks("retrieve-preview", "1", "--out", str(path)).code == 0
    assert path.read_bytes().startswith(b"\xff\xd8")


def test_the_ids_of_every_platform(tator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TATOR_URL", tator.url)
    monkeypatch.setenv("TATOR_TOKEN", tator.token)
    listed = here("tator", "media", "list", "1", "--output", "jsonl").out.splitlines()
    ids = here("tator", "media", "list", "1", "--output", "ids").out.split()
    assert ids == [str(json.loads(line)["id"]) for line in listed]
    with testing.serve("ecotaxa") as server:
        monkeypatch.setenv("ECOTAXA_URL", server.url)
        monkeypatch.setenv("ECOTAXA_TOKEN", server.token)
        assert here("ecotaxa", "projects", "search", "--output", "ids").out.split()[0] == "1"
        found = here(
            "ecotaxa", "objects", "list", "1", "--where", "obj.classif_qual == V", "-o", "json"
        )
        assert found.code == 0, found.err
        assert json.loads(found.out)
