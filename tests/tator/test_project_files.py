"""Temporary files, reports and algorithms, each from one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annoport import tator
from annoport.errors import InvalidAnnotationError, InvalidArgumentError, PartialWriteError
from annoport.testing import FakeServer
from annoport.testing.tator import FakeTator


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "june.html"
    path.write_text("<h1>June</h1>")
    return path


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    path = tmp_path / "count.yaml"
    path.write_text("kind: Workflow\n")
    return path


def test_a_temporary_file(flows: Any, client: tator.Client, report: Path) -> None:
    made = flows.temporary_file(1, report, hours=2)
    assert (made.name, made.lookup) == ("june.html", "june.html")
    assert made == client.temporary_files.retrieve(made.id)
    assert client.file_at(made.path).read() == report.read_bytes()
    assert made.eol_datetime
    assert made.created_datetime
    assert (made.eol_datetime - made.created_datetime).total_seconds() == 7200
    other = flows.temporary_file(1, report, name="a.html", lookup="5e1f")
    assert (other.name, other.lookup) == ("a.html", "5e1f")


def test_a_report(flows: Any, client: tator.Client, report: Path) -> None:
    made = flows.upload_report(
        1, report, type="Export", description="All of June", attributes={"format": "html"}
    )
    assert (made.name, made.description, made.attributes) == (
        "june.html",
        "All of June",
        {"format": "html"},
    )
    assert made.path
    url = client.transfers.get_download_info(1, body={"keys": [made.path]})[0].url
    assert client.file_at(url).read() == report.read_bytes()
    report.write_text("<h1>June, again</h1>")
    again = flows.upload_report(1, report, into=made)
    assert again.id == made.id
    url = client.transfers.get_download_info(1, body={"keys": [again.path]})[0].url
    assert client.file_at(url).read() == report.read_bytes()


def test_a_report_that_could_not_be_filled(
    flows: Any, client: tator.Client, fake: FakeTator, report: Path
) -> None:
    fake.lose_next(path="/rest/Files/1", method="POST")
    fake.fail_next(400, path="/rest/UploadInfo/1")
    with pytest.raises(PartialWriteError) as caught:
        flows.upload_report(1, report)
    error = caught.value
    (row,) = client.files.list(1).all()
    assert (error.done, error.left) == ((row.id,), 1)
    assert str(error) == (
        f"file {row.id} 'june.html' is registered, but its content is not there: call again with "
        f"into={row.id}; {type(error.__cause__).__name__}: {error.__cause__}"
    )
    assert flows.upload_report(1, report, into=error.done[0]).path
    assert len(client.files.list(1).all()) == 1


def test_an_algorithm(flows: Any, client: tator.Client, workflow: Path) -> None:
    made = flows.register_algorithm(
        1,
        workflow,
        name="Count fish",
        files_per_job=3,
        description="Counts",
        categories=["count"],
        parameters=[{"name": "threshold", "value": "0.5"}],
    )
    assert made == client.algorithms.retrieve(made.id)
    assert (made.name, made.files_per_job, made.categories) == ("Count fish", 3, ["count"])
    assert made.manifest
    assert made.manifest.startswith("1/count_")
    assert made.manifest.endswith(".yaml")
    assert made.user == client.users.whoami().id
    with pytest.raises(InvalidArgumentError) as caught:
        flows.register_algorithm(1, workflow, name="Count fish", files_per_job=1)
    assert str(caught.value) == (
        f"name: project 1 has an algorithm 'Count fish' already, with the id {made.id}: delete it "
        "first, or choose another name"
    )


def test_an_algorithm_whose_answer_was_lost(
    flows: Any, client: tator.Client, fake: FakeTator, workflow: Path
) -> None:
    fake.lose_next(path="/rest/Algorithms/1", method="POST")
    made = flows.register_algorithm(1, workflow, name="Count fish", files_per_job=1)
    assert [one.id for one in client.algorithms.list(1) if one.name == "Count fish"] == [made.id]


def test_what_is_wrong_is_refused_before_anything_is_sent(
    flows: Any, server: FakeServer[FakeTator], report: Path, tmp_path: Path
) -> None:
    def refused(flow: str, *arguments: Any, **options: Any) -> str:
        with pytest.raises((InvalidArgumentError, InvalidAnnotationError)) as caught:
            getattr(flows, flow)(1, *arguments, **options)
        return str(caught.value)

    gone = tmp_path / "gone.yaml"
    missing = f"file: {str(gone)!r} does not exist: expected the path of a file"
    assert refused("temporary_file", gone) == missing
    assert refused("upload_report", gone) == missing
    assert refused("register_algorithm", gone, name="a", files_per_job=1) == missing
    assert refused("temporary_file", report, hours=0) == "hours is 0: expected 1 or more"
    assert refused("register_algorithm", report, name="a", files_per_job=0) == (
        "files_per_job is 0: expected 1 or more"
    )
    binary = tmp_path / "count.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert refused("register_algorithm", binary, name="a", files_per_job=1) == (
        "manifest: 'count.yaml' is no YAML: 'utf-8' codec can't decode byte 0xff in position 0: "
        "invalid start byte"
    )
    assert refused("upload_report", report, type="Chart") == (
        "type 'Chart': project 1 has none such; it has 'Export' (1)"
    )
    assert refused("upload_report", report, attributes={"fromat": "x"}) == (
        "file 'june.html': attributes['fromat']: type 'Export' has no such attribute, and Tator "
        "would drop it; it has 'format', 'job'"
    )
    with pytest.raises(InvalidArgumentError) as none:
        flows.upload_report(2, report)
    assert str(none.value) == "type: project 2 has not just one: there is none at all"
    assert [one.path for one in server.requests if one.method != "GET"] == []
