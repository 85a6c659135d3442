"""Folders for an import: checked, and packed."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from annoport import ecotaxa
from annoport.ecotaxa.bundle import name_on_server, pack
from annoport.errors import InvalidArgumentError
from tests.ecotaxa.folders import GOOD, HEAD, TYPES, folder_of
from tests.systems import needs_links

TABLE = "leg/ecotaxa_leg.tsv"
THERE = f"is there already: {TABLE}, line 3"
NO_NUMBER = "is no number; a number has a point, no comma"
NO_DATE = "is no date; expected YYYYMMDD, such as 20260601"
NO_TIME = "is no time; expected HHMMSS, such as 101500"


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in ecotaxa.check_bundle(folder).problems]


def test_a_good_folder_says_what_it_holds(tmp_path: Path) -> None:
    folder_of(tmp_path, *GOOD)
    folder_of(
        tmp_path,
        "three\t1\t2\tin/c.png\tegg<other\tZoé",
        head=f"{HEAD}\tobject_annotation_person_name",
        types=f"{TYPES}\t[t]",
        name="ecotaxa_top.txt",
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "c.png").write_bytes(b"\x89PNG")
    (tmp_path / "notes.tsv").write_text("no table")
    found = ecotaxa.check_bundle(tmp_path)
    assert (found.problems, found.notes) == ((), ())
    assert found.tables == ("ecotaxa_top.txt", TABLE)
    assert found.images == ("in/c.png", "leg/a.png", "leg/b.png")
    assert (found.objects, found.users, found.taxa) == (3, ("Zoé",), ("egg<other", "Calanoida"))


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("x\t95\t1\ta.png\t", "object_lat", "95 is not within -90 and 90 degrees"),
        ("x\tabc\t1\ta.png\t", "object_lat", f"'abc' {NO_NUMBER}"),
        ("x\t1\t12,5\ta.png\t", "object_area", f"'12,5' {NO_NUMBER}"),
        ("x\t1\t1\tc.png\t", "img_file_name", "there is no file 'c.png' beside the table"),
        ("x\t1\t1\t../../c.png\t", "img_file_name", "'../../c.png' is outside of the folder"),
        ("x\t1\t1\t\t", "img_file_name", "is empty; each object needs an image"),
        ("\t1\t1\ta.png\t", "object_id", "is empty"),
        ("one\t1\t1\ta.png\t", "object_id", f"'one' with image 'a.png' {THERE}"),
        ("x\t1\t1\ta.png", "", "has 4 cells for 5 columns"),
    ],
)
def test_a_bad_row_is_told_with_its_line(
    tmp_path: Path, row: str, column: str, message: str
) -> None:
    folder = folder_of(tmp_path, *GOOD, row)
    place = f"{TABLE}, line 5"
    assert problems(folder) == [": ".join(part for part in (place, column, message) if part)]


@pytest.mark.parametrize(
    ("column", "good", "bad", "message"),
    [
        ("object_date", "20260601", "01/06/2026", NO_DATE),
        ("object_date", "20240229", "20230229", NO_DATE),
        ("object_time", "101500", "10:15:00", NO_TIME),
        ("object_time", "91500", "996000", NO_TIME),
        (
            "object_annotation_status",
            "Validated",
            "nonsense",
            "is no status; expected validated, predicted, dubious or nothing",
        ),
        ("object_depth_max", "7.5", "deep", NO_NUMBER),
    ],
)
def test_columns_that_ecotaxa_knows_have_their_own_rules(
    tmp_path: Path, column: str, good: str, bad: str, message: str
) -> None:
    head, types = f"object_id\timg_file_name\t{column}", "[t]\t[t]\t[t]"
    folder = folder_of(
        tmp_path, f"a\ta.png\t{good}", f"b\tb.png\t{bad}", "c\tb.png\t", head=head, types=types
    )
    assert problems(folder) == [f"{TABLE}, line 4: {column}: {bad!r} {message}"]


@pytest.mark.parametrize(
    ("head", "types", "expected"),
    [
        (
            HEAD,
            None,
            [
                (
                    f"{TABLE}, line 2: expected a type for each column, [t] or [f]; an import "
                    "takes any line for it"
                )
            ],
        ),
        (
            HEAD,
            "[t]\t[f]",
            [
                (
                    f"{TABLE}, line 2: expected a type for each column, [t] or [f]; an "
                    "import takes any line for it"
                )
            ],
        ),
        (
            HEAD.replace("object_id", "object_n"),
            TYPES,
            [f"{TABLE}, line 1: object_id: is missing; an import needs it"],
        ),
        (
            HEAD.replace("img_file_name", "image"),
            TYPES,
            [
                (
                    f"{TABLE}, line 1: image: an import knows columns that begin with img_, "
                    "object_, sample_, acq_, process_ only"
                ),
                f"{TABLE}, line 1: img_file_name: is missing; an import needs it",
            ],
        ),
        (
            HEAD.replace("object_area", "object_lat"),
            TYPES,
            [f"{TABLE}, line 1: object_lat: there are 2 such columns"],
        ),
    ],
)
def test_a_bad_head_is_told(
    tmp_path: Path, head: str, types: str | None, expected: list[str]
) -> None:
    assert problems(folder_of(tmp_path, *GOOD, head=head, types=types)) == expected


def test_folders_without_objects(tmp_path: Path) -> None:
    assert problems(tmp_path) == [
        "there is no table: its name begins with 'ecotaxa' and ends with .tsv or .txt"
    ]
    assert problems(folder_of(tmp_path)) == [f"{TABLE}: has no objects"]
    with pytest.raises(InvalidArgumentError) as caught:
        ecotaxa.check_bundle(tmp_path / "nowhere")
    assert str(caught.value) == (
        f"folder is {str(tmp_path / 'nowhere')!r}: there is no such folder"
    )


def test_a_table_without_its_mark_gets_it_when_it_is_packed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", "zoé\t1\t1\ta.png\t", encoding="utf-8")
    (folder / "leg" / "unused.png").write_bytes(b"\x89PNG")
    found = ecotaxa.check_bundle(folder)
    assert found.problems == ()
    assert [str(note) for note in found.notes] == [
        f"{TABLE}: is UTF-8 without a byte order mark, which the server reads as Latin-1"
    ]
    pack(found, tmp_path / "packed.zip")
    with zipfile.ZipFile(tmp_path / "packed.zip") as archive:
        assert archive.namelist() == [TABLE, "leg/a.png"]
        assert archive.read(TABLE).decode("utf-8-sig").splitlines()[2].startswith("zoé\t")
        assert archive.read(TABLE).startswith(b"\xef\xbb\xbf")


def test_the_same_files_have_the_same_name_on_the_server(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "Baie d'été", *GOOD)
    before = name_on_server(ecotaxa.check_bundle(folder))
    assert re.fullmatch(r"Baie_d_t_[0-9a-f]{12}", before)
    assert name_on_server(ecotaxa.check_bundle(folder)) == before
    folder_of(folder, GOOD[0])
    assert name_on_server(ecotaxa.check_bundle(folder)) != before


@needs_links
def test_a_linked_folder_is_part_of_it(tmp_path: Path) -> None:
    folder_of(tmp_path / "disk", *GOOD)
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "leg").symlink_to(tmp_path / "disk" / "leg")
    found = ecotaxa.check_bundle(folder)
    assert found.problems == ()
    assert (found.tables, found.images) == ((TABLE,), ("leg/a.png", "leg/b.png"))
