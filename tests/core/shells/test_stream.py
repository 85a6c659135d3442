"""Streams of events over real sockets: reading, connecting again, and ending."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from annoport.core.contract.extensions import StreamRules
from annoport.core.errors import (
    DecodeError,
    InvalidArgumentError,
    NotFoundError,
    RedirectError,
    ResponseShapeWarning,
    TransportError,
    UnsentError,
)
from annoport.core.events import Event
from tests.core.both_shells import Shell, SyncShell
from tests.core.listening import unused_url
from tests.core.servers import Behaviour, hangs_up, raw, says
from tests.core.toy import models, operations

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n"
SOON = b"retry: 10\n\n"


def streams(*pieces: bytes, pause: float = 0.0, hold: float = 0.0) -> Behaviour:
    """Send these pieces of a stream, with pauses between them; hold the connection, then end it."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(HEAD)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        time.sleep(hold)

    return behave


@pytest.fixture
def take(shell: Shell) -> Callable[..., list[Event[Any]]]:
    """Return a function that takes so many events of a stream, and closes it."""

    def take(stream: Any, count: int = 1000) -> list[Event[Any]]:
        if isinstance(shell, SyncShell):
            with stream:
                return [event for _, event in zip(range(count), stream, strict=False)]

        async def collect() -> list[Event[Any]]:
            found: list[Event[Any]] = []
            async with stream:
                while len(found) < count:
                    try:
                        found.append(await anext(stream))
                    except StopAsyncIteration:
                        break
            return found

        collected: list[Event[Any]] = shell.run(collect())
        return collected

    return take


def test_events_have_the_type_of_the_operation(shell: Shell, take: Any) -> None:
    pieces = (b": hi\n\nevent: new\nid: 4\nda", b'ta: {"id": 1, "name": "whale"}\n', b"\n")
    with raw(streams(*pieces, pause=0.02, hold=5)) as server:
        stream = shell.client(server.url).event_stream(operations.WATCH, {})
        assert stream.last_event_id == ""
        assert take(stream, 1) == [Event("new", models.Thing(id=1, name="whale"), "4")]
        assert stream.last_event_id == "4"
    (_, head), *_ = server.requests
    assert head.startswith(b"GET /watch ")
    lines = head.lower().split(b"\r\n")
    assert b"accept: text/event-stream, */*;q=0.1" in lines
    assert b"accept-encoding: identity" in lines
    assert b"last-event-id" not in head.lower()


def test_it_connects_again_with_the_last_id(shell: Shell, take: Any) -> None:
    first = streams(SOON, "id: ü4\ndata: a\n\nid: 5\ndata: cut".encode())
    with raw(first, hangs_up, says("503 Busy"), streams(b"data: b\n\n", hold=5)) as server:
        stream = shell.client(server.url).event_stream(operations.LISTEN, {})
        assert take(stream, 2) == [Event("message", "a", "ü4"), Event("message", "b", "ü4")]
    for _, head in server.requests[1:]:
        assert b"last-event-id: \xc3\xbc4" in head.lower().split(b"\r\n")


def test_the_delay_of_the_server_is_kept(shell: Shell, take: Any) -> None:
    first = streams(b"retry: 400\ndata: a\n\n")
    with raw(first, streams(b"data: b\n\n", hold=5)) as server:
        begun = time.monotonic()
        take(shell.client(server.url).event_stream(operations.LISTEN, {}), 2)
        assert 0.4 <= time.monotonic() - begun < 1.5


def test_the_delay_grows_only_while_nothing_arrives(shell: Shell, take: Any) -> None:
    with raw(streams(SOON, b"data: a\n\n")) as server:
        begun = time.monotonic()
        take(shell.client(server.url).event_stream(operations.LISTEN, {}), 4)
        assert time.monotonic() - begun < 0.9


def test_comments_keep_a_connection_and_silence_ends_it(shell: Shell, take: Any) -> None:
    alive = streams(SOON, *[b": alive\n\n"] * 6, b"data: a\n\n", pause=0.15, hold=5)
    with raw(alive, streams(b"data: b\n\n", hold=5)) as server:
        stream = shell.client(server.url).event_stream(operations.LISTEN, {})
        assert [event.data for event in take(stream, 2)] == ["a", "b"]
    assert len(server.requests) == 2


def test_the_timeout_of_calls_is_not_that_of_streams(shell: Shell, take: Any) -> None:
    slow = streams(b": hi\n\n", b"data: a\n\n", pause=0.2)
    with raw(slow, says("204 No Content")) as server:
        client = shell.client(server.url, timeout=0.05)
        assert take(client.event_stream(operations.LISTEN, {}), 1) == [Event("message", "a")]
    assert len(server.requests) == 1


def test_no_content_ends_the_stream(shell: Shell, take: Any) -> None:
    with raw(streams(SOON, b"data: a\n\n"), says("204 No Content")) as server:
        stream = shell.client(server.url).event_stream(operations.LISTEN, {})
        assert [event.data for event in take(stream)] == ["a"]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (says("404 Not Found", b'{"detail": "deleted"}'), NotFoundError, "listen: 404 deleted"),
        (says("302 Found", location="/login"), RedirectError, "302"),
        (
            says("200 OK", b"<html>", content_type="text/html"),
            DecodeError,
            "listen: expected text/event-stream, got 'text/html'",
        ),
        (says("200 OK", b""), DecodeError, "got 'no type'"),
    ],
)
def test_an_answer_that_is_no_stream(
    shell: Shell, take: Any, answer: Behaviour, error: type[Exception], message: str
) -> None:
    with raw(answer) as server, pytest.raises(error, match=message):
        take(shell.client(server.url).event_stream(operations.LISTEN, {}))
    assert len(server.requests) == 1


def test_a_server_that_is_not_there(shell: Shell, take: Any) -> None:
    stream = shell.client(unused_url(), max_retries=1).event_stream(operations.LISTEN, {})
    with pytest.raises(UnsentError):
        take(stream)


def test_iteration_goes_on_after_an_event_that_cannot_be_read(shell: Shell) -> None:
    pieces = (b"data: soon\n\n", b'data: {"id": 2}\n\n')
    with raw(streams(*pieces, hold=5)) as server:
        stream = shell.client(server.url).event_stream(operations.WATCH, {})
        step = stream.__next__ if isinstance(shell, SyncShell) else stream.__anext__
        with pytest.raises(DecodeError, match="watch, event 'message'"):
            shell.run(step())
        assert shell.run(step()).data == models.Thing(id=2)
        shell.close(stream)
    assert len(server.requests) == 1


def test_a_gzipped_stream(shell: Shell, take: Any) -> None:
    import gzip

    def behave(connection: socket.socket) -> None:
        head = HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
        connection.sendall(head + gzip.compress(b"data: a\n\n"))

    with raw(behave) as server:
        stream = shell.client(server.url).event_stream(operations.LISTEN, {})
        assert take(stream, 1) == [Event("message", "a")]


def test_data_of_another_shape_is_kept_with_a_warning(shell: Shell, take: Any) -> None:
    with raw(streams(b'data: {"id": "x"}\n\n')) as server, pytest.warns(ResponseShapeWarning):
        take(shell.client(server.url).event_stream(operations.WATCH, {}), 1)


def test_wrong_calls(shell: Shell) -> None:
    client = shell.client("https://toy.example.org")
    with pytest.raises(InvalidArgumentError, match=r"listen answers events .*event_stream"):
        shell.run(client.call(operations.LISTEN, {}))
    with pytest.raises(
        InvalidArgumentError, match=r"get_thing answers no events: use client\.call"
    ):
        client.event_stream(operations.GET_THING, {"id": 1})
    with pytest.raises(InvalidArgumentError, match="unknown argument 'x'"):
        client.event_stream(operations.LISTEN, {"x": 1})
    assert repr(client.event_stream(operations.LISTEN, {})).endswith("EventStream of listen>")


@pytest.fixture
def sync() -> Iterator[SyncShell]:
    shell = SyncShell()
    yield shell
    shell.finish()


@pytest.mark.parametrize("behaviour", ["waiting for an event", "waiting to connect again"])
def test_another_thread_ends_a_stream(sync: SyncShell, behaviour: str) -> None:
    waits = behaviour == "waiting for an event"
    pieces = (b"data: a\n\n",) if waits else (b"retry: 60000\ndata: a\n\n",)
    with raw(streams(*pieces, hold=5 if waits else 0)) as server:
        patient = msgspec.structs.replace(operations.LISTEN, stream=StreamRules(silence=30))
        stream = sync.client(server.url).event_stream(patient, {})
        found: list[Event[str]] = []
        thread = threading.Thread(target=lambda: found.extend(stream))
        thread.start()
        time.sleep(0.15)
        stream.close()
        thread.join(1)
        assert not thread.is_alive()
        assert found == [Event("message", "a")]


def test_a_closed_stream_is_over(shell: Shell, take: Any) -> None:
    with raw(streams(b"data: a\n\ndata: b\n\n", hold=5)) as server:
        stream = shell.client(server.url).event_stream(operations.LISTEN, {})
        assert len(take(stream, 1)) == 1
        assert take(stream) == []


def test_a_server_that_stays_away_is_an_error_of_its_own_kind(shell: Shell, take: Any) -> None:
    with raw(hangs_up) as server:
        stream = shell.client(server.url, max_retries=1).event_stream(operations.LISTEN, {})
        with pytest.raises(TransportError):
            take(stream)
    assert len(server.requests) == 2
