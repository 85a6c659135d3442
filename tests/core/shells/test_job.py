"""Jobs on a server: starting, waiting, answering, cancelling, downloading."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from starlette.responses import JSONResponse, Response

from annoport.core._async.wait_all import async_wait_all
from annoport.core._sync.wait_all import wait_all
from annoport.core.download.stored import Stored, noting_stored
from annoport.core.errors import (
    ConflictError,
    DecodeError,
    DownloadError,
    InvalidArgumentError,
    JobCancelledError,
    JobError,
    JobFailedError,
    JobGoneError,
    JobNeedsInputError,
    JobRefusedError,
    JobTimeoutError,
    JobTokenError,
    PermissionDeniedError,
    ResponseShapeWarning,
    ServerError,
    TargetExistsError,
    UnknownJobStatusWarning,
)
from annoport.core.jobs.tokens import JobToken
from tests.core.both_shells import Shell
from tests.core.job_platform import models, operations
from tests.core.servers import serve

if TYPE_CHECKING:
    from starlette.requests import Request

RUNNING = {"state": "R", "percent": 40, "text": "half way"}
DONE = {"state": "F", "result": {"out_file": "export.zip", "rows": 12}}
MISSING = Response("no such job", status_code=404)
BUSY = Response("restarting", status_code=503)


def an_archive() -> bytes:
    """Return a small zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("table.tsv", "a\tb\n")
    return buffer.getvalue()


FILE = an_archive()


@attrs.define
class JobServer:
    """The server and what it has seen.

    Attributes:
        url: Its address.
        states: Responses to polls; the last one is repeated.
        start: Response to the request that starts a job.
        polls: How many polls there were.
        acts: The other requests for a job: method, path and body.
        on_act: Called at each of them.
        act_status: The status that they get.
    """

    url: str = ""
    states: list[Any] = attrs.field(factory=lambda: [DONE])
    start: Response = attrs.field(factory=lambda: JSONResponse({"job_id": 7}, 202))
    polls: int = 0
    acts: list[tuple[str, str, bytes]] = attrs.field(factory=list[tuple[str, str, bytes]])
    on_act: Callable[[], None] | None = None
    act_status: int = 200

    async def answer(self, request: Request) -> Response:
        """Respond to one request."""
        path = request.url.path
        if request.method == "GET" and path.count("/") == 2:
            self.polls += 1
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return state if isinstance(state, Response) else JSONResponse(state)
        if path.endswith("/file"):
            return Response(FILE, media_type="application/zip")
        if path.endswith("/log"):
            return Response("line é", media_type="text/plain")
        if path.startswith("/jobs/"):
            self.acts.append((request.method, path, await request.body()))
            if self.on_act is not None:
                self.on_act()
            return Response(status_code=self.act_status)
        return self.start


@pytest.fixture
def server() -> Iterator[JobServer]:
    """Provide the server."""
    made = JobServer()
    with serve(made.answer) as running:
        made.url = running.url
        yield made


@pytest.fixture
def client(shell: Shell, server: JobServer) -> Iterator[Any]:
    """Provide a client of the server, sync or async."""
    made = job_client(shell, server.url)
    yield made
    shell.close(made)


def job_client(shell: Shell, url: str) -> Any:
    """Return a client of the server at `url`."""
    kind = type("JobClient", (shell.client_class,), {"_package": "tests.core.job_platform"})
    return kind(url, token="secret-token")


def start(shell: Shell, client: Any, operation: Any = operations.EXPORT) -> Any:
    """Start a job."""
    return shell.run(client.start_job(operation, {}, body={}))


def test_waits_until_the_job_is_done(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [{"state": "P"}, RUNNING, RUNNING, DONE]
    job = start(shell, client)
    assert (job.id, job.kind, job.status, job.progress, job.state) == (
        7,
        "export",
        None,
        None,
        None,
    )
    assert job.started == models.Started(job_id=7)
    seen: list[Any] = []

    def note(job: Any) -> None:
        seen.append((job.status, job.progress, job.message))

    state = shell.run(job.wait(on_progress=note))
    assert seen == [("P", None, None), ("R", 0.4, "half way"), ("F", 1.0, None)]
    assert isinstance(state, models.State)
    assert state == job.state
    assert server.polls == 4
    assert shell.run(job.result()) == 12
    assert "7" in repr(job)


def test_a_quick_job_is_seen_quickly(shell: Shell, server: JobServer, client: Any) -> None:
    job = start(shell, client)
    begun = time.monotonic()
    shell.run(job.wait())
    assert server.polls == 1
    server.states = [RUNNING, DONE]
    shell.run(job.wait())
    assert time.monotonic() - begun < 0.5


def test_survives_a_restart_of_the_server(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [MISSING, BUSY, RUNNING, BUSY, DONE]
    assert shell.run(start(shell, client).wait()).state == "F"


def test_failures(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [{"state": "E", "text": "2 errors", "errors": ["no image a", "no image b"]}]
    with pytest.raises(JobFailedError, match=r"2 errors; no image a; no image b") as caught:
        shell.run(start(shell, client).wait())
    error = caught.value
    assert (error.job_id, error.kind, error.state) == (7, "export", "E")
    assert error.errors == ("no image a", "no image b")


def test_the_time_limit(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [RUNNING]
    job = start(shell, client)
    with pytest.raises(JobTimeoutError, match=r"within 0\.3 s, its status is 'R'"):
        shell.run(job.wait(0.3))
    assert 3 <= server.polls <= 6
    with pytest.raises(TimeoutError):
        shell.run(job.wait(0))


class Silent:
    """Responds to no poll for some seconds, then as the server does."""

    def __init__(self, server: JobServer, seconds: list[float]) -> None:
        self.server = server
        self.seconds = seconds

    async def answer(self, request: Request) -> Response:
        if request.method == "GET" and self.seconds:
            await asyncio.sleep(self.seconds.pop(0))
        return await self.server.answer(request)


def test_one_lost_answer_does_not_use_up_the_wait(shell: Shell, server: JobServer) -> None:
    with serve(Silent(server, [30.0]).answer) as silent:
        client = shell.keep(job_client(shell, silent.url))
        begun = time.monotonic()
        shell.run(start(shell, client).wait(timeout=4))
        assert 1.5 < time.monotonic() - begun < 3.5


def test_a_wait_without_answers_says_so(shell: Shell, server: JobServer) -> None:
    with serve(Silent(server, [30.0] * 9).answer) as silent:
        client = shell.keep(job_client(shell, silent.url))
        with pytest.raises(JobTimeoutError) as caught:
            shell.run(start(shell, client).wait(timeout=1))
    assert "may have finished or not: the server gave no usable answer within 1 s" in str(
        caught.value
    )
    assert f"could not read the answer of {silent.url} in time" in str(caught.value)
    assert caught.value.state_at is None


def reply(_: object) -> dict[str, int]:
    """Answer a question."""
    return {"a": 2}


def test_a_reply_whose_confirmation_is_lost_is_not_sent_again(
    shell: Shell, server: JobServer, client: Any
) -> None:
    server.states = [{"state": "A", "question": {"q": 1}}, DONE]
    server.act_status = 504
    job = start(shell, client)
    shell.run(job.wait(on_question=reply))
    assert [path for _, path, _ in server.acts] == ["/jobs/7/answer"]


def test_a_reply_that_never_arrived_is_an_error(
    shell: Shell, server: JobServer, client: Any
) -> None:
    server.states = [{"state": "A", "question": {"q": 1}}]
    server.act_status = 504
    with pytest.raises(ServerError, match="answer_job: 504") as caught:
        shell.run(start(shell, client).wait(on_question=reply))
    assert caught.value.may_be_done
    assert len(server.acts) == 1


def test_a_wait_that_loses_the_server_says_what_it_knew(
    shell: Shell, server: JobServer, client: Any
) -> None:
    server.states = [RUNNING, BUSY]
    before = datetime.datetime.now(datetime.UTC)
    with pytest.raises(
        JobTimeoutError, match=r"0\.\d s ago its status is 'R', but since"
    ) as caught:
        shell.run(start(shell, client).wait(0.5))
    assert caught.value.state == "R"
    at = caught.value.state_at
    assert at is not None
    assert before <= at <= datetime.datetime.now(datetime.UTC)


def test_an_error_that_ends_a_wait_tells_the_last_known_status(
    shell: Shell, server: JobServer, client: Any
) -> None:
    server.states = [RUNNING, Response(status_code=403)]
    with pytest.raises(PermissionDeniedError) as caught:
        shell.run(start(shell, client).wait())
    (note,) = caught.value.__notes__
    assert note.startswith("job 7 (export) may be running on: its last known status is 'R' at 20")


def test_gone(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [RUNNING, MISSING]
    with pytest.raises(JobGoneError, match="no longer knows it"):
        shell.run(start(shell, client).wait())


def test_unknown_statuses_are_shown(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [{"state": "Z"}, {"state": "Z"}, DONE]
    job = start(shell, client)
    with pytest.warns(UnknownJobStatusWarning, match="'Z'"):
        shell.run(job.refresh())
    assert job.status == "Z"
    shell.run(job.wait())


def test_questions(shell: Shell, server: JobServer, client: Any) -> None:
    asking = {"state": "A", "question": {"missing_users": ["ada"]}}
    server.states = [asking]
    job = start(shell, client)
    with pytest.raises(JobNeedsInputError, match=r"give \{'users'") as caught:
        shell.run(job.wait())
    assert caught.value.question == {"missing_users": ["ada"]} == job.question

    def no_answer(_: object) -> None:
        return None

    with pytest.raises(JobNeedsInputError):
        shell.run(job.wait(on_question=no_answer))
    server.on_act = lambda: server.states.append(DONE)

    def answer(question: dict[str, list[str]]) -> dict[str, dict[str, int]]:
        return {"users": {question["missing_users"][0]: 1}}

    shell.run(job.wait(on_question=answer))
    (method, path, body) = server.acts[0]
    assert (method, path, json.loads(body)) == ("POST", "/jobs/7/answer", {"users": {"ada": 1}})


def test_the_same_answer_is_not_given_twice(shell: Shell, server: JobServer, client: Any) -> None:
    asking = {"state": "A", "question": {"q": 1}}
    server.states = [asking, asking, RUNNING, asking]

    def answer(_: object) -> dict[str, int]:
        return {}

    with pytest.raises(JobNeedsInputError, match="not enough"):
        shell.run(start(shell, client).wait(on_question=answer))
    assert len(server.acts) == 1


def test_cancel(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [RUNNING]
    server.on_act = lambda: server.states.insert(0, {"state": "E", "text": "Killed"})
    job = start(shell, client)
    shell.run(job.cancel())
    assert [act[:2] for act in server.acts] == [("DELETE", "/jobs/7")]
    with pytest.raises(JobCancelledError):
        shell.run(job.wait())


def test_cancel_while_waiting(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [RUNNING]
    server.on_act = lambda: server.states.insert(0, {"state": "E", "text": "Killed"})
    job = start(shell, client)

    def cancel_while_running(running: Any) -> Any:
        return running.cancel() if running.status == "R" else None

    with pytest.raises(JobCancelledError):
        shell.run(job.wait(on_progress=cancel_while_running))


def test_a_refused_cancel_leaves_a_failure_a_failure(
    shell: Shell, server: JobServer, client: Any
) -> None:
    server.states = [RUNNING, {"state": "E", "text": "disk full"}]
    server.act_status = 403
    job = start(shell, client)
    with pytest.raises(PermissionDeniedError):
        shell.run(job.cancel())
    with pytest.raises(JobFailedError, match="disk full"):
        shell.run(job.wait())


def test_a_finished_job_is_not_cancelled(shell: Shell, server: JobServer, client: Any) -> None:
    shell.run(start(shell, client).cancel())
    assert server.acts == []


def test_cancel_where_the_state_forbids_it(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [RUNNING]
    job = start(shell, client, operations.JOIN)
    with pytest.raises(JobError, match="only while P"):
        shell.run(job.cancel())
    assert server.acts == []
    server.states = [{"state": "P"}, MISSING]
    shell.run(job.cancel())
    with pytest.raises(JobCancelledError):
        shell.run(job.wait())


def test_cancel_twice_where_a_cancelled_job_is_gone(
    shell: Shell, server: JobServer, client: Any
) -> None:
    server.states = [{"state": "P"}, MISSING]
    job = start(shell, client, operations.JOIN)
    shell.run(job.cancel())
    shell.run(job.cancel())
    assert [act[:2] for act in server.acts] == [("DELETE", "/jobs/7")]
    with pytest.raises(JobCancelledError) as caught:
        shell.run(job.wait())
    assert str(caught.value) == "job 7 (linked) was cancelled"


def test_cancel_of_a_job_that_is_gone(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [MISSING]
    with pytest.raises(JobGoneError) as caught:
        shell.run(start(shell, client, operations.JOIN).cancel())
    assert str(caught.value) == (
        "job 7 (linked) is gone: the server does not know it: it never existed, was removed or "
        "cancelled, or ended longer ago than it is kept (a finished one for 1 h, a failed one for "
        "30 days)"
    )


def test_log_and_restart(shell: Shell, server: JobServer, client: Any) -> None:
    job = start(shell, client)
    assert shell.run(job.log()) == "line é"
    shell.run(job.restart())
    assert [act[:2] for act in server.acts] == [("POST", "/jobs/7/restart")]
    linked = start(shell, client, operations.JOIN)
    for act in (linked.log, linked.restart, lambda: linked.answer({})):
        with pytest.raises(JobError, match="job 7"):
            shell.run(act())


def test_a_slow_start_is_told_once(
    shell: Shell, server: JobServer, client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.states = [{"state": "P"}] * 3 + [DONE]
    job = start(shell, client, operations.SLOW)
    shell.run(job.wait())
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == [
        (
            "job 7 (slow) has waited for 0 s to be started (status 'P'), and waits on: the server "
            "may be busy, or have nothing that runs such jobs."
        )
    ]


def test_refused(shell: Shell, server: JobServer, client: Any) -> None:
    server.start = JSONResponse({"job_id": 0, "errors": ["no rights", "no data"]})
    with pytest.raises(JobRefusedError, match="no rights; no data") as caught:
        start(shell, client)
    assert caught.value.errors == ("no rights", "no data")


def test_nothing_to_do_is_no_refusal(shell: Shell, server: JobServer, client: Any) -> None:
    server.start = JSONResponse({"job_id": 0, "errors": []})
    assert start(shell, client, operations.DRY) is None
    with pytest.raises(JobRefusedError) as caught:
        start(shell, client)
    assert str(caught.value) == "the server refused to start a job (export): it gave no reason"
    server.start = JSONResponse({"job_id": 0, "errors": ["'abc' is no latitude"]})
    with pytest.raises(JobRefusedError) as caught:
        start(shell, client, operations.DRY)
    assert str(caught.value) == "the server refused to start a job (export): 'abc' is no latitude"


def test_joins_a_running_job(shell: Shell, server: JobServer, client: Any) -> None:
    server.start = JSONResponse({"job_id": "action=export&id=7/x"}, 409)
    server.states = [{"state": "f"}]
    job = start(shell, client, operations.JOIN)
    assert (job.id, job.joined, job.started) == ("action=export&id=7/x", True, None)
    with pytest.raises(ConflictError):
        start(shell, client)
    for names_none in ("busy", {"job_id": True}, {"job_id": None}, {"job_id": [7]}):
        server.start = JSONResponse(names_none, 409)
        with pytest.raises(ConflictError):
            start(shell, client, operations.JOIN)


def test_odd_starts(shell: Shell, server: JobServer, client: Any) -> None:
    server.start = JSONResponse({"job_id": [1, 2]})
    assert [job.id for job in start(shell, client, operations.BATCH)] == [1, 2]
    server.start = JSONResponse({"errors": []}, 201)
    assert start(shell, client) == models.Started(errors=[])
    server.start = JSONResponse({"errors": []}, 200)
    with pytest.raises(DecodeError, match="names no job"):
        start(shell, client)
    server.start = JSONResponse({"job_id": True})
    with (
        pytest.warns(ResponseShapeWarning, match="got boolean True"),
        pytest.raises(DecodeError, match=r"names no job: .*found True"),
    ):
        start(shell, client)
    server.start = Response(status_code=202)
    assert start(shell, client, operations.STEP) is None
    with pytest.raises(InvalidArgumentError, match="starts no job"):
        start(shell, client, operations.PLAIN)


def test_tokens(shell: Shell, server: JobServer, client: Any) -> None:
    token = start(shell, client).to_token()
    assert "secret" not in token
    job = client.job(token)
    assert (job.id, job.kind) == (7, "export")
    assert shell.run(job.wait()).state == "F"
    other: Any = type(client)("http://127.0.0.1:9/api", token="x")
    with pytest.raises(JobTokenError, match="use a client for that server"):
        other.job(token)
    shell.close(other)


@pytest.mark.parametrize(
    "token", ["annoport-job-1.é", "annoport-job-1.!", "annoport-job-1.e30", "annoport-job-2.e30"]
)
def test_damaged_tokens(client: Any, token: str) -> None:
    with pytest.raises(JobTokenError, match="not a complete job token"):
        client.job(token)


def test_a_token_of_an_unknown_kind(client: Any) -> None:
    token = JobToken(
        platform=client.platform.title, url=client.base.url, kind="dream", id=1
    ).to_text()
    with pytest.raises(JobTokenError, match="'dream'"):
        client.job(token)


@pytest.mark.parametrize("number", [13, "13", "action=export&id=7"])
def test_a_job_by_the_id_of_the_server(
    shell: Shell, server: JobServer, client: Any, number: int | str
) -> None:
    job = client.job(number, kind="linked")
    assert (job.id, job.kind) == (number, "linked")
    server.states = [{"state": "f"}]
    assert shell.run(job.wait()).state == "f"


def test_a_job_by_id_needs_its_kind_where_there_are_several(client: Any) -> None:
    kinds = " or ".join(f"kind={name!r}" for name in client.job_kinds())
    with pytest.raises(InvalidArgumentError) as caught:
        client.job(13)
    assert str(caught.value) == (
        f"Toy has several kinds of job, and job 13 may be of any: pass {kinds}"
    )
    with pytest.raises(InvalidArgumentError) as caught:
        client.job(13, kind="dream")
    assert str(caught.value) == f"Toy has no kind of job that is called 'dream': pass {kinds}"


def test_a_token_knows_its_kind(shell: Shell, client: Any) -> None:
    token = start(shell, client).to_token()
    assert client.job(token, kind="export").kind == "export"
    with pytest.raises(InvalidArgumentError) as caught:
        client.job(token, kind="linked")
    assert str(caught.value) == "kind is 'linked', but the token is for kind='export'"


@pytest.mark.parametrize("number", ["", True, None, 1.5])
def test_what_is_no_id_of_a_job(client: Any, number: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        client.job(number)
    assert str(caught.value) == (
        f"job is {number!r}: expected the server's id of a job, or a token from to_token()"
    )


def test_figures_that_are_no_json(shell: Shell, server: JobServer, client: Any) -> None:
    state = b'{"state": "F", "percent": NaN, "result": {"rows": 3}}'
    server.states = [Response(state, media_type="application/json")]
    assert shell.run(start(shell, client).result()) == 3


def test_a_poll_without_an_answer(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [Response(status_code=204)]
    job = start(shell, client)
    with (
        pytest.warns(ResponseShapeWarning, match=r"answer \(204\) is empty"),
        pytest.raises(DecodeError, match="empty answer"),
    ):
        shell.run(job.wait())


def test_download(shell: Shell, server: JobServer, client: Any, tmp_path: Path) -> None:
    server.states = [RUNNING, DONE]
    seen: list[Any] = []
    job = start(shell, client)

    def note(*figures: int | None) -> None:
        seen.append(figures)

    path = shell.run(job.download(f"{tmp_path}/out/", progress=note))
    assert path == tmp_path / "out" / "export.zip"
    assert path.read_bytes() == FILE
    assert seen == [(len(FILE), len(FILE))]
    server.polls = 0
    with pytest.raises(TargetExistsError):
        shell.run(job.download(path))
    assert server.polls == 0
    assert shell.run(shell.run(job.file()).read()) == FILE


def test_download_by_url(shell: Shell, server: JobServer, client: Any, tmp_path: Path) -> None:
    without = {"state": "F", "result": {"url": None}}
    linked = {"state": "F", "result": {"url": "http://internal.invalid/jobs/7/file?x=1"}}
    server.states = [without, linked]
    path = shell.run(start(shell, client, operations.JOIN).download(tmp_path / "x.zip"))
    assert path.read_bytes() == FILE


@pytest.mark.parametrize("folder", [False, True])
def test_download_into_a_store(shell: Shell, server: JobServer, client: Any, folder: bool) -> None:
    store = pytest.importorskip("fsspec").filesystem("memory")
    url = f"memory://job-{shell.name}-{folder}/{'' if folder else 'x.zip'}"
    server.states = [DONE]
    job = start(shell, client)
    with noting_stored() as noted:
        path = shell.run(job.download(url, timeout=60))
    assert path.name == ("export.zip" if folder else "x.zip")
    assert store.cat(path.as_posix()) == FILE
    if shell.name == "sync":  # an event loop has a context of its own
        whole = f"{url}export.zip" if folder else url
        assert noted == [Stored(whole, len(FILE), hashlib.sha256(FILE).hexdigest())]
    with pytest.raises(TargetExistsError):
        shell.run(job.download(url))
    assert shell.run(job.download(url, overwrite="replace", storage_options={})) == path


def test_a_job_without_a_file(shell: Shell, server: JobServer, client: Any) -> None:
    for operation, result in ((operations.EXPORT, {"rows": 1}), (operations.JOIN, {"url": None})):
        server.states = [{"state": "F", "result": result}]
        with pytest.raises(DownloadError, match="made no file"):
            shell.run(start(shell, client, operation).download("nowhere/"))


def taken_up(client: Any, kind: str) -> Any:
    """Return a job of a kind that no operation here starts."""
    title, url = client.platform.title, client.base.url
    return client.job(JobToken(platform=title, url=url, kind=kind, id=7).to_text())


@pytest.mark.parametrize(
    ("kind", "instead"),
    [("packing", "result() is the crate"), ("walk", "result() returns its final state")],
)
def test_a_kind_of_job_that_makes_no_file_is_not_waited_for(
    shell: Shell, server: JobServer, client: Any, kind: str, instead: str
) -> None:
    job = taken_up(client, kind)
    for ask in (lambda: job.download("nowhere/"), job.file):
        with pytest.raises(DownloadError) as caught:
            shell.run(ask())
        assert str(caught.value) == (
            f"job 7 ({kind}): jobs of this kind make no file to download: {instead}"
        )
    assert server.polls == 0


def test_the_result_is_a_part_of_the_final_state(
    shell: Shell, server: JobServer, client: Any
) -> None:
    server.states = [{"state": "F", "crate": {"number": 3}}]
    packing = taken_up(client, "packing")
    assert shell.run(packing.result()) == models.Crate(number=3)
    assert shell.run(packing.result()) == shell.run(packing.wait()).crate
    walk = taken_up(client, "walk")
    assert shell.run(walk.result()) == shell.run(walk.wait())
    server.states = [{"state": "F"}]
    assert shell.run(packing.result()) is None


def test_the_result_of_a_job_that_asks(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [{"state": "A", "question": {"who": "?"}}, DONE]
    seen: list[Any] = []

    def note(job: Any) -> None:
        seen.append(job.status)

    def reply(question: Any) -> Any:
        return {"of": question}

    job = start(shell, client)
    assert shell.run(job.result(on_progress=note, on_question=reply)) == 12
    assert seen == ["A", "F"]
    assert json.loads(server.acts[0][2]) == {"of": {"who": "?"}}


def wait_for(shell: Shell, jobs: list[Any], **keywords: Any) -> Any:
    """Wait for several jobs."""
    wait = wait_all if shell.name == "sync" else async_wait_all
    return shell.run(wait(jobs, **keywords))


def test_waits_for_several_jobs(shell: Shell, server: JobServer, client: Any) -> None:
    jobs = [start(shell, client) for _ in range(5)]
    server.states = [*[RUNNING] * 7, DONE]
    begun = time.monotonic()
    states = wait_for(shell, jobs)
    assert [state.state for state in states] == ["F"] * 5
    assert time.monotonic() - begun < 1.5
    assert wait_for(shell, []) == []


def test_errors_of_several_jobs(shell: Shell, server: JobServer, client: Any) -> None:
    jobs = [start(shell, client) for _ in range(3)]
    server.states = [RUNNING, {"state": "E", "text": "one"}, DONE, DONE]
    results = wait_for(shell, jobs, return_exceptions=True)
    kinds = [type(result).__name__ for result in results]
    assert kinds == ["State", "JobFailedError", "State"]
    server.states = [{"state": "E"}, DONE]
    with pytest.raises(ExceptionGroup, match="1 of 3 jobs") as caught:
        wait_for(shell, jobs)
    assert [type(error) for error in caught.value.exceptions] == [JobFailedError]
    server.states = [RUNNING]
    with pytest.raises(ExceptionGroup) as late:
        wait_for(shell, jobs, timeout=0.2)
    assert [type(error) for error in late.value.exceptions] == [JobTimeoutError] * 3


def test_callbacks_may_be_async(shell: Shell, server: JobServer, client: Any) -> None:
    server.states = [{"state": "A", "question": {"q": 1}}, DONE]
    seen: list[Any] = []

    async def answer(question: Any) -> dict[str, int]:
        seen.append(question)
        return {"a": 1}

    job = start(shell, client)
    if shell.name == "sync":
        with pytest.raises(TypeError, match="plain function"):
            job.wait(on_question=answer)
    else:
        shell.run(job.wait(on_question=answer))
        assert seen == [{"q": 1}]
