"""EcoTaxa's tables as Arrow tables and back."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport import ecotaxa
from annoport.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.tables.arrow import arrow
from tests.vision.examples import examples

pa: Any = arrow()  # it comes without types

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)


@examples
@given(st.lists(st.tuples(TEXT | st.none(), NUMBER | st.none()), min_size=1))
def test_random_tables_come_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, float | None]]
) -> None:
    path = tmp_path_factory.mktemp("random") / "ecotaxa_random.tsv"
    table = pa.table(
        {
            "object_id": pa.array([text for text, _ in rows], type=pa.string()),
            "object_area": pa.array([number for _, number in rows], type=pa.float64()),
        }
    )
    assert ecotaxa.read_tsv(ecotaxa.write_tsv(table, path)).equals(table)


def test_values_are_written_as_imports_take_them(tmp_path: Path) -> None:
    moment = datetime.datetime(2026, 6, 1, 10, 15, 30, tzinfo=datetime.UTC)
    row: dict[str, Any] = {
        "img_file_name": "a.png",
        "img_rank": 0,
        "object_id": "leg 1",
        "object_lat": 43.5,
        "object_date": datetime.date(2026, 6, 1),
        "object_time": datetime.time(10, 15),
        "object_annotation_date": moment,
        "object_annotation_time": moment,
        "object_annotation_category_id": 25828,
        "object_area": 7,
        "object_fed": True,
        "object_nothing": float("nan"),
        "object_note": 'zoé "x"',
        "sample_day": datetime.date(2026, 6, 2),
    }
    path = ecotaxa.write_tsv([row], tmp_path / "ecotaxa_one.tsv")
    assert path.read_bytes() == (
        b"\xef\xbb\xbfimg_file_name\timg_rank\tobject_id\tobject_lat\tobject_date\tobject_time\t"
        b"object_annotation_date\tobject_annotation_time\tobject_annotation_category_id\t"
        b"object_area\tobject_fed\tobject_nothing\tobject_note\tsample_day\n"
        b"[t]\t[f]\t[t]\t[f]\t[t]\t[t]\t[t]\t[t]\t[t]\t[f]\t[f]\t[f]\t[t]\t[t]\n"
        b"a.png\t0\tleg 1\t43.5\t20260601\t101500\t20260601\t101530\t25828\t7\t1\t\t"
        b'"zo\xc3\xa9 ""x"""\t2026-06-02\n'
    )


def test_dates_of_a_general_export_are_written_as_imports_take_them(tmp_path: Path) -> None:
    columns = {"object_id": ["a"], "object_date": ["2026-06-01"], "object_time": ["10:15:00"]}
    path = ecotaxa.write_tsv(columns, tmp_path / "ecotaxa_x.tsv")
    assert path.read_text(encoding="utf-8-sig").splitlines()[2] == "a\t20260601\t101500"
    odd = {"object_id": ["a"], "object_date": ["soon-ish"], "object_time": ["1015"]}
    path = ecotaxa.write_tsv(odd, tmp_path / "ecotaxa_x.tsv")
    assert path.read_text(encoding="utf-8-sig").splitlines()[2] == "a\tsoon-ish\t1015"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b'\xef\xbb\xbf"object_id"\t"object_area"\n"[t]"\t"[f]"\n"zo\xc3\xa9"\t1.5\n"b"\t\n',
            {"object_id": ["zoé", "b"], "object_area": [1.5, None]},
        ),
        (  # UTF-8 without its mark, and no line of types
            b"object_id\tobject_area\r\nzo\xc3\xa9\t1\r\n",
            {"object_id": ["zoé"], "object_area": [1.0]},
        ),
        (b"object_id\nzo\xe9\n", {"object_id": ["zoé"]}),  # Latin-1
        (b"object_id\tobject_n\n[t]\t[t]\n", {"object_id": [], "object_n": []}),
        (b"object_id\n[t]\n007\n", {"object_id": ["007"]}),
        (b"object_id\n\n007\n\n", {"object_id": [7.0]}),
        (b"object_id\tobject_n\na\t1\nb\t1x\n", {"object_id": ["a", "b"], "object_n": ["1", "1x"]}),
        (
            b'object_id\tobject_n\n[t]\t[f]\n"a\n""b"\t1e3\n',
            {"object_id": ['a\n"b'], "object_n": [1e3]},
        ),
        (b"", {}),
    ],
)
def test_tables_are_read(tmp_path: Path, content: bytes, expected: dict[str, Any]) -> None:
    path = tmp_path / "ecotaxa_x.tsv"
    path.write_bytes(content)
    assert ecotaxa.read_tsv(path).to_pydict() == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"object_id\tobject_area\n[t]\t[f]\na\t1\nb\t12,5\n",
            "ecotaxa_x.tsv, line 4: object_area: '12,5' is no number, as [f] promises",
        ),
        (b"object_id\tobject_area\na\n", "ecotaxa_x.tsv: line 2: has 1 cells for 2 columns"),
        (b"object_id\tobject_id\n", "ecotaxa_x.tsv, line 1: object_id: there are two such columns"),
    ],
)
def test_broken_tables_are_told(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "ecotaxa_x.tsv"
    path.write_bytes(content)
    with pytest.raises(InvalidAnnotationError) as caught:
        ecotaxa.read_tsv(path)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("rows", "name", "message"),
    [
        (
            [{"object_id": "a"}],
            "objects.tsv",
            (
                "an import reads only tables whose name begins with 'ecotaxa' and ends with .tsv "
                "or .txt"
            ),
        ),
        (
            [{"area": 1}],
            "ecotaxa_x.tsv",
            (
                "column 'area': an import knows columns by how their names begin: img_, object_, "
                "sample_, acq_, process_; rename it, or leave it out"
            ),
        ),
        (
            [{"object_id": "a", "object_x": float("inf")}],
            "ecotaxa_x.tsv",
            "row 1: object_x: is infinite",
        ),
        (
            [{"object_id": "a", "object_x": [1, 2]}],
            "ecotaxa_x.tsv",
            "column 'object_x': a cell has one value, and this is a list<item: int64>",
        ),
    ],
)
def test_what_an_import_would_not_read_is_not_written(
    tmp_path: Path, rows: Any, name: str, message: str
) -> None:
    with pytest.raises((InvalidArgumentError, InvalidAnnotationError)) as caught:
        ecotaxa.write_tsv(rows, tmp_path / name)
    assert str(caught.value).endswith(message)
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = ecotaxa.write_tsv({"object_id": ["a"]}, tmp_path / "ecotaxa_x.tsv")
    before = path.read_bytes()
    with pytest.raises(InvalidAnnotationError):
        ecotaxa.write_tsv({"object_id": ["a"], "object_x": [float("inf")]}, path)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["object_x", "object_x"])
    with pytest.raises(InvalidArgumentError) as caught:
        ecotaxa.write_tsv(table, path)
    assert str(caught.value) == "column 'object_x' comes twice"
