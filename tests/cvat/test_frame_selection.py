"""Which frames are meant, and what their files are called."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from annoport import cvat, from_json
from annoport.cvat.frame_selection import Frames
from annoport.errors import InvalidArgumentError

WHEN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def meta(names: list[str], **fields: Any) -> cvat.models.DataMetaRead:
    frames = [
        from_json(
            f'{{"width": 8, "height": 8, "name": "{name}", "related_files": 0}}',
            cvat.models.FrameMeta,
            strict=False,
        )
        for name in names
    ]
    return cvat.models.DataMetaRead(
        chunks_updated_date=WHEN, deleted_frames=[], frames=frames, **fields
    )


def test_all_frames_of_a_video_have_the_name_of_its_file() -> None:
    frames = Frames.of_task(7, meta(["dives/left.mp4"], size=40))
    assert frames.chosen(None) == list(range(40))
    assert frames.files([0, 39], "{name} {frame:03d}") == {0: "left 000", 39: "left 039"}


def test_names_that_differ_in_case_only_are_one() -> None:
    frames = Frames.of_task(7, meta(["A.png", "b.png", "a.jpg"], size=3))
    with pytest.raises(InvalidArgumentError) as caught:
        frames.files(range(3), "{name}")
    assert str(caught.value) == (
        "save_frames: with name='{name}', 2 frames would be called 'a': put {frame} into it"
    )


def test_names_stay_in_the_folder() -> None:
    frames = Frames.of_task(7, meta(["../../etc/a:b?.png", "c.png"], size=2))
    made = frames.files(range(2), "{frame} {name}")
    assert not any(letter in "".join(made.values()) for letter in '/\\:?"')
    assert frames.files([1], "../{name}")[1] not in ("..", "../c")
