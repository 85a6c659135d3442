"""What is logged: retries, resumed transfers and the steps of jobs, each once, without secrets."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from annoport.core._async.download import AsyncRemoteUrl
from annoport.core._sync.download import RemoteUrl
from annoport.core.contract.extensions import Download
from annoport.core.errors import IncompleteDownloadError, ServerError
from annoport.core.support import logs
from annoport.core.values.models import UploadFile
from tests.core.both_shells import Shell
from tests.core.file_server import Fault, serve_file
from tests.core.job_platform import operations as job_ops
from tests.core.servers import raw, says, serve, thing_json
from tests.core.shells.test_job import BUSY, DONE, MISSING, RUNNING, JobServer, job_client
from tests.core.toy import operations as ops
from tests.core.upload_server import Fault as UploadFault
from tests.core.upload_server import serve_uploads
from tests.shared import ROOT

SECRET = "made-up-secret-0123456789"
CONTENT = bytes(range(256)) * 8 * 1024


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    caplog.set_level(logging.INFO)  # of every library: none may tell it twice
    return Lines(caplog)


class Lines:
    """The lines that were logged, with the name of their logger, and N for each pause."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def __call__(self) -> list[str]:
        found = [
            f"{record.name}: {re.sub(r'in [0-9.]+ s', 'in N s', record.getMessage())}"
            for record in self._caplog.records
            if not record.name.startswith(("httpx", "uvicorn", "asyncio"))
        ]
        assert SECRET not in self._caplog.text
        return found


@pytest.mark.usefixtures("no_waiting")
def test_each_retry_is_told_once_with_its_reason(shell: Shell, lines: Lines) -> None:
    with raw(says("503 Busy", b"try later"), says("502 Bad", b"oops"), thing_json()) as server:
        client = shell.client(server.url, token=SECRET)
        shell.run(client.call(ops.GET_THING, {"id": 1}))
    assert lines() == [
        "annoport.requests: trying again in N s (attempt 2 of 4): get_thing: 503 try later",
        "annoport.requests: trying again in N s (attempt 3 of 4): get_thing: 502 oops",
    ]


@pytest.mark.usefixtures("no_waiting")
def test_the_last_failure_is_an_error_and_no_line(shell: Shell, lines: Lines) -> None:
    with raw(says("503 Busy", b"try later")) as server:
        client = shell.client(server.url, max_retries=1)
        with pytest.raises(ServerError):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
    assert lines() == [
        "annoport.requests: trying again in N s (attempt 2 of 2): get_thing: 503 try later"
    ]


def test_retries_of_others_are_left_to_stamina(caplog: pytest.LogCaptureFixture) -> None:
    record = logging.LogRecord("stamina", logging.WARNING, "", 0, "", None, None)
    stamina = logging.getLogger("stamina")
    with logs.telling_retries():
        assert not stamina.filter(record)
    assert stamina.filter(record)


def test_the_steps_of_a_job_are_told(shell: Shell, lines: Lines) -> None:
    server = JobServer(states=[MISSING, RUNNING, RUNNING, BUSY, RUNNING, DONE])
    with serve(server.answer) as running:
        client = job_client(shell, running.url)
        job = shell.run(client.start_job(job_ops.EXPORT, {}))
        shell.run(job.wait())
        shell.run(job.restart())
        shell.run(job.refresh())
        shell.close(client)
    assert lines() == [
        "annoport.jobs: job 7 (export): started by export",
        "annoport.jobs: job 7 (export): asking again in N s: get_job: 404 no such job",
        "annoport.jobs: job 7 (export): 'R'",
        "annoport.jobs: job 7 (export): asking again in N s: get_job: 503 restarting",
        "annoport.jobs: job 7 (export): 'R' -> 'F'",
        "annoport.jobs: job 7 (export): asking the server to run it again",
        "annoport.jobs: job 7 (export): 'F'",
    ]


def test_what_is_asked_of_a_job_is_told(shell: Shell, lines: Lines) -> None:
    server = JobServer(states=[RUNNING])
    with serve(server.answer) as running:
        client = job_client(shell, running.url)
        job = shell.run(client.start_job(job_ops.EXPORT, {}))
        shell.run(job.answer({"password": SECRET}))
        shell.run(job.cancel())
        server.start = JSONResponse({"job_id": 9}, 409)
        shell.run(client.start_job(job_ops.JOIN, {}))
        shell.close(client)
    assert lines()[1:] == [
        "annoport.jobs: job 7 (export): answering its question",
        "annoport.jobs: job 7 (export): 'R'",
        "annoport.jobs: job 7 (export): asking the server to cancel it",
        "annoport.jobs: job 9 (linked): joined, for it is running already",
    ]


def test_a_download_that_goes_on_is_told(shell: Shell, lines: Lines, tmp_path: Path) -> None:
    kind: Any = RemoteUrl if shell.name == "sync" else AsyncRemoteUrl
    half, size = len(CONTENT) // 2, len(CONTENT)
    rules = Download(ranges="any", validator="etag")
    target = tmp_path / "export.bin"
    with serve_file(CONTENT) as server:
        client = shell.client(server.url, token=SECRET)
        file = kind(client, f"{server.url}/files/export.bin?key={SECRET}", rules)
        busy = Fault(status=503, body=b"later")
        server.faults.extend([busy, Fault(drop_after=half), busy])
        with pytest.raises(IncompleteDownloadError):
            shell.run(file.download(target, attempts=1))
        server.faults.append(Fault(become=CONTENT[::-1]))
        shell.run(file.download(target))
        shell.close(client)
        what = f"annoport.transfers: {server.url}/files/export.bin"
        url = f"GET {server.url}/files/export.bin?key=***"
    assert target.read_bytes() == CONTENT[::-1]
    first, broken, *others = lines()
    assert first == f"{what}: going on in N s, with 0 bytes: {url}: 503 later"
    assert broken.startswith(f"{what}: going on in N s, with {half} of {size} bytes: ")
    anew = "the server sends the file from the first byte: it has changed, or cannot be resumed"
    assert others == [f"{what}: resuming, with {half} bytes of earlier calls", f"{what}: {anew}"]


def test_an_upload_that_goes_on_is_told(shell: Shell, lines: Lines) -> None:
    with serve_uploads() as server:
        server.faults.append(UploadFault(method="PATCH", status=503))
        client = shell.client(server.url, token=SECRET)
        film = UploadFile(CONTENT, name="dive.mp4")
        shell.run(client.upload(ops.SEND, {"id": 7}, film, chunk_size=512 * 1024))
    have = f"0 of {len(CONTENT)} bytes sent"
    assert lines() == [f"annoport.transfers: dive.mp4: {have}: going on in N s: send: 503 no"]


def test_the_page_names_every_logger() -> None:
    page = (ROOT / "docs" / "reference" / "logging.md").read_text(encoding="utf-8")
    ours = {value.name for value in vars(logs).values() if isinstance(value, logging.Logger)}
    assert set(re.findall(r"^\| `(annoport\.\w+)`", page, re.MULTILINE)) == ours
