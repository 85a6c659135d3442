"""Frames of videos of a fake CVAT: few come one by one, many by chunks of the film."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs

import pytest
from PIL import Image as Pillow

from annoport import UploadFile, cvat, errors
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png
from annoport.vision import Box, Dataset, Sample
from tests.shared import ROOT
from tests.vision import films

COUNT, CHUNK = 30, 12


@pytest.fixture
def server() -> Iterator[FakeServer[FakeCvat]]:
    with serve("cvat") as running:
        yield running


@pytest.fixture
def client(server: FakeServer[FakeCvat]) -> Iterator[cvat.Client]:
    with cvat.Client(server.url, token=server.token) as made:
        yield made


def still(number: int) -> bytes:
    """A frame as the server sends it."""
    out = io.BytesIO()
    Pillow.fromarray(films.pixels(number)).save(out, "png")
    return out.getvalue()


def chunk(frames: Sequence[int]) -> bytes:
    return films.film(frames, b_frames=2)


@pytest.fixture
def video(server: FakeServer[FakeCvat], client: cvat.Client) -> int:
    """A task of a video of two jobs."""
    body = {"name": "Dive", "labels": [{"name": "crab"}], "segment_size": 20}
    task = client.tasks.create(body=body)
    files = [UploadFile(png(2, 2), name=f"{number:02d}.png") for number in range(COUNT)]
    options = {"image_quality": 70, "chunk_size": CHUNK}
    client.tasks.upload_data(task.id, files, body=options).wait(timeout=60)
    stored = server.fake.state.tasks[task.id]
    stored.film = chunk
    for number, image in enumerate(stored.images):
        image.name, image.content = "dive.mp4", still(number)
        image.width, image.height = films.WIDTH, films.HEIGHT
    server.requests.clear()
    return task.id


def asked(server: FakeServer[FakeCvat]) -> list[str]:
    """What was asked of the data, in order."""
    queries = [
        parse_qs(one.query) for one in server.requests if one.path.rstrip("/").endswith("/data")
    ]
    return [f"{one['type'][0]} {(one.get('number') or one['index'])[0]}" for one in queries]


def number_of(sample: Sample) -> int:
    return films.number_in(sample.content)


def test_all_frames_come_by_chunks(
    server: FakeServer[FakeCvat], client: cvat.Client, video: int
) -> None:
    dataset = Dataset(cvat.task(client, video), images="all")
    assert [number_of(sample) for sample in dataset] == list(range(COUNT))
    assert sorted(asked(server)) == ["chunk 0", "chunk 1", "chunk 2"]
    assert dataset[7].frame.name == "dive.mp4"


def test_a_single_frame_comes_alone(
    server: FakeServer[FakeCvat], client: cvat.Client, video: int
) -> None:
    dataset = Dataset(cvat.task(client, video), images="demand")
    assert [number_of(dataset[number]) for number in (17, 3)] == [17, 3]
    assert asked(server) == ["frame 17", "frame 3"]


def test_a_frame_that_is_missing_comes_alone(
    server: FakeServer[FakeCvat], client: cvat.Client, video: int
) -> None:
    dataset = Dataset(cvat.task(client, video), images="all")
    dataset[5].path.unlink()
    server.requests.clear()
    assert number_of(Dataset(cvat.task(client, video), images="ahead")[5]) == 5
    assert asked(server) == ["frame 5"]


def test_only_what_is_chosen_is_fetched(
    server: FakeServer[FakeCvat], client: cvat.Client, video: int
) -> None:
    chosen = Dataset(
        cvat.task(client, video),
        images="all",
        select=lambda sample: sample.frame.number in (1, 2, 20),
    )
    assert [number_of(sample) for sample in chosen] == [1, 2, 20]
    assert sorted(asked(server)) == ["chunk 0", "frame 20"]
    kept = list(chosen[0].path.parent.glob("*.png"))
    assert len(kept) == 3
    server.requests.clear()
    black = Dataset(cvat.task(client, video), select=lambda sample: not number_of(sample))
    assert [sample.frame.number for sample in black] == [0]
    assert asked(server) == [f"frame {n}" for n in range(COUNT) if n not in (1, 2, 20)]


def test_a_job_has_chunks_of_its_own(
    server: FakeServer[FakeCvat], client: cvat.Client, video: int
) -> None:
    job = max(client.jobs.list(task_id=video), key=lambda job: job.start_frame)
    dataset = Dataset(cvat.job(client, job), images="all")
    assert [number_of(sample) for sample in dataset] == list(range(20, COUNT))
    assert asked(server) == ["chunk 0"]


def test_deleted_frames_are_left_out(client: cvat.Client, video: int) -> None:
    client.tasks.partial_update_data_meta(video, body={"deleted_frames": [0, 13, 14]})
    dataset = Dataset(cvat.task(client, video), images="all")
    wanted = [number for number in range(COUNT) if number not in (0, 13, 14)]
    assert [number_of(sample) for sample in dataset] == wanted


def test_annotations_are_written_to_frames(
    server: FakeServer[FakeCvat], client: cvat.Client, video: int
) -> None:
    dataset = Dataset(cvat.task(client, video), images="demand")
    dataset.write([(dataset[9], [Box(label="crab", left=1, top=1, right=9, bottom=9)])])
    assert [one.label for one in dataset[9].annotations] == ["crab"]
    assert asked(server) == []


def test_a_chunk_that_ends_early(
    server: FakeServer[FakeCvat], client: cvat.Client, video: int
) -> None:
    server.fake.state.tasks[video].film = lambda frames: chunk(frames[:-2])
    with pytest.raises(errors.DecodeError) as caught:
        Dataset(cvat.task(client, video), images="all")
    assert str(caught.value) == f"task {video}, chunk 0: it has 10 frames, and none for frame 10"


WITHOUT = """
import sys
sys.modules["av"] = None
import importlib.util
from annoport import cvat
from annoport.vision import Dataset
url, token, task, folder = sys.argv[1:]
with cvat.Client(url, token=token) as client:
    Dataset(cvat.task(client, int(task)), images="all", cache=folder)
"""


def test_without_the_extra_frames_come_one_by_one(
    server: FakeServer[FakeCvat], video: int, tmp_path: object
) -> None:
    arguments = [server.url, server.token, str(video), str(tmp_path)]
    subprocess.run([sys.executable, "-c", WITHOUT, *arguments], cwd=ROOT, check=True)
    assert sorted(asked(server)) == sorted(f"frame {number}" for number in range(COUNT))
