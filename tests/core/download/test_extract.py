"""Unpacking archives from untrusted sources."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from annoport.core.download import zips
from annoport.core.download.extract import Limits, extract
from annoport.core.errors import CorruptFileError, DownloadError, UnsafeArchiveError

NOISE = random.Random(6).randbytes(400_000)


def archive(path: Path, entries: list[tuple[str | zipfile.ZipInfo, bytes]], **kw: int) -> Path:
    """Write an archive, with the names as they are."""
    with zipfile.ZipFile(path, "w", kw.get("method", zipfile.ZIP_DEFLATED)) as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


def test_unpacks_everything(tmp_path: Path) -> None:
    made = archive(
        tmp_path / "a.zip",
        [
            ("one.txt", b"1"),
            ("sub/", b""),
            ("sub/two.bin", NOISE),
            ("sub/dé/x", b""),
            ("./y", b"y"),
        ],
    )
    folder = extract(made, tmp_path / "out" / "a")
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == {"one.txt": b"1", "sub/two.bin": NOISE, "sub/dé/x": b"", "y": b"y"}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


@pytest.mark.parametrize("method", sorted(zips.READABLE_METHODS))
def test_every_method(tmp_path: Path, method: int) -> None:
    made = archive(tmp_path / "a.zip", [("x", NOISE), ("y", b"y" * 3_000_000)], method=method)
    zips.check(made)
    folder = extract(made, tmp_path / "a")
    assert (folder / "x").read_bytes() == NOISE
    assert (folder / "y").read_bytes() == b"y" * 3_000_000


def link(name: str, target: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    """Return an entry that is a symbolic link."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([("../x", b"")], "outside"),
        ([("a/../../x", b"")], "outside"),
        ([("/etc/x", b"")], "outside"),
        ([(zipfile.ZipInfo("..\\x"), b"")], "outside"),
        ([("C:/x", b"")], "outside"),
        ([("aux.txt", b"")], "outside"),
        ([("a\nb", b"")], "outside"),
        ([link("l", b"/etc")], "a link or a device"),
        ([link("l", b"/etc"), ("l/passwd", b"")], "a link or a device"),
        ([("a", b"1"), ("a", b"2")], "would overwrite an earlier one"),
        ([("a", b"1"), ("a/b", b"2")], "would overwrite an earlier one"),
        ([("a/b", b"1"), ("a", b"2")], "would overwrite an earlier one"),
        ([(f"{n}", b"") for n in range(11)], "more than 10 entries"),
        ([("a", b"1" * 1001)], "more than 1000 bytes"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_refuses_what_could_do_harm(
    tmp_path: Path, entries: list[tuple[str | zipfile.ZipInfo, bytes]], why: str
) -> None:
    made = archive(tmp_path / "a.zip", entries)
    with pytest.raises(UnsafeArchiveError, match=why):
        extract(made, tmp_path / "inner" / "a", limits=Limits(total=1000, files=10))
    assert list((tmp_path / "inner").iterdir()) == []


def test_refuses_a_bomb(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip", [("a", bytes(80 * 1024 * 1024))])
    with pytest.raises(UnsafeArchiveError, match="more than 67108864 bytes"):
        extract(made, tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    extract(made, tmp_path / "a", limits=Limits(ratio=2000))


def test_refuses_entries_that_overlap(tmp_path: Path) -> None:
    whole = archive(tmp_path / "a.zip", [("a", NOISE)]).read_bytes()
    start = whole.index(b"PK\x01\x02")
    listed = whole[start : whole.index(b"PK\x05\x06")]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, len(listed) * 9, start, 0)
    (tmp_path / "b.zip").write_bytes(whole[:start] + listed * 9 + end)
    with pytest.raises(CorruptFileError, match="damaged"):
        zips.check(tmp_path / "b.zip")
    with pytest.raises(CorruptFileError, match="damaged"):
        extract(tmp_path / "b.zip", tmp_path / "b")


def claim(size: int) -> Callable[[bytearray], None]:
    """Return a function that writes another size of the first entry into the list."""

    def change(content: bytearray) -> None:
        struct.pack_into("<L", content, content.index(b"PK\x01\x02") + 24, size)

    return change


def flip(content: bytearray) -> None:
    """Change one byte in the middle of the data."""
    content[200_000] ^= 1


def cut(content: bytearray) -> None:
    """Cut off the end."""
    del content[-30:]


def cut_middle(content: bytearray) -> None:
    """Cut bytes out of the data."""
    del content[1000:2000]


@pytest.mark.parametrize("damage", [claim(10), claim(500_000), flip, cut, cut_middle])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damage_is_found(tmp_path: Path, damage: Callable[[bytearray], None], method: int) -> None:
    content = bytearray(archive(tmp_path / "a.zip", [("a", NOISE)], method=method).read_bytes())
    damage(content)
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(CorruptFileError, match="not an intact zip archive"):
        zips.check(tmp_path / "a.zip")
    with pytest.raises(DownloadError):
        extract(tmp_path / "a.zip", tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_large_archives(tmp_path: Path) -> None:
    """With more entries than a 16-bit number can count, and a comment at the end."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        for number in range(66_000):
            file.writestr(str(number), b"")
        file.comment = b"PK\x05\x06 is no end"
    zips.check(tmp_path / "a.zip")
    with (tmp_path / "a.zip").open("rb") as opened:
        names = [entry.name for entry in zips.entries(opened, tmp_path / "a.zip")]
    assert len(names) == 66_000


def test_sizes_of_64_bits(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "a.zip", "w") as file,
        file.open("x", "w", force_zip64=True) as x,
    ):
        x.write(NOISE)
    zips.check(tmp_path / "a.zip")
    assert (extract(tmp_path / "a.zip", tmp_path / "a") / "x").read_bytes() == NOISE


def test_bytes_before_the_archive(tmp_path: Path) -> None:
    plain = archive(tmp_path / "a.zip", [("a", NOISE)]).read_bytes()
    (tmp_path / "a.zip").write_bytes(b"#!/bin/sh\n" + plain)
    zips.check(tmp_path / "a.zip")


def test_an_empty_archive(tmp_path: Path) -> None:
    zips.check(archive(tmp_path / "a.zip", []))
    assert zips.looks_like_zip(tmp_path / "a.zip")


def test_encrypted_entries(tmp_path: Path) -> None:
    content = bytearray(archive(tmp_path / "a.zip", [("a", NOISE)]).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    zips.check(tmp_path / "a.zip")
    with pytest.raises(UnsafeArchiveError, match="encrypted"):
        extract(tmp_path / "a.zip", tmp_path / "a")


def test_folders_in_use_are_left_alone(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip", [("a", b"")])
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine").write_bytes(b"mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    extract(made, tmp_path / "empty")
    for name in ("used", "file", "link"):
        with pytest.raises(DownloadError, match="not an empty folder"):
            extract(made, tmp_path / name)


def test_not_a_zip(tmp_path: Path) -> None:
    for content in (b"", b"PK", io.BytesIO(NOISE).read(1000)):
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(CorruptFileError, match="at the end is missing"):
            zips.check(tmp_path / "a.zip")


def test_odd_spaces_in_names_are_kept(tmp_path: Path) -> None:
    name = "Screenshot 9.41\u202fAM\u00a0\u3000.png"
    folder = extract(archive(tmp_path / "a.zip", [(name, b"1")]), tmp_path / "a")
    assert [path.name for path in folder.iterdir()] == [name]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip", [("a", b"1")])
    with pytest.raises(DownloadError, match=r"cannot unpack into .*inner"):
        extract(made, made / "inner")


def test_a_name_too_long_for_the_disk(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip", [("a" * 300, b"1")])
    with pytest.raises(DownloadError, match="cannot unpack"):
        extract(made, tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("size", [0, 2, 6])
def test_lzma_cut_short(tmp_path: Path, size: int) -> None:
    content = bytearray(
        archive(tmp_path / "a.zip", [("a", NOISE)], method=zipfile.ZIP_LZMA).read_bytes()
    )
    struct.pack_into("<L", content, content.index(b"PK\x01\x02") + 20, size)
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"cannot be unpacked|checksum"):
        zips.check(tmp_path / "a.zip")
