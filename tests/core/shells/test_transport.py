"""What is sent over the wire, and how responses are read."""

from __future__ import annotations

import errno
import gzip
import io
import logging
import os
import socket
import threading
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.responses import Response

from annoport.core import Timeouts, UploadFile
from annoport.core.errors import (
    ConfigurationError,
    DecodeError,
    ServerError,
    TimeoutError,  # noqa: A004
    TransportError,
    UnsentError,
)
from annoport.core.http.request import Request
from tests.core.both_shells import AsyncClient, Client, Shell
from tests.core.file_server import Fault, serve_file
from tests.core.listening import unused_url
from tests.core.servers import Behaviour, hangs_up, raw, says, sends, serve, thing, thing_json
from tests.core.toy import operations as ops

if TYPE_CHECKING:
    from starlette.requests import Request as Asked

JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = b'{"id":1,"name":"whale"}'


def get(url: str, **headers: str) -> Request:
    return Request("GET", url, headers, None, "get")


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        ("a/b", "/api/v1/things/a%2Fb"),
        ("..a", "/api/v1/things/..a"),
        ("a=1&b=2%", "/api/v1/things/a%3D1%26b%3D2%25"),
        ("é ?#", "/api/v1/things/%C3%A9%20%3F%23"),
    ],
)
def test_path_is_sent_as_built_below_the_base_path(
    shell: Shell, identifier: str, path: str
) -> None:
    with serve(thing, base_path="/api/v1") as server:
        client = shell.client(server.url + "/")
        shell.run(client.call(ops.GET_THING, {"id": identifier}))
        assert server.requests[0].path == path


def test_headers_say_who_asks(shell: Shell) -> None:
    with serve(thing) as server:
        shell.run(shell.client(server.url).call(ops.GET_THING, {"id": 1}))
        sent = server.requests[0].headers
    assert sent["user-agent"].startswith("annoport/")
    assert f"python-httpx/{httpx.__version__}" in sent["user-agent"]
    assert sent["accept-encoding"] == "gzip, deflate"
    assert sent["accept"] == "application/json, */*;q=0.1"


def test_header_values_may_be_latin_1(shell: Shell) -> None:
    with serve(thing) as server:
        client = shell.client(server.url)
        shell.run(client.call(ops.GET_THING, {"id": 1}, extra_headers={"X-Team": "Bäume"}))
        assert server.requests[0].headers["x-team"] == "Bäume"


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzip.compress(BODY)),
        ("gzip", gzip.compress(BODY[:9]) + gzip.compress(BODY[9:])),
        ("x-gzip", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", zlib.compress(BODY)[2:-4]),
        ("identity", BODY),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY))),
    ],
    ids=["gzip", "two members", "x-gzip", "zlib", "deflate", "identity", "twice"],
)
def test_content_encodings_are_undone(shell: Shell, coding: str, data: bytes) -> None:
    answer = says("200 OK", data, content_type="application/json", content_encoding=coding)
    with raw(answer) as server:
        response = shell.run(shell.client(server.url).call(ops.GET_THING, {"id": 1}))
    assert response.value.name == "whale"
    assert response.content == BODY


def test_coding_that_was_not_asked_for_is_an_error(shell: Shell) -> None:
    answer = says("200 OK", b"...", content_type="application/json", content_encoding="br")
    with raw(answer) as server, pytest.raises(DecodeError, match=r"GET /things/1: .*'br'"):
        shell.run(shell.client(server.url).call(ops.GET_THING, {"id": 1}))


CHUNKED = JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GZIPPED = JSON_HEAD + b"Content-Encoding: gzip\r\n\r\n"
BROKEN: dict[str, Behaviour] = {
    "short content-length": sends(JSON_HEAD + b"Content-Length: 99\r\n\r\n" + BODY),
    "no last chunk": sends(CHUNKED + b"17\r\n" + BODY + b"\r\n"),
    "short chunk": sends(CHUNKED + b"99\r\n" + BODY),
    "short gzip": sends(GZIPPED + gzip.compress(BODY)[:-9]),
    "damaged gzip": sends(GZIPPED + b"\x1f\x8b\x08 and then nonsense"),
    "no answer": hangs_up,
    "half a head": sends(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "no HTTP": sends(b"SSH-2.0-OpenSSH_9.6\r\n"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_off_is_a_transport_error(shell: Shell, name: str) -> None:
    with raw(BROKEN[name]) as server:
        client = shell.client(server.url, max_retries=0)
        with pytest.raises(TransportError, match="GET /things/1") as caught:
            shell.run(client.call(ops.GET_THING, {"id": 1}))
    assert not isinstance(caught.value, UnsentError)


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.usefixtures("no_waiting")
def test_what_breaks_off_is_asked_for_again(shell: Shell, name: str) -> None:
    with raw(BROKEN[name], BROKEN[name], thing_json()) as server:
        response = shell.run(shell.client(server.url).call(ops.GET_THING, {"id": 1}))
        assert len(server.requests) == 3
    assert response.value.id == 1


def test_silence_is_a_timeout(shell: Shell) -> None:
    def waits(connection: socket.socket) -> None:
        connection.recv(1)

    with raw(waits) as server:
        client = shell.client(server.url, timeout=Timeouts(read=0.05), max_retries=0)
        with pytest.raises(TimeoutError, match="could not read the answer of http") as caught:
            shell.run(client.call(ops.GET_THING, {"id": 1}))
    assert not isinstance(caught.value, UnsentError)


def test_timeout_of_one_call(shell: Shell) -> None:
    def waits(connection: socket.socket) -> None:
        connection.recv(1)

    with raw(waits) as server:
        client = shell.client(server.url, max_retries=0)
        with pytest.raises(TimeoutError):
            shell.run(client.call(ops.GET_THING, {"id": 1}, timeout=0.05))


def test_no_connection_means_that_nothing_was_sent(shell: Shell) -> None:
    url = unused_url()
    client = shell.client(url, max_retries=0)
    with pytest.raises(UnsentError) as caught:
        shell.run(client.call(ops.ADD_THING, {}, body={"id": 1}))
    assert str(caught.value) == (
        f"POST /things: could not connect to {url} ({os.strerror(errno.ECONNREFUSED)})"
    )


def test_request_that_http_has_no_room_for(shell: Shell) -> None:
    client = shell.client(unused_url())
    with pytest.raises(ConfigurationError, match="cannot be sent"):
        shell.run(client.send(get("ftp://example.org/file")))


def test_connection_is_reused_after_success_but_not_after_a_server_error(shell: Shell) -> None:
    with raw(thing_json(), thing_json(), says("500 Oops", b"trace"), thing_json()) as server:
        client = shell.client(server.url)
        for _ in range(2):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        with pytest.raises(ServerError):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        shell.run(client.call(ops.ADD_THING, {}, body={"id": 1}))
        assert server.connections == [1, 1, 1, 2]


def test_post_survives_a_server_that_closes_after_an_error_without_saying_so(shell: Shell) -> None:
    def fails_and_closes_later(connection: socket.socket) -> None:
        says("500 Oops", b"trace")(connection)
        connection.recv(1)  # a request on this connection would be lost

    with raw(fails_and_closes_later, thing_json()) as server:
        client = shell.client(server.url)
        with pytest.raises(ServerError):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        assert shell.run(client.call(ops.ADD_THING, {}, body={"id": 1})).value.id == 1


def test_form_with_empty_parts_is_sent_whole(shell: Shell) -> None:
    bodies: list[bytes] = []

    async def keep(request: Asked) -> Response:
        bodies.append(await request.body())
        return Response()

    form = {"note": "", "file": UploadFile(b"", name="empty.bin"), "last": "1"}
    with serve(keep) as server:
        client = shell.client(server.url, max_retries=0)
        shell.run(client.call(ops.UPLOAD, {}, body=form, content_type="multipart/form-data"))
    assert all(name in bodies[0] for name in (b'"note"', b'"empty.bin"', b'"last"'))


def test_file_is_streamed_with_its_length(shell: Shell) -> None:
    content = bytes(range(256)) * 4096

    async def count(request: Asked) -> Response:
        body = await request.body()
        assert body == content
        assert request.headers["content-length"] == str(len(content))
        return Response()

    with serve(count) as server:
        client = shell.client(server.url, max_retries=0)
        response = shell.run(client.call(ops.UPLOAD, {}, body=UploadFile(io.BytesIO(content))))
    assert response.status == 200


@pytest.mark.parametrize("part", ["raw", "whole", "read"])
def test_stream(shell: Shell, part: str) -> None:
    coded = gzip.compress(b"x" * 300_000, 0)
    with raw(says("200 OK", coded, content_encoding="gzip", etag='"1"')) as server:
        client = shell.client(server.url)
        uses: dict[str, Callable[[Any], Any]] = {
            "raw": lambda answer: answer.raw(),
            "whole": lambda answer: answer.whole(),
            "read": lambda answer: answer.read(),
        }
        found = shell.streamed(client.stream(get("/file")), uses[part])
    if part == "raw":
        assert len(found) > 1
        assert b"".join(found) == coded
    else:
        content = found if part == "read" else found.content
        assert content == b"x" * 300_000


def test_stream_gives_status_and_headers_of_any_answer(shell: Shell) -> None:
    with raw(says("416 No", b"", content_range="bytes */7")) as server:
        client = shell.client(server.url)
        found = shell.streamed(
            client.stream(get("/file", Range="bytes=9-")),
            lambda answer: (answer.status, answer.headers["Content-Range"], answer.url),
        )
        assert found == (416, "bytes */7", f"{server.url}/file")
        assert b"Range: bytes=9-".lower() in server.requests[0][1].lower()


def test_stream_that_breaks_off(shell: Shell) -> None:
    with raw(sends(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")) as server:
        client = shell.client(server.url)
        with pytest.raises(TransportError, match="was interrupted"):
            shell.streamed(client.stream(get("/file")), lambda answer: answer.raw())


def test_own_client_is_used_and_left_open(shell: Shell) -> None:
    with serve(thing) as server, serve(thing) as other:
        own = shell.http_client(headers={"X-Own": "1"}, auth=("me", "secret"))
        client = shell.client(server.url, http_client=own)
        shell.run(client.call(ops.GET_THING, {"id": 1}))
        shell.run(client.send(get(f"{other.url}/elsewhere")))
        shell.close(client)
        assert not own.is_closed
        assert server.requests[0].headers["x-own"] == "1"
        assert server.requests[0].headers["authorization"].startswith("Basic ")
        assert "x-own" not in other.requests[0].headers
        assert "authorization" not in other.requests[0].headers


def test_proxy_of_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw(thing_json()) as proxy, serve(thing) as direct:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        far = shell.client("http://toy.invalid")
        shell.run(far.call(ops.GET_THING, {"id": 1}))
        shell.run(shell.client(direct.url).call(ops.GET_THING, {"id": 1}))
        assert proxy.requests[0][1].startswith(b"GET http://toy.invalid/things/1 HTTP/1.1\r\n")
        assert len(proxy.requests) == len(direct.requests) == 1


@pytest.mark.parametrize("proxy", ["ftp://ada:s3cret@proxy.invalid", "http://proxy.invalid:x"])
def test_proxy_of_no_use(shell: Shell, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(ConfigurationError) as caught:
        shell.run(shell.client("http://toy.invalid").call(ops.GET_THING, {"id": 1}))
    assert "s3cret" not in str(caught.value)


def test_log_shows_no_query(shell: Shell, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(thing) as server:
        client = shell.client(server.url, token="s3cret")
        shell.run(client.send(get("/file?X-Amz-Signature=s3cret&page=2")))
        shell.streamed(client.stream(get("/file?sig=s3cret")), lambda answer: answer.status)
    assert "s3cret" not in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name == "annoport.requests"]
    assert ours[0].startswith("GET /file -> 200 in ")
    assert ours[1] == "GET /file -> 200"


def test_a_body_is_broken_off_from_another_thread() -> None:
    begun = time.monotonic()
    with serve_file(bytes(200_000)) as server, Client(server.url) as client:
        server.faults.append(Fault(stall_after=70_000))
        with client.stream(get(f"{server.url}/x"), timeout=30) as answer:
            threading.Timer(0.05, answer.abort).start()
            with pytest.raises(TransportError, match="was interrupted"):
                list(answer.raw())
        assert time.monotonic() - begun < 30
        with client.stream(get(f"{server.url}/x")) as answer:
            assert len(answer.read()) == 200_000


async def test_a_body_is_broken_off_by_a_task() -> None:
    with serve_file(bytes(200_000)) as server:
        async with AsyncClient(server.url) as client:
            server.faults.append(Fault(stall_after=70_000))
            async with client.stream(get(f"{server.url}/x"), timeout=30) as answer:
                body = answer.raw()
                await anext(body)
                answer.abort()
                with pytest.raises(TransportError, match="was interrupted"):
                    [piece async for piece in body]
