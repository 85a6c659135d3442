"""Rows to a table."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

import pytest

import annoport_cvat
import annoport_tator
from annoport import tables, testing
from annoport.core.errors import InvalidArgumentError
from annoport.core.values.models import (
    NO_KEYS,
    UNSET,
    Model,
    OneOf,
    OpenIntEnum,
    OpenStrEnum,
    Unset,
    UtcDatetime,
    Wire,
    model,
)
from annoport.tables.arrow import arrow

_NOON = datetime.datetime(2026, 6, 1, 14, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))


class Colour(OpenStrEnum):
    RED = "red"


class Level(OpenIntEnum):
    LOW = 1


@model
class Part(Model):
    name: str


@model
class Row(Model):
    id: int
    ratio: OneOf[int, float, None] | Unset = UNSET
    made_by: Annotated[str | Unset, Wire("made-by")] = UNSET
    colour: Colour | Unset = UNSET
    level: Level | None = None
    key: UUID | Unset = UNSET
    when: datetime.datetime | Unset = UNSET
    utc: UtcDatetime | Unset | None = UNSET
    day: datetime.date | Unset = UNSET
    part: Part | Unset = UNSET
    parts: list[Part] | Unset = UNSET
    points: list[float] | Unset = UNSET
    anything: Any = UNSET
    further: dict[str, int] = NO_KEYS


ROWS = [
    Row(
        id=1,
        ratio=2,
        made_by="ada",
        colour=Colour("blue"),
        level=Level.LOW,
        key=UUID(int=7),
        when=_NOON,
        utc=_NOON,
        day=_NOON.date(),
        part=Part(name="a"),
        parts=[Part(name="b"), Part(name="c")],
        points=[1.0, 2.5],
        anything={"a": [1]},
        further={"more": 3},
    ),
    Row(id=2, ratio=0.5, anything="text"),
]


def test_types_and_nulls() -> None:
    table = tables.from_rows(ROWS)

    pa = arrow()
    utc = pa.timestamp("us", tz="UTC")
    part = pa.struct([("name", pa.string())])
    assert {field.name: field.type for field in table.schema} == {
        "id": pa.int64(),
        "ratio": pa.float64(),
        "made_by": pa.string(),
        "colour": pa.string(),
        "level": pa.int64(),
        "key": pa.string(),
        "when": utc,
        "utc": utc,
        "day": pa.date32(),
        "part": part,
        "parts": pa.list_(part),
        "points": pa.list_(pa.float64()),
        "anything": pa.string(),
        "more": pa.int64(),
    }
    first, second = table.to_pylist()
    assert first == {
        "id": 1,
        "ratio": 2.0,
        "made_by": "ada",
        "colour": "blue",
        "level": 1,
        "key": str(UUID(int=7)),
        "when": _NOON,
        "utc": _NOON,
        "day": _NOON.date(),
        "part": {"name": "a"},
        "parts": [{"name": "b"}, {"name": "c"}],
        "points": [1.0, 2.5],
        "anything": '{"a":[1]}',
        "more": 3,
    }
    nulls = dict.fromkeys(first)
    assert second == {**nulls, "id": 2, "ratio": 0.5, "anything": "text"}


def test_nested_parts_as_json() -> None:
    table = tables.from_rows(ROWS, nested="json", columns=["parts", "part", "points", "id"])

    assert table.column_names == ["parts", "part", "points", "id"]
    assert table.to_pylist()[0] == {
        "parts": '[{"name":"b"},{"name":"c"}]',
        "part": '{"name":"a"}',
        "points": "[1.0,2.5]",
        "id": 1,
    }


def test_dicts_with_different_keys_and_types() -> None:
    rows: list[dict[str, Any]] = [{"a": 1}, {"a": 2.5, "b": "x"}, {"b": None, "c": True}]
    table = tables.from_rows(rows)
    assert table.to_pylist() == [
        {"a": 1.0, "b": None, "c": None},
        {"a": 2.5, "b": "x", "c": None},
        {"a": None, "b": None, "c": True},
    ]


def test_unique_ids_are_text() -> None:
    assert tables.from_rows([{"a": UUID(int=7)}]).to_pylist() == [{"a": str(UUID(int=7))}]


def test_many_chunks_of_one_column() -> None:
    """Of 20,000 rows each: the type of a column is one that takes the values of all."""
    ends = [{"a": 1}, {"b": "x"}, {"a": 1.5}, {"a": "z"}]
    rows = [row for end in ends for row in (*[{}] * 19_999, end)]

    table = tables.from_rows(iter(rows))

    assert (table.num_rows, table["a"].null_count, table["b"].null_count) == (
        80_000,
        79_997,
        79_999,
    )
    assert [table["a"][place].as_py() for place in (19_999, 59_999, 79_999)] == ["1", "1.5", "z"]
    assert table["b"][39_999].as_py() == "x"
    numbers = tables.from_rows(iter(rows[:60_000]))
    assert [numbers["a"][place].as_py() for place in (19_999, 59_999)] == [1.0, 1.5]


def test_a_whole_number_is_not_cut() -> None:
    """A field that is declared whole and comes with a fraction keeps it."""
    broken: Any = 1.5
    assert tables.from_rows([Row(id=1), Row(id=broken)])["id"].to_pylist() == [1.0, 1.5]


def test_nothing() -> None:
    assert tables.from_rows([]).num_rows == 0
    assert tables.from_rows([], columns=["a", "b"]).column_names == ["a", "b"]


def test_what_are_no_rows() -> None:
    class Pages:
        def __aiter__(self) -> None: ...

    for given, message in [
        (7, "expected rows: models, dicts, a pager or pages, got int"),
        ({"a": 1}, "expected rows: models, dicts, a pager or pages, got dict"),
        (
            Pages(),
            "expected rows: models, dicts, a pager or pages, got Pages; await pager.all() first",
        ),
        ([1], "row 0: expected a model or a dict, got int"),
    ]:
        broken: Any = given
        with pytest.raises(InvalidArgumentError) as caught:
            tables.from_rows(broken)
        assert str(caught.value) == message
    with pytest.raises(InvalidArgumentError) as caught:
        tables.from_rows(ROWS, columns=["id", "idd"])
    assert str(caught.value) == (
        "columns: the rows have no 'idd'; call without columns= to see what there is"
    )
    with pytest.raises(InvalidArgumentError) as caught:
        tables.from_rows([{"id": 1, "attributes": {"species": "orca"}}], columns=["species", "id"])
    assert str(caught.value) == (
        "columns: the rows have no 'species'; did you mean 'attributes.species'?"
    )
    nested: Any = "text"
    with pytest.raises(InvalidArgumentError) as caught:
        tables.from_rows(ROWS, nested=nested)
    assert str(caught.value) == "nested is 'text'; expected 'list' or 'json'"


# ------------------------------------------------------------------------------ attributes


def _type(**dtypes: str) -> Any:
    types = annoport_tator.models
    return {
        "attribute_types": [
            types.AttributeType(name=name, dtype=types.AttributeDtype(dtype))
            for name, dtype in dtypes.items()
        ]
    }


def test_attributes_of_tator() -> None:
    kinds = _type(
        Count="int", Score="float", Seen="datetime", Sure="bool", At="geopos", Text="string"
    )
    rows = [
        {"id": 1, "attributes": {"Count": 3, "Score": 1, "Seen": "2026-06-01T12:00:00Z"}},
        {"id": 2, "attributes": {"Sure": True, "At": [1, 2.5], "Seen": "2026-06-01T12:00:00"}},
        {"id": 3},
    ]
    table = tables.from_rows(rows, definitions=[kinds])
    assert {field.name: str(field.type) for field in table.schema} == {
        "id": "int64",
        "attributes.Count": "int64",
        "attributes.Score": "double",
        "attributes.Seen": "timestamp[us, tz=UTC]",
        "attributes.Sure": "bool",
        "attributes.At": "list<item: double>",
        "attributes.Text": "string",
    }
    assert table["attributes.Count"].to_pylist() == [3, None, None]
    noon = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
    assert table["attributes.Seen"].to_pylist() == [noon, noon, None]
    assert table["attributes.At"].to_pylist() == [None, [1.0, 2.5], None]
    some = tables.from_rows(rows, columns=["attributes.Score"])
    assert some.to_pylist() == [{"attributes.Score": 1}, *[{"attributes.Score": None}] * 2]


def test_definitions_that_disagree_make_text() -> None:
    rows = [{"attributes": {"Depth": 3}}, {"attributes": {"Depth": "deep"}}]
    both = [_type(Depth="int"), _type(Depth="string")]
    assert tables.from_rows(rows, definitions=both)["attributes.Depth"].to_pylist() == ["3", "deep"]


def test_attributes_of_cvat() -> None:
    labels = [
        {
            "name": "plant",
            "attributes": [
                {"id": 5, "name": "age", "input_type": "select"},
                {"id": 6, "name": "height", "input_type": "number"},
                {"id": 7, "name": "wet", "input_type": "checkbox"},
            ],
        }
    ]
    rows: list[Any] = [
        {
            "id": 1,
            "attributes": [
                {"spec_id": 5, "value": "adult"},
                {"spec_id": 6, "value": "12.5"},
                {"spec_id": 7, "value": "false"},
                {"spec_id": 9, "value": "?"},
            ],
        },
        {"id": 2, "attributes": []},
    ]
    table = tables.from_rows(rows, definitions=labels)
    assert table.to_pylist() == [
        {
            "id": 1,
            "attributes.age": "adult",
            "attributes.height": 12.5,
            "attributes.wet": False,
            "attributes.9": "?",
        },
        {"id": 2, **dict.fromkeys(f"attributes.{name}" for name in ("age", "height", "wet", "9"))},
    ]


def test_what_defines_nothing() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        tables.from_rows([], definitions=[3])
    assert str(caught.value) == (
        "definitions[0]: expected a type with attribute_types, a label with attributes, or an "
        "attribute of one, got int"
    )


# ------------------------------------------------------------------------------ clients


@pytest.fixture(scope="module")
def tator() -> Iterator[annoport_tator.Client]:
    with (
        testing.serve("tator") as server,
        annoport_tator.Client(server.url, token=server.token) as client,
    ):
        yield client


def test_a_pager_of_tator(tator: annoport_tator.Client) -> None:
    kinds = tator.localization_types.list(1)
    table = tables.from_rows(tator.localizations.list(1), definitions=kinds)
    models = tator.localizations.list(1).all()

    assert table.num_rows == len(models)
    assert table["id"].to_pylist() == [one.id for one in models]
    assert table["created_datetime"].to_pylist() == [one.created_datetime for one in models]
    assert str(table.schema.field("attributes.confidence").type) == "double"
    pages = tables.from_rows(tator.localizations.list(1).pages(), definitions=kinds)
    assert pages.equals(table)


def test_a_list_without_rows_has_the_columns_of_its_rows(tator: annoport_tator.Client) -> None:
    kinds = tator.localization_types.list(1)
    full = tables.from_rows(tator.localizations.list(1), definitions=kinds)
    nothing = tator.localizations.list(1, elemental_id="00000000-0000-0000-0000-000000000000")
    for rows in (nothing, nothing.pages()):
        empty = tables.from_rows(rows, definitions=kinds)
        assert empty.num_rows == 0
        assert empty.column_names == full.column_names
        for field in empty.schema:
            # Where nothing but values tells the type, it is null.
            assert field.type in (full.schema.field(field.name).type, "null"), field
    assert str(empty.schema.field("created_datetime").type) == "timestamp[us, tz=UTC]"
    assert str(empty.schema.field("attributes.confidence").type) == "double"
    some = ["attributes.confidence", "id"]
    chosen = tables.from_rows(nothing, definitions=kinds, columns=some)
    assert {field.name: str(field.type) for field in chosen.schema} == {
        "attributes.confidence": "double",
        "id": "int64",
    }


def test_a_list_of_cvat_without_rows() -> None:
    with (
        testing.serve("cvat") as server,
        annoport_cvat.Client(server.url, token=server.token) as client,
    ):
        empty = tables.from_rows(client.tasks.list(name="no such task"))
        full = tables.from_rows(client.tasks.list())
    assert (empty.num_rows, empty.column_names) == (0, full.column_names)


def test_shapes_of_cvat() -> None:
    with (
        testing.serve("cvat") as server,
        annoport_cvat.Client(server.url, token=server.token) as client,
    ):
        task = client.tasks.list().all()[-1]
        shapes = client.tasks.retrieve_annotations(task.id).shapes
        labels = client.labels.list(task_id=task.id).all()
        table = tables.from_rows(shapes, definitions=labels)
        assert str(table.schema.field("points").type) == "list<item: double>"
        assert [name for name in table.column_names if name.startswith("attributes.")] != []
        assert str(tables.from_rows(client.tasks.list()).schema.field("owner").type) != "string"
