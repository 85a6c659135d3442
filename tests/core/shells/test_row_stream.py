"""Lists that come in one answer: read while it arrives, and taken up where it broke off."""

from __future__ import annotations

import contextlib
import json
import warnings
from typing import Any

import httpx
import pytest
import stamina
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from annoport.core.errors import (
    BrokenAnswerError,
    DecodeError,
    InvalidArgumentError,
    NotFoundError,
    PaginationError,
    ResponseShapeWarning,
    ServerError,
    TransportError,
)
from tests.core.both_shells import AsyncClient, AsyncShell, Shell, SyncShell
from tests.core.row_server import Cut, How, Rows, RowServer
from tests.core.servers import Behaviour, raw, says
from tests.core.toy import operations as ops

TRAPS = ["", '},{"id":', '"},{"id":3', "]", "\\", '"', '\\"', "{[", "\u2028é"]
HOWS: list[How] = ["json", "gzip", "connection", "reset", "head", "503"]
REQUEST = "GET /streamed?sort_by=%24id"
BROKE_OFF = {
    "json": "streamed: expected JSON, got an empty answer",
    "gzip": f"{REQUEST}: the gzip body is truncated",
    "connection": f"{REQUEST}: the exchange with {{url}} was interrupted (peer closed "
    "connection without sending complete message body (incomplete chunked read))",
}
CUTS = st.lists(st.tuples(st.sampled_from(HOWS), st.floats(0, 1)), max_size=5)


def some_rows(count: int, size: int = 1000, trap: str = "") -> Rows:
    return [{"id": 3 * i + 1, "name": f"{trap}{i}" + "x" * size} for i in range(count)]


def ids(items: list[Any]) -> list[int]:
    return [item.id for item in items]


def leave_after_one(shell: Shell, pager: Any) -> Any:
    """Break out of a loop over a list."""

    async def leave() -> Any:
        async for item in pager:
            return item
        raise AssertionError("an empty list")

    if shell.name == "async":
        return shell.run(leave())
    return next(item for item in pager)


# --------------------------------------------------------------------------- cuts


@pytest.mark.parametrize("kind", [SyncShell, AsyncShell], ids=lambda kind: kind.name)
@given(
    st.builds(some_rows, st.integers(0, 60), st.integers(1, 2000), st.sampled_from(TRAPS)),
    CUTS,
    st.fixed_dictionaries(
        {
            "gzip": st.booleans(),
            "spaces": st.sampled_from([(",", ":"), (", ", ": ")]),
            "chunk": st.integers(1, 5000),
        }
    ),
)
@settings(max_examples=30, deadline=None)
def test_nothing_is_lost_and_nothing_comes_twice(
    kind: type[Shell], rows: Rows, cuts: list[Cut], style: dict[str, Any]
) -> None:
    shell, server = kind(), RowServer(rows, list(cuts), **style)
    with server.running(), stamina.set_testing(True, attempts=10, cap=True):
        found = shell.items(shell.client(server.url, max_retries=9).paginate(ops.STREAMED, {}))
        shell.finish()
    assert [{"id": item.id, "name": item.name} for item in found] == rows
    after = [int(query.get("after", 0)) for query in server.queries]
    assert after == sorted(after)
    assert server.cuts == []


@pytest.mark.parametrize("kind", [SyncShell, AsyncShell], ids=lambda kind: kind.name)
@given(
    st.one_of(st.none(), st.integers(0, 130)),
    st.one_of(st.none(), st.integers(0, 45)),
    st.one_of(st.none(), st.integers(0, 45)),
    CUTS,
)
@settings(max_examples=20, deadline=None)
def test_own_bounds_are_kept_where_it_is_taken_up(
    kind: type[Shell], after: int | None, start: int | None, stop: int | None, cuts: list[Cut]
) -> None:
    shell, rows = kind(), some_rows(40)
    server = RowServer(rows, list(cuts))
    with server.running(), stamina.set_testing(True, attempts=10, cap=True):
        client = shell.client(server.url, max_retries=9)
        arguments = {"after": after, "start": start, "stop": stop}
        found = ids(shell.items(client.paginate(ops.STREAMED, arguments)))
        shell.finish()
    beyond = [row["id"] for row in rows if row["id"] > (after or 0)]
    assert found == beyond[slice(start, stop)]


def test_what_came_whole_is_not_asked_for_again(shell: Shell, no_waiting: None) -> None:
    server = RowServer(some_rows(60), [("connection", 0.495)], gzip=False)
    with server.running():
        pages = shell.items(shell.client(server.url).paginate(ops.STREAMED, {}).pages())
    got = [len(page.items) for page in pages]
    assert sum(got) == 60
    assert sum(got[:2]) == 29, "what fills a block, and what came whole after it"
    assert server.queries == [{}, {"after": str(3 * 28 + 1)}]


@pytest.mark.parametrize("how", ["json", "gzip", "connection"])
def test_a_list_that_breaks_off_again_and_again_is_an_error(
    shell: Shell, no_waiting: None, how: How
) -> None:
    server = RowServer(some_rows(20), [(how, 0.0)] * 9)
    with server.running():
        pager = shell.client(server.url, max_retries=2).paginate(ops.STREAMED, {})
        with pytest.raises((TransportError, BrokenAnswerError)) as caught:
            shell.items(pager)
    assert len(server.asked) == 3
    assert str(caught.value) == BROKE_OFF[how].format(url=server.url)


def test_without_retries_a_cut_is_an_error_after_the_rows_that_came(shell: Shell) -> None:
    server = RowServer(some_rows(20), [("json", 0.5)])
    with server.running():
        pages = shell.client(server.url, max_retries=0).paginate(ops.STREAMED, {}).pages()

        async def next_page() -> Any:
            return await anext(pages)

        first = shell.run(next_page()) if shell.name == "async" else next(pages)
        found = ids(first.items)
        with pytest.raises(BrokenAnswerError) as caught:
            shell.items(pages)
    assert found[-1] == 3 * 9 + 1, "ten rows came whole, but for the bracket"
    assert len(server.asked) == 1
    assert str(caught.value) == (
        "streamed: the JSON answer is truncated: it ends after 10214 bytes"
    )


def test_an_error_answer_in_place_of_the_rest_is_raised(shell: Shell) -> None:
    server = RowServer(some_rows(60), [("connection", 0.5), ("503", 0.0)])
    with server.running():
        pager = shell.client(server.url, max_retries=1).paginate(ops.STREAMED, {})
        with stamina.set_testing(True, attempts=2, cap=True), pytest.raises(ServerError):
            shell.items(pager)


# --------------------------------------------------------------------------- leaving early


def test_leaving_the_loop_closes_the_connection(shell: Shell) -> None:
    server = RowServer(some_rows(60), endless=True)
    with server.running():
        one_at_a_time = shell.http_client(limits=httpx.Limits(max_connections=1))
        client = shell.client(server.url, http_client=one_at_a_time)
        for times in (1, 2):
            assert leave_after_one(shell, client.paginate(ops.STREAMED, {})).id == 1
            server.left.wait()
            server.left.clear()
            assert len(server.asked) == times
        server.endless = False
        assert len(shell.items(client.paginate(ops.STREAMED, {}))) == 60, "it can be used again"


def test_pages_and_items_can_be_closed(shell: Shell) -> None:
    server = RowServer(some_rows(60), endless=True)
    with server.running():
        pager = shell.client(server.url).paginate(ops.STREAMED, {})

        async def close_both() -> list[Any]:
            items, pages = aiter(pager), pager.pages()
            left = [await anext(items), await anext(pages)]
            for one in (items, pages):
                await one.aclose()
                left += [item async for item in one]
            return left

        def close_both_sync() -> list[Any]:
            items, pages = iter(pager), pager.pages()
            left = [next(items), next(pages)]
            for one in (items, pages):
                one.close()
                left += list(one)
            return left

        left = shell.run(close_both()) if shell.name == "async" else close_both_sync()
        assert len(left) == 2, "nothing comes after the end"
        server.left.wait()


def test_leaving_under_trio() -> None:
    server = RowServer(some_rows(60), endless=True)

    async def leave() -> list[int]:
        async with (
            httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as http_client,
            AsyncClient(server.url, http_client=http_client) as client,
        ):
            async for item in client.paginate(ops.STREAMED, {}):
                assert item.id == 1
                break
            await trio.to_thread.run_sync(server.left.wait)
            server.endless = False
            return [item.id async for item in client.paginate(ops.STREAMED, {})]

    with server.running(), warnings.catch_warnings():
        warnings.simplefilter("error")
        # Those of the library below, which trio always warns of.
        warnings.filterwarnings("ignore", "Async generator 'http(x|core)", ResourceWarning)
        assert len(trio.run(leave)) == 60


def test_a_failure_of_the_user_closes_the_connection(shell: Shell) -> None:
    server = RowServer(some_rows(60), endless=True)

    async def fail(pager: Any) -> None:
        async for _ in pager:
            raise KeyError

    def fail_sync(pager: Any) -> None:
        for _ in pager:
            raise KeyError

    with server.running():
        pager = shell.client(server.url).paginate(ops.STREAMED, {})
        with contextlib.suppress(KeyError):
            shell.run(fail(pager)) if shell.name == "async" else fail_sync(pager)
        server.left.wait()


# --------------------------------------------------------------------------- what is asked for


def test_one_request_asks_for_everything(shell: Shell) -> None:
    server = RowServer(some_rows(60))
    with server.running():
        client = shell.client(server.url)
        assert len(shell.items(client.paginate(ops.STREAMED, {}))) == 60
        assert shell.run(client.paginate(ops.STREAMED, {}).first()).id == 1
        assert len(shell.run(client.paginate(ops.STREAMED, {"stop": 2}).all())) == 2
    assert server.queries == [{}, {"stop": "1"}, {"stop": "2"}]


def test_an_empty_list_is_one_empty_page(shell: Shell) -> None:
    with RowServer([]).running() as server:
        pages = shell.items(shell.client(server.url).paginate(ops.STREAMED, {}).pages())
    assert [(page.items, page.total, page.response.status) for page in pages] == [([], None, 200)]


def test_a_page_size_asks_for_pages(shell: Shell) -> None:
    with RowServer(some_rows(5)).running() as server:
        client = shell.client(server.url)
        pages = shell.items(client.paginate(ops.STREAMED, {}, page_size=2).pages())
    assert [ids(page.items) for page in pages] == [[1, 4], [7, 10], [13]]
    assert server.queries == [
        *({"stop": "2"}, {"after": "4", "stop": "2"}, {"after": "10", "stop": "2"})
    ]


def test_a_page_is_what_has_arrived(shell: Shell) -> None:
    with RowServer(some_rows(700), gzip=False).running() as server:
        pages = shell.items(shell.client(server.url).paginate(ops.STREAMED, {}).pages())
    assert [item for page in pages for item in page.items] == [
        item for page in pages for item in page.response.value
    ]
    sizes = [len(page.response.content) for page in pages]
    assert sizes[0] < 40_000 < sizes[1], "the first rows come early"
    assert len(sizes) == 4
    assert json.loads(pages[0].response.content)[0]["id"] == 1


# --------------------------------------------------------------------------- odd answers

JSON = "application/json"
NO_API = (
    "streamed: expected JSON, got an HTML page from {url}/streamed?sort_by=%24id: "
    "check that base_url is the address of the API"
)
NOT_ASKED_FOR = f"{REQUEST}: the body is encoded as 'br', but only gzip, deflate were accepted"


@pytest.mark.parametrize("order", [[5, 3], [1, 1]])
def test_ids_that_do_not_grow_are_an_error(shell: Shell, order: list[int]) -> None:
    with RowServer([{"id": i} for i in order]).running() as server:
        pager = shell.client(server.url).paginate(ops.STREAMED, {})
        with pytest.raises(PaginationError, match="ascending id; the server did not sort"):
            shell.items(pager)


def test_more_rows_than_asked_for_are_an_error(shell: Shell) -> None:
    body = json.dumps([{"id": 1}, {"id": 2}]).encode()
    with raw(says("200 OK", body, content_type="application/json")) as server:
        pager = shell.client(server.url).paginate(ops.STREAMED, {"stop": 1})
        with pytest.raises(PaginationError, match="sent 2 items where 1 were requested"):
            shell.items(pager)


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (
            says("404 No", b'{"detail": "No."}', content_type=JSON),
            NotFoundError,
            "streamed: 404 No.",
        ),
        (says("200 OK", b"<html>", content_type="text/html"), DecodeError, NO_API),
        (
            says("200 OK", b"[]", content_type=JSON, content_encoding="br"),
            DecodeError,
            NOT_ASKED_FOR,
        ),
    ],
)
def test_what_is_no_list_raises_what_any_call_raises(
    shell: Shell, answer: Behaviour, error: Any, message: str
) -> None:
    with raw(answer) as server:
        client = shell.client(server.url)
        with pytest.raises(error) as caught:
            shell.items(client.paginate(ops.STREAMED, {}))
        assert str(caught.value) == message.format(url=server.url)
        with pytest.raises(error) as called:
            shell.run(client.call(ops.STREAMED, {"sort_by": "$id"}))
        assert str(called.value) == str(caught.value)
        assert len(server.requests) == 2


def test_json_of_another_media_type_is_read_whole(shell: Shell) -> None:
    with raw(says("200 OK", b'[{"id": 1}]', content_type="text/plain")) as server:
        assert ids(shell.items(shell.client(server.url).paginate(ops.STREAMED, {}))) == [1]


def test_what_does_not_fit_is_told_with_its_place(shell: Shell) -> None:
    rows: Rows = [*some_rows(40), {"id": 500, "name": 5}, *[{"id": 600 + i} for i in range(3)]]
    with RowServer(rows, gzip=False).running() as server:
        lenient = shell.client(server.url).paginate(ops.STREAMED, {})
        with pytest.warns(ResponseShapeWarning) as told:
            found = shell.items(lenient)
        assert ids(found) == [row["id"] for row in rows]
        (text,) = {str(one.message) for one in told}
        first = int(text.partition("from item ")[2].partition(" ")[0])
        assert text == (
            f"streamed, from item {first} on: the answer does not fit the contract; it is kept as "
            f"received: $[{40 - first}].name: expected string, got integer 5"
        )
        strict = shell.client(server.url, strict=True)
        with pytest.raises(DecodeError, match="does not fit the contract"):
            shell.items(strict.paginate(ops.STREAMED, {}))


# --------------------------------------------------------------------------- page_size

ONE_REQUEST = (
    "streamed: page_size is 3, but a list in an order of your own is one request, because the "
    "server puts equal items in another order each time: leave out page_size or sort_by"
)


@pytest.mark.parametrize(
    ("operation", "arguments", "size", "message"),
    [
        (ops.STREAMED, {}, 0, "streamed: page_size is 0: expected a whole number, 1 or greater"),
        (ops.LINKED, {}, True, "linked: page_size is True: expected a whole number, 1 or greater"),
        (
            ops.LINKED,
            {"page_size": 5},
            3,
            "linked: page_size and page_size both say how large a page is: leave one of them out",
        ),
        (ops.STREAMED, {"sort_by": "$name"}, 3, ONE_REQUEST),
    ],
)
def test_a_page_size_that_cannot_be_kept(
    shell: Shell, operation: Any, arguments: dict[str, Any], size: Any, message: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        shell.client("http://localhost:1").paginate(operation, arguments, page_size=size)
    assert str(caught.value) == message
