"""The client: settings, calls and closing."""

from __future__ import annotations

import asyncio
import copy
import gc
import os
import pickle
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, Response

from annoport.core import Timeouts
from annoport.core.errors import (
    ClosedClientError,
    ConfigurationError,
    InvalidArgumentError,
    NotFoundError,
    ResponseShapeWarning,
)
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request
from annoport.core.values.models import UNSET
from tests.core.both_shells import AsyncClient, Client, Shell
from tests.core.servers import raw, says, serve, thing, thing_json
from tests.core.toy import models
from tests.core.toy import operations as ops
from tests.shared import ROOT
from tests.systems import needs_fork

if TYPE_CHECKING:
    from starlette.requests import Request as Asked

SECRET = "hunter2-hunter2"


def test_call_gives_the_whole_answer(shell: Shell) -> None:
    with serve(lambda _: JSONResponse({"id": 7}, headers={"X-Request-Id": "r-1"})) as server:
        response = shell.run(shell.client(server.url).call(ops.GET_THING, {"id": 7}))
    assert response.status == 200
    assert response.value == models.Thing(id=7)
    assert response.content == b'{"id":7}'
    assert response.headers["content-type"] == "application/json"
    assert response.request_id == "r-1"


def test_body_and_headers_are_sent(shell: Shell) -> None:
    async def echo(request: Asked) -> Response:
        return Response(await request.body(), 201, media_type="application/json")

    with serve(echo) as server:
        client = shell.client(server.url, key=SECRET, team="red")
        response = shell.run(
            client.call(ops.ADD_THING, {}, body=models.Thing(id=3), extra_headers={"X-Extra": "1"})
        )
        sent = server.requests[0].headers
    assert response.value == models.Thing(id=3)
    assert (sent["x-key"], sent["x-team"], sent["x-extra"]) == (SECRET, "red", "1")


def test_error_answer_names_the_operation(shell: Shell) -> None:
    with serve(lambda _: JSONResponse({"detail": "gone"}, 404)) as server:
        client = shell.client(server.url, token=SECRET)
        with pytest.raises(NotFoundError, match="gone") as caught:
            shell.run(client.call(ops.GET_THING, {"id": 7}))
        with pytest.raises(NotFoundError, match="gone"):
            shell.run(client.send(Request("GET", "/other", {}, None, "other")))
    assert (caught.value.operation, caught.value.status) == ("get_thing", 404)
    assert SECRET not in f"{caught.value!r} {vars(caught.value)}"


def test_bad_argument_is_told_before_anything_is_sent(shell: Shell) -> None:
    with serve(thing) as server:
        client = shell.client(server.url, username="ada", password=SECRET)
        with pytest.raises(InvalidArgumentError, match="nmae"):
            shell.run(client.call(ops.GET_THING, {"id": 1, "nmae": 2}))
        assert server.requests == []


def test_a_copy_may_send_other_headers_of_the_platform(shell: Shell) -> None:
    with serve(lambda _: JSONResponse({"id": 1})) as server:
        client = shell.client(server.url, team="red")
        blue = client.with_headers({"team": "blue"})
        for one in (client, blue, blue.with_headers({"team": UNSET}), client.with_options()):
            shell.run(one.call(ops.GET_THING, {"id": 1}))
        shell.run(blue.with_headers({"team": None}).call(ops.GET_THING, {"id": 1}))
        sent = [request.headers.get("x-team") for request in server.requests]
    assert sent == ["red", "blue", "blue", "red", None]
    with pytest.raises(ConfigurationError, match="team= cannot be sent"):
        client.with_headers({"team": "a\nb"})


@pytest.mark.parametrize("text", ["日本", "red\r\nX-Evil: 1"])
def test_headers_that_cannot_be_sent_are_told_before(shell: Shell, text: str) -> None:
    with pytest.raises(ConfigurationError, match="team= cannot be sent"):
        shell.client("http://127.0.0.1:9", team=text)
    client = shell.client("http://127.0.0.1:9")
    extra = {"X-Secret": SECRET + text}
    with pytest.raises(InvalidArgumentError, match="'X-Secret'") as caught:
        shell.run(client.call(ops.GET_THING, {"id": 1}, extra_headers=extra))
    assert SECRET not in str(caught.value)


def test_odd_shape_is_a_warning_or_an_error(shell: Shell) -> None:
    with serve(lambda _: JSONResponse({"id": None})) as server:
        client = shell.client(server.url)
        with pytest.warns(ResponseShapeWarning, match="get_thing"):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        with pytest.raises(ValueError, match="get_thing"):
            shell.run(client.with_options(strict=True).call(ops.GET_THING, {"id": 1}))


def test_with_options_shares_all_but_the_options(shell: Shell) -> None:
    client = shell.client("http://localhost:1", timeout=5, max_retries=1)
    copy = client.with_options(timeout=Timeouts(read=1.0), strict=True)
    assert type(copy) is type(client)
    assert client.options.timeout == Timeouts(connect=5, read=5, write=5, pool=5)
    assert copy.options.timeout == Timeouts(read=1.0)
    assert (copy.options.max_retries, copy.options.strict) == (1, True)
    assert client.with_options(timeout=None).options.timeout.read is None
    assert client.options.strict is False
    shell.close(copy)
    with pytest.raises(ClosedClientError):
        shell.run(client.call(ops.GET_THING, {"id": 1}))


def test_closed_client_says_so(shell: Shell) -> None:
    client = shell.client("http://localhost:1")
    shell.close(client)
    request = Request("GET", "/x", {}, None, "x")
    for attempt in (
        lambda: shell.run(client.call(ops.GET_THING, {"id": 1})),
        lambda: shell.run(client.send(request)),
        lambda: shell.streamed(client.stream(request), lambda answer: answer.status),
        lambda: shell.items(client.paginate(ops.NUMBERED, {})),
        lambda: shell.streamed(client, lambda entered: entered),
    ):
        with pytest.raises(ClosedClientError, match="is closed: create a new client"):
            attempt()
    shell.close(client)


def test_a_call_that_is_retried_ends_when_another_thread_closes_the_client() -> None:
    def close_and_fail(_: Any) -> Response:
        client.close()
        return JSONResponse({"detail": "away"}, 503)

    with serve(close_and_fail) as server:
        client = Client(server.url)
        with pytest.raises(ClosedClientError) as caught:
            client.call(ops.GET_THING, {"id": 1})
        assert len(server.requests) == 1
    assert str(caught.value) == "the client was closed during this call: create a new client"


def test_context_manager_closes(shell: Shell) -> None:
    with serve(thing) as server:
        client = shell.client(server.url)
        found = shell.streamed(client, lambda entered: entered is client)
        assert found is True
        with pytest.raises(ClosedClientError):
            shell.run(client.call(ops.GET_THING, {"id": 1}))


def test_repr_shows_where_but_no_secret(shell: Shell) -> None:
    client = shell.client("https://toy.example.org/api/", token=SECRET)
    assert repr(client).endswith("Client for Toy at https://toy.example.org/api>")
    assert SECRET not in f"{client!r} {vars(client)}"


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("https:/toy.example.org", "with its scheme"),
        ("http:toy.example.org", "with its scheme"),
        ("http:8080", "with its scheme"),
        ("not a host", "with its scheme"),
        ("ftp://toy.example.org", "with its scheme"),
        ("https://", "with its scheme"),
        ("", "with its scheme"),
        ("https://toy.example.org/?page=1", "no '\\?' or '#'"),
        ("https://toy.example.org/#top", "no '\\?' or '#'"),
        (f"https://toy.example.org/?token={SECRET}", "no '\\?' or '#'"),
        (f"https://ada:{SECRET}@toy.example.org", "username= and password="),
        (f"ada:{SECRET}@toy.example.org", "with its scheme"),
        (f"https://ada:{SECRET}@toy.example.org:http", "is not a URL"),
        ("https://toy.example.org:http", "is not a URL"),
        ("https://[toy", "is not a URL"),
    ],
)
def test_bad_base_url(shell: Shell, url: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        shell.client(url)
    assert SECRET not in str(caught.value)


def test_tls_of_a_client_of_the_callers_own_is_its_own_affair(shell: Shell) -> None:
    own = shell.http_client()
    for options in ({"verify": False}, {"cert": "mine.pem"}):
        with pytest.raises(ConfigurationError) as caught:
            shell.client("https://toy.example.org", http_client=own, **options)
        assert str(caught.value) == (
            "verify= or cert= was passed together with http_client=: pass them to the httpx client "
            "instead"
        )


@pytest.mark.parametrize(
    "option",
    [{"timeout": 0}, {"timeout": -1.0}, {"timeout": "5"}, {"timeout": True}, {"max_retries": -1}],
)
def test_bad_options(shell: Shell, option: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"{next(iter(option))}.*expected"):
        shell.client("http://localhost:1", **option)


@pytest.mark.parametrize(
    ("target", "owned"),
    [
        ("/path", True),
        ("http://Toy.Test/other?x=1", True),
        ("http://toy.test:80/", True),
        ("https://toy.test/", False),
        ("http://toy.test:8080/", False),
        ("http://toy.test.evil.example/", False),
        ("http://toy.test@evil.example/", False),
        ("http://evil.example/http://toy.test/", False),
        ("http://toy.test:port/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_same_origin(target: str, *, owned: bool) -> None:
    base = BaseUrl.parse("http://toy.test/api")
    assert base.owns(target) is owned
    assert base.takes_credentials(target) is owned


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        ("", True),
        ("?key=1", True),
        ("?design=1&signatures=2&my-sig=3", True),
        ("?path=a%3Fsig%3D1", True),
        ("?a=1&sig=2", False),
        ("?Signature=", False),
        ("?x-amz-signature=1", False),
        ("?X-Amz-Signature=1", False),
        ("?X%2DGoog%2DSignature=1", False),
    ],
)
@pytest.mark.parametrize("target", ["/bucket/key", "http://toy.test/bucket/key"])
def test_a_signed_url_takes_no_credentials(target: str, query: str, taken: bool) -> None:
    assert BaseUrl.parse("http://toy.test/api").takes_credentials(target + query) is taken


def answer(request: Asked) -> Response:
    """Return a thing that has the requested id."""
    return JSONResponse({"id": int(request.url.path.rpartition("/")[2])})


def test_many_at_a_time(shell: Shell) -> None:
    def ask(number: int) -> Any:
        return lambda: client.call(ops.GET_THING, {"id": number})

    with serve(answer) as server:
        client = shell.client(server.url)
        answers = shell.together([ask(number) for number in range(30)])
    assert [answer.value.id for answer in answers] == list(range(30))


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import annoport.core", {"httpx", "attrs", "msgspec", "stamina", "asyncio"}),
        ("from annoport.core import BaseClient, AsyncBaseClient", {"httpx", "stamina"}),
    ],
)
def test_imports_load_only_what_they_need(statement: str, absent: set[str]) -> None:
    script = f"{statement}\nimport sys\nprint(*({absent!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == ""


def test_every_public_name_can_be_had() -> None:
    import annoport.core

    for name in dir(annoport.core):
        assert getattr(annoport.core, name) is not None


@pytest.mark.parametrize(
    "name",
    [
        "UNSET",
        "UploadFile",
        "async_wait_all",
        "errors",
        "from_json",
        "to_builtins",
        "to_json",
        "wait_all",
    ],
)
def test_names_of_the_package_need_no_other_import(name: str) -> None:
    subprocess.run([sys.executable, "-c", f"import annoport; annoport.{name}"], check=True)


def test_a_client_cannot_be_sent_to_another_process(shell: Shell) -> None:
    client = shell.client("https://toy.example.org", token="secret")
    for send in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError) as caught:
            send(client)
        assert str(caught.value) == (
            "a client cannot be sent to another process: send what makes one, such as "
            "functools.partial(Client, url, token=...)"
        )


FORKING = """
import os, sys
from tests.core.both_shells import Client
from tests.core.toy import operations as ops
from tests.shared import ROOT

def wrong_answers(first):
    numbers = range(first, first + 200)
    return sum(client.call(ops.GET_THING, {"id": n}).value.id != n for n in numbers)

client = Client(sys.argv[1])
client.call(ops.GET_THING, {"id": 0})
children = []
for first in (1000, 2000, 3000):
    children.append(os.fork())
    if children[-1] == 0:
        os._exit(wrong_answers(first) > 0)
wrong = wrong_answers(0)
sys.exit(wrong or sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""


@needs_fork
def test_forked_processes_have_connections_of_their_own() -> None:
    with serve(answer) as server:
        command = [sys.executable, "-c", FORKING, server.url]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


FORKING_AT_LOGIN = """
import os, signal, sys, threading
from tests.core.both_shells import Client
from tests.core.toy import operations as ops

client = Client(sys.argv[1], username="ada", password="x")
ask = lambda: client.call(ops.GET_THING, {"id": 1}).value.name
threading.Thread(target=ask, daemon=True).start()
sys.stdin.readline()
child = os.fork()
if child == 0:
    signal.alarm(20)
    os._exit(ask() != "whale")
os._exit(os.waitpid(child, 0)[1] != 0)
"""


@needs_fork
def test_a_process_forked_during_a_login_logs_in_itself() -> None:
    """The thread that holds the lock of the login does not exist in the forked process."""
    arrived, ended = threading.Event(), threading.Event()

    def hangs(_: socket.socket) -> None:
        arrived.set()
        ended.wait(30)

    token = says("200 OK", b'{"token": "t"}', content_type="application/json")
    with raw(hangs, token, thing_json()) as server:
        command = [sys.executable, "-c", FORKING_AT_LOGIN, server.url]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as process:
            assert arrived.wait(30)
            process.communicate(b"\n")
        ended.set()
    assert process.returncode == 0
    assert len(server.requests) == 3


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # from the loop that ended
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_async_client_goes_on_in_another_event_loop() -> None:
    with serve(answer) as server:
        client = AsyncClient(server.url)

        async def ask(number: int) -> int:
            return (await client.call(ops.GET_THING, {"id": number})).value.id

        assert [asyncio.run(ask(number)) for number in range(3)] == [0, 1, 2]
        asyncio.run(client.aclose())
    gc.collect()  # now, while the warnings are ignored
