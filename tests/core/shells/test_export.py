"""Whole exports in one call: taken up after an interruption, and never by anybody else."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import logging
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import msgspec
import pytest
from starlette.responses import JSONResponse, Response

from annoport.core import Limits
from annoport.core.download.lock import FileLock
from annoport.core.errors import (
    CorruptFileError,
    DecodeError,
    DownloadError,
    InvalidArgumentError,
    JobFailedError,
    JobGoneError,
    JobTimeoutError,
    TargetBusyError,
    TargetExistsError,
    UnsafeArchiveError,
)
from tests.core.both_shells import PLATFORM, Shell
from tests.core.job_platform import operations
from tests.core.servers import serve

if TYPE_CHECKING:
    from starlette.requests import Request

CONTENT = random.Random(3).randbytes(700_000)
RUNNING = {"state": "R"}
DONE = {"state": "F", "result": {"out_file": "export.bin"}}
GONE = Response("no such job", status_code=404)
WINDOW = 64 * 1024
"""Bytes that a resume may fetch again, to compare them."""


NEEDS_FILE = "needs the file on this machine, but target is "


class StoppedError(Exception):
    """Stands for the end of a process, in the middle of a transfer."""


@attrs.define
class ExportServer:
    """The server and what it has seen.

    Attributes:
        url: Its address.
        user: The account that asks.
        states: What every job answers, unless it is in `own`.
        own: Job -> what it answers.
        then: What the next polls answer before that, whatever their job.
        content: The file of every job.
        media_type: Its media type.
        etag: Its entity tag.
        starts: The bodies that started jobs.
        batch: How many jobs a start makes.
        job: The id of every job, if they all have the same one.
        without_file: Jobs whose file is gone.
        sent: Bytes of files that were sent.
        listed: What the two lists and the signing operation answer.
        asked: Paths and queries of all requests.
    """

    url: str = ""
    user: int = 1
    states: Any = attrs.field(factory=lambda: DONE)
    own: dict[int, Any] = attrs.field(factory=dict[int, Any])
    then: list[Any] = attrs.field(factory=list[Any])
    content: bytes = CONTENT
    media_type: str = "application/octet-stream"
    etag: str | None = None
    starts: list[Any] = attrs.field(factory=list[Any])
    batch: int = 1
    job: int | None = None
    without_file: set[int] = attrs.field(factory=set[int])
    sent: int = 0
    listed: dict[str, Any] = attrs.field(factory=dict[str, Any])
    asked: list[str] = attrs.field(factory=list[str])

    async def answer(self, request: Request) -> Response:
        """Respond to one request."""
        path = request.url.path
        self.asked.append(f"{path}?{request.url.query}" if request.url.query else path)
        if path == "/me":
            return JSONResponse({"user": {"id": self.user}})
        if path.removeprefix("/") in self.listed:
            return JSONResponse(self.listed[path.removeprefix("/")])
        if path.startswith("/jobs/"):
            return self._of_job(int(path.split("/")[2]), request)
        self.starts.append(json.loads(await request.body()))
        last = len(self.starts) * self.batch
        if self.job is not None:
            return JSONResponse({"job_id": self.job}, 202)
        numbers = list(range(last - self.batch + 1, last + 1))
        return JSONResponse({"job_id": numbers if path == "/batch" else numbers[0]}, 202)

    def _of_job(self, number: int, request: Request) -> Response:
        if request.url.path.endswith("/file"):
            gone = number in self.without_file
            return Response("no such file", 404) if gone else self._file(request.headers)
        state = self.own.get(number, self.states)
        if self.then:
            state = self.then.pop(0)
        return state if isinstance(state, Response) else JSONResponse(state)

    def _file(self, headers: Any) -> Response:
        found = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
        start = 0
        extra = {} if self.etag is None else {"ETag": self.etag}
        if self.etag is not None and headers.get("if-none-match") == self.etag:
            return Response(status_code=304, headers=extra)
        if found and headers.get("if-range", self.etag) == self.etag:
            start = int(found[1])
            total = len(self.content)
            extra["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        rest = self.content[start:]
        self.sent += len(rest)
        return Response(rest, 206 if start else 200, extra, self.media_type)


@pytest.fixture
def server() -> Iterator[ExportServer]:
    """Provide the server."""
    made = ExportServer()
    with serve(made.answer) as running:
        made.url = running.url
        yield made


@pytest.fixture
def client(shell: Shell, server: ExportServer) -> Iterator[Any]:
    """Provide a client of the server, sync or async."""
    made = export_client(shell, server.url)
    yield made
    shell.close(made)


def export_client(shell: Shell, url: str, platform: Any = PLATFORM, **keywords: Any) -> Any:
    """Return a client of the platform with jobs."""
    names = {"_package": "tests.core.job_platform", "_platform": platform}
    return type("JobClient", (shell.client_class,), names)(url, token="secret-token", **keywords)


@attrs.frozen
class Transfer:
    """Makes the same call again and again."""

    shell: Shell
    client: Any
    target: Any
    operation: Any = operations.EXPORT
    body: Any = attrs.field(factory=lambda: {"project": 3})

    def run(self, **keywords: Any) -> list[Path]:
        """Make the call."""
        call = self.client.download_exports(
            self.operation, {}, self.target, body=self.body, **keywords
        )
        paths: list[Path] = self.shell.run(call)
        return paths

    def stop_after(self, count: int, **keywords: Any) -> None:
        """Make the call, and end it when so many bytes have arrived."""

        def progress(done: int, _total: int | None) -> None:
            if done >= count:
                raise StoppedError

        with pytest.raises(StoppedError):
            self.run(progress=progress, **keywords)

    def stop_waiting(self, **keywords: Any) -> None:
        """Make the call, and end it while its job is running."""
        with pytest.raises(JobTimeoutError):
            self.run(timeout=0, **keywords)


@pytest.fixture
def transfer(shell: Shell, client: Any, tmp_path: Path) -> Transfer:
    """Provide a transfer to a named file in a folder that is not there yet."""
    return Transfer(shell, client, tmp_path / "out" / "x.bin")


def names(folder: Path) -> list[str]:
    """Return what is in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def note_of(folder: Path) -> Path:
    """Return the only note in a folder."""
    [note] = folder.glob(".*.note")
    return note


def an_archive() -> bytes:
    """Return a zip of one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("table.tsv", "a\tb\n" * 5)
    return buffer.getvalue()


# --------------------------------------------------------------------------- the whole way


def test_one_call_does_all(transfer: Transfer, server: ExportServer, tmp_path: Path) -> None:
    seen: list[Any] = []

    def progress(*figures: int | None) -> None:
        seen.append(figures)

    assert transfer.run(progress=progress) == [tmp_path / "out" / "x.bin"]
    assert (tmp_path / "out" / "x.bin").read_bytes() == CONTENT
    assert names(tmp_path / "out") == ["x.bin"]
    assert server.starts == [{"project": 3}]
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_a_folder_gets_the_name_of_the_server(
    shell: Shell, client: Any, server: ExportServer, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    transfer = Transfer(shell, client, f"{folder}/")
    transfer.stop_after(200_000)
    assert note_of(folder).name.startswith(".export.")
    assert transfer.run() == [folder / "export.bin"]
    assert names(folder) == ["export.bin"]
    assert len(server.starts) == 1


def test_a_stopped_wait_is_taken_up(
    transfer: Transfer, server: ExportServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "annoport.jobs")
    server.states = RUNNING
    transfer.stop_waiting()
    transfer.stop_waiting()
    server.states = DONE
    assert transfer.run() == [tmp_path / "out" / "x.bin"]
    assert len(server.starts) == 1
    lines = [one.message for one in caplog.records if one.message.startswith("export: ")]
    assert lines == ["export: took up job 1, started 0 s ago"] * 2
    assert names(tmp_path / "out") == ["x.bin"]


def test_a_stopped_download_is_taken_up(
    transfer: Transfer, server: ExportServer, tmp_path: Path
) -> None:
    transfer.stop_after(200_000)
    kept = next((tmp_path / "out").glob(".*.partial")).stat().st_size
    server.sent = 0
    assert transfer.run()[0].read_bytes() == CONTENT
    assert len(server.starts) == 1
    assert server.sent <= len(CONTENT) - kept + WINDOW


def test_the_note_is_there_before_the_wait(
    transfer: Transfer, server: ExportServer, tmp_path: Path
) -> None:
    server.states = RUNNING
    transfer.stop_waiting()
    note = note_of(tmp_path / "out")
    assert note.name.startswith(".x.bin.")
    assert "secret" not in note.read_text(encoding="utf-8")
    [token] = json.loads(note.read_bytes())["content"]["tokens"]
    assert transfer.client.job(token).id == 1


@pytest.mark.parametrize("take_up", [0, 3600, datetime.timedelta(hours=1), 7300.0])
def test_how_old_a_note_may_be(transfer: Transfer, server: ExportServer, take_up: Any) -> None:
    server.states = RUNNING
    transfer.stop_waiting()
    note = note_of(transfer.target.parent)
    written = json.loads(note.read_bytes())
    before = datetime.datetime.fromisoformat(written["written"]) - datetime.timedelta(hours=2)
    note.write_text(json.dumps(written | {"written": before.isoformat()}), encoding="utf-8")
    server.states = DONE
    transfer.run(take_up=take_up)
    assert len(server.starts) == (1 if take_up == 7300 else 2)
    assert names(transfer.target.parent) == ["x.bin"]


def test_zero_takes_up_nothing(transfer: Transfer, server: ExportServer) -> None:
    server.states = RUNNING
    transfer.stop_waiting()
    transfer.stop_waiting(take_up=0)
    assert len(server.starts) == 2
    server.states, server.own = GONE, {2: DONE}
    transfer.run()  # the newer note counts
    assert len(server.starts) == 2


# --------------------------------------------------------------------------- whose note it is


def test_another_account_takes_nothing_up(
    shell: Shell, transfer: Transfer, server: ExportServer
) -> None:
    server.states = RUNNING
    transfer.stop_waiting()
    server.user, server.states = 2, DONE
    other = attrs.evolve(transfer, client=export_client(shell, server.url))
    other.run()
    assert len(server.starts) == 2
    assert len(list(transfer.target.parent.glob(".*.note"))) == 1  # that of the first account
    shell.close(other.client)


def test_other_calls_take_nothing_up(
    shell: Shell, client: Any, transfer: Transfer, server: ExportServer, tmp_path: Path
) -> None:
    server.states = RUNNING
    transfer.stop_waiting()
    team = export_client(shell, server.url, team="whales")
    others = [
        attrs.evolve(transfer, body={"project": 4}),
        attrs.evolve(transfer, target=tmp_path / "out" / "y.bin"),
        attrs.evolve(transfer, operation=operations.LISTED),
        attrs.evolve(transfer, client=team),
    ]
    for other in others:
        other.stop_waiting()
    assert len(server.starts) == 1 + len(others)
    attrs.evolve(transfer, body={"project": 3}).stop_waiting()
    assert len(server.starts) == 1 + len(others)
    shell.close(team)


def test_without_an_account_nothing_is_taken_up(
    shell: Shell, transfer: Transfer, server: ExportServer
) -> None:
    platform = msgspec.structs.replace(PLATFORM, account=None)
    alone = attrs.evolve(transfer, client=export_client(shell, server.url, platform))
    server.states = RUNNING
    alone.stop_waiting()
    alone.stop_waiting()
    assert len(server.starts) == 2
    shell.close(alone.client)


def test_a_damaged_note_starts_anew(transfer: Transfer, server: ExportServer) -> None:
    server.states = RUNNING
    transfer.stop_waiting()
    note_of(transfer.target.parent).write_bytes(b"{")
    transfer.stop_waiting()
    note = note_of(transfer.target.parent)
    note.write_bytes(note.read_bytes().replace(b"annoport-job-1.", b"annoport-job-9."))
    transfer.stop_waiting()
    assert len(server.starts) == 3


def test_two_at_once(transfer: Transfer, server: ExportServer) -> None:
    server.states = RUNNING
    transfer.stop_waiting()
    lock = FileLock(Path(f"{note_of(transfer.target.parent)}.lock"))
    assert lock.acquire()
    with pytest.raises(TargetBusyError) as caught:
        transfer.run()
    assert str(caught.value) == (
        f"another download to {transfer.target} is running: wait until it ends, or choose "
        "another target"
    )
    lock.release()
    server.states = DONE
    transfer.run()
    assert len(server.starts) == 1


# --------------------------------------------------------------------------- jobs that are over


@pytest.mark.parametrize("state", [{"state": "E"}, {"state": "C"}, GONE], ids=["E", "C", "404"])
def test_a_job_that_is_over_is_not_taken_up(
    transfer: Transfer, server: ExportServer, state: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "annoport.jobs")
    server.states = RUNNING
    transfer.stop_waiting()
    server.own, server.states = {1: state}, DONE
    transfer.run()
    assert len(server.starts) == 2
    lines = [one.message for one in caplog.records if one.message.startswith("export: ")]
    assert lines == ["export: starting a new job: job 1, started 0 s ago, has no result"]


def test_a_job_whose_file_is_gone_is_not_taken_up(
    transfer: Transfer, server: ExportServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "annoport.jobs")
    server.states = RUNNING
    transfer.stop_waiting()
    server.states, server.without_file = DONE, {1}
    assert transfer.run()[0].read_bytes() == CONTENT
    assert len(server.starts) == 2
    lines = [one.message for one in caplog.records if one.message.startswith("export: ")]
    assert lines == [
        "export: took up job 1, started 0 s ago",
        "export: starting a new job: job_file: 404 no such file",
    ]


def test_a_job_that_fails_while_it_is_waited_for_is_an_error(
    transfer: Transfer, server: ExportServer
) -> None:
    server.states = RUNNING
    transfer.stop_waiting()
    server.then, server.states = [RUNNING, RUNNING], {"state": "E", "text": "no data"}
    with pytest.raises(JobFailedError, match="no data"):
        transfer.run()
    assert names(transfer.target.parent) == []
    server.states = DONE
    transfer.run()
    assert len(server.starts) == 2


def test_a_new_job_that_ends_badly_leaves_no_note(transfer: Transfer, server: ExportServer) -> None:
    for state, error in (({"state": "E"}, JobFailedError), (GONE, JobGoneError)):
        server.own = {1: state, 2: state}
        with pytest.raises(error):
            transfer.run()
        assert names(transfer.target.parent) == []


def test_a_damaged_file_is_exported_anew(transfer: Transfer, server: ExportServer) -> None:
    with pytest.raises(CorruptFileError):
        transfer.run(expected_sha256="0" * 64)
    transfer.run(expected_sha256=hashlib.sha256(CONTENT).hexdigest())
    assert len(server.starts) == 2


# --------------------------------------------------------------------------- the target


@pytest.mark.parametrize("overwrite", ["error", "replace", "resume"])
def test_a_target_that_exists(transfer: Transfer, server: ExportServer, overwrite: str) -> None:
    transfer.target.parent.mkdir()
    transfer.target.write_bytes(b"old")
    if overwrite == "replace":
        transfer.run(overwrite=overwrite)
        assert transfer.target.read_bytes() == CONTENT
        return
    with pytest.raises(TargetExistsError) as caught:
        transfer.run(overwrite=overwrite)
    why = ", and each export makes another file" if overwrite == "resume" else ""
    assert str(caught.value) == (
        f"cannot write {transfer.target}: it already exists{why}; choose another target, or pass "
        "overwrite='replace' to replace it"
    )
    assert server.starts == []
    assert transfer.target.read_bytes() == b"old"


def test_a_folder_in_use_is_refused_before_anything_is_started(
    transfer: Transfer, server: ExportServer, tmp_path: Path
) -> None:
    (tmp_path / "files" / "x").mkdir(parents=True)
    with pytest.raises(DownloadError, match="not an empty folder"):
        transfer.run(extract_to=tmp_path / "files")
    assert server.starts == []


@pytest.mark.parametrize("etag", [None, '"one"'])
@pytest.mark.parametrize("overwrite", ["error", "replace", "resume"])
def test_a_file_that_was_whole_is_not_fetched_again(
    transfer: Transfer, server: ExportServer, overwrite: str, etag: Any
) -> None:
    """The first call ends after the file has its name, before its content is unpacked."""
    tmp_path = transfer.target.parent
    server.content, server.media_type, server.etag = an_archive(), "application/zip", etag
    server.states = {"state": "F", "result": {"url": f"{server.url}/jobs/1/file"}}
    operation = operations.EXPORT if etag is None else operations.JOIN
    server.states["result"]["out_file"] = "export.zip"
    transfer = attrs.evolve(transfer, target=tmp_path / "x.zip", operation=operation)
    folder = tmp_path / "files"
    with pytest.raises(UnsafeArchiveError):
        transfer.run(extract_to=folder, overwrite=overwrite, limits=Limits(total=10))
    assert transfer.target.exists()
    server.sent = 0
    assert transfer.run(extract_to=folder, overwrite=overwrite) == [transfer.target]
    assert (folder / "table.tsv").exists()
    assert (len(server.starts), server.sent) == (1, 0)
    kept = [name for name in names(tmp_path) if name.endswith(".json")]
    assert len(kept) == (overwrite == "resume")
    assert set(names(tmp_path)) - set(kept) == {"files", "x.zip"}


def test_what_was_unpacked_before_the_end_is_not_unpacked_again(
    shell: Shell, client: Any, server: ExportServer, tmp_path: Path
) -> None:
    server.content, server.media_type = an_archive(), "application/zip"
    transfer = Transfer(shell, client, tmp_path / "x.zip")
    note: list[tuple[Path, bytes]] = []

    def progress(*_: int | None) -> None:
        found = note_of(tmp_path)
        note.append((found, found.read_bytes()))

    folder = tmp_path / "files"
    transfer.run(extract_to=folder, progress=progress, overwrite="resume")
    path, content = note[-1]
    path.write_bytes(content)  # as if the process had ended just before
    (folder / "of the user").touch()
    server.sent = 0
    transfer.run(extract_to=folder, overwrite="resume")
    assert names(folder) == ["of the user", "table.tsv"]
    assert (len(server.starts), server.sent) == (1, 0)


def test_the_same_bytes_after_a_new_export_are_fetched_whole(
    shell: Shell, client: Any, server: ExportServer, tmp_path: Path
) -> None:
    """A server that makes the same file again gives it another entity tag."""
    server.etag, server.job = '"one"', 1
    server.states = {"state": "F", "result": {"url": f"{server.url}/jobs/1/file"}}
    transfer = Transfer(shell, client, tmp_path / "x.bin", operations.JOIN)
    transfer.run(overwrite="resume")
    assert server.sent == len(CONTENT)
    server.etag = '"two"'
    transfer.run(overwrite="resume")
    assert transfer.target.read_bytes() == CONTENT
    assert len(server.starts) == 2


def test_a_part_is_never_joined_to_another_export(
    shell: Shell, client: Any, server: ExportServer, tmp_path: Path
) -> None:
    server.etag, server.job = '"one"', 1
    server.states = {"state": "F", "result": {"url": f"{server.url}/jobs/1/file"}}
    transfer = Transfer(shell, client, tmp_path / "x.bin", operations.JOIN)
    transfer.stop_after(200_000)
    server.etag, server.content = '"two"', random.Random(4).randbytes(len(CONTENT))
    transfer.run(take_up=0)
    assert transfer.target.read_bytes() == server.content
    assert len(server.starts) == 2


# --------------------------------------------------------------------------- several jobs


def test_several_jobs(shell: Shell, client: Any, server: ExportServer, tmp_path: Path) -> None:
    server.batch, server.content, server.media_type = 3, an_archive(), "application/zip"
    for number in (1, 2, 3):
        state = {"state": "F", "result": {"out_file": f"{number}.zip"}}
        server.own[number] = RUNNING if number == 2 else state
    folder = tmp_path / "out"
    transfer = Transfer(shell, client, folder, operations.BATCH)
    with pytest.raises(JobTimeoutError):
        transfer.run(timeout=0.3, extract_to=tmp_path / "files")
    assert (folder / "1.zip").exists()
    server.own[2] = {"state": "F", "result": {"out_file": "2.zip"}}
    server.sent = 0
    assert transfer.run(extract_to=tmp_path / "files") == [
        folder / f"{number}.zip" for number in (1, 2, 3)
    ]
    assert names(folder) == ["1.zip", "2.zip", "3.zip"]
    assert names(tmp_path / "files") == ["job_1", "job_2", "job_3"]
    assert (len(server.starts), server.sent) == (1, 2 * len(server.content))


# --------------------------------------------------------------------------- files in lists


@pytest.mark.parametrize("where", ["list_files", "list_objects"])
def test_a_file_that_the_server_lists(
    shell: Shell, client: Any, server: ExportServer, tmp_path: Path, where: str
) -> None:
    server.states, server.etag = {"state": "F", "text": "maps"}, '"one"'
    address = f"{server.url}/jobs/1/file"
    item = {"job": 1, "name": "map.bin", "url": address, "key": "a/b"}
    others = [{"job": 2, "name": "other", "url": "http://elsewhere.invalid"}, {"name": "none"}]
    server.listed = {"list_files": [], "list_objects": [], "sign": [{"url": f"{address}?sig=1"}]}
    server.listed[where] = [*others, item]
    transfer = Transfer(shell, client, f"{tmp_path}/", operations.LISTED)
    transfer.stop_after(200_000)
    assert transfer.run() == [tmp_path / "map.bin"]
    assert (tmp_path / "map.bin").read_bytes() == CONTENT
    assert len(server.starts) == 1
    assert "/list_files?folder=maps&job=1" in server.asked
    if where == "list_objects":
        assert "/list_objects?job=of%201&job=all" in server.asked
        assert "/sign?folder=maps" in server.asked


def test_files_that_cannot_be_told_apart(
    shell: Shell, client: Any, server: ExportServer, tmp_path: Path
) -> None:
    server.states = {"state": "F", "text": "maps"}
    items = [{"job": "1", "name": name, "url": "x"} for name in ("a.bin", "b.bin")]
    server.listed = {"list_files": items, "list_objects": []}
    transfer = Transfer(shell, client, f"{tmp_path}/", operations.LISTED)
    with pytest.raises(DownloadError) as caught:
        transfer.run()
    assert str(caught.value) == (
        "job 1 left 2 files ('a.bin', 'b.bin'): list them with list_files, and download each"
    )
    server.listed = {"list_files": [], "list_objects": []}
    with pytest.raises(DownloadError) as caught:
        transfer.run()
    assert str(caught.value) == "job 1 (listed) has finished, but made no file to download"


# --------------------------------------------------------------------------- stores


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide the folder of notes that lie beside nothing."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    found = [*tmp_path.rglob("notes")]
    assert found == []
    return tmp_path / "home"


@pytest.mark.parametrize("folder", [False, True])
def test_a_store(
    shell: Shell, client: Any, server: ExportServer, cache: Path, folder: bool
) -> None:
    store = pytest.importorskip("fsspec").filesystem("memory")
    url = f"memory://{shell.name}-{folder}/{'' if folder else 'x.bin'}"
    transfer = Transfer(shell, client, url)
    server.states = RUNNING
    transfer.stop_waiting()
    assert len(list(cache.rglob("*.note"))) == 1
    server.states = DONE
    [path] = transfer.run()
    assert path.name == ("export.bin" if folder else "x.bin")
    assert store.cat(path.as_posix()) == CONTENT
    assert len(server.starts) == 1
    assert list(cache.rglob("*.note")) == []
    with pytest.raises(TargetExistsError) as caught:
        transfer.run()
    assert str(caught.value) == (
        f"cannot write {url}{'export.bin' if folder else ''}: it already exists; choose another "
        "target, or pass overwrite='replace' to replace it"
    )
    assert len(server.starts) == (2 if folder else 1)
    server.content = b"new"
    transfer.run(overwrite="replace")
    assert store.cat(path.as_posix()) == b"new"


# --------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("target", "keywords", "message"),
    [
        (
            "x.bin",
            {"take_up": -1},
            "take_up is -1: expected seconds or a timedelta, or 0 to begin anew each time",
        ),
        (
            "x.bin",
            {"storage_options": {}},
            "storage_options go with a URL such as 's3://bucket/', but target is 'x.bin'",
        ),
        (
            "memory://user:pw@b/x",
            {"extract_to": "files"},
            f"extract_to {NEEDS_FILE}'memory://b/x': pass a path",
        ),
        (
            "s3://b/x",
            {"overwrite": "resume"},
            f"overwrite='resume' {NEEDS_FILE}'s3://b/x': pass a path, or overwrite='replace'",
        ),
    ],
)
def test_arguments_that_do_not_fit(
    transfer: Transfer, server: ExportServer, target: str, keywords: Any, message: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        attrs.evolve(transfer, target=target).run(**keywords)
    assert str(caught.value) == message
    assert server.asked == []


def test_several_files_need_a_folder(shell: Shell, client: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Transfer(shell, client, "memory://b/x.bin", operations.BATCH).run()
    assert str(caught.value) == (
        "target is 'memory://b/x.bin', but there may be several files: end it with a slash"
    )


@pytest.mark.parametrize("operation", [operations.PLAIN, operations.FILELESS])
def test_an_operation_that_makes_no_file(
    shell: Shell, client: Any, server: ExportServer, operation: Any
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Transfer(shell, client, "x.bin", operation).run()
    assert str(caught.value) == (
        f"{operation.id} starts no job that makes a file: use client.call()"
    )
    assert server.asked == []


def test_a_server_that_starts_no_job(
    shell: Shell, client: Any, server: ExportServer, tmp_path: Path
) -> None:
    server.listed = {"step": {}}
    with pytest.raises(DecodeError) as caught:
        Transfer(shell, client, tmp_path / "x.bin", operations.STEP).run()
    assert str(caught.value) == "step: the server started no job"


def test_a_folder_that_cannot_be_made(
    shell: Shell, client: Any, server: ExportServer, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match="cannot write"):
        Transfer(shell, client, tmp_path / "file" / "x.bin").run()
    assert server.starts == []
