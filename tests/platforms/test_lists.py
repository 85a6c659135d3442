"""Lists of the three platforms lose nothing and repeat nothing, while the platforms change."""

from __future__ import annotations

import copy
import importlib
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import attrs
import pytest

from annoport import testing
from annoport.errors import PaginationError, PaginationWarning
from annoport.testing.cvat.fake import FakeCvat
from annoport.testing.ecotaxa.fake import FakeEcotaxa
from annoport.testing.tator.fake import FakeTator
from tests.core.both_shells import Shell, shells


@pytest.fixture(params=shells(), ids=lambda kind: kind.name)
def shell(request: pytest.FixtureRequest) -> Iterator[Shell]:
    made: Shell = request.param()
    yield made
    made.finish()


def connect(shell: Shell, server: Any, **options: Any) -> Any:
    package = importlib.import_module(f"annoport_{server.fake.name}")
    kind = package.Client if shell.name == "sync" else package.AsyncClient
    return shell.keep(kind(server.url, token=server.token, **options))


def each_page(shell: Shell, pager: Any) -> Iterator[Any]:
    """The pages one by one, so that something can happen between them."""
    pages = pager.pages()

    async def following() -> Any:
        return await anext(pages, None)

    while True:
        page = next(pages, None) if shell.name == "sync" else shell.run(following())
        if page is None:
            return
        yield page


def read(shell: Shell, pager: Any, change: Callable[[], object], id_name: str = "id") -> list[Any]:
    """Read a list while it changes; the ids in order."""
    found: list[Any] = []
    for page in each_page(shell, pager):
        found += [one if isinstance(one, int) else getattr(one, id_name) for one in page.items]
        change()
    return found


# --------------------------------------------------------------------------- CVAT


@attrs.define
class Tasks:
    """The tasks of a fake CVAT, which come and go."""

    fake: FakeCvat
    first: list[int] = attrs.field(init=False)
    turn: int = 0

    def __attrs_post_init__(self) -> None:
        for _ in range(20):
            self.add()
        self.first = sorted(self.fake.state.tasks)

    def add(self) -> None:
        tasks = self.fake.state.tasks
        new = max(tasks) + 1
        name = f"dive {'even' if new % 2 == 0 else 'odd'}"
        tasks[new] = attrs.evolve(tasks[min(tasks)], id=new, name=name)

    def change(self) -> None:
        """Two tasks are added, or three of the newest are deleted, in turn: all places move."""
        self.turn += 1
        if self.turn % 2:
            self.add()
            self.add()
            return
        tasks = self.fake.state.tasks
        for new in sorted(set(self.first) & set(tasks))[-3:]:
            del tasks[new]

    @property
    def always(self) -> set[int]:
        return set(self.first) & set(self.fake.state.tasks)


@pytest.mark.parametrize("sort", [None, "-id", "id"])
def test_cvat_tasks_that_come_and_go(shell: Shell, sort: str | None) -> None:
    with testing.serve("cvat") as server:
        tasks = Tasks(server.fake)
        arguments = {} if sort is None else {"sort": sort}
        pager = connect(shell, server).tasks.list(page_size=5, **arguments)
        found = read(shell, pager, tasks.change)
        assert found == sorted(set(found), reverse=sort != "id")
        assert tasks.always <= set(found)


@pytest.mark.parametrize("written", [json.dumps, dict])
def test_cvat_filters_are_joined(shell: Shell, written: Callable[[Any], Any]) -> None:
    rule = {"or": [{"==": [{"var": "name"}, "dive odd"]}, {"<": [{"var": "id"}, 3]}]}
    own = written(rule)
    with testing.serve("cvat") as server:
        tasks = Tasks(server.fake)
        wanted = [i for i, t in server.fake.state.tasks.items() if t.name == "dive odd" or i < 3]
        pager = connect(shell, server).tasks.list(page_size=4, filter=own)
        assert read(shell, pager, lambda: None) == sorted(wanted, reverse=True)
        assert {page.total for page in each_page(shell, pager)} == {len(wanted)}
        queries = [parse_qs(seen.query) for seen in server.requests]
        assert json.loads(queries[0]["filter"][0]) == rule
        assert json.loads(queries[1]["filter"][0])["and"][0] == rule
        assert len(tasks.first) > len(wanted)


def test_cvat_labels_and_users(shell: Shell) -> None:
    with testing.serve("cvat") as server:
        client = connect(shell, server)
        labels = read(shell, client.labels.list(page_size=2), lambda: None)
        assert labels == sorted(server.fake.state.labels)
        users = read(shell, client.users.list(page_size=1), lambda: None)
        assert users == sorted(server.fake.state.users, reverse=True)


def test_cvat_in_an_own_order_tells_what_it_notices(shell: Shell) -> None:
    with testing.serve("cvat") as server:
        tasks = Tasks(server.fake)
        client = connect(shell, server)
        with pytest.warns(PaginationWarning, match="leave out sort") as told:
            read(shell, client.tasks.list(page_size=5, sort="-updated_date"), tasks.add)
        assert len(told) == 1
        strict = connect(shell, server, strict=True)
        with pytest.raises(PaginationError, match="so items may be missing or doubled"):
            read(shell, strict.tasks.list(page_size=5, sort="-updated_date"), tasks.add)


def test_cvat_requests_are_walked_page_by_page(shell: Shell) -> None:
    """They take no filter on the id: the server would crash."""
    with testing.serve("cvat", job_seconds=0.0) as server:
        client = connect(shell, server)
        for task in server.fake.state.tasks:
            if server.fake.state.tasks[task].images:
                for name in ("COCO 1.0", "CVAT for images 1.1"):
                    shell.run(client.tasks.create_dataset_export(task, format=name))
        queue = server.fake.queue
        known = {queue.show(one, server.url)["id"] for one in queue.all()}
        assert len(known) > 2
        assert set(read(shell, client.requests.list(page_size=2), lambda: None)) == known
        assert shell.run(client.requests.list().first()) is not None


# --------------------------------------------------------------------------- Tator


def copies(table: Any, count: int) -> None:
    """Fill a table with copies of its last row."""
    row = table.rows[max(table.rows)]
    for _ in range(count):
        table.add({key: value for key, value in copy.copy(row).items() if key != "id"})


def rows_of(table: Any) -> list[int]:
    """The ids of what the first project has; states belong to it by their media."""
    return sorted(row["id"] for row in table if row.get("project", 1) == 1)


@pytest.mark.parametrize(
    ("kind", "sort_by"),
    [
        ("localizations", ["species"]),
        ("localizations", ["-$frame"]),
        ("localizations", ["$id", "$type"]),
        ("states", ["$type"]),
        ("media", ["$type"]),
        ("leaves", ["$type"]),
        ("files", ["$type"]),
    ],
)
def test_tator_in_an_own_order(shell: Shell, kind: str, sort_by: list[str]) -> None:
    with testing.serve("tator") as server:
        tables = server.fake.tables
        if kind == "files":
            client = connect(shell, server)
            file_type = next(iter(tables.file_types.rows))
            shell.run(client.files.create(1, body={"name": "a", "type": file_type}))
        table = getattr(tables, kind)
        copies(table, 1100)
        there = set(rows_of(table))
        before = len(server.requests)
        pager = getattr(connect(shell, server), kind).list(1, sort_by=sort_by)
        found = read(shell, pager, lambda: None)
        assert len(found) == len(there)
        assert set(found) == there
        assert len(server.requests) == before + 1


def test_tator_repeats_a_whole_list_that_broke_off(shell: Shell) -> None:
    with testing.serve("tator", boxes_per_still=100) as server:
        fake: FakeTator = server.fake
        fake.list_cuts.extend(["json", "gzip", "connection"])
        client = connect(shell, server, max_retries=3)
        found = read(shell, client.localizations.list(1, sort_by=["species"]), lambda: None)
        assert sorted(found) == [r["id"] for r in fake.tables.localizations.where(project=1)]
        assert fake.list_cuts == []


@pytest.mark.parametrize("kind", ["localizations", "states", "media"])
def test_tator_streams_in_one_request_and_takes_up_what_broke_off(shell: Shell, kind: str) -> None:
    with testing.serve("tator") as server:
        table = getattr(server.fake.tables, kind)
        copies(table, 1100)
        server.fake.list_cuts.extend(["connection", "json", "gzip"])
        pager = getattr(connect(shell, server), kind).list(1)
        assert read(shell, pager, lambda: None) == rows_of(table)
        asked = [parse_qs(seen.query) for seen in server.requests]
        assert len(asked) == 4
        assert "stop" not in asked[0]
        after = [int(query.get("after", ["0"])[0]) for query in asked]
        assert after == sorted(set(after))
        assert read(shell, pager, lambda: None) == rows_of(table)
        assert len(server.requests) == 5


@pytest.mark.parametrize("kind", ["localizations", "states", "media", "leaves"])
def test_tator_rows_that_are_deleted_meanwhile(shell: Shell, kind: str) -> None:
    with testing.serve("tator") as server:
        table = getattr(server.fake.tables, kind)
        copies(table, 3200)
        gone: set[int] = set()

        def change() -> None:
            for row_id in rows_of(table)[:400]:
                gone.add(row_id)
                table.remove(row_id)
            copies(table, 5)

        there = set(rows_of(table))
        found = read(shell, getattr(connect(shell, server), kind).list(1), change)
        assert found == sorted(set(found))
        assert there - gone <= set(found)


def test_tator_first_asks_for_one(shell: Shell) -> None:
    with testing.serve("tator") as server:
        client = connect(shell, server)
        found = shell.run(client.localizations.list(1, sort_by=["species"]).first())
        assert found is not None
        assert parse_qs(server.requests[-1].query)["stop"] == ["1"]


# --------------------------------------------------------------------------- EcoTaxa


@pytest.fixture
def objects() -> Iterator[tuple[Any, FakeEcotaxa]]:
    """A project of more objects than one window holds."""
    with testing.serve("ecotaxa") as server:
        things = server.fake.state.things
        model = next(thing for thing in things.values() if thing.sample.project_id == 1)
        for number in range(1, 11_001):
            new = model.id + 1_000_000 + number
            things[new] = attrs.evolve(model, id=new, depth_min=float(number % 5))
        yield server, server.fake


def test_ecotaxa_objects_without_an_order(shell: Shell, objects: tuple[Any, FakeEcotaxa]) -> None:
    server, fake = objects
    there = {thing.id for thing in fake.state.things_of(1)}
    gone: set[int] = set()

    def change() -> None:
        for thing in fake.state.things_of(1)[:300]:
            gone.add(thing.id)
            del fake.state.things[thing.id]

    fields = "obj.objid,obj.depth_min"
    pager = connect(shell, server).objects.list(1, fields=fields, body={})
    found: list[int] = []
    for page in each_page(shell, pager):
        value = page.response.value
        assert [row[0] for row in value.details] == page.items
        assert len(value.sample_ids) == len(value.acquisition_ids) == len(page.items)
        found += page.items
        change()
    assert found == sorted(set(found))
    assert there - gone <= set(found)


@pytest.mark.parametrize("order", ["obj.depth_min", "-obj.depth_min"])
def test_ecotaxa_objects_in_an_own_order(
    shell: Shell, objects: tuple[Any, FakeEcotaxa], order: str
) -> None:
    server, fake = objects
    pager = connect(shell, server).objects.list(1, order_field=order, body={})
    found = read(shell, pager, lambda: None)
    assert len(found) == len(fake.state.things_of(1))
    assert set(found) == {thing.id for thing in fake.state.things_of(1)}


@pytest.mark.parametrize("arguments", [{}, {"order_field": "access"}])
@pytest.mark.parametrize("method", ["list", "search"])
def test_ecotaxa_projects(shell: Shell, method: str, arguments: dict[str, Any]) -> None:
    with testing.serve("ecotaxa") as server:
        projects = server.fake.state.projects
        for number in range(10, 260):
            projects[number] = attrs.evolve(projects[1], id=number, title=f"Leg {number % 3}")
        pager = getattr(connect(shell, server).projects, method)(**arguments)
        found = read(shell, pager, lambda: None, "projid")
        assert len(found) == len(projects)
        assert set(found) == set(projects)


@pytest.mark.parametrize(
    ("platform", "resource", "arguments", "expected"),
    [
        ("cvat", "tasks", {}, "TaskRead"),
        ("tator", "media", {"project": 1}, "Media"),
        ("ecotaxa", "objects", {"project_id": 1, "body": {}}, "int"),
    ],
)
def test_a_list_knows_the_type_of_its_items(
    shell: Shell, platform: str, resource: str, arguments: dict[str, Any], expected: str
) -> None:
    serve: Any = testing.serve
    with serve(platform) as server:
        pager = getattr(connect(shell, server), resource).list(**arguments)
        assert pager.item_type.__name__ == pager.pages().item_type.__name__ == expected
