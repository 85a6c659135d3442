"""Lists that run side by side to a table."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

import annoport_ecotaxa
from annoport import tables, testing
from annoport.core.errors import DecodeError, InvalidArgumentError
from annoport.tables.arrow import arrow

_FIELDS = ["obj.orig_id", "obj.objdate", "obj.objtime", "obj.classif_when", "fre.area"]
_ROW = ["a", "2026-06-01", "10:15:00", "2026-06-01T12:00:00.5", 3]


def answer(rows: list[Any], **changed: Any) -> bytes:
    ids = list(range(1, len(rows) + 1))
    found: dict[str, Any] = {
        "object_ids": ids,
        "acquisition_ids": ids,
        "sample_ids": ids,
        "project_ids": ids,
        "details": rows,
        "total_ids": len(rows),
    }
    return json.dumps({**found, **changed}).encode()


def test_types() -> None:
    table = tables.from_json(answer([_ROW, [None] * 5]), _FIELDS)
    assert [str(field.type) for field in table.schema] == [
        *["int64"] * 4,
        "string",
        "date32[day]",
        "time32[s]",
        "timestamp[us, tz=UTC]",
        "int64",
    ]
    assert table.to_pylist() == [
        {
            **dict.fromkeys(("object_ids", "acquisition_ids", "sample_ids", "project_ids"), 1),
            "obj.orig_id": "a",
            "obj.objdate": datetime.date(2026, 6, 1),
            "obj.objtime": datetime.time(10, 15),
            "obj.classif_when": datetime.datetime(2026, 6, 1, 12, 0, 0, 500_000, datetime.UTC),
            "fre.area": 3,
        },
        {
            **dict.fromkeys(("object_ids", "acquisition_ids", "sample_ids", "project_ids"), 2),
            **dict.fromkeys(_FIELDS),
        },
    ]


def test_a_column_that_changes_its_mind() -> None:
    """Later chunks may hold what the first did not: the type is one that takes all."""
    rows = [[None, 1, 1]] * 600 + [["x", 2.5, "y"]] * 600
    table = tables.from_json(answer(rows), "a,b,c")
    assert [str(field.type) for field in table.schema][4:] == ["string", "double", "string"]
    assert [list(row.values())[4:] for row in table.to_pylist()] == [
        *[[None, 1.0, "1"]] * 600,
        *[["x", 2.5, "y"]] * 600,
    ]


def test_own_types() -> None:
    table = tables.from_json(answer([[1]]), ["a"], types={"a": arrow().float32()})
    assert str(table.schema.field("a").type) == "float"


def test_not_a_number() -> None:
    """A server written in Python may send NaN, which JSON lacks."""
    table = tables.from_json(answer([[float("nan")], [2.0]]), ["a"])
    assert str(table["a"].to_pylist()) == "[nan, 2.0]"


def test_no_columns_and_no_rows() -> None:
    assert tables.from_json(answer([[], []])).num_rows == 2
    empty = tables.from_json(answer([]), _FIELDS)
    assert (empty.num_rows, empty.num_columns) == (0, 9)


@pytest.mark.parametrize(
    ("content", "fields", "message"),
    [
        (
            answer([[1, 2]]),
            ["a", "b", "c"],
            (
                "a row has 2 values for 3 columns: the server leaves out a column that it does not "
                "know; check the spelling of fields"
            ),
        ),
        (
            answer([[1]], sample_ids=[]),
            ["a"],
            "sample_ids has 0 entries for 1 objects, so they cannot be matched",
        ),
        (
            answer([[1]], details=[]),
            ["a"],
            "details has 0 entries for 1 objects, so they cannot be matched",
        ),
        (answer([1]), ["a"], "details: expected lists of values: Expected `array`, got `int`"),
        (
            b"{}",
            [],
            ("not the answer of an object query: Object missing required field `object_ids`"),
        ),
        (b"{", [], "an object query: the JSON answer is truncated: it ends after 1 bytes"),
        (b"[NaN]", [], "not the answer of an object query: Expected `object`, got `array`"),
    ],
)
def test_what_does_not_fit(content: bytes, fields: list[str], message: str) -> None:
    with pytest.raises(DecodeError) as caught:
        tables.from_json(content, fields)
    assert str(caught.value) == message


def test_a_column_twice() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        tables.from_json(answer([]), ["a", "a"])
    assert str(caught.value) == "fields: 'a' comes twice"


def test_pages_of_ecotaxa() -> None:
    fields = ["obj.orig_id", "obj.classif_when", "fre.area", "txo.display_name"]
    with (
        testing.serve("ecotaxa") as server,
        annoport_ecotaxa.Client(server.url, token=server.token) as client,
    ):
        windows = [
            client.objects.list(1, body={}, fields=fields, window_start=start, window_size=3)
            for start in (0, 3)
        ]
        pages = [page for window in windows for page in window.pages()]
        table = tables.from_parallel(iter(pages), fields)

        assert table["object_ids"].to_pylist() == [*windows[0], *windows[1]]
        rows = [row for page in pages for row in page.response.value.details]
        assert table["obj.orig_id"].to_pylist() == [row[0] for row in rows]
        assert table["fre.area"].to_pylist() == [row[2] for row in rows]
        first = tables.from_parallel(pages[0], fields)
        assert first.equals(tables.from_json(pages[0].response.content, fields))


def test_what_are_no_pages() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        tables.from_parallel([1, 2], ["a"])
    assert str(caught.value) == "expected pages of an object query, got int: pass pager.pages()"
