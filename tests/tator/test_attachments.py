"""Attachments go to a medium once, and come to disk under names of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annoport import tator
from annoport.errors import InvalidArgumentError, NotFoundError, ServerError
from annoport.testing import FakeServer
from annoport.testing.tator import FakeTator


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("calm sea")
    return path


def attached(client: tator.Client, medium: int) -> list[tator.models.AuxiliaryFileDefinition]:
    return client.media_files.get_auxiliary_file_list(medium)


def test_a_file_is_attached(flows: Any, client: tator.Client, notes: Path, tmp_path: Path) -> None:
    made = flows.upload_attachment(1, notes)
    assert attached(client, 1) == [made]
    assert (made.name, made.size, made.mime) == ("notes.txt", 8, "text/plain")
    other = flows.upload_attachment(client.media.retrieve(1), notes, name="log", mime="text/x-log")
    assert (other.name, other.mime) == ("log", "text/x-log")
    paths = flows.download_attachments(1, tmp_path / "got")
    assert [path.name for path in paths] == ["1_notes.txt", "1_log"]
    assert {path.read_text() for path in paths} == {"calm sea"}
    assert flows.download_attachments([1, 2], tmp_path / "got", names="*.txt") == paths[:1]
    assert flows.download_attachments(flows.client.media.list(1), tmp_path / "got") == paths
    assert flows.download_attachments(2, tmp_path / "got") == []


def test_a_name_that_is_taken(
    flows: Any, client: tator.Client, server: FakeServer[FakeTator], notes: Path, tmp_path: Path
) -> None:
    flows.upload_attachment(1, notes)
    server.requests.clear()
    with pytest.raises(InvalidArgumentError) as caught:
        flows.upload_attachment(1, notes)
    assert str(caught.value) == (
        "medium 1 'whale_0000.png' has an attachment 'notes.txt' already: pass another name=, or "
        "overwrite='replace'"
    )
    assert [one.method for one in server.requests] == ["GET"]
    notes.write_text("storm")
    flows.upload_attachment(1, notes, overwrite="replace")
    assert [one.size for one in attached(client, 1)] == [5]
    (path,) = flows.download_attachments(1, tmp_path / "got")
    assert path.read_text() == "storm"


def test_names_that_are_there_twice(
    flows: Any, client: tator.Client, fake: FakeTator, notes: Path, tmp_path: Path
) -> None:
    made = flows.upload_attachment(1, notes)
    client.media_files.create_auxiliary_file(1, body=made)
    paths = flows.download_attachments(1, tmp_path / "got")
    assert [path.name for path in paths] == ["1_notes.txt", "1_notes_2.txt"]


def test_a_lost_answer_doubles_nothing(
    flows: Any, client: tator.Client, fake: FakeTator, notes: Path
) -> None:
    fake.lose_next(path="/rest/AuxiliaryFiles/1", method="POST")
    made = flows.upload_attachment(1, notes)
    assert attached(client, 1) == [made]
    fake.fail_next(502, path="/rest/AuxiliaryFiles/2")
    with pytest.raises(ServerError):
        flows.upload_attachment(2, notes)
    flows.upload_attachment(2, notes)
    assert len(attached(client, 2)) == 1


def test_what_is_not_there(flows: Any, server: FakeServer[FakeTator], tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flows.upload_attachment(1, tmp_path / "gone.txt")
    gone = str(tmp_path / "gone.txt")
    assert str(caught.value) == f"file: {gone!r} does not exist: expected the path of a file"
    assert server.requests == []
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(NotFoundError):
        flows.upload_attachment(98765, tmp_path / "notes.txt")
