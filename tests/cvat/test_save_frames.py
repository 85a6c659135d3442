"""What `save_frames` leaves on disk, also after it was cut short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annoport.core.download.lock import FileLock
from annoport.errors import (
    AnnoportError,
    DownloadError,
    InvalidArgumentError,
    ServerError,
    TargetBusyError,
    TargetExistsError,
)
from annoport.testing.cvat.state import Image
from annoport.testing.images import jpeg
from tests.cvat.conftest import MEADOW, Flows


def fetched(flows: Flows) -> int:
    """Return how many frames were asked for since the last time."""
    count = sum("type=frame" in seen.query for seen in flows.server.requests)
    flows.server.requests.clear()
    return count


def images(flows: Flows, task: int = MEADOW) -> list[bytes]:
    return [image.content for image in flows.fake.state.tasks[task].images]


def shown(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_all_frames_as_they_were_uploaded(flows: Flows, tmp_path: Path) -> None:
    calls: list[tuple[int, int | None]] = []

    def show(done: int, total: int | None) -> None:
        calls.append((done, total))

    saved = flows.call("save_frames", MEADOW, tmp_path / "a" / "b", progress=show)
    assert list(saved) == [0, 1, 2, 3, 4]
    assert saved[3] == tmp_path / "a" / "b" / "frame_000003.png"
    assert [path.read_bytes() for path in saved.values()] == images(flows)
    total = sum(map(len, images(flows)))
    assert max(calls) == (total, None)


FRAMES: dict[str, tuple[Any, list[int]]] = {
    "one": (2, [2]),
    "a range": (range(1, 4), [1, 2, 3]),
    "some, one twice": ([4, 0, 4], [0, 4]),
    "none": ([], []),
}


@pytest.mark.parametrize("name", FRAMES)
def test_some_frames(flows: Flows, tmp_path: Path, name: str) -> None:
    frames, numbers = FRAMES[name]
    saved = flows.call("save_frames", MEADOW, tmp_path, frames=frames)
    assert list(saved) == numbers
    assert shown(tmp_path) == [f"frame_{number:06d}.png" for number in numbers]
    assert fetched(flows) == len(numbers)


def test_deleted_frames_come_only_if_they_are_named(flows: Flows, tmp_path: Path) -> None:
    flows.fake.state.tasks[MEADOW].deleted_frames = [1]
    assert list(flows.call("save_frames", MEADOW, tmp_path)) == [0, 2, 3, 4]
    assert list(flows.call("save_frames", MEADOW, tmp_path, frames=1)) == [1]


def test_smaller_pictures_under_the_names_of_the_files(flows: Flows, tmp_path: Path) -> None:
    task = flows.client.tasks.retrieve(MEADOW)
    saved = flows.call(
        "save_frames", task, tmp_path, quality="compressed", name="{frame:02d} {name}"
    )
    assert shown(tmp_path) == [f"{number:02d} meadow_{number:03d}.jpg" for number in range(5)]
    assert saved[0].read_bytes() == jpeg(64, 48)


def test_the_frames_of_a_job_have_the_numbers_of_the_task(flows: Flows, tmp_path: Path) -> None:
    job = list(flows.client.jobs.list(task_id=MEADOW, sort="id"))[1]
    saved = flows.call("save_frames", job, tmp_path, name="{frame} {name}")
    assert list(saved) == [2, 3]
    assert shown(tmp_path) == ["2 meadow_002.png", "3 meadow_003.png"]
    assert [path.read_bytes() for path in saved.values()] == images(flows)[2:4]
    assert {seen.path for seen in flows.server.requests if "type=frame" in seen.query} == {
        f"/api/jobs/{job.id}/data"
    }


def test_a_picture_of_another_kind_has_its_extension(flows: Flows, tmp_path: Path) -> None:
    flows.fake.state.tasks[MEADOW].images[0] = Image("a.png", jpeg(8, 8), 8, 8)
    assert flows.call("save_frames", MEADOW, tmp_path, frames=0)[0].name == "frame_000000.jpg"


# --------------------------------------------------------------------------- again


def test_the_next_call_fetches_what_is_missing(flows: Flows, tmp_path: Path) -> None:
    flows.call("save_frames", MEADOW, tmp_path)
    assert fetched(flows) == 5
    (tmp_path / "frame_000001.png").unlink()
    (tmp_path / "frame_000002.png").write_bytes(b"cut off")
    saved = flows.call("save_frames", MEADOW, tmp_path)
    assert fetched(flows) == 2
    assert [path.read_bytes() for path in saved.values()] == images(flows)
    flows.call("save_frames", MEADOW, tmp_path, overwrite="replace")
    assert fetched(flows) == 5


def test_a_call_that_broke_off_is_gone_on_with(flows: Flows, tmp_path: Path) -> None:
    stored = flows.fake.state.tasks[MEADOW].images
    whole, stored[3] = stored[3], Image("meadow_003.png", b"", 64, 48)
    with pytest.raises(DownloadError) as caught:
        flows.call("save_frames", MEADOW, tmp_path, connections=1)
    assert str(caught.value) == (
        "frame 3: the server sent 0 bytes of image/png in place of a picture"
    )
    assert fetched(flows) == 4
    stored[3] = whole
    saved = flows.call("save_frames", MEADOW, tmp_path)
    assert fetched(flows) == 2
    assert [path.read_bytes() for path in saved.values()] == images(flows)


def test_a_server_that_is_gone(flows: Flows, tmp_path: Path) -> None:
    flows.fake.fail_next(503, times=100, path=f"/tasks/{MEADOW}/data/")
    with pytest.raises(ServerError):
        flows.call("save_frames", MEADOW, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_breaks_off_is_asked_for_again(flows: Flows, tmp_path: Path) -> None:
    flows.fake.lose_next(times=2, path=f"/tasks/{MEADOW}/data/", method="GET")
    saved = flows.call("save_frames", MEADOW, tmp_path)
    assert [path.read_bytes() for path in saved.values()] == images(flows)


def test_a_killed_call_leaves_nothing_that_is_in_the_way(flows: Flows, tmp_path: Path) -> None:
    flows.call("save_frames", MEADOW, tmp_path, frames=range(2))
    (notes,) = tmp_path.glob(".frames.*.jsonl")
    with notes.open("ab") as file:
        file.write(b'{"frame": 2, "file": "frame_000002.png", "size": 9}\n{"frame": 3, "fi')
    (tmp_path / "frame_000003.png.new").write_bytes(b"half")
    fetched(flows)
    saved = flows.call("save_frames", MEADOW, tmp_path)
    assert fetched(flows) == 3
    assert [path.read_bytes() for path in saved.values()] == images(flows)


def test_frames_of_a_task_whose_pictures_changed_are_not_taken(
    flows: Flows, tmp_path: Path
) -> None:
    flows.call("save_frames", MEADOW, tmp_path)
    flows.fake.state.tasks[MEADOW].chunks_updated = "2030-01-01T00:00:00.000000Z"
    with pytest.raises(TargetExistsError):
        flows.call("save_frames", MEADOW, tmp_path)


# --------------------------------------------------------------------------- errors

Refusal = tuple[type[AnnoportError], str, dict[str, Any]]
REFUSED: dict[str, Refusal] = {
    "no such frame": (
        InvalidArgumentError,
        "save_frames: task 1 has no frame -1, 5, 7: its frames are 0 to 4",
        {"frames": [0, 5, 7, -1]},
    ),
    "one name for all": (
        InvalidArgumentError,
        "save_frames: with name='frame', 5 frames would be called 'frame': put {frame} into it",
        {"name": "frame"},
    ),
    "an unknown word": (
        InvalidArgumentError,
        (
            "save_frames: name is '{number}': expected a text with {frame} or {name} in it, "
            "such as 'frame_{frame:06d}'"
        ),
        {"name": "{number}"},
    ),
    "a look into objects": (
        InvalidArgumentError,
        (
            "save_frames: name is '{name.__class__}{frame}': expected a text with {frame} or "
            "{name} in it, such as 'frame_{frame:06d}'"
        ),
        {"name": "{name.__class__}{frame}"},
    ),
    "too many connections": (
        InvalidArgumentError,
        "connections is 33: expected 1 to 32",
        {"connections": 33},
    ),
    "an unknown way": (
        InvalidArgumentError,
        "overwrite is 'always': expected 'error', 'replace' or 'resume'",
        {"overwrite": "always"},
    ),
    "no task": (
        InvalidArgumentError,
        "source is 'dive': expected an id, or what retrieve() and list() return",
        {"source": "dive"},
    ),
    "an address": (
        DownloadError,
        "target 's3://frames/' is a URL: expected a path; use write_to() for a URL",
        {"folder": "s3://frames"},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_saves_nothing(flows: Flows, tmp_path: Path, name: str) -> None:
    kind, message, keywords = REFUSED[name]
    given = {"source": MEADOW, "folder": tmp_path, **keywords}
    with pytest.raises(kind) as caught:
        flows.call("save_frames", given.pop("source"), given.pop("folder"), **given)
    assert str(caught.value) == message
    assert fetched(flows) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_task_without_frames(flows: Flows, tmp_path: Path) -> None:
    task = flows.client.tasks.create(body={"name": "empty", "labels": [{"name": "a"}]})
    flows.fake.state.tasks[task.id].has_data = True
    assert flows.call("save_frames", task, tmp_path) == {}
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("save_frames", task, tmp_path, frames=0)
    assert str(caught.value) == (f"save_frames: task {task.id} has no frame 0: it has no frames")


@pytest.mark.parametrize("overwrite", ["resume", "error"])
def test_files_of_others_are_not_replaced(flows: Flows, tmp_path: Path, overwrite: str) -> None:
    other = tmp_path / "frame_000002.png"
    other.write_bytes(b"mine")
    with pytest.raises(TargetExistsError) as caught:
        flows.call("save_frames", MEADOW, tmp_path, overwrite=overwrite, connections=1)
    assert caught.value.path == other
    assert other.read_bytes() == b"mine"
    flows.call("save_frames", MEADOW, tmp_path, overwrite="replace")
    assert other.read_bytes() == images(flows)[2]


def test_two_tasks_do_not_mix_in_one_folder(flows: Flows, tmp_path: Path) -> None:
    flows.call("save_frames", MEADOW, tmp_path, frames=0)
    with pytest.raises(TargetExistsError) as caught:
        flows.call("save_frames", 2, tmp_path)
    assert str(caught.value) == (
        f"cannot write {tmp_path / 'frame_000000.png'}: it exists, and no earlier call like this "
        "one has saved it; choose another target, or pass overwrite='replace' to replace it"
    )


def test_a_folder_that_another_process_is_saving_to(flows: Flows, tmp_path: Path) -> None:
    flows.call("save_frames", MEADOW, tmp_path, frames=0)
    (notes,) = tmp_path.glob(".frames.*.jsonl")
    lock = FileLock(notes.with_name(f"{notes.name}.lock"))
    assert lock.acquire()
    try:
        with pytest.raises(TargetBusyError) as caught:
            flows.call("save_frames", MEADOW, tmp_path)
    finally:
        lock.release()
    assert str(caught.value) == (
        f"another call is saving frames of the same task to {tmp_path}: wait until it ends, or "
        "choose another folder"
    )


@pytest.mark.parametrize("kind", ["bmp", "gif", "tiff"])
def test_kinds_that_the_contract_does_not_name(flows: Flows, tmp_path: Path, kind: str) -> None:
    content = {"bmp": b"BM", "gif": b"GIF89a", "tiff": b"II*\0"}[kind] + b"picture"
    flows.fake.state.tasks[MEADOW].images[3] = Image(f"a.{kind}", content, 8, 8)
    saved = flows.call("save_frames", MEADOW, tmp_path, frames=3)
    assert saved[3].name == f"frame_000003.{kind[:3]}"
    assert saved[3].read_bytes() == content
