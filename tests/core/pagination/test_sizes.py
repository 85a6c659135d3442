"""How large pages are: small at first, larger while they come quickly, or as the caller says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport.core.contract.operation import Operation
from annoport.core.errors import InvalidArgumentError
from annoport.core.http.response import Headers, Response
from annoport.core.pagination.page import Page
from annoport.core.pagination.sizes import PageSizes
from annoport.core.pagination.walk import walk
from tests.core.both_shells import Shell
from tests.core.pagination.shelf import Shelf
from tests.core.servers import serve
from tests.core.toy import models
from tests.core.toy import operations as ops

LISTS: dict[str, Operation[Any]] = {
    "filtered": ops.FILTERED,
    "counted": ops.COUNTED,
    "cut": ops.CUT,
    "ranged": ops.RANGED,
}


def sizes_asked(shelf: Shelf) -> list[int]:
    """How many new items each request asked for; one comes again where positions are walked."""
    found: list[int] = []
    for query in shelf.asked:
        values = dict(pair.split("=") for pair in query.split("&"))
        if "stop" in values:
            found.append(int(values["stop"]) - int(values["start"]))
        else:
            found.append(int(values["size"]))
        found[-1] -= len(found) > 1 and re.search("start=|first=", query) is not None
    return found


@pytest.mark.parametrize("name", ["filtered", "cut", "ranged"])
def test_pages_grow(shell: Shell, name: str) -> None:
    shelf = Shelf(range(1, 200))
    with serve(shelf) as server:
        client = shell.client(server.url)
        found = shell.items(client.paginate(ops.growing(LISTS[name], 50), {}))
        assert len(found) == 199
        assert sizes_asked(shelf) == [3, 12, 48, 50, 50, 50]
        shelf.asked.clear()
        assert shell.run(client.paginate(ops.growing(LISTS[name], 50), {}).first()) is not None
        assert sizes_asked(shelf) == [1]


@pytest.mark.parametrize("name", LISTS)
def test_the_caller_says_how_large_pages_are(shell: Shell, name: str) -> None:
    shelf = Shelf(range(1, 20))
    operation = LISTS[name] if name == "counted" else ops.growing(LISTS[name], 50)
    with serve(shelf) as server:
        found = shell.items(shell.client(server.url).paginate(operation, {}, page_size=5))
    assert len(found) == 19
    assert sizes_asked(shelf) == [5, 5, 5, 5]


def test_a_slow_page_is_not_followed_by_a_larger_one() -> None:
    walking = walk(ops.growing(ops.BY_ID, 1000), {})
    asked, number = walking.first(), 0
    sizes: list[int] = []
    for seconds in (0.1, 1.9, 2.1, 60.0, 0.5):
        assert asked is not None
        sizes.append(asked.arguments["stop"])
        things = [models.Thing(id=number + i) for i in range(1, sizes[-1] + 1)]
        number += len(things)
        answer = Response(200, Headers(), b"", things, elapsed=seconds)
        page: Page[Any] = Page(things, None, answer)
        asked = walking.take(page).ask
    assert sizes == [3, 12, 48, 48, 48]


@given(st.integers(1, 100), st.integers(1, 1000), st.integers(0, 10))
def test_sizes_never_shrink_nor_exceed_the_largest(first: int, largest: int, steps: int) -> None:
    sizes, seen = PageSizes(first, largest), [first]
    for _ in range(steps):
        sizes.grow(0.0)
        seen.append(sizes.size)
    assert seen == sorted(seen)
    assert seen[-1] <= max(first, largest)


def test_a_list_without_a_parameter_for_it_takes_no_page_size(shell: Shell) -> None:
    unsized = ops.with_pagination(ops.LINKED, size_parameter=None)
    with pytest.raises(InvalidArgumentError) as caught:
        shell.client("http://localhost:1").paginate(unsized, {}, page_size=5)
    assert str(caught.value) == "linked: page_size is 5, but the server decides: leave it out"
