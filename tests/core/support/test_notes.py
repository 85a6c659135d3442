"""Notes of calls that were begun: who finds them, how old they are, and what a kill leaves."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import msgspec
import pytest

from annoport.core.support import notes
from annoport.core.support.file_locks import take
from annoport.core.support.notes import Note, Noted

KEY = notes.key_of("export", {"id": 7, "format": "COCO 1.0"}, "https://example.org", 3)


class Content(msgspec.Struct):
    """What the tests write."""

    token: str
    parts: list[int] = []


@pytest.fixture
def note(tmp_path: Path) -> Note[Content]:
    """A note that is not there yet, in a folder that is not there yet."""
    return Note(notes.beside(tmp_path / "exports", "task.zip", KEY), KEY, Content)


def test_a_key_depends_on_all_of_the_call_but_not_on_the_order_of_names() -> None:
    same = notes.key_of("export", {"format": "COCO 1.0", "id": 7}, "https://example.org", 3)
    others = [
        notes.key_of("export", {"id": 8, "format": "COCO 1.0"}, "https://example.org", 3),
        notes.key_of("backup", {"id": 7, "format": "COCO 1.0"}, "https://example.org", 3),
        notes.key_of("export", {"id": 7, "format": "COCO 1.0"}, "https://example.net", 3),
        notes.key_of("export", {"id": 7, "format": "COCO 1.0"}, "https://example.org", 4),
        notes.key_of("export", {"id": 7, "format": "COCO 1.0"}, "https://example.org", "3"),
        notes.key_of(b"bytes", datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),
    ]
    assert same == KEY
    assert len({KEY, *others}) == 1 + len(others)
    assert len(KEY) == 64


def test_a_note_says_what_was_written(note: Note[Content]) -> None:
    assert note.read() is None
    note.write(Content("one", [1, 2]))
    note.write(Content("two"))
    found = note.read()
    assert found is not None
    assert found.content == Content("two")
    assert 0 <= found.age() < 60
    assert [path.name for path in note.path.parent.iterdir()] == [f".task.zip.{KEY[:12]}.note"]
    note.remove()
    note.remove()
    assert note.read() is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_note_is_for_its_owner_only(note: Note[Content]) -> None:
    note.write(Content("one"))
    assert note.path.stat().st_mode & 0o077 == 0


def test_the_note_of_another_call_is_not_read(note: Note[Content]) -> None:
    note.write(Content("one"))
    other = Note(note.path, KEY[:12] + "0" * 52, Content)  # the same name by chance
    assert other.read() is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"format": 1}',
        b'{"format": 2, "key": "KEY", "written": "2026-01-01T00:00:00Z", "content": {"token": ""}}',
        b'{"format": 1, "key": "KEY", "written": "2026-01-01T00:00:00", "content": {"token": ""}}',
        b'{"format": 1, "key": "KEY", "written": "2026-01-01T00:00:00Z", "content": {"token": 1}}',
    ],
)
def test_what_is_no_note_is_not_read(note: Note[Content], text: bytes) -> None:
    note.write(Content(""))
    note.path.write_bytes(text.replace(b"KEY", KEY.encode()))
    assert note.read() is None


def test_a_folder_in_its_place_is_not_read(note: Note[Content]) -> None:
    note.path.mkdir(parents=True)
    assert note.read() is None


@pytest.mark.parametrize(
    ("age", "limit", "usable"),
    [
        (0, 3600, True),
        (3590, 3600, True),
        (3610, 3600, False),
        (-30, 3600, True),  # a clock was set back a little
        (-90, 3600, False),
        (0, 0, False),
        (-30, 0, False),
    ],
)
def test_how_old_a_note_may_be(age: float, limit: float, usable: bool) -> None:
    written = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age)
    assert Noted("content", written).is_usable(limit) is usable


def test_a_note_may_tell_of_something_older(note: Note[Content]) -> None:
    begun = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=2)
    note.write(Content("one"), begun)
    found = note.read()
    assert found is not None
    assert found.written == begun


def test_long_names_are_cut_between_characters(tmp_path: Path) -> None:
    path = notes.beside(tmp_path, "é" * 200, KEY)
    assert path.name == f".{'é' * 75}.{KEY[:12]}.note"
    Note(path, KEY, Content).write(Content("one"))
    assert len(f"{Note(path, KEY, Content).lock.name}".encode()) < 255


def test_a_kill_leaves_the_old_note_or_the_new_one(note: Note[Content]) -> None:
    note.write(Content("whole", [0]))
    code = textwrap.dedent(
        """
        import itertools, sys
        from pathlib import Path
        from annoport.core.support.notes import Note
        from tests.core.support.test_notes import Content

        note = Note(Path(sys.argv[1]), sys.argv[2], Content)
        for number in itertools.count():
            note.write(Content("whole", [number] * 1000))
            if number == 3:
                print("begun", flush=True)
        """
    )
    command = [sys.executable, "-c", code, str(note.path), KEY]
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.kill()
        found = note.read()
        assert found is not None
        assert found.content.token == "whole"
        assert len(found.content.parts) == 1000


@pytest.mark.skipif(sys.platform != "linux", reason="the cache of Linux is elsewhere")
def test_the_cache_is_where_the_user_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = notes.in_cache(KEY)
    assert path == tmp_path / "cache" / "annoport" / "notes" / f"{KEY[:12]}.note"
    assert path.parent.stat().st_mode & 0o077 == 0
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert notes.cache_folder() == tmp_path / ".cache" / "annoport"


@pytest.mark.skipif(sys.platform != "linux", reason="the cache of Linux is elsewhere")
def test_old_notes_in_the_cache_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "annoport" / "notes"
    folder.mkdir(parents=True)
    old = ["a.note", "a.note.new", "b.note.lock", "c.note", "c.note.lock", "mine.txt"]
    for name in [*old, "young.note", "young.note.lock"]:
        (folder / name).touch()
    long_ago = time.time() - 91 * 24 * 3600
    for name in old:
        os.utime(folder / name, (long_ago, long_ago))
    with (folder / "c.note.lock").open() as held:
        assert take(held.fileno())
        notes.in_cache(KEY)
    left = ["c.note", "c.note.lock", "mine.txt", "young.note", "young.note.lock"]
    assert sorted(path.name for path in folder.iterdir()) == left
