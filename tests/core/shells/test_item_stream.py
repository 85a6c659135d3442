"""Answers that have one JSON document after another, over real sockets."""

from __future__ import annotations

import gzip
import re
import socket
import threading
import time
from typing import Any

import pytest

from annoport.core.errors import (
    DecodeError,
    InvalidArgumentError,
    NotFoundError,
    ResponseShapeWarning,
    TransportError,
)
from tests.core.both_shells import Shell
from tests.core.servers import Behaviour, RawServer, raw, says, sends
from tests.core.toy import models, operations

LINES = "application/x-ndjson"
WHALE, SEAL = models.Thing(id=1, name="whale"), models.Thing(id=2, name="seal")
TWO = b'{"id": 1, "name": "whale"}\n{"id": 2, "name": "seal"}\n'


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n", media_type: str = LINES) -> Behaviour:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
    return sends(head.encode() + b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces) + end)


def stream(shell: Shell, server: RawServer, **options: Any) -> Any:
    return shell.client(server.url, **options).item_stream(operations.EVERY_THING, {})


def collect(shell: Shell, items: Any) -> tuple[list[Any], Exception]:
    """Return the items before an error, and the error."""
    found: list[Any] = []
    while True:
        try:
            found.append(shell.run(items.__anext__() if shell.name == "async" else next(items)))
        except (StopIteration, StopAsyncIteration):
            raise AssertionError(f"no error after {found}") from None
        except Exception as error:  # noqa: BLE001 - each test says which
            return found, error


def test_items_have_the_type_of_the_operation(shell: Shell) -> None:
    with raw(says("200 OK", TWO, content_type=LINES)) as server:
        assert shell.items(stream(shell, server)) == [WHALE, SEAL]
    (_, head), *_ = server.requests
    assert b"accept: application/x-ndjson, */*;q=0.1" in head.lower().split(b"\r\n")


def test_nothing_is_sent_before_the_first_item_is_asked_for(shell: Shell) -> None:
    with raw(says("200 OK", TWO, content_type=LINES)) as server:
        items = stream(shell, server)
        shell.close(items)
        assert shell.items(items) == []
    assert server.requests == []


def test_an_item_comes_before_the_answer_ends(shell: Shell) -> None:
    seen = threading.Event()

    def behave(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {LINES}\r\n\r\n".encode())
        connection.sendall(b'{"id": 1, "name": "whale"}\n{"id"')
        if seen.wait(20):
            connection.sendall(b': 2, "name": "seal"}')

    def note(items: Any) -> Any:
        if shell.name == "sync":
            first = next(items)
            seen.set()
            return iter([first, *items])

        async def rest() -> Any:
            yield await anext(items)
            seen.set()
            async for item in items:
                yield item

        return rest()

    with raw(behave) as server:
        assert shell.streamed(stream(shell, server), note) == [WHALE, SEAL]


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (chunked(TWO, end=b""), "incomplete chunked read"),
        (
            sends(
                f"HTTP/1.1 200 OK\r\nContent-Type: {LINES}\r\nContent-Length: 90\r\n\r\n".encode()
                + TWO
            ),
            "received 53 bytes, expected 90",
        ),
    ],
)
def test_an_answer_that_breaks_off_is_an_error_after_what_came_whole(
    shell: Shell, behaviour: Behaviour, fault: str
) -> None:
    with raw(behaviour) as server:
        found, error = collect(shell, stream(shell, server))
        assert found == [WHALE, SEAL]
        assert isinstance(error, TransportError)
        assert fault in str(error)
    assert len(server.requests) == 1


def test_a_cut_item_is_an_error(shell: Shell) -> None:
    with raw(chunked(TWO[:-20])) as server:
        found, error = collect(shell, stream(shell, server))
    assert found == [WHALE]
    assert isinstance(error, DecodeError)
    assert str(error) == (
        "every_thing, item 2: the JSON answer is truncated: it ends after 6 bytes"
    )


def test_a_cut_encoding_is_an_error(shell: Shell) -> None:
    packed = gzip.compress(TWO)
    whole = says("200 OK", packed, content_type=LINES, content_encoding="gzip")
    cut = says("200 OK", packed[:-6], content_type=LINES, content_encoding="gzip")
    with raw(whole, cut) as server:
        assert shell.items(stream(shell, server)) == [WHALE, SEAL]
        with pytest.raises(TransportError, match="the gzip body is truncated"):
            shell.items(stream(shell, server))


def test_an_item_in_the_middle_that_is_no_json_is_named(shell: Shell) -> None:
    with raw(says("200 OK", b'{"id": 1}\noops\n{"id": 3}\n', content_type=LINES)) as server:
        items = stream(shell, server)
        found, error = collect(shell, items)
        assert found == [models.Thing(id=1)]
        assert isinstance(error, DecodeError)
        assert str(error) == (
            "every_thing, item 2: the answer is not JSON: Expecting value at character 0"
        )
        assert shell.items(items) == []


def test_an_item_that_does_not_fit_is_told(shell: Shell) -> None:
    body = b'{"id": 1}\n{"id": "two"}\n'
    with raw(says("200 OK", body, content_type=LINES)) as server:
        with pytest.warns(ResponseShapeWarning, match=r"every_thing, item 2: .*\$\.id"):
            found = shell.items(stream(shell, server))
        assert [one.id for one in found] == [1, "two"]
        with pytest.raises(DecodeError, match="every_thing, item 2"):
            shell.items(stream(shell, server, strict=True))


def test_documents_after_a_separator(shell: Shell) -> None:
    body = b'\x1e{"id": 1,\n "name": "whale"}\n\x1e{"id": 2, "name": "seal"}\n'
    with raw(says("200 OK", body, content_type="application/json-seq")) as server:
        client = shell.client(server.url)
        assert shell.items(client.item_stream(operations.SEPARATED_THINGS, {})) == [WHALE, SEAL]
        response = shell.run(client.call(operations.SEPARATED_THINGS, {}))
        assert response.value == [WHALE, SEAL]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", TWO),
        ("application/json", b' [{"id": 1, "name": "whale"}, {"id": 2, "name": "seal"}]'),
        ("text/plain", TWO),
    ],
)
def test_what_the_server_calls_its_lines_makes_no_difference(
    shell: Shell, media_type: str, body: bytes
) -> None:
    with raw(says("200 OK", body, content_type=media_type)) as server:
        client = shell.client(server.url)
        assert shell.items(client.item_stream(operations.EVERY_THING, {})) == [WHALE, SEAL]
        assert shell.run(client.call(operations.EVERY_THING, {})).value == [WHALE, SEAL]


def test_no_content_is_no_item(shell: Shell) -> None:
    empty = says("200 OK", b"", content_type=LINES)
    with raw(empty, says("204 No Content")) as server:
        assert shell.items(stream(shell, server)) == []
        assert shell.items(stream(shell, server)) == []


def test_errors_are_those_of_a_call(shell: Shell) -> None:
    lost = says("404 Not Found", b'{"detail": "no such shelf"}', content_type="application/json")
    page = says("200 OK", b"<html>", content_type="text/html")
    with raw(lost, page) as server:
        with pytest.raises(NotFoundError, match="no such shelf"):
            shell.items(stream(shell, server))
        with pytest.raises(DecodeError, match="got an HTML page"):
            shell.items(stream(shell, server))
        with pytest.raises(InvalidArgumentError) as refused:
            shell.client(server.url).item_stream(operations.LISTEN, {})
    assert str(refused.value) == (
        "listen does not answer one item after another: use client.call()"
    )


def test_a_busy_server_is_asked_again_where_that_is_safe(shell: Shell, no_waiting: None) -> None:
    busy = says("503 Busy")
    with raw(busy, says("200 OK", TWO, content_type=LINES)) as server:
        assert shell.items(stream(shell, server)) == [WHALE, SEAL]
    assert len(server.requests) == 2


def test_closing_early_ends_the_connection(shell: Shell) -> None:
    ended = threading.Event()

    def endless(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {LINES}\r\n\r\n".encode())
        try:
            while True:
                connection.sendall(TWO)
                time.sleep(0.001)
        except OSError:
            ended.set()

    def first(items: Any) -> Any:
        return next(items) if shell.name == "sync" else items.__anext__()

    with raw(endless) as server:
        assert shell.streamed(stream(shell, server), first) == WHALE
        assert ended.wait(20)


def test_a_reader_who_leaves_ends_the_connection(shell: Shell) -> None:
    whole = says("200 OK", TWO, content_type=LINES)
    with raw(whole, whole) as server:
        client = shell.client(server.url)
        for _ in range(120):  # more than there may be connections
            items = client.item_stream(operations.EVERY_THING, {})
            assert shell.run(items.__anext__() if shell.name == "async" else next(items)) == WHALE
            del items


def test_it_is_named_in_a_repr(shell: Shell) -> None:
    items = shell.client("http://localhost:9").item_stream(operations.EVERY_THING, {})
    assert re.fullmatch(r"<(Async)?ItemStream of every_thing>", repr(items))
