"""What is found on a disk: links that loop or lead nowhere, pipes, names that are no text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annoport.core.support.local_paths import files_below, status_of
from tests.systems import needs_links, needs_pipes


def below(folder: Path, *, hidden: bool = False) -> list[str]:
    return sorted(files_below(folder, hidden=hidden))


def made(folder: Path, *names: str) -> Path:
    """Return the folder with empty files of these names."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


@needs_links
def test_links_are_followed_but_not_into_what_holds_them(tmp_path: Path) -> None:
    made(tmp_path / "elsewhere", "c.png", "deeper/d.png")
    root = made(tmp_path / "all", "a.png", "in/b.png")
    (root / "self").symlink_to(".")
    (root / "in" / "up").symlink_to(root)
    (root / "more").symlink_to(tmp_path / "elsewhere")
    (root / "also.png").symlink_to(root / "a.png")
    found = ["a.png", "also.png", "in/b.png", "more/c.png", "more/deeper/d.png"]
    assert below(root) == found
    (tmp_path / "link").symlink_to(root)
    assert below(tmp_path / "link") == found


@needs_links
def test_a_link_that_leads_nowhere_is_a_file_that_is_missing(tmp_path: Path) -> None:
    """So are files of git-annex that were not fetched."""
    (tmp_path / "gone.png").symlink_to("nowhere")
    (tmp_path / "one.png").symlink_to("other.png")
    (tmp_path / "other.png").symlink_to("one.png")
    assert below(tmp_path) == ["gone.png", "one.png", "other.png"]
    with pytest.raises(FileNotFoundError, match=r"gone\.png"):
        status_of(tmp_path / "gone.png")


def test_hidden_files_count_if_asked_for(tmp_path: Path) -> None:
    made(tmp_path, ".x/y.png", ".DS_Store", "a.png")
    assert below(tmp_path) == ["a.png"]
    assert below(tmp_path, hidden=True) == [".DS_Store", ".x/y.png", "a.png"]


@needs_pipes
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    made(tmp_path, "a.png")
    assert below(tmp_path) == ["a.png"]
    for name in ("pipe.png", "zero.png"):
        with pytest.raises(OSError) as caught:  # noqa: PT011 (its message is below)
            status_of(str(tmp_path / name))
        assert str(caught.value) == (
            f"{str(tmp_path / name)!r} is a pipe or a device, so its size is unknown; write what "
            "it gives to a file, and pass that"
        )


def test_the_status_of_a_file_and_not_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"12345")
    assert status_of(tmp_path / "a.png").st_size == 5
    with pytest.raises(OSError, match=r"directory|denied"):
        status_of(tmp_path)
