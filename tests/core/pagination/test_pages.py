"""Lists of many pages: what is requested, in which order, and when it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse, Response

from annoport.core.contract.operation import Operation
from annoport.core.errors import DecodeError, InvalidArgumentError, NotFoundError, PaginationError
from annoport.core.http.response import Headers
from annoport.core.http.response import Response as Answer
from annoport.core.pagination.page import Page
from annoport.core.pagination.walk import walk
from tests.core.both_shells import Shell
from tests.core.servers import serve
from tests.core.toy import models
from tests.core.toy import operations as ops

if TYPE_CHECKING:
    from starlette.requests import Request


class Things:
    """Seven things, listed in every way that servers do.

    Attributes:
        ids: Ids of the things.
        cap: Size of the largest page that the server sends, whatever the request.
        asked: Query strings of the requests.
    """

    def __init__(self, ids: tuple[int, ...] = (2, 3, 5, 7, 11, 13, 17), cap: int = 100) -> None:
        self.ids = ids
        self.cap = cap
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.url.query)
        answer: Response = getattr(self, request.url.path.strip("/"))(request.query_params)
        return answer

    def linked(self, query: Mapping[str, str]) -> Response:
        size = min(int(query.get("page_size", 2)), self.cap)
        page = int(query.get("page", 1))
        start = (page - 1) * size
        if start >= len(self.ids) > 0:
            return JSONResponse({"detail": "Invalid page."}, 404)
        following = f"http://inside.test:81/linked?page={page + 1}&page_size={size}&filter=%5B%5D"
        return JSONResponse(
            {
                "count": len(self.ids),
                "next": following if start + size < len(self.ids) else None,
                "results": [{"id": i} for i in self.ids[start : start + size]],
            }
        )

    def numbered(self, query: Mapping[str, str]) -> Response:
        size = int(query["size"])
        start = (int(query["page"]) - 1) * size
        return JSONResponse([{"id": i} for i in self.ids[start : start + size]])

    def by_id(self, query: Mapping[str, str]) -> Response:
        ids = [i for i in self.ids if i > int(query.get("after", 0))]
        if query.get("sort_by") == "$name":
            ids.sort(key=str)
        return JSONResponse([{"id": i} for i in ids[self.slice(query)]])

    def sliced(self, query: Mapping[str, str]) -> Response:
        return JSONResponse([{"id": i} for i in self.ids[self.slice(query)]])

    @staticmethod
    def slice(query: Mapping[str, str]) -> slice:
        return slice(int(query.get("start", 0)), int(query.get("stop", 100)))

    def ordered(self, query: Mapping[str, str]) -> Response:
        return self.windowed(query)

    def windowed(self, query: Mapping[str, str]) -> Response:
        first, size = int(query.get("first", 0)), min(int(query.get("size", 99)), self.cap)
        ids = self.ids[first : first + size]
        fields = [name for name in query.get("fields", "id").split(",") if name != "typo"]
        rows = [[f"{name}{i}" for name in fields] for i in ids]
        owners = [i * 10 for i in ids]
        return JSONResponse({"ids": ids, "rows": rows, "owners": owners, "total": len(self.ids)})


ALL = [2, 3, 5, 7, 11, 13, 17]
LISTS: dict[str, tuple[Operation[Any], list[str]]] = {
    "linked": (
        ops.LINKED,
        ["page_size=3", "page=2&page_size=3&filter=%5B%5D", "page=3&page_size=3&filter=%5B%5D"],
    ),
    "numbered": (ops.NUMBERED, ["page=1&size=3", "page=2&size=3", "page=3&size=3"]),
    "by_id": (
        ops.BY_ID,
        ["stop=3&sort_by=%24id", "after=5&stop=3&sort_by=%24id", "after=13&stop=3&sort_by=%24id"],
    ),
    "sliced": (ops.SLICED, ["start=0&stop=3", "start=3&stop=6", "start=6&stop=9"]),
    "windowed": (ops.WINDOWED, ["first=0&size=3", "first=3&size=3", "first=6&size=3"]),
}


def ids(items: list[Any]) -> list[int]:
    return [item if isinstance(item, int) else item.id for item in items]


@pytest.mark.parametrize("name", LISTS)
def test_every_page_is_read_once(shell: Shell, name: str) -> None:
    operation, asked = LISTS[name]
    things = Things()
    with serve(things) as server:
        pager = shell.client(server.url).paginate(operation, {})
        assert things.asked == []
        assert ids(shell.items(pager)) == ALL
        assert things.asked == asked
        assert ids(shell.run(pager.all())) == ALL, "a second pass starts anew"
        assert things.asked == asked * 2


@pytest.mark.parametrize("name", LISTS)
def test_pages(shell: Shell, name: str) -> None:
    operation, _ = LISTS[name]
    with serve(Things()) as server:
        pages = shell.items(shell.client(server.url).paginate(operation, {}).pages())
    assert [ids(page.items) for page in pages] == [[2, 3, 5], [7, 11, 13], [17]]
    assert {page.total for page in pages} == ({7} if name in ("linked", "windowed") else {None})
    assert all(page.response.status == 200 for page in pages)


@pytest.mark.parametrize("name", LISTS)
def test_first_asks_for_little(shell: Shell, name: str) -> None:
    operation, _ = LISTS[name]
    things = Things()
    with serve(things) as server:
        client = shell.client(server.url)
        found = shell.run(client.paginate(operation, {}).first())
        assert ids([found]) == [2]
        assert len(things.asked) == 1
        assert any(f"{word}=1" in things.asked[0] for word in ("size", "stop"))
        things.ids = ()
        assert shell.run(client.paginate(operation, {}).first()) is None


@pytest.mark.parametrize("name", LISTS)
def test_empty_list(shell: Shell, name: str) -> None:
    operation, _ = LISTS[name]
    things = Things(())
    with serve(things) as server:
        assert shell.items(shell.client(server.url).paginate(operation, {})) == []
    assert len(things.asked) == 1


@pytest.mark.parametrize(
    ("name", "arguments", "found"),
    [
        ("linked", {"page": 2}, [7, 11, 13]),
        ("linked", {"page": 2, "page_size": 2}, [5, 7]),
        ("linked", {"page_size": 2}, ALL),
        ("linked", {"page_size": None}, ALL),
        ("numbered", {"page": 2}, [7, 11, 13]),
        ("numbered", {"page": 2, "size": 2}, [5, 7]),
        ("numbered", {"size": 7}, ALL),
        ("by_id", {"after": 5}, [7, 11, 13, 17]),
        ("by_id", {"stop": 5}, [2, 3, 5, 7, 11]),
        ("by_id", {"start": 2}, [5, 7, 11, 13, 17]),
        ("by_id", {"start": 1, "stop": 6}, [3, 5, 7, 11, 13]),
        ("by_id", {"start": 3, "stop": 3}, []),
        ("by_id", {"sort_by": "$id"}, ALL),
        ("by_id", {"sort_by": "$name"}, [11, 13, 17, 2, 3, 5, 7]),
        ("sliced", {"start": 5}, [13, 17]),
        ("sliced", {"stop": 5}, [2, 3, 5, 7, 11]),
        ("sliced", {"start": 1, "stop": 6}, [3, 5, 7, 11, 13]),
        ("sliced", {"stop": 0}, []),
        ("windowed", {"first": 5}, [13, 17]),
        ("windowed", {"size": 5}, [2, 3, 5, 7, 11]),
        ("windowed", {"first": 1, "size": 5}, [3, 5, 7, 11, 13]),
        ("windowed", {"fields": "id, name"}, ALL),
    ],
)
def test_what_the_user_asks_for_is_kept(
    shell: Shell, name: str, arguments: dict[str, Any], found: list[int]
) -> None:
    with serve(Things()) as server:
        pager = shell.client(server.url).paginate(LISTS[name][0], arguments)
        assert ids(shell.items(pager)) == found


@pytest.mark.parametrize("name", ["linked", "windowed"])
def test_server_that_caps_its_pages_loses_nothing(shell: Shell, name: str) -> None:
    with serve(Things(cap=2)) as server:
        assert ids(shell.items(shell.client(server.url).paginate(LISTS[name][0], {}))) == ALL


def test_error_in_the_middle_is_raised(shell: Shell) -> None:
    with serve(Things()) as server:
        pager = shell.client(server.url).paginate(ops.LINKED, {"page": 9})
        with pytest.raises(NotFoundError, match="Invalid page"):
            shell.items(pager)


def test_same_next_page_twice_is_an_error(shell: Shell) -> None:
    page = {"count": 9, "next": "/linked?page=2", "results": [{"id": 1}]}
    with serve(lambda _: JSONResponse(page)) as server:
        with pytest.raises(PaginationError, match="same next page twice"):
            shell.items(shell.client(server.url).paginate(ops.LINKED, {}))
        assert len(server.requests) == 2


def test_next_page_is_asked_on_our_own_host_below_the_base_path(shell: Shell) -> None:
    for following in ("http://evil.example/linked?page=2", "http://evil.example/v1/linked?page=2"):
        pages = [
            {"count": 2, "next": None, "results": [{"id": 2}]},
            {"count": 2, "next": following, "results": [{"id": 1}]},
        ]
        with serve(lambda _, pages=pages: JSONResponse(pages.pop()), "/v1") as server:  # type: ignore[misc]
            client = shell.client(server.url, token="t0ken")
            assert ids(shell.items(client.paginate(ops.LINKED, {}))) == [1, 2]
            assert [seen.path for seen in server.requests] == ["/v1/linked"] * 2


@pytest.mark.parametrize("following", ["http://evil.example/users?page=2", "http://[", "page2"])
def test_next_page_of_another_list_is_an_error(shell: Shell, following: str) -> None:
    page = {"count": 9, "next": following, "results": [{"id": 1}]}
    with (
        serve(lambda _: JSONResponse(page)) as server,
        pytest.raises(PaginationError, match="but the list is at '/linked'"),
    ):
        shell.items(shell.client(server.url).paginate(ops.LINKED, {}))


@pytest.mark.parametrize("unsorted", [(5, 3, 2, 7), (2, 2, 3, 5)])
def test_ids_that_do_not_grow_are_an_error(shell: Shell, unsorted: tuple[int, ...]) -> None:
    with serve(Things(unsorted)) as server:
        pager = shell.client(server.url).paginate(ops.BY_ID, {"stop": 9})
        with pytest.raises(PaginationError, match="ascending id; the server did not sort"):
            shell.items(pager)


@pytest.mark.parametrize("name", ["by_id", "sliced", "windowed"])
def test_server_that_ignores_the_paging_is_an_error(shell: Shell, name: str) -> None:
    things = [{"id": i} for i in ALL]
    answer: Any = {"ids": ALL, "total": 99} if name == "windowed" else things
    with (
        serve(lambda _: JSONResponse(answer)) as server,
        pytest.raises(PaginationError, match=r"7 items where 3 were requested"),
    ):
        shell.items(shell.client(server.url).paginate(LISTS[name][0], {}))


@pytest.mark.parametrize("fields", ["id,typo,name", ["id", "typo", "name"]])
def test_a_dropped_column_is_named(shell: Shell, fields: object) -> None:
    things = Things()
    with serve(things) as server:
        pager = shell.client(server.url).paginate(ops.WINDOWED, {"fields": fields, "first": 2})
        with pytest.raises(InvalidArgumentError) as caught:
            shell.items(pager)
    assert str(caught.value) == (
        "windowed: argument 'fields': unknown column 'typo': the server leaves it out of every "
        "row, which shifts the values after it; check its spelling"
    )
    assert things.asked[1:] == [f"first=0&size=1&fields={name}" for name in ("id", "typo", "name")]


def test_an_unknown_order_is_named_before_anything_is_read(shell: Shell) -> None:
    things = Things()
    with serve(things) as server:
        pager = shell.client(server.url).paginate(ops.ORDERED, {"order": "-typo", "fields": "id"})
        with pytest.raises(InvalidArgumentError) as caught:
            shell.items(pager)
    assert str(caught.value) == (
        "ordered: argument 'order': unknown column 'typo': the server would ignore the order; "
        "check its spelling"
    )
    assert things.asked == ["first=0&size=1&fields=typo"]


@pytest.mark.parametrize(
    ("arguments", "tried"),
    [
        ({"order": "-name"}, ["first=0&size=1&fields=name"]),
        ({"order": "name", "fields": "id,name"}, []),  # a row shows it
        ({"order": "like:7"}, []),  # by no column
        ({"order": "id"}, []),  # the list's own
        ({}, []),
    ],
)
def test_a_known_order_is_tried_where_nothing_else_shows_it(
    shell: Shell, arguments: dict[str, str], tried: list[str]
) -> None:
    things = Things()
    with serve(things) as server:
        assert shell.items(shell.client(server.url).paginate(ops.ORDERED, arguments)) == ALL
    assert [one for one in things.asked if "size=1&" in one] == tried


def test_an_empty_list_tells_of_no_column(shell: Shell) -> None:
    with serve(Things(())) as server:
        pager = shell.client(server.url).paginate(ops.ORDERED, {"order": "typo", "fields": "typo"})
        assert shell.items(pager) == []


def test_parallel_lists_must_be_as_long(shell: Shell) -> None:
    with (
        serve(lambda _: JSONResponse({"ids": [1, 2], "owners": [1]})) as server,
        pytest.raises(DecodeError, match="/owners has 1 entries for 2 items"),
    ):
        shell.items(shell.client(server.url).paginate(ops.WINDOWED, {}))


def test_absent_parallel_list_is_none(shell: Shell) -> None:
    with serve(lambda _: JSONResponse({"ids": [1, 2], "owners": None})) as server:
        assert shell.items(shell.client(server.url).paginate(ops.WINDOWED, {})) == [1, 2]


@pytest.mark.filterwarnings("ignore::annoport.core.errors.ResponseShapeWarning")
def test_items_that_are_no_list_are_an_error(shell: Shell) -> None:
    with (
        serve(lambda _: JSONResponse({"count": 1, "results": "none"})) as server,
        pytest.raises(DecodeError, match=r"linked: expected a list at \$/results, got str"),
    ):
        shell.items(shell.client(server.url).paginate(ops.LINKED, {}))


@pytest.mark.parametrize(
    ("operation", "arguments", "complaint"),
    [
        (ops.GET_THING, {}, "is not paginated"),
        (ops.SLICED, {"start": -1}, "start is -1: expected a whole number, 0 or greater"),
        (ops.WINDOWED, {"size": -1}, "size is -1"),
        (ops.NUMBERED, {"size": "all"}, "size is 'all'"),
    ],
)
def test_bad_arguments_are_told_at_the_call(
    shell: Shell, operation: Operation[Any], arguments: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=complaint):
        shell.client("http://localhost:1").paginate(operation, arguments)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ({}, "sort_by=%24name"),
        ({"start": 2}, "start=2&sort_by=%24name"),
        ({"after": 5, "stop": 2}, "after=5&start=0&stop=2&sort_by=%24name"),
    ],
)
def test_own_order_is_one_request(shell: Shell, arguments: dict[str, Any], asked: str) -> None:
    things = Things()
    with serve(things) as server:
        client = shell.client(server.url)
        shell.items(client.paginate(ops.BY_ID, {"sort_by": "$name", **arguments}))
        assert things.asked == [asked]


def test_own_order_without_slices_is_one_request_too() -> None:
    assert ops.BY_ID.pagination is not None
    only_ids = msgspec.structs.replace(
        ops.BY_ID, pagination=msgspec.structs.replace(ops.BY_ID.pagination, start_parameter=None)
    )
    ask = walk(only_ids, {"sort_by": "$name"}).first()
    assert ask is not None
    assert ask.arguments == {"sort_by": "$name"}


def test_repr_names_the_operation(shell: Shell) -> None:
    pager = shell.client("http://localhost:1").paginate(ops.LINKED, {})
    assert repr(pager).endswith("Pager of linked>")


@given(
    st.sets(st.integers(1, 60)),
    st.one_of(st.none(), st.integers(0, 50)),
    st.one_of(st.none(), st.integers(0, 50)),
)
def test_walk_by_id_gives_the_slice_that_was_asked_for(
    ids_: set[int], start: int | None, stop: int | None
) -> None:
    everything = sorted(ids_)
    found: list[int] = []
    walking = walk(ops.BY_ID, {"start": start, "stop": stop})
    ask = walking.first()
    while ask is not None:
        query = ask.arguments
        left = [i for i in everything if i > query.get("after", 0)]
        items = left[query.get("start", 0) : query["stop"]]
        found += items
        things = [models.Thing(id=i) for i in items]
        page: Page[Any] = Page(things, None, Answer(200, Headers(), b"", things))
        ask = walking.take(page).ask
    assert found == everything[slice(start or 0, stop)]
