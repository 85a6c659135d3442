"""What a dataset keeps on disk, of more pictures than it knows by name at a time."""

from __future__ import annotations

from pathlib import Path

from annoport.vision._store import PartStore, Store
from annoport.vision.sources import Picture

FRAMES = range(0, 5_000, 250)


def part(folder: Path) -> PartStore:
    kept = Store.of(folder, "a server", "ada").part("task 1")
    kept.use("first")
    return kept


def add(kept: PartStore, frame: int) -> None:
    kept.add(Picture(frame=frame, suffix=".png", content=b"%d" % frame))


def test_pictures_of_many_folders(tmp_path: Path) -> None:
    kept = part(tmp_path)
    for frame in FRAMES:
        assert not kept.has(frame)
        add(kept, frame)
    for frame in (*FRAMES, *reversed(FRAMES)):
        assert kept.has(frame)
        assert not kept.has(frame + 1)
        assert kept.picture(frame) == kept.path(frame).read_bytes() == b"%d" % frame
    assert len({kept.path(frame).parent for frame in FRAMES}) > len(FRAMES) // 2
    again = part(tmp_path)
    assert [again.picture(frame) for frame in FRAMES] == [b"%d" % frame for frame in FRAMES]


def test_what_another_process_adds_is_found_when_asked_for(tmp_path: Path) -> None:
    one, other = part(tmp_path), part(tmp_path)
    assert not one.has(7)
    add(other, 7)
    assert not one.has(7)
    one.look_again()
    assert one.picture(7) == b"7"


def test_pictures_of_another_revision_go(tmp_path: Path) -> None:
    kept = part(tmp_path)
    add(kept, 7)
    path = kept.path(7)
    kept.use("second")
    assert not kept.has(7)
    assert not path.exists()
