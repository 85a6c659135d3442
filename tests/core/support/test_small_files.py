"""Small files that several processes write at the same time, on disks that may be full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from annoport.core.support.small_files import write_whole

WRITER = """
import sys
from pathlib import Path
from annoport.core.support.small_files import write_whole
path, letter = Path(sys.argv[1]), sys.argv[2].encode()
for _ in range(300):
    write_whole(path, letter * 50_000, survives_power_cut=False)
"""


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_two_processes_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "description.json"
    command = [sys.executable, "-c", WRITER, str(path)]
    both = [subprocess.Popen([*command, letter]) for letter in "ab"]
    seen: set[bytes] = set()
    while any(process.poll() is None for process in both):
        if path.exists():
            seen.add(path.read_bytes())
    assert [process.wait() for process in both] == [0, 0]
    assert seen | {path.read_bytes()} <= {b"a" * 50_000, b"b" * 50_000}
    assert names(tmp_path) == [path.name]


def test_nothing_is_left_of_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.mkdir()
    with pytest.raises(OSError, match="taken"):
        write_whole(path, b"content")
    assert names(tmp_path) == ["taken"]


def test_what_a_killed_process_left_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "frame.png"
    (tmp_path / "frame.png.new").write_bytes(b"half of it, and more than there is now")
    write_whole(path, b"content")
    assert (names(tmp_path), path.read_bytes()) == (["frame.png"], b"content")
