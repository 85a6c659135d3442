"""Import a folder of tables and images."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from annoport import ecotaxa
from annoport.errors import (
    InvalidArgumentError,
    JobFailedError,
    JobNeedsInputError,
    JobTimeoutError,
    TransportError,
    UploadError,
)
from tests.ecotaxa.conftest import Server
from tests.ecotaxa.folders import GOOD, HEAD, TYPES, folder_of

Flow = Callable[..., Any]
BY = f"{HEAD}\tobject_annotation_status\tobject_annotation_person_name"
BY_TYPES = f"{TYPES}\t[t]\t[t]"
UNKNOWN = (
    "one\t1\t1\ta.png\tCopépode inconnu\tvalidated\tZoé Ñandú",
    "two\t1\t1\tb.png\tCalanoida\tpredicted\tAda Lind",
)
SHOWN = (
    "the import asks about names that the server does not know, or knows several of: call again "
    "with users= for 'zoé ñandú' and taxa= for 'copépode inconnu', and into=1; nothing was "
    "imported yet"
)


def objects(server: Server, project: int = 3) -> list[tuple[Any, ...]]:
    return [
        (thing.orig_id, thing.taxon, thing.status, thing.annotator and thing.annotator.name)
        for thing in server.fake.state.things_of(project)
    ]


def posts(server: Server, ending: str) -> int:
    return sum(one.method == "POST" and one.path.endswith(ending) for one in server.requests)


def files(server: Server) -> list[str]:
    return sorted(server.fake.folder(server.fake.state.users[1]).files)


def test_a_folder_is_imported(flow: Flow, server: Server, tmp_path: Path) -> None:
    first = "zoé\t43.5\t1.5\ta.png\tCalanoida"
    folder = folder_of(tmp_path / "bay", first, GOOD[1], encoding="utf-8")
    job = flow("import_folder", 3, folder)
    assert (job.status, job.state.result) == ("F", {"rowcount": 2})
    assert objects(server) == [("zoé", 45074, None, None), ("two", None, None, None)]
    assert [thing.free for thing in server.fake.state.things_of(3)] == [{"area": 1.5}, {}]
    assert server.fake.state.projects[3].free_columns.count("area") == 1
    assert files(server) == []  # what was uploaded is removed


def test_what_was_uploaded_may_stay(flow: Flow, server: Server, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "bay", *GOOD)
    flow("import_folder", 3, folder, keep_files=True)
    names = files(server)
    assert [name.partition("/")[2] for name in names] == [
        "leg/a.png",
        "leg/b.png",
        "leg/ecotaxa_leg.tsv",
    ]
    assert names[0].startswith("bay_")


def test_questions_are_answered_by_name(flow: Flow, server: Server, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, *UNKNOWN, head=BY, types=BY_TYPES)
    flow(
        "import_folder",
        3,
        folder,
        users={"ZOÉ Ñandú": server.fake.state.users[2].id},
        taxa={"Copépode inconnu": "Oncaeidae"},
    )
    assert objects(server) == [("one", 78418, "V", "Grace Okoro"), ("two", 45074, "P", None)]


def test_a_callback_answers_what_is_left(flow: Flow, server: Server, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, *UNKNOWN, head=BY, types=BY_TYPES)
    asked: list[ecotaxa.ImportQuestion] = []

    def answer(question: ecotaxa.ImportQuestion) -> dict[str, Any]:
        asked.append(question)
        return {"taxa": dict.fromkeys(question.taxa, 45072)}

    flow("import_folder", 3, folder, users={"zoé ñandú": 2}, on_question=answer)
    assert [(one.users, one.taxa) for one in asked] == [((), ("copépode inconnu",))]
    assert objects(server)[0] == ("one", 45072, "V", "Grace Okoro")


def test_a_question_without_an_answer_can_be_answered_later(
    flow: Flow, server: Server, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, *UNKNOWN, head=BY, types=BY_TYPES)
    with pytest.raises(JobNeedsInputError) as caught:
        flow("import_folder", 3, folder)
    assert (str(caught.value), caught.value.job_id) == (SHOWN, 1)
    assert objects(server) == []

    def half(_question: ecotaxa.ImportQuestion) -> dict[str, Any]:
        return {"users": {"zoé ñandú": 2}}

    with pytest.raises(JobNeedsInputError) as caught:
        flow("import_folder", 3, folder, into=1, on_question=half)
    assert "call again with taxa= for 'copépode inconnu', and into=1;" in str(caught.value)
    flow(
        "import_folder",
        3,
        folder,
        users={"zoé ñandú": 2},
        taxa={"copépode inconnu": 45072},
        into=caught.value.job_id,
    )
    assert [one[1] for one in objects(server)] == [45072, 45074]
    assert (posts(server, "/user_files/"), posts(server, "/file_import/3")) == (1, 1)
    assert files(server) == []


@pytest.mark.parametrize(
    ("existing", "expected"),
    [("skip", ("V", 6.0)), ("update", ("V", 99.0)), ("reclassify", ("P", 99.0))],
)
def test_objects_that_the_project_has(
    flow: Flow, server: Server, tmp_path: Path, existing: str, expected: tuple[str, float]
) -> None:
    known = server.fake.state.things_of(1)[0]
    row = f"{known.orig_id}\t1\t99\ta.png\tCalanoida\tpredicted\t"
    folder = folder_of(tmp_path, row, "new\t1\t1\tb.png\t\t\t", head=BY, types=BY_TYPES)
    flow("import_folder", 1, folder, existing=existing)
    assert (known.status, known.free["area"]) == expected
    assert len(server.fake.state.things_of(1)) == 13
    flow("import_folder", 1, folder, existing=existing)  # run again, nothing is doubled
    assert len(server.fake.state.things_of(1)) == 13


def test_run_again_nothing_is_doubled(flow: Flow, server: Server, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, *GOOD)
    flow("import_folder", 3, folder)
    with pytest.raises(JobFailedError) as caught:
        flow("import_folder", 3, folder)
    assert caught.value.errors[1] == (
        " - line 3: (Object 'one', Image 'a.png') is already in EcoTaxa or being imported."
    )
    assert len(objects(server)) == 2


def test_bad_folders_are_refused_before_anything_is_sent(
    flow: Flow, server: Server, tmp_path: Path
) -> None:
    rows = [f"x{number}\t99\t1\ta.png\t" for number in range(12)]
    with pytest.raises(InvalidArgumentError) as caught:
        flow("import_folder", 3, folder_of(tmp_path, *rows))
    message = str(caught.value)
    assert message.startswith(
        f"folder {str(tmp_path)!r} cannot be imported, and nothing was sent: leg/ecotaxa_leg.tsv, "
        "line 3: object_lat: 99 is not within -90 and 90 degrees; leg/ecotaxa_leg.tsv, line 4: "
    )
    assert message.endswith("; and 2 more, which check_bundle lists")
    for wrong, expected in (
        ({"existing": "keep"}, "existing is 'keep': expected 'refuse', 'skip', 'update', "),
        ({"users": {"Zoé": "2"}}, "expected a user or its id, got '2'"),
        (
            {"users": {"Zoé": 1, "zoé": 2}},
            (
                "users: 'zoé' is there twice, in other capitals, with other ids; an import does "
                "not tell capitals apart"
            ),
        ),
    ):
        with pytest.raises(InvalidArgumentError) as caught:
            flow("import_folder", 3, folder_of(tmp_path, *GOOD), **wrong)
        assert str(caught.value).startswith(expected)
    assert server.requests == []
    with pytest.raises(InvalidArgumentError) as caught:
        flow("import_folder", 3, folder_of(tmp_path, *GOOD), taxa={"x": "Yeti"})
    assert str(caught.value).startswith("taxa: 'Yeti' is no taxon")
    assert (posts(server, "/user_files/"), files(server)) == (0, [])


def test_an_upload_that_the_server_drops_is_told(
    flow: Flow, server: Server, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "bay", *GOOD, name="ecotaxa_bay.tsv")
    (folder / "b.png").write_bytes(b"no image")
    with pytest.raises(UploadError) as caught:
        flow("import_folder", 3, folder)
    assert str(caught.value) == (
        f"the server dropped b.png from what was uploaded to {caught.value.name!r}: it keeps "
        "tables and images of some types only"
    )
    assert posts(server, "/file_import/3") == 0


def test_a_lost_answer_starts_no_second_import(flow: Flow, server: Server, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, *GOOD)
    server.fake.lose_next(path="/file_import")
    with pytest.raises(TransportError) as caught:
        flow("import_folder", 3, folder)
    assert caught.value.may_be_done
    job = flow("import_folder", 3, folder, into=1)
    assert (job.status, len(objects(server))) == ("F", 2)
    assert posts(server, "/file_import/3") == 1


def test_files_that_cannot_be_removed_are_told_and_no_error(
    flow: Flow, server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = folder_of(tmp_path / "bay", *GOOD)
    flow("import_folder", 3, folder)
    assert caplog.messages == []
    flow("import_folder", 3, folder, into=1)  # it is done, and its files are gone
    [told] = [text for text in caplog.messages if "is left among your files" in text]
    assert told.startswith("'bay_")
    assert len(objects(server)) == 2


def test_a_wait_that_ends_can_be_taken_up(flow: Flow, server: Server, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, *GOOD)
    server.fake.job_seconds = 3600
    with pytest.raises(JobTimeoutError) as caught:
        flow("import_folder", 3, folder, timeout=0)
    server.fake.clock.advance(7200)
    flow("import_folder", 3, folder, into=caught.value.job_id)
    assert len(objects(server)) == 2


def test_failures_that_pass_are_not_seen(flow: Flow, server: Server, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, *GOOD)
    server.fake.fail_next(503, path="/jobs/")
    server.fake.lose_next(path="/jobs/")
    assert flow("import_folder", 3, folder).status == "F"
    server.stop()
    with pytest.raises((TransportError, UploadError)):
        flow("import_folder", 3, folder)


async def test_what_was_packed_goes_when_the_import_is_cancelled(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    packed: list[Path] = []
    with anyio.CancelScope() as scope:

        def cancel(done: int, total: int | None) -> None:
            packed.extend(scratch.rglob("*.zip"))
            scope.cancel()

        async with ecotaxa.AsyncClient(server.url, token=server.token) as client:
            folder = folder_of(tmp_path / "bay", *GOOD)
            await ecotaxa.async_import_folder(client, 3, folder, progress=cancel)
    assert scope.cancelled_caught
    assert packed
    assert list(scratch.iterdir()) == []
