"""A project's export as a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annoport.ecotaxa.exported import table_in
from annoport.errors import (
    CorruptFileError,
    InvalidArgumentError,
    InvalidBodyError,
    JobFailedError,
    TransportError,
)
from annoport.filters import F
from tests.ecotaxa.conftest import Server

Flow = Callable[..., Any]
FIRST = 200_000_001


def test_a_project_is_exported_into_a_table(flow: Flow, server: Server) -> None:
    server.fake.state.projects[1].process_columns = {"soft": "t01"}
    for sample in server.fake.state.samples_of(1):
        sample.process_free = {"soft": "zp 8"}
    table = flow("export_table", 1)
    assert table.num_rows == 12
    row = table.to_pylist()[0]
    assert {name: row[name] for name in ("object_id", "object_area", "process_soft", "objid")} == {
        "object_id": "tow_01_000",
        "object_area": 6.0,
        "process_soft": "zp 8",
        "objid": str(FIRST),
    }
    assert row["object_annotation_hierarchy"].startswith("Biota>Animalia")
    assert row["object_link"] is None
    plain = flow("export_table", 1, with_internal_ids=False)
    assert "objid" not in plain.column_names


def test_filters_choose(flow: Flow) -> None:
    table = flow("export_table", 1, filters=F["obj.classif_qual"] == "P")
    assert set(table["object_annotation_status"].to_pylist()) == {"predicted"}
    empty = flow("export_table", 1, filters={"taxo": "1"})
    assert (empty.num_rows, empty.column_names) == (0, [])


def test_taxa_status_and_samples_choose(flow: Flow) -> None:
    table = flow("export_table", 1, taxa=["Copepoda"], status="V", samples=["tow_01"])
    assert set(table["object_annotation_status"].to_pylist()) == {"validated"}
    assert set(table["sample_id"].to_pylist()) == {"tow_01"}
    taxa = set(table["object_annotation_category"].to_pylist())
    assert taxa <= {"Calanoida", "Cyclopoida", "Oncaeidae"}


def test_only_annotations(flow: Flow) -> None:
    table = flow("export_table", 1, only_annotations=True)
    assert table.column_names[-1] == "object_annotation_category_id"
    assert (table.num_rows, len(table.column_names)) == (12, 8)


def test_an_export_can_be_kept(flow: Flow, server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    flow("export_table", 1, folder=folder)
    [path] = [path for path in folder.iterdir() if not path.name.startswith(".")]
    assert path.suffix == ".zip"
    flow("export_table", 1, folder=folder)
    assert server.fake.jobs.all()[-1].id == 2


def test_an_archive_that_cannot_be_unpacked(tmp_path: Path) -> None:
    (export := tmp_path / "export.zip").write_bytes(b"PK")
    with pytest.raises(CorruptFileError) as caught:
        table_in(export)
    assert str(caught.value) == (
        "export.zip is no zip file that can be unpacked: File is not a zip file"
    )
    assert caught.value.path == export


def test_what_goes_wrong_is_told(flow: Flow, server: Server) -> None:
    with pytest.raises(InvalidBodyError):
        flow("export_table", 1, filters={"statusfilter": "X"})
    with pytest.raises(InvalidArgumentError):
        flow("export_table", "one")
    with pytest.raises(InvalidArgumentError, match="export_object_set_general: "):
        flow("export_table", 1, filters=F["x"] == 1)
    assert server.requests == []
    server.fake.next_job = "failed"
    with pytest.raises(JobFailedError):
        flow("export_table", 1)
    server.fake.fail_next(503, path="/jobs/")
    server.fake.lose_next(path="/file")
    assert flow("export_table", 1).num_rows == 12
    server.stop()
    with pytest.raises(TransportError):
        flow("export_table", 1)
