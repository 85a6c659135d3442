# ruff: noqa: E501 - one example a line
"""Server-sent events: the format, and when to connect again."""

from __future__ import annotations

import pytest

from annoport.core.errors import (
    AnnoportError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
    UnsentError,
)
from annoport.core.events import PATIENCE, Event, EventParser, Reconnecting, data_type
from tests.core.toy import models, operations

EXAMPLES: dict[str, tuple[bytes, list[Event[str]]]] = {
    "one line": (b"data: a\n\n", [Event("message", "a")]),
    "several lines": (b"data: YHOO\ndata: +2\ndata: 10\n\n", [Event("message", "YHOO\n+2\n10")]),
    "a type": (b"event: add\ndata: 73857293\n\n", [Event("add", "73857293")]),
    "a type for one event only": (
        b"event: add\ndata: 1\n\ndata: 2\n\n",
        [Event("add", "1"), Event("message", "2")],
    ),
    "a type without data": (b"event: add\n\ndata: 2\n\n", [Event("message", "2")]),
    "one space is dropped": (b"data:a\n\ndata:  b\n\n", [Event("message", "a"), Event("message", " b")]),
    "no colon": (b"data\n\ndata\ndata\n\n", [Event("message", ""), Event("message", "\n")]),
    "the end is no end of an event": (b"data: a\n\ndata:", [Event("message", "a")]),
    "comments": (b": hi\n\n:\ndata: a\n: between\n\n", [Event("message", "a")]),
    "ids": (
        b"data: a\nid: 1\n\ndata: b\nid\n\ndata:c\n\n",
        [Event("message", "a", "1"), Event("message", "b"), Event("message", "c")],
    ),
    "an id stays": (b"id: 1\ndata: a\n\ndata: b\n\n", [Event("message", "a", "1"), Event("message", "b", "1")]),
    "an id with NUL is none": (b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", [Event("message", "a", "1"), Event("message", "b", "1")]),
    "unknown fields": (b"colour: red\nDATA: x\n data: y\ndata: a\n\n", [Event("message", "a")]),
    "CRLF": (b"data: a\r\ndata: b\r\n\r\n", [Event("message", "a\nb")]),
    "CR": (b"data: a\rdata: b\r\rdata: c\r\r", [Event("message", "a\nb"), Event("message", "c")]),
    "a mixture": (b"data: a\r\ndata: b\rdata: c\n\r\n", [Event("message", "a\nb\nc")]),
    "no other line ends": ("data: a\u2028b\u0085c\x0bd\n\n".encode(), [Event("message", "a\u2028b\u0085c\x0bd")]),
    "BOM": (b"\xef\xbb\xbfdata: a\n\n", [Event("message", "a")]),
    "one BOM": (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", [Event("message", "b")]),
    "UTF-8": ("data: взлёт ü\n\n".encode(), [Event("message", "взлёт ü")]),
    "broken UTF-8": (b"data: \xff\n\n", [Event("message", "\ufffd")]),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_the_format(name: str, size: int) -> None:
    content, expected = EXAMPLES[name]
    parser = EventParser()
    found: list[Event[str]] = []
    for at in range(0, len(content), size):
        found += parser.feed(content[at : at + size])
    assert found == expected


def test_an_event_comes_with_its_last_byte() -> None:
    parser = EventParser()
    assert parser.feed(b"data: a\r") == []
    assert parser.feed(b"\n\r") == [Event("message", "a")]
    assert parser.feed(b"\n") == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"retry: 1500\n", 1.5),
        (b"retry: 0\n", 0.0),
        (b"retry: -1\n", None),
        (b"retry: 1.5\n", None),
        (b"retry: soon\n", None),
        (b"retry\n", None),
        ("retry: ٣\n".encode(), None),
    ],
)
def test_the_delay_of_the_server(content: bytes, expected: float | None) -> None:
    parser = EventParser()
    parser.feed(content)
    assert parser.retry == expected


def test_the_last_id_is_that_of_the_last_whole_event() -> None:
    parser = EventParser("7")
    assert parser.last_id == "7"
    assert parser.feed(b"data: a\n\n") == [Event("message", "a", "7")]
    parser.feed(b"id: 8\n\n")
    assert parser.last_id == "8"
    parser.feed(b"id: 9\ndata: cut")
    assert parser.last_id == "8"


def line(jitter: float = 0.0, attempts: int = 2) -> Reconnecting:
    return Reconnecting(attempts=attempts, jitter=lambda: jitter)


def test_the_delays_are_those_of_the_server_and_grow_with_failures() -> None:
    reconnecting = line()
    reconnecting.connected()
    assert reconnecting.after(None, 0.0) == 3.0
    assert [reconnecting.after(TransportError("x"), 0.0) for _ in range(6)] == [
        *(6.0, 12.0, 24.0, 48.0, 60.0, 60.0)
    ]
    reconnecting.arrived()
    reconnecting.delay = 90.0
    assert [reconnecting.after(None, 0.0) for _ in range(2)] == [90.0, 90.0]
    reconnecting.arrived()
    reconnecting.delay = 0.0
    assert [reconnecting.after(None, 0.0) for _ in range(3)] == [0.0, 1.0, 2.0]
    late = line(jitter=1.0)
    late.connected()
    assert late.after(None, 0.0) == 3.75


def test_a_stream_gives_up_after_nothing_but_failures() -> None:
    reconnecting = line()
    reconnecting.connected()
    lost = TransportError("reset")
    reconnecting.after(lost, 0.0)
    reconnecting.after(lost, PATIENCE)
    reconnecting.after(None, PATIENCE + 1)  # the server was there
    with pytest.raises(TransportError, match="reset"):
        reconnecting.after(lost, PATIENCE + 1)
    reconnecting.arrived()
    reconnecting.after(lost, PATIENCE + 1)


def test_the_first_connection_is_tried_as_often_as_a_call() -> None:
    reconnecting = line(attempts=2)
    lost = UnsentError("refused")
    assert [reconnecting.after(lost, 0.0) for _ in range(2)] == [0.2, 0.4]
    with pytest.raises(UnsentError):
        reconnecting.after(lost, 0.0)


@pytest.mark.parametrize(
    "error", [NotFoundError("deleted", status=404), ServerError("no", status=501)]
)
def test_what_would_not_pass_ends_the_stream(error: AnnoportError) -> None:
    reconnecting = line()
    reconnecting.connected()
    with pytest.raises(type(error)):
        reconnecting.after(error, 0.0)


def test_the_server_says_how_long_to_stay_away() -> None:
    reconnecting = line()
    reconnecting.connected()
    assert reconnecting.after(RateLimitError("slow", status=429, retry_after=30.0), 0.0) == 30.0
    assert reconnecting.after(ServerError("x", status=503, retry_after=1e6), 0.0) == 300.0


def test_the_type_of_the_data() -> None:
    assert data_type(operations.WATCH) is models.Thing
    assert data_type(operations.GET_THING) is str
