"""The server is asked for its version once, and gets nothing that it does not know."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from starlette.responses import JSONResponse, Response

from annoport.core.contract.extensions import VersionSource
from annoport.core.errors import (
    ApiError,
    ClosedClientError,
    ConfigurationError,
    DecodeError,
    UnsupportedByServerError,
)
from annoport.core.values.models import UploadFile
from annoport.testing.server import FakeServer
from tests.core.both_shells import PLATFORM, Shell
from tests.core.servers import serve
from tests.core.toy import models
from tests.core.toy import operations as ops
from tests.core.upload_server import serve_uploads
from tests.shared import ROOT
from tests.systems import needs_fork

if TYPE_CHECKING:
    from starlette.requests import Request

BY_OPERATION = VersionSource(operation="about", pointer="/version")
BY_DOCUMENT = VersionSource(pointer="/info/version")
MIB = 1024 * 1024


def versioned(
    shell: Shell, url: str, source: VersionSource | None = BY_OPERATION, **keywords: Any
) -> Any:
    """Return a client of a toy platform whose servers tell their version."""
    changes = {"version": source, "schema_path": "/api.json", "schema_accept": "text/json"}
    platform = msgspec.structs.replace(PLATFORM, **changes)
    made = type("Versioned", (shell.client_class,), {"_platform": platform})
    return shell.keep(made(url, token="t", **keywords))


def of(version: str) -> Callable[[Request], Response]:
    """Answer as a server of that version."""

    def answer(request: Request) -> Response:
        if request.url.path == "/about":
            return JSONResponse({"version": version})
        if request.url.path == "/api.json":
            return JSONResponse({"info": {"version": version}})
        return JSONResponse({"id": 1}, 201)

    return answer


def asked(server: FakeServer[Any]) -> list[str]:
    return [seen.path for seen in server.requests]


def test_a_call_that_the_server_knows_is_sent(shell: Shell) -> None:
    with serve(of("2.10.0")) as server:
        client = versioned(shell, server.url)
        shell.run(client.call(ops.DRAW, {"mode": "append"}))
        shell.run(client.call(ops.DRAW, {"mode": "append"}))
    assert asked(server) == ["/about", "/sheets", "/sheets"]
    assert server.requests[1].query == "import-mode=append"


@pytest.mark.parametrize(
    ("operation", "arguments", "body"),
    [
        (ops.LIFT, {}, {}),
        (ops.DRAW, {"mode": "append"}, {}),
        (ops.DRAW, {"shades": ["blue", "pink"]}, {}),
        (ops.DRAW, {}, {"body": {"dots": [{"frame": 1, "score": 0.5}]}}),
        (ops.DRAW, {}, {"body": models.Sheet(shades=[models.Shade.PINK])}),
    ],
    ids=["operation", "argument", "value", "field", "value in the body"],
)
def test_what_the_server_does_not_know_is_not_sent(
    shell: Shell, operation: Any, arguments: dict[str, Any], body: dict[str, Any]
) -> None:
    with serve(of("2.9.3")) as server:
        client = versioned(shell, server.url)
        for _ in range(2):
            with pytest.raises(UnsupportedByServerError, match=r"this server is 2\.9\.3"):
                shell.run(client.call(operation, arguments, **body))
    assert asked(server) == ["/about"]


def test_calls_without_a_mark_ask_nothing(shell: Shell) -> None:
    with serve(of("2.9")) as server:
        client = versioned(shell, server.url)
        shell.run(client.call(ops.DRAW, {"shades": "blue"}, body={"dots": [{"frame": 1}]}))
        shell.run(client.call(ops.GET_THING, {"id": 1}))
    assert asked(server) == ["/sheets", "/things/1"]


def test_copies_share_the_answer(shell: Shell) -> None:
    with serve(of("2.10")) as server:
        client = versioned(shell, server.url)
        copy = client.with_options(timeout=5)
        assert shell.run(copy.server_version()) == "2.10"
        assert shell.run(client.server_version()) == "2.10"
        shell.run(client.call(ops.LIFT, {}))
    assert asked(server) == ["/about", "/lift"]


def test_callers_at_the_same_time_share_one_request(shell: Shell) -> None:
    with serve(of("2.10")) as server:
        client = versioned(shell, server.url)
        shell.together([lambda: client.call(ops.LIFT, {})] * 4)
    assert sorted(asked(server)) == ["/about", *["/lift"] * 4]


def test_the_version_may_be_in_the_document_of_the_api(shell: Shell) -> None:
    with serve(of("2.9")) as server:
        client = versioned(shell, server.url, BY_DOCUMENT)
        assert shell.run(client.server_version()) == "2.9"
        with pytest.raises(UnsupportedByServerError):
            shell.run(client.call(ops.LIFT, {}))
    (seen,) = server.requests
    assert (seen.path, seen.headers["accept"]) == ("/api.json", "text/json")
    assert "authorization" not in seen.headers


def test_a_given_version_counts_and_nothing_is_asked(shell: Shell) -> None:
    with serve(of("2.10")) as server:
        client = versioned(shell, server.url, server_version="2.9")
        assert shell.run(client.server_version()) == "2.9"
        with pytest.raises(UnsupportedByServerError):
            shell.run(client.call(ops.LIFT, {}))
    assert asked(server) == []
    with pytest.raises(ConfigurationError, match="server_version is 'latest': expected"):
        versioned(shell, server.url, server_version="latest")


def test_a_platform_that_tells_no_version_is_not_asked(shell: Shell) -> None:
    with serve(of("2.9")) as server:
        client = versioned(shell, server.url, None)
        assert shell.run(client.server_version()) is None
        shell.run(client.call(ops.LIFT, {}))
        known = versioned(shell, server.url, None, server_version="2.9")
        with pytest.raises(UnsupportedByServerError):
            shell.run(known.call(ops.LIFT, {}))
    assert asked(server) == ["/lift"]


def test_one_option_turns_it_off(shell: Shell) -> None:
    with serve(of("2.9")) as server:
        client = versioned(shell, server.url, check_server_version=False)
        shell.run(client.call(ops.LIFT, {}))
        with pytest.raises(UnsupportedByServerError):
            shell.run(client.with_options(check_server_version=True).call(ops.LIFT, {}))
        shell.run(client.with_options(max_retries=0).call(ops.LIFT, {}))
    assert asked(server) == ["/lift", "/about", "/lift"]


@pytest.mark.parametrize("status", [200, 403, 404, 500])
def test_a_failure_to_ask_breaks_no_call_and_is_not_repeated(
    shell: Shell, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(request: Request) -> Response:
        return of("unknown")(request) if status == 200 or request.url.path != "/about" else failed

    failed = JSONResponse({"detail": "no"}, status)
    with serve(answer) as server:
        client = versioned(shell, server.url, max_retries=0)
        with caplog.at_level(logging.WARNING, "annoport"):
            shell.run(client.call(ops.LIFT, {}))
            shell.run(client.with_options(strict=True).call(ops.LIFT, {}))
        assert asked(server) == ["/about", "/lift", "/lift"]
        (record,) = caplog.records
        assert "the version of the server is unknown" in record.getMessage()
        # Who asks is told.
        with pytest.raises(DecodeError if status == 200 else ApiError):
            shell.run(client.server_version())


def test_what_is_learned_after_a_failure_counts(shell: Shell) -> None:
    answers = [JSONResponse({}, 500), JSONResponse({"version": "2.9"})]

    def answer(request: Request) -> Response:
        return answers.pop(0) if request.url.path == "/about" else of("")(request)

    with serve(answer) as server:
        client = versioned(shell, server.url, max_retries=0)
        shell.run(client.call(ops.LIFT, {}))
        assert shell.run(client.server_version()) == "2.9"
        with pytest.raises(UnsupportedByServerError):
            shell.run(client.call(ops.LIFT, {}))


@pytest.mark.usefixtures("no_waiting")
def test_a_failure_that_passes_is_retried(shell: Shell) -> None:
    answers = [JSONResponse({}, 503), JSONResponse({"version": "2.9"})]
    with serve(lambda _: answers.pop(0)) as server, pytest.raises(UnsupportedByServerError):
        shell.run(versioned(shell, server.url).call(ops.LIFT, {}))


def test_a_closed_client_asks_nothing(shell: Shell) -> None:
    with serve(of("2.9")) as server:
        client = versioned(shell, server.url)
        shell.close(client)
        with pytest.raises(ClosedClientError):
            shell.run(client.server_version())
        with pytest.raises(ClosedClientError):
            shell.run(client.call(ops.LIFT, {}))
    assert asked(server) == []


# --------------------------------------------------------------------------- every way to send


def test_pages_and_files(shell: Shell) -> None:
    pages = msgspec.structs.replace(ops.NUMBERED, known_by=ops.LATER)
    file = msgspec.structs.replace(ops.FILE, known_by=ops.LATER)
    with serve(of("2.9")) as server:
        client = versioned(shell, server.url)
        with pytest.raises(UnsupportedByServerError):
            shell.items(client.paginate(pages, {}))
        with pytest.raises(UnsupportedByServerError):
            shell.run(client.remote_file(file, {}).read())
    assert asked(server) == ["/about"]


@pytest.mark.parametrize("size", [10, 2 * MIB], ids=["one form", "in chunks"])
@pytest.mark.parametrize("mark", ["operation", "argument", "field"])
def test_an_upload_is_refused_before_its_first_byte(shell: Shell, size: int, mark: str) -> None:
    operation: Any = ops.SEND
    arguments: dict[str, Any] = {"id": 7}
    body: dict[str, Any] = {}
    if mark == "operation":
        operation = msgspec.structs.replace(ops.SEND, known_by=ops.LATER)
    elif mark == "argument":
        kind = msgspec.structs.replace(ops.SEND.parameters[1], known_by=ops.LATER)
        parameters = (ops.SEND.parameters[0], kind, *ops.SEND.parameters[2:])
        operation = msgspec.structs.replace(ops.SEND, parameters=parameters)
        arguments["kind"] = "append"
    else:
        bodies = dict.fromkeys(ops.SEND.bodies, lambda: models.LaterSending)
        operation = msgspec.structs.replace(ops.SEND, bodies=bodies)
        body["quality"] = 70
    with serve_uploads() as server:
        client = versioned(shell, server.url, None, server_version="2.9")
        file = UploadFile(b"a" * size, name="a.png")
        with pytest.raises(UnsupportedByServerError):
            shell.run(client.upload(operation, arguments, file, body=body))
        assert server.requests == []


def test_parts_that_could_not_be_joined_are_not_sent(shell: Shell) -> None:
    assert ops.STORE.upload is not None
    rules = msgspec.structs.replace(ops.STORE.upload, completion="join")
    operation = msgspec.structs.replace(ops.STORE, upload=rules)
    with serve_uploads() as server:
        client = versioned(shell, server.url, None, server_version="2.9")
        file = UploadFile(b"a" * (6 * MIB), name="a.mp4")
        with pytest.raises(UnsupportedByServerError, match=r"^join: the operation"):
            shell.run(client.upload(operation, {"id": 7}, file, chunk_size=5 * MIB))
        assert server.requests == []
        shell.run(client.upload(operation, {"id": 7}, UploadFile(b"a", name="a.mp4")))


FORKING = """
import os, sys, threading
from tests.core.shells.test_server_version import BY_OPERATION, versioned
from tests.core.both_shells import SyncShell
from tests.core.toy import operations as ops

client = versioned(SyncShell(), sys.argv[1], BY_OPERATION)
threading.Thread(target=client.server_version, daemon=True).start()
client.call(ops.GET_THING, {"id": 1})  # answered as soon as the server has the other request
child = os.fork()
if child:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os._exit(0 if client.server_version() == "2.10" else 1)
"""


@needs_fork
def test_a_fork_does_not_wait_for_a_thread_of_its_parent() -> None:
    arrived = threading.Event()
    ended = threading.Event()

    async def answer(request: Request) -> Response:
        if request.url.path != "/about":
            await asyncio.to_thread(arrived.wait, 60)
        elif not arrived.is_set():
            arrived.set()
            await asyncio.to_thread(ended.wait, 60)
        return of("2.10")(request)

    with serve(answer) as server:
        command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, server.url]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )
        ended.set()
    assert done.returncode == 0, done.stderr[-2000:]
