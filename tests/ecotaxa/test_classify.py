"""Classify objects by the names of taxa."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annoport.errors import ApiError, InvalidArgumentError, PartialWriteError
from annoport.tables.arrow import arrow
from annoport.testing.ecotaxa.state import Taxon
from tests.ecotaxa.conftest import Server

pa: Any = arrow()  # it comes without types

Flow = Callable[..., Any]
FIRST = 200_000_001
LAST = FIRST + 15
"""An object of another project."""


def state_of(server: Server, *objects: int) -> list[tuple[int | None, str | None]]:
    things = server.fake.state.things
    return [(things[number].taxon, things[number].status) for number in objects]


def written(server: Server) -> int:
    return sum(request.path.endswith("/object_set/classify") for request in server.requests)


def test_names_ids_and_models_are_taken(flow: Flow, server: Server) -> None:
    taxon = flow("taxa_named", ["detritus"])["detritus"]
    given = {
        FIRST: "Calanoida",
        FIRST + 1: 78418,
        FIRST + 2: taxon,
        FIRST + 3: None,
        LAST: "egg<other",
    }
    assert flow("classify", given) == 4  # the last but one was as it is
    expected = [(45074, "V"), (78418, "V"), (84963, "V"), (84963, "V"), (85076, "V")]
    assert state_of(server, *given) == expected
    assert written(server) == 2  # one for each project
    assert flow("classify", given) == 0  # again, and nothing changes
    assert flow("classify", {FIRST: "Calanoida"}, status="D") == 1
    assert state_of(server, FIRST) == [(45074, "D")]
    with pytest.raises(InvalidArgumentError) as caught:
        flow("classify", given, part_size=0)
    assert str(caught.value) == "part_size is 0: expected a whole number, 1 or greater"


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"object_ids": [FIRST, LAST], "taxon": ["Calanoida", None]}),
        [{"object_ids": FIRST, "taxon": "Calanoida"}, {"object_ids": LAST, "taxon": None}],
    ],
)
def test_a_table_is_taken(flow: Flow, server: Server, table: Any) -> None:
    (before, _), *_ = state_of(server, LAST)
    flow("classify", table)
    assert state_of(server, FIRST, LAST) == [(45074, "V"), (before, "V")]


def test_a_table_may_call_its_columns_otherwise(flow: Flow, server: Server) -> None:
    table = pa.table({"objid": [FIRST], "best": ["Calanoida"]})
    assert flow("classify", table, object_column="objid", taxon_column="best") == 1
    with pytest.raises(InvalidArgumentError) as caught:
        flow("classify", table, object_column="objid")
    assert str(caught.value) == "taxon_column: the table has no column 'taxon'; it has objid, best"
    assert written(server) == 1


@pytest.mark.parametrize(
    ("name", "options"),
    [("objects_table", {}), ("objects_table", {"columns": ["display_name"]}), ("export_table", {})],
)
def test_tables_of_ours_are_taken(
    flow: Flow, server: Server, name: str, options: dict[str, Any]
) -> None:
    table = flow(name, 1, status="P", **options)
    objects = [FIRST + number for number in range(12)]
    taxa = [taxon for taxon, _ in state_of(server, *objects)]
    assert flow("classify", table) == table.num_rows == 4
    assert [taxon for taxon, _ in state_of(server, *objects)] == taxa
    assert flow("objects_table", 1, status="P", columns=[]).num_rows == 0


def test_a_column_of_the_callers_own_comes_first(flow: Flow, server: Server) -> None:
    table = flow("objects_table", 1, columns=["display_name"]).slice(0, 1)
    table = table.append_column("taxon", pa.array(["Calanoida"]))
    assert flow("classify", table) == 1
    assert state_of(server, FIRST) == [(45074, "V")]


def test_columns_that_could_both_be_meant_are_refused(flow: Flow, server: Server) -> None:
    row = {"object_ids": FIRST, "display_name": "a", "object_annotation_category": "b"}
    with pytest.raises(InvalidArgumentError) as caught:
        flow("classify", [row])
    assert str(caught.value) == (
        "taxon_column: the table has 'display_name' and 'object_annotation_category', and each of "
        "them could be meant: name one"
    )
    assert server.requests == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "there is nothing to classify: pass at least one object"),
        ({"a": 1}, "expected an object or its id, got 'a'"),
        ({FIRST: "Yeti"}, "taxa: 'Yeti' is no taxon: the server has no name that begins so"),
        ({FIRST: 12345}, "taxa: there is no taxon with the id 12345"),
        ({FIRST: "Calanoida", 77: "Calanoida"}, "there is no object 77"),
        (
            dict.fromkeys(range(1, 12), "Calanoida"),
            "there is no object 1, 2, 3, 4, 5, 6, 7, 8 and 3 more",
        ),
        (
            pa.chunked_array([["Calanoida"]]),  # as a Series of pandas is
            (
                "expected a table, a data frame, dicts or a mapping, got ChunkedArray, which is a "
                "single column"
            ),
        ),
        (
            pa.table({"object_ids": [FIRST, FIRST], "taxon": ["Calanoida", "Copepoda"]}),
            (
                f"object {FIRST} comes twice, as 'Calanoida' and as 'Copepoda': the server would "
                "take the first and say nothing"
            ),
        ),
    ],
)
def test_bad_input_changes_nothing(flow: Flow, server: Server, given: Any, message: str) -> None:
    before = state_of(server, *server.fake.state.things)
    with pytest.raises(InvalidArgumentError) as caught:
        flow("classify", given)
    assert str(caught.value).startswith(message)
    assert (state_of(server, *server.fake.state.things), written(server)) == (before, 0)


@pytest.mark.parametrize("status", ["P", "validated"])
def test_a_person_cannot_predict(flow: Flow, server: Server, status: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flow("classify", {FIRST: "Calanoida"}, status=status)
    assert str(caught.value) == (
        f"status is {status!r}: a person can only make an object V validated or D dubious; a "
        "prediction needs a score, see client.objects.classify_auto"
    )
    assert server.requests == []


def test_a_call_that_ends_half_way_says_what_is_done(flow: Flow, server: Server) -> None:
    given = dict.fromkeys(range(FIRST, FIRST + 5), "Calanoida")
    seen: list[tuple[int, int | None]] = []

    def fail(done: int, total: int | None) -> None:
        seen.append((done, total))
        if len(seen) == 1:
            server.fake.fail_next(400, path="/classify")

    with pytest.raises(PartialWriteError) as caught:
        flow("classify", given, part_size=2, progress=fail)
    assert str(caught.value) == (
        "2 of 5 objects are classified, 3 are not: put right what was refused, then call again, "
        "which changes nothing of what is done"
    )
    assert (caught.value.done, caught.value.left) == ((FIRST, FIRST + 1), 3)
    assert isinstance(caught.value.__cause__, ApiError)
    flow("classify", given, part_size=2, progress=fail)
    assert state_of(server, *given) == [(45074, "V")] * 5
    assert seen == [(2, 5), (2, 5), (4, 5), (5, 5)]


def test_the_first_request_fails_as_it_is(flow: Flow, server: Server) -> None:
    server.fake.fail_next(400, path="/classify")
    with pytest.raises(ApiError):
        flow("classify", {FIRST: "Calanoida"})


def test_many_taxa_are_looked_up(flow: Flow, server: Server) -> None:
    for number in range(1_000, 1_012):
        server.fake.state.taxa[number] = Taxon(id=number, name=f"Taxon {number}", parent=1)
    given = {FIRST + place: f"Taxon {1_000 + place}" for place in range(12)}
    assert flow("classify", given) == 12
    assert state_of(server, *given) == [(1_000 + place, "V") for place in range(12)]
