"""Lists that change while they are read: what was there all the time comes once."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annoport.core.codec.json import decode
from annoport.core.contract.operation import Operation
from annoport.core.errors import PaginationError, PaginationWarning
from annoport.core.http.response import Headers, Response
from annoport.core.pagination.page import read_page
from annoport.core.pagination.walk import walk
from tests.core.both_shells import AsyncShell, Shell, SyncShell
from tests.core.pagination.shelf import Shelf
from tests.core.servers import serve
from tests.core.toy import operations as ops

BY_ID = {"filtered": ops.FILTERED, "cut": ops.CUT, "ranged": ops.RANGED}
IDS = st.sets(st.integers(1, 40), max_size=25)
CHANGES = st.lists(
    st.lists(st.tuples(st.sampled_from(["add", "remove"]), st.integers(1, 40)), max_size=9),
    max_size=12,
)
BELOW = "%7B%22%3C%22%3A%20%5B%7B%22var%22%3A%20%22id%22%7D%2C%20{}%5D%7D"
"""A condition on the id, as it stands in a URL."""


def ids(items: list[Any]) -> list[int]:
    return [item if isinstance(item, int) else item.id for item in items]


def walked(operation: Operation[Any], shelf: Shelf, arguments: dict[str, Any]) -> list[int]:
    """Walk without sockets."""
    found: list[int] = []
    walking = walk(operation, arguments)
    ask = walking.first()
    while ask is not None:
        query = {name.rstrip("_"): str(value) for name, value in ask.arguments.items()}
        content = json.dumps(shelf.answer(operation.id, query)).encode()
        type_ = operation.responses["200"]["application/json"]()
        response = Response(
            200, Headers(), content, decode(content, type_, strict=True, where="test")
        )
        step = walking.take(read_page(operation, response))
        assert step.notice is None
        if step.page is not None:
            found += ids(step.page.items)
        ask = step.ask
    return found


def check(shelf: Shelf, found: list[int]) -> None:
    assert len(set(found)) == len(found), "doubled"
    assert shelf.always <= set(found), "lost"
    assert set(found) <= shelf.ever


@pytest.mark.parametrize("name", BY_ID)
@given(start=IDS, changes=CHANGES, size=st.integers(1, 6))
@settings(max_examples=300)
def test_nothing_is_lost_and_nothing_comes_twice(
    name: str, start: set[int], changes: list[list[tuple[str, int]]], size: int
) -> None:
    shelf = Shelf(sorted(start), changes)
    arguments = {"size": size} if name == "filtered" else {}
    check(shelf, walked(BY_ID[name], shelf, arguments))


@pytest.mark.parametrize("kind", [SyncShell, AsyncShell], ids=lambda kind: kind.name)
@pytest.mark.parametrize("name", BY_ID)
@given(start=IDS, changes=CHANGES)
@settings(max_examples=12, deadline=None)
def test_over_sockets(
    kind: type[Shell], name: str, start: set[int], changes: list[list[tuple[str, int]]]
) -> None:
    shell = kind()
    shelf = Shelf(sorted(start), changes)
    with serve(shelf) as server:
        check(shelf, ids(shell.items(shell.client(server.url).paginate(BY_ID[name], {}))))
        shell.finish()


@given(IDS, st.integers(1, 40), st.sampled_from(["id", "-id"]))
def test_the_own_filter_and_direction_stay(start: set[int], least: int, sort: str) -> None:
    shelf = Shelf(sorted(start))
    own = json.dumps({">": [{"var": "id"}, least]})
    found = walked(ops.FILTERED, shelf, {"filter_": own, "sort": sort})
    assert found == sorted((i for i in start if i > least), reverse=sort == "-id")


@pytest.mark.parametrize("name", ["cut", "ranged"])
@given(
    start=IDS,
    first=st.one_of(st.none(), st.integers(0, 30)),
    count=st.one_of(st.none(), st.integers(0, 30)),
)
def test_own_bounds_stay(name: str, start: set[int], first: int | None, count: int | None) -> None:
    stop = None if count is None else (first or 0) + count
    arguments = {"start": first, "stop": stop} if name == "cut" else {"first": first, "size": count}
    found = walked(BY_ID[name], Shelf(sorted(start)), arguments)
    assert found == sorted(start)[slice(first, stop)]


def test_no_more_is_asked_for_than_wanted(shell: Shell) -> None:
    shelf = Shelf(range(1, 20))
    with serve(shelf) as server:
        client = shell.client(server.url)
        shell.items(client.paginate(ops.CUT, {"start": 1, "stop": 5}))
        shell.items(client.paginate(ops.RANGED, {"first": 1, "size": 4}))
    assert shelf.asked == [
        *("start=1&stop=4&sort=id", "start=3&stop=5&sort=id"),
        *("first=1&size=3&sort=id", "first=3&size=2&sort=id"),
    ]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        (
            "filtered",
            [
                "size=3&sort=-id",
                f"size=3&filter={BELOW.format(5)}&sort=-id",
                f"size=3&filter={BELOW.format(2)}&sort=-id",
            ],
        ),
        ("cut", ["start=0&stop=3&sort=id", "start=2&stop=6&sort=id", "start=5&stop=9&sort=id"]),
        ("ranged", ["first=0&size=3&sort=id", "first=2&size=4&sort=id", "first=5&size=4&sort=id"]),
    ],
)
def test_what_is_asked_for(shell: Shell, name: str, asked: list[str]) -> None:
    shelf = Shelf(range(1, 8))
    with serve(shelf) as server:
        shell.items(shell.client(server.url).paginate(BY_ID[name], {}))
    assert shelf.asked == asked


def test_the_total_is_that_of_the_whole_list(shell: Shell) -> None:
    with serve(Shelf(range(1, 8))) as server:
        pages = shell.items(shell.client(server.url).paginate(ops.FILTERED, {}).pages())
    assert [page.total for page in pages] == [7, 7, 7]


def test_rows_stay_beside_their_ids(shell: Shell) -> None:
    shelf = Shelf(range(1, 12), [[], [("remove", 1), ("remove", 2), ("remove", 3)]])
    with serve(shelf) as server:
        client = shell.client(server.url)
        pages = shell.items(client.paginate(ops.RANGED, {"fields": "x,y"}).pages())
    found: dict[int, list[object]] = {}
    for page in pages:
        value = page.response.value
        assert value.owners == [i * 10 for i in page.items]
        assert value.ids == page.items
        found |= dict(zip(page.items, value.rows, strict=True))
    assert found == {i: [f"x{i}", f"y{i}"] for i in range(1, 12)}


def test_equal_things_in_an_own_order(shell: Shell) -> None:
    shelf = Shelf(range(1, 30))
    with serve(shelf) as server:
        client = shell.client(server.url)
        for arguments in ({}, {"start": 4}, {"start": 4, "stop": 20}, {"stop": 20}):
            whole = ids(shell.items(client.paginate(ops.CUT, {"sort": "name", **arguments})))
            assert len(set(whole)) == len(whole)
            assert len(whole) == len(
                range(29)[slice(arguments.get("start"), arguments.get("stop"))]
            )
        assert len(shelf.asked) == 4
        first = shell.run(client.paginate(ops.CUT, {"sort": "name"}).first())
        assert first.id % 3 == 0
        assert shelf.asked[-1] == "start=0&stop=1&sort=name"


def test_ties_that_the_server_breaks_are_read_in_parts(shell: Shell) -> None:
    shelf = Shelf(range(1, 8))
    with serve(shelf) as server:
        found = ids(shell.items(shell.client(server.url).paginate(ops.RANGED, {"sort": "-name"})))
    assert found == [5, 2, 7, 4, 1, 6, 3]
    assert len(shelf.asked) == 3


CHANGING: dict[str, tuple[Operation[Any], dict[str, Any], list[tuple[str, int]], str]] = {
    "an id twice": (
        ops.FILTERED,
        {"sort": "name"},
        [("add", 0), ("remove", 20)],
        r"item 9 came twice.*or leave out sort: in the order of the ids",
    ),
    "another total": (ops.FILTERED, {"sort": "name"}, [("remove", 3)], "it had 12 items, then 11"),
    "numbered": (ops.COUNTED, {}, [("add", 30)], r"\(it had 12 items, then 13\), so items may be"),
    "moved down": (ops.RANGED, {"sort": "name"}, [("add", 0)], "item 9 moved"),
    "moved up": (ops.RANGED, {"sort": "name"}, [("remove", 3)], "item 9 moved"),
    "none left": (ops.RANGED, {"sort": "name"}, [("remove", i) for i in range(30)], "item 9 moved"),
}


@pytest.mark.parametrize("case", CHANGING)
def test_what_can_only_be_noticed_is_told_once(shell: Shell, case: str) -> None:
    operation, arguments, changes, told = CHANGING[case]
    start = [*range(1, 12), 20]
    with serve(Shelf(start, [changes, [("add", 33)]])) as server:
        pager = shell.client(server.url).paginate(operation, arguments)
        with pytest.warns(PaginationWarning, match=told) as caught:
            shell.items(pager)
    assert len(caught) == 1
    assert caught[0].filename.endswith(("both_shells.py", "test_changing_lists.py"))


@pytest.mark.parametrize("case", CHANGING)
def test_strict_clients_raise_instead(shell: Shell, case: str) -> None:
    operation, arguments, changes, told = CHANGING[case]
    with serve(Shelf([*range(1, 12), 20], [changes])) as server:
        pager = shell.client(server.url, strict=True).paginate(operation, arguments)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(PaginationError, match=told):
                shell.items(pager)


def test_one_page_has_nothing_to_notice(shell: Shell) -> None:
    shelf = Shelf(range(1, 8), [[("add", 30)]])
    with serve(shelf) as server:
        client = shell.client(server.url)
        found = [
            ids(shell.items(client.paginate(operation, {"page": 2, "size": 3})))
            for operation in (ops.FILTERED, ops.COUNTED)
        ]
    assert found == [[4, 3, 2], [5, 4, 3]]


def test_a_server_that_sends_one_at_a_time(shell: Shell) -> None:
    class Slow(Shelf):
        def _ranged(self, query: Any) -> Any:
            return super()._ranged({**query, "size": "1"})

    with serve(Slow(range(1, 6))) as server:
        found = ids(shell.items(shell.client(server.url).paginate(ops.RANGED, {})))
    assert found == [1, 2, 3, 4, 5]
