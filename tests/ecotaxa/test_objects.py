"""Objects of a project as a table."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from annoport import ecotaxa
from annoport.errors import (
    ApiError,
    InvalidArgumentError,
    InvalidBodyError,
    NotFoundError,
    TransportError,
)
from annoport.filters import F
from annoport.tables.arrow import arrow
from tests.ecotaxa.conftest import Server

pa: Any = arrow()  # it comes without types

Flow = Callable[..., Any]
IDS = ["object_ids", "acquisition_ids", "sample_ids", "project_ids"]
FIRST = 200_000_001


@pytest.fixture
def with_free_columns(server: Server) -> Server:
    """Free columns of samples, acquisitions and processes too, and a text of objects."""
    state = server.fake.state
    project = state.projects[1]
    project.free_texts = {"note": "t01"}
    project.sample_columns = {"tow": "t01", "area": "n01"}
    project.acquisition_columns = {"pixel": "t01"}
    project.process_columns = {"soft": "t01"}
    for sample in state.samples_of(1):
        sample.free = {"tow": sample.orig_id[-1], "area": 5.0}
        sample.acquisition_free = {"pixel": "10.6"}
    for thing in state.things_of(1):
        thing.texts = {"note": f"note {thing.id}"}
    return server


@pytest.mark.usefixtures("with_free_columns")
def test_all_columns_have_their_own_names_and_types(flow: Flow) -> None:
    table = flow("objects_table", 1)
    assert table.column_names[:4] == IDS
    assert table["object_ids"].to_pylist() == [*range(FIRST, FIRST + 12)]
    names = ["fre.area", "fre.note", "sam.tow", "sam.area", "acq.pixel"]
    row = table.select([*names, "obj.objdate", "txo.display_name", "usr.name"]).to_pylist()[0]
    assert row == {
        "fre.area": 6.0,
        "fre.note": f"note {FIRST}",
        "sam.tow": "1",
        "sam.area": 5.0,
        "acq.pixel": "10.6",
        "obj.objdate": datetime.date(2024, 4, 20),
        "txo.display_name": "Cyclopoida",
        "usr.name": "Ada Lind",
    }
    assert table.schema.field("obj.classif_when").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("fre.area").type == pa.float64()


@pytest.mark.usefixtures("with_free_columns")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("orig_id", "tow_01_000"),  # of the object, not of its sample
        ("obj.orig_id", "tow_01_000"),
        ("sam.orig_id", "tow_01"),
        ("area", 6.0),  # the object's, not its sample's
        ("sam.area", 5.0),
        ("tow", "1"),
        ("sam.t01", "1"),  # as the query calls it
        ("pixel", "10.6"),
        ("display_name", "Cyclopoida"),
        ("obj.imgcount", 1),
    ],
)
def test_a_column_goes_by_its_own_name(flow: Flow, name: str, value: Any) -> None:
    table = flow("objects_table", 1, columns=[name])
    assert table.column_names == [*IDS, name]
    assert table[name].to_pylist()[0] == value


@pytest.mark.parametrize(("size", "at_once"), [(1, 1), (5, 3), (12, 1), (1000, 3)])
def test_windows_are_joined_in_order(flow: Flow, server: Server, size: int, at_once: int) -> None:
    seen: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        seen.append((done, total))

    table = flow(
        "objects_table", 1, columns=["orig_id"], window_size=size, at_once=at_once, progress=note
    )
    assert table["object_ids"].to_pylist() == [*range(FIRST, FIRST + 12)]
    assert table["orig_id"].to_pylist()[-1] == "tow_02_005"
    assert [total for _, total in seen] == [12] * -(-12 // size)
    assert [done for done, _ in seen] == [*range(size, 12, size), 12]
    asked = [request for request in server.requests if request.path.endswith("/query")]
    assert len(asked) == 1 + -(-12 // size)


def test_filters_choose(flow: Flow) -> None:
    for filters in (
        {"statusfilter": "P"},
        ecotaxa.models.ProjectFilters(statusfilter=ecotaxa.models.StatusFilter.P),
        F["obj.classif_qual"] == "P",
    ):
        table = flow("objects_table", 1, columns=["classif_qual"], filters=filters)
        assert table["classif_qual"].to_pylist() == ["P"] * 4
    empty = flow("objects_table", 1, columns=["fre.area", "objdate"], filters={"taxo": "1"})
    assert (empty.num_rows, empty.schema.field("fre.area").type) == (0, pa.float64())


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"taxa": ["Copepoda"]}, 10),  # with those below
        ({"taxa": ["Copepoda"], "children": False}, 0),
        ({"taxa": ["Calanoida", 84963]}, 6),
        ({"status": "P", "taxa": ["Cyclopoida"]}, 2),
        ({"samples": ["tow_01"], "filters": F["obj.classif_qual"] == "P"}, 2),
    ],
)
def test_taxa_status_and_samples_choose(flow: Flow, options: dict[str, Any], count: int) -> None:
    assert flow("objects_table", 1, columns=["depth_max"], **options).num_rows == count


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"taxa": ["Yeti"]},
            (
                "taxa: 'Yeti' is no taxon: the server has no name that begins so; pass another, "
                "or the id"
            ),
        ),
        (
            {"taxa": "Copepoda"},
            "taxa is 'Copepoda': expected a list with at least one; leave it out for all",
        ),
        ({"status": "X"}, "status is 'X': expected one of P, V, D, U, UP, NV, PV, PVD, VM, NVM"),
        (
            {"taxa": ["Copepoda"], "filters": F["obj.classif_id"] == 45072},
            "filters has 'taxo', which another argument says too: leave one of them out",
        ),
        (
            {"filters": "V"},
            ("filters is 'V': expected ProjectFilters, a dict, or a condition of annoport.filters"),
        ),
    ],
)
def test_no_objects_are_asked_for_if_the_choice_is_wrong(
    flow: Flow, server: Server, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flow("objects_table", 1, **options)
    assert str(caught.value) == message
    assert not any(one.path.endswith("/query") for one in server.requests)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "taxo",
            "Copepoda",
            (
                "the server fails on what is no id of a taxon; expected ids with commas between, "
                "such as 45072,45074; taxa= of functions such as objects_table takes names, and "
                "taxa_named finds their ids"
            ),
        ),
        (
            "samples",
            "12,tow_01",
            "the server fails on what is no id; expected ids with commas between, such as 12,15",
        ),
    ],
)
def test_a_filter_by_name_is_not_sent(
    flow: Flow, server: Server, name: str, value: str, told: str
) -> None:
    with pytest.raises(InvalidBodyError) as caught:
        flow("objects_table", 1, filters={name: value})
    assert str(caught.value) == f"get_object_set: $.{name}: {value!r} is refused: {told}"
    assert not any(one.path.endswith("/query") for one in server.requests)
    ids = {"taxo": "45072, 45074", "samples": "1000001,1000002"}[name]
    assert flow("objects_table", 1, columns=[], filters={name: ids}).num_rows > 0


def test_no_columns_are_the_ids(flow: Flow) -> None:
    assert flow("objects_table", 2, columns=[]).column_names == IDS


def test_a_project_is_taken_as_a_model_too(flow: Flow, server: Server) -> None:
    with ecotaxa.Client(server.url, token=server.token) as client:
        project = client.projects.retrieve(2)
    assert flow("objects_table", project, columns=["orig_id"]).num_rows == 4


def test_a_list_that_changes_is_read_again(flow: Flow, server: Server) -> None:
    """An object goes after the first window was read; another comes at the end."""
    state = server.fake.state
    changed: list[int] = []

    def change(done: int, total: int | None) -> None:
        if not changed:
            changed.append(done)
            newest = state.things[FIRST + 11]
            del state.things[FIRST + 1]
            state.things[FIRST + 99] = attrs.evolve(newest, id=FIRST + 99)

    table = flow("objects_table", 1, columns=["orig_id"], window_size=4, at_once=1, progress=change)
    expected = [FIRST, *range(FIRST + 2, FIRST + 12), FIRST + 99]
    assert changed == [4]
    assert table["object_ids"].to_pylist() == expected


@pytest.mark.usefixtures("with_free_columns")
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["fre.aera"], "columns: project 1 has no column 'fre.aera'; did you mean 'fre.area'"),
        (["aera"], "columns: project 1 has no column 'aera'; did you mean 'fre.area'"),
        (
            ["dept_max"],
            (
                "columns: project 1 has no column 'dept_max'; did you mean 'obj.depth_max' or "
                "'obj.depth_min'?"
            ),
        ),
        (
            ["soft"],
            (
                "columns: 'soft' belongs to the process of an acquisition, which the server's "
                "query of objects does not know: export_table has it"
            ),
        ),
        (["orig_id", "obj.orig_id"], "columns: 'obj.orig_id' comes twice"),
        ("area", "columns is 'area': expected a list of names, or 'all' for every column"),
        ([""], "columns: '' is not the name of a column"),
        (
            ["obj.nothing"],
            (
                "get_object_set: argument 'fields': unknown column 'obj.nothing': the server "
                "leaves it out of every row, which shifts the values after it; check its spelling"
            ),
        ),
    ],
)
def test_unknown_columns_are_told(flow: Flow, columns: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flow("objects_table", 1, columns=columns)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("argument", ["window_size", "at_once"])
def test_wrong_arguments_send_nothing(flow: Flow, server: Server, argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flow("objects_table", 1, **{argument: 0})
    assert str(caught.value) == f"{argument} is 0: expected a whole number, 1 or greater"
    with pytest.raises(InvalidArgumentError) as caught:
        flow("objects_table", "1")
    assert str(caught.value) == "expected a project or its id, got '1'"
    assert server.requests == []


def test_failures_that_pass_are_not_seen(flow: Flow, server: Server) -> None:
    server.fake.fail_next(503, times=2, path="/query")
    server.fake.lose_next(path="/query")
    table = flow("objects_table", 1, columns=["orig_id"], window_size=5)
    assert table["object_ids"].to_pylist() == [*range(FIRST, FIRST + 12)]


def test_a_server_that_goes_is_told(flow: Flow, server: Server) -> None:
    with pytest.raises(NotFoundError):
        flow("objects_table", 99)

    def stop(_done: int, _total: int | None) -> None:
        server.fake.fail_next(400, times=99)

    with pytest.raises(ApiError):
        flow("objects_table", 1, columns=[], window_size=1, at_once=1, progress=stop)
    server.stop()
    with pytest.raises(TransportError):
        flow("objects_table", 1)
