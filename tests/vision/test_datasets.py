"""Datasets of a fake CVAT: samples, the cache on disk, and what happens when something breaks."""

from __future__ import annotations

import asyncio
import io
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from annoport import UploadFile, cvat, errors
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png
from annoport.vision import (
    Box,
    Dataset,
    Sample,
    Shape,
    Tag,
    Value,
    from_coco,
    from_yolo,
    to_coco,
    to_yolo,
)
from tests.held import STANDSTILL, Held, interrupt
from tests.shared import ROOT
from tests.systems import as_root, needs_fork, needs_interrupts, needs_linux_mounts

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEADOW, POND = 1, 2
FRAMES, CHUNK = 24, 4


class Frail(FakeCvat):
    """A CVAT whose chunks come slowly, break off or do not come.

    Attributes:
        seconds: How long each chunk takes.
        refused: Chunks that are answered with a 403.
        cut: Chunks of which half the bytes come, once each.
        instead: What is sent in place of chunks.
        short: Chunks that some proxy has cut, so that nothing but their content tells.
        held: Part of the path or query of requests that are answered only when another has come.
        first: Part of the path or query of that other request; no request waits if it is empty.
    """

    def __init__(self) -> None:
        super().__init__(job_seconds=0.0, anonymous_per_minute=None)
        self.seconds = 0.0
        self.refused: set[str] = set()
        self.cut: set[str] = set()
        self.instead: dict[str, bytes] = {}
        self.short: set[str] = set()
        self.held = "/annotations/?"
        self.first = ""
        self._has_come = asyncio.Event()

    def app(self) -> ASGIApp:
        inner = super().app()

        async def frail(scope: Scope, receive: Receive, send: Send) -> None:
            text = scope.get("query_string", b"").decode()
            path, query = scope.get("path", ""), parse_qs(text)
            await self._is_due(f"{path}?{text}")
            if query.get("type") != ["chunk"]:
                await inner(scope, receive, send)
                return
            number = (query.get("number") or query["index"])[0]
            await asyncio.sleep(self.seconds)
            if number in self.refused:
                await send({"type": "http.response.start", "status": 403, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
            if number in self.instead:
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": self.instead[number]})
                return
            cut, short = number in self.cut, number in self.short
            self.cut.discard(number)

            async def sending(message: Message) -> None:
                if (cut or short) and message["type"] == "http.response.body":
                    message["body"] = message["body"][: len(message["body"]) // 2]
                elif short:
                    lines = dict(message["headers"])
                    half = int(lines[b"content-length"]) // 2
                    message["headers"] = [*(lines | {b"content-length": b"%d" % half}).items()]
                await send(message)

            await inner(scope, receive, sending)

        return frail

    async def _is_due(self, asked: str) -> None:
        if self.first and self.first in asked:
            self._has_come.set()
        if self.first and self.held in asked:
            await self._has_come.wait()


@pytest.fixture
def server() -> Iterator[FakeServer[Frail]]:
    with FakeServer(Frail()) as running:
        yield running


@pytest.fixture
def client(server: FakeServer[Frail]) -> Iterator[cvat.Client]:
    with cvat.Client(server.url, token=server.token, max_retries=0) as made:
        yield made


@pytest.fixture
def long_task(client: cvat.Client) -> int:
    """A task of several chunks."""
    task = client.tasks.create(body={"name": "Long", "labels": [{"name": "crab"}]})
    files = [
        UploadFile(png(16, 12, shade=number) + bytes(2000), name=f"{number:02d}.png")
        for number in range(FRAMES)
    ]
    body = {"image_quality": 70, "chunk_size": CHUNK}
    client.tasks.upload_data(task.id, files, body=body).wait(timeout=60)
    return task.id


def chunks(server: FakeServer[Frail]) -> list[str]:
    """The chunks that were asked for, in order."""
    asked = [parse_qs(one.query) for one in server.requests if one.path.endswith("/data/")]
    return [one["number"][0] for one in asked if "number" in one]


def said(sample: Sample) -> tuple[str, int, list[str]]:
    return (
        sample.part,
        sample.frame.number,
        [f"{one.kind} {one.label}" for one in sample.annotations],
    )


class TestSamples:
    def test_of_a_task(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.task(client, MEADOW))
        assert list(map(said, dataset)) == [
            ("task 1", 0, ["box deer"]),
            ("task 1", 1, ["tag fox", "box fox"]),
            ("task 1", 2, []),
            ("task 1", 3, ["box deer"]),
            ("task 1", 4, ["polygon badger"]),
        ]
        assert [label.name for label in dataset.labels] == ["deer", "fox", "badger"]
        first = dataset[0]
        assert first.label_index == dataset.label_index == {"deer": 0, "fox": 1, "badger": 2}
        assert first.subset == "train"
        assert first.load().size == (first.frame.width, first.frame.height) == (64, 48)
        assert (
            first.content
            == client.tasks.retrieve_data(MEADOW, type="frame", number=0, quality="original").read()
        )
        assert [sample.frame.number for sample in dataset[1:3]] == [1, 2]
        assert dataset[-1].frame.number == 4

    def test_of_a_project_in_the_order_of_tasks(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.project(client, 1))
        assert [sample.part for sample in dataset] == ["task 1"] * 5 + ["task 2"] * 3
        assert {sample.frame.name for sample, _ in dataset.loaded()} >= {"meadow_000.png"}
        only = Dataset(cvat.project(client, 1, select=lambda task: task.subset == "validation"))
        assert [sample.part for sample in only] == ["task 2"] * 3

    def test_of_a_job_with_the_numbers_of_the_task(self, client: cvat.Client) -> None:
        jobs = sorted(client.jobs.list(task_id=MEADOW), key=lambda job: job.start_frame)
        dataset = Dataset(cvat.job(client, jobs[1]))
        assert list(map(said, dataset)) == [("job 2", 2, []), ("job 2", 3, ["box deer"])]
        whole = Dataset(cvat.task(client, MEADOW))
        assert [sample.content for sample in dataset] == [whole[2].content, whole[3].content]

    def test_a_track_is_the_shape_that_it_is_on_each_frame(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.task(client, POND))
        (track,) = client.tasks.retrieve_annotations(POND).tracks
        starts = [shape.points[0] for shape in track.shapes]
        found = [one for sample in dataset for one in sample.annotations if one.label == "fox"]
        boxes = [one for one in found if isinstance(one, Box)]
        assert len(boxes) == len(found) >= 2
        assert boxes[0].left == starts[0]
        assert boxes[0].left < boxes[1].left <= starts[1]

    def test_of_a_job_for_ground_truth(self, client: cvat.Client) -> None:
        """It has some frames of the task, and its chunks have no gaps."""
        source = cvat.task(client, MEADOW)
        (part,) = source.open(source.describe()).parts
        told = json.loads(part.fetch_media())
        # Of the files 10, 12 and so on; those of the others between have no names.
        told |= {"size": 3, "included_frames": [12, 16, 18], "chunk_size": 2, "start_frame": 10}
        told |= {"frame_filter": "step=2", "stop_frame": 18, "deleted_frames": [3]}
        media = part.media_of(json.dumps(told).encode())
        names = [one["name"] for one in told["frames"]]
        assert [(one.number, one.name, one.block, one.index) for one in media.frames] == [
            (1, names[1], 0, 0),
            (4, names[4], 1, 0),
        ]
        assert media.size == 5  # tracks reach to the last one

    def test_deleted_frames_are_left_out(self, client: cvat.Client) -> None:
        client.tasks.partial_update_data_meta(MEADOW, body={"deleted_frames": [1, 3]})
        dataset = Dataset(cvat.task(client, MEADOW))
        assert [sample.frame.number for sample in dataset] == [0, 2, 4]
        assert (
            dataset[1].content
            == client.tasks.retrieve_data(MEADOW, type="frame", number=2, quality="original").read()
        )

    def test_the_next_tasks_are_asked_for_meanwhile(
        self, server: FakeServer[Frail], client: cvat.Client
    ) -> None:
        server.fake.first = f"/tasks/{POND}/data/meta"
        project = cvat.project(client.with_options(timeout=5.0), 1)
        assert [sample.part for sample in Dataset(project)] == ["task 1"] * 5 + ["task 2"] * 3

    def test_subsets_and_a_choice(self, client: cvat.Client) -> None:
        project = cvat.project(client, 1)
        assert {one.subset for one in Dataset(project, subsets=["train"])} == {"train"}
        chosen = Dataset(project, select=lambda sample: bool(sample.annotations))
        assert len(chosen) == 7
        with pytest.raises(errors.InvalidArgumentError) as caught:
            Dataset(project, subsets=["Train"])
        assert str(caught.value) == (
            "subsets: project 1 has no subset 'Train'; its subsets are 'train', 'validation'"
        )

    def test_indexes_by_name(self, client: cvat.Client) -> None:
        given = {"badger": 7, "deer": 3, "fox": 5, "owl": 9}
        dataset = Dataset(cvat.task(client, MEADOW), labels=given)
        assert dataset.label_index == {"deer": 3, "fox": 5, "badger": 7}
        with pytest.raises(errors.InvalidArgumentError) as caught:
            Dataset(cvat.task(client, MEADOW), labels={"deer": 0})
        assert str(caught.value) == (
            "labels: task 1 has 'fox', 'badger', too: give each label an index, or None to leave "
            "it out"
        )

    def test_a_label_that_is_left_out(
        self, server: FakeServer[Frail], client: cvat.Client, tmp_path: Path
    ) -> None:
        whole = Dataset(cvat.project(client, 1), cache=tmp_path)
        labels = {"badger": 1, "deer": 0, "fox": None, "owl": None}
        dataset = Dataset(cvat.project(client, 1), labels=labels, cache=tmp_path)
        assert dataset.label_index == {"badger": 1, "deer": 0}
        assert [label.name for label in dataset.labels] == ["deer", "badger"]
        for sample, all_of_it in zip(dataset, whole, strict=True):
            kept = [one for one in all_of_it.annotations if one.label != "fox"]
            assert list(sample.annotations) == kept
        # There are shapes and a track of the label that is left out.
        dropped = [one for sample in whole for one in sample.annotations if one.label == "fox"]
        assert {one.frame for one in dropped} > {0}
        assert to_yolo(dataset, tmp_path / "yolo", unfit="drop").annotations > 0
        written = to_coco(dataset, tmp_path / "coco", unfit="drop")
        assert written.annotations + len(written.dropped) == sum(
            len(sample.annotations) for sample in dataset
        )

    def test_a_label_that_is_left_out_is_not_written(
        self, server: FakeServer[Frail], client: cvat.Client
    ) -> None:
        labels = {"deer": 0, "badger": 1, "fox": None}
        dataset = Dataset(cvat.task(client, MEADOW), labels=labels, images="demand")
        box = Box(label="deer", left=1, top=1, right=5, bottom=5)
        server.requests.clear()
        for mode in ("replace", "replace_auto"):
            with pytest.raises(errors.InvalidArgumentError) as caught:
                dataset.write([(dataset[0], [box])], mode=mode)
            assert str(caught.value) == (
                f"write: mode={mode!r} would remove annotations of 'fox', too, which this dataset "
                "leaves out: write with a dataset that has all labels"
            )
        fox = Box(label="fox", left=1, top=1, right=5, bottom=5)
        with pytest.raises(errors.InvalidArgumentError) as refused:
            dataset.write([(dataset[0], [fox])])
        assert str(refused.value) == "write: labels= has no index for 'fox'"
        assert server.requests == []
        before = len(dataset[0].annotations)
        dataset.write([(dataset[0], [box])])
        assert len(dataset[0].annotations) == before + 1
        assert {one.label for sample in dataset for one in sample.annotations} <= {"deer", "badger"}

    def test_unknown_words_are_refused(self, client: cvat.Client) -> None:
        word: Any = "later"
        with pytest.raises(errors.InvalidArgumentError) as caught:
            Dataset(cvat.task(client, MEADOW), images=word)
        assert str(caught.value) == "images is 'later'; expected one of 'all', 'ahead', 'demand'"


class TestCache:
    def test_an_edited_annotation_costs_no_picture(
        self, server: FakeServer[Frail], client: cvat.Client
    ) -> None:
        Dataset(cvat.task(client, MEADOW), images="all")
        data = client.tasks.retrieve_annotations(MEADOW)
        body = {"version": 0, "tags": [], "tracks": [], "shapes": [data.shapes[0]]}
        client.tasks.partial_update_annotations(MEADOW, action="delete", body=body)
        server.requests.clear()
        dataset = Dataset(cvat.task(client, MEADOW), images="all")
        assert said(dataset[0]) == ("task 1", 0, [])
        assert all(sample.content for sample in dataset)
        assert chunks(server) == []

    def test_annotations_that_did_not_change_are_not_asked_for(
        self, server: FakeServer[Frail], client: cvat.Client
    ) -> None:
        Dataset(cvat.task(client, MEADOW))
        server.requests.clear()
        Dataset(cvat.task(client, MEADOW))
        assert [one.path for one in server.requests if "annotations" in one.path] == []

    def test_new_pictures_replace_the_old(
        self, server: FakeServer[Frail], client: cvat.Client, tmp_path: Path
    ) -> None:
        old = Dataset(cvat.task(client, MEADOW), images="all", cache=tmp_path)
        before = [sample.path for sample in old]
        server.fake.state.tasks[MEADOW].chunks_updated = "2030-01-01T00:00:00Z"
        server.requests.clear()
        Dataset(cvat.task(client, MEADOW), images="all", cache=tmp_path)
        assert chunks(server) == ["0"]
        assert [path.exists() for path in before] == [False] * 5

    def test_never_makes_no_request(
        self, server: FakeServer[Frail], client: cvat.Client, tmp_path: Path
    ) -> None:
        source = cvat.task(client, MEADOW)
        with pytest.raises(errors.NotCachedError) as caught:
            Dataset(source, update="never", cache=tmp_path)
        assert str(caught.value) == (
            'task 1 is not in the cache, and update="never" makes no request: make the dataset '
            'once with update="auto"'
        )
        online = Dataset(source, images="demand", cache=tmp_path)
        server.requests.clear()
        dataset = Dataset(source, update="never", cache=tmp_path)
        assert list(map(said, dataset)) == list(map(said, online))
        with pytest.raises(errors.NotCachedError) as caught:
            dataset[0].load()
        assert str(caught.value) == (
            "task 1, frame 0 (meadow_000.png): the picture is not in the cache, and "
            'update="never" makes no request'
        )
        assert server.requests == []
        assert online[0].content == Dataset(source, update="never", cache=tmp_path)[0].content

    def test_another_account_has_a_cache_of_its_own(
        self, server: FakeServer[Frail], client: cvat.Client, tmp_path: Path
    ) -> None:
        Dataset(cvat.task(client, MEADOW), images="all", cache=tmp_path)
        other = next(user for user in server.fake.state.users.values() if user.id != 1)
        server.fake.accounts.tokens["theirs"] = other.id
        with cvat.Client(server.url, token="theirs") as theirs:
            server.requests.clear()
            Dataset(cvat.task(theirs, MEADOW), images="all", cache=tmp_path)
            assert chunks(server) == ["0"]
        with pytest.raises(errors.InvalidArgumentError, match="for 2 accounts"):
            Dataset(cvat.task(client, MEADOW), update="never", cache=tmp_path)

    def test_a_damaged_picture_is_fetched_again(
        self, server: FakeServer[Frail], client: cvat.Client, tmp_path: Path
    ) -> None:
        dataset = Dataset(cvat.task(client, MEADOW), images="all", cache=tmp_path)
        right = dataset[1].content
        path = dataset[1].path
        path.write_bytes(right[:-7] + b"damaged")
        server.requests.clear()
        again = Dataset(cvat.task(client, MEADOW), cache=tmp_path)
        assert again[1].content == right
        assert chunks(server) == ["0"]

    def test_the_sources_that_were_not_used_for_longest_make_room(
        self, client: cvat.Client, tmp_path: Path
    ) -> None:
        Dataset(cvat.task(client, MEADOW), images="all", cache=tmp_path)
        time.sleep(0.02)
        Dataset(cvat.task(client, POND), images="all", cache=tmp_path)
        assert len(list(tmp_path.iterdir())) == 2
        Dataset(cvat.task(client, POND), cache=tmp_path, cache_size=1)
        assert len(list(tmp_path.iterdir())) == 1
        Dataset(cvat.task(client, POND), update="never", cache=tmp_path)[0].load()

    def test_pictures_come_chunk_by_chunk_when_asked_for(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int
    ) -> None:
        server.requests.clear()
        dataset = Dataset(cvat.task(client, long_task), images="demand")
        assert chunks(server) == []
        assert dataset[9].content
        assert dataset[8].content
        assert chunks(server) == ["2"]

    def test_ahead_each_chunk_is_fetched_once(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int
    ) -> None:
        server.requests.clear()
        dataset = Dataset(cvat.task(client, long_task))
        assert sum(image.size[0] for _, image in dataset.loaded()) == FRAMES * 16
        assert sorted(chunks(server)) == [str(number) for number in range(FRAMES // CHUNK)]

    def test_ahead_the_first_chunk_comes_beside_the_annotations(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int
    ) -> None:
        source = cvat.task(client.with_options(timeout=5.0), long_task)
        server.requests.clear()
        few = Dataset(source, select=lambda sample: sample.frame.number > 9)
        assert chunks(server) == []
        client.tasks.partial_update(long_task, body={"name": "Edited"})
        server.fake.first = "number=0"
        dataset = Dataset(source)
        assert dataset[0].content
        assert len(few) == FRAMES - 10
        assert chunks(server).count("0") == 1


FILL = """
import sys
from annoport import cvat
from annoport.vision import Dataset
url, token, task, folder = sys.argv[1:]
with cvat.Client(url, token=token) as client:
    Dataset(cvat.task(client, int(task)), images="all", cache=folder)
"""


LOAD = """
import sys
from annoport import cvat
from annoport.vision import Dataset
url, token, folder = sys.argv[1:]
with cvat.Client(url, token=token, timeout=3600.0) as client:
    for sample, picture in Dataset(cvat.task(client, 1), images="demand", cache=folder).loaded():
        pass
"""


class TestTrouble:
    @needs_interrupts
    @pytest.mark.parametrize("part", ["type=chunk", "/annotations/"])
    def test_an_interrupted_program_does_not_wait_for_the_server(
        self, tmp_path: Path, part: str
    ) -> None:
        with FakeServer(Held()) as server:
            server.fake.part = part
            interrupt(server, LOAD, str(tmp_path))
            with cvat.Client(server.url, token=server.token) as client:
                assert len(list(Dataset(cvat.task(client, 1), cache=tmp_path).loaded())) == 5

    def test_no_thread_is_too_few(self, client: cvat.Client, tmp_path: Path) -> None:
        dataset = Dataset(cvat.task(client, MEADOW), cache=tmp_path)
        with pytest.raises(errors.InvalidArgumentError) as caught:
            next(dataset.loaded(threads=0))
        assert str(caught.value) == "threads is 0: expected 1 or more"

    def fill(self, server: FakeServer[Frail], task: int, folder: Path) -> subprocess.Popen[bytes]:
        arguments = [server.url, server.token, str(task), str(folder)]
        return subprocess.Popen([sys.executable, "-c", FILL, *arguments], cwd=ROOT)

    def test_killed_it_goes_on(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int, tmp_path: Path
    ) -> None:
        server.fake.seconds = 0.3
        server.requests.clear()
        process = self.fill(server, long_task, tmp_path)
        while len(chunks(server)) < 4:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        server.fake.seconds = 0.0
        there = {path.name[:6] for path in tmp_path.glob("*/*/pictures-*/*/*.png")}
        assert 0 < len(there) < FRAMES
        server.requests.clear()
        dataset = Dataset(cvat.task(client, long_task), images="all", cache=tmp_path)
        assert len(chunks(server)) <= FRAMES // CHUNK - len(there) // CHUNK
        assert len([sample.load() for sample in dataset]) == FRAMES

    def test_two_processes_share_the_work(
        self, server: FakeServer[Frail], long_task: int, tmp_path: Path
    ) -> None:
        server.requests.clear()
        both = [self.fill(server, long_task, tmp_path) for _ in range(2)]
        assert [process.wait() for process in both] == [0, 0]
        assert sorted(chunks(server)) == [str(number) for number in range(FRAMES // CHUNK)]

    def test_a_server_that_goes_in_the_middle(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int, tmp_path: Path
    ) -> None:
        source = cvat.task(client, long_task)
        assert Dataset(source, images="demand", cache=tmp_path)[0].content
        server.fake.refused.add("3")
        with pytest.raises(errors.PermissionDeniedError):
            Dataset(source, images="all", cache=tmp_path)
        server.fake.refused.clear()
        server.requests.clear()
        Dataset(source, images="all", cache=tmp_path)
        assert {"3"} <= set(chunks(server)) <= {"3", "4", "5"}

    def test_a_chunk_that_is_cut_off(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int
    ) -> None:
        server.fake.cut.add("2")
        server.requests.clear()
        dataset = Dataset(cvat.task(client, long_task), images="all")
        assert len([sample.load() for sample in dataset]) == FRAMES
        assert chunks(server).count("2") > 1

    def test_a_chunk_that_a_proxy_has_cut(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int, tmp_path: Path
    ) -> None:
        source = cvat.task(client, long_task)
        server.fake.short.add("2")
        with pytest.raises(errors.CorruptFileError) as caught:
            Dataset(source, images="all", cache=tmp_path)
        size = int(str(caught.value).split("the ")[1].split()[0])
        assert str(caught.value) == (
            f"task {long_task}, chunk 2: the {size} bytes that the server sent are no zip "
            "file that can be unpacked: File is not a zip file"
        )
        server.fake.short.clear()
        server.requests.clear()
        dataset = Dataset(source, images="all", cache=tmp_path)
        assert len([sample.load() for sample in dataset]) == FRAMES
        assert {"2"} <= set(chunks(server)) <= {"2", "3", "4", "5"}

    def test_a_chunk_that_is_damaged_inside(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int
    ) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(CHUNK):
                archive.writestr(f"{number}.png", png(16, 12) + bytes(2000))
        chunk = bytearray(packed.getvalue())
        chunk[35] = 0b111  # where deflated data begins: a block of a type that there is not
        server.fake.instead["0"] = bytes(chunk)
        with pytest.raises(errors.CorruptFileError) as caught:
            Dataset(cvat.task(client, long_task), images="demand")[0].load()
        assert str(caught.value) == (
            f"task {long_task}, chunk 0: the {len(chunk)} bytes that the server sent are no zip "
            "file that can be unpacked: Error -3 while decompressing data: invalid block type"
        )

    @pytest.mark.parametrize("images", ["demand", "ahead"])
    def test_a_dataset_that_made_room_for_another_goes_on(
        self, client: cvat.Client, long_task: int, tmp_path: Path, images: Any
    ) -> None:
        dataset = Dataset(cvat.task(client, long_task), images=images, cache=tmp_path)
        assert dataset[0].load()
        Dataset(cvat.task(client, POND), cache=tmp_path, cache_size=1)
        assert len(list(tmp_path.iterdir())) == 1
        assert [sample.load().size for sample in dataset] == [(16, 12)] * FRAMES
        assert sorted(path.stat().st_mode & 0o777 for path in tmp_path.iterdir()) == [0o700] * 2
        Dataset(cvat.task(client, POND), cache=tmp_path, cache_size=1)
        assert len(list(tmp_path.iterdir())) == 1
        dataset.write([(dataset[0], [Tag(label="crab")])])
        assert [one.label for one in dataset[0].annotations] == ["crab"]

    def test_of_two_processes_one_is_killed(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int, tmp_path: Path
    ) -> None:
        server.fake.seconds = 0.2
        server.requests.clear()
        killed, other = (self.fill(server, long_task, tmp_path) for _ in range(2))
        while len(chunks(server)) < 2:
            time.sleep(0.01)
        killed.kill()
        killed.wait()
        assert other.wait() == 0
        server.requests.clear()
        dataset = Dataset(cvat.task(client, long_task), images="all", cache=tmp_path)
        assert len([sample.load() for sample in dataset]) == FRAMES
        assert chunks(server) == []

    @pytest.mark.parametrize("file", ["annotations.json", "annotations.revision"])
    @pytest.mark.parametrize("content", [b"", b'{"shapes": [], "tags": [], "tracks": []}'])
    def test_documents_that_do_not_fit(
        self, client: cvat.Client, tmp_path: Path, file: str, content: bytes
    ) -> None:
        source = cvat.task(client, MEADOW)
        right = list(map(said, Dataset(source, cache=tmp_path)))
        (path,) = tmp_path.glob(f"*/*/{file}")
        path.write_bytes(content)
        with pytest.raises(errors.NotCachedError, match="task 1 is not in the cache"):
            Dataset(source, cache=tmp_path, update="never")
        assert list(map(said, Dataset(source, cache=tmp_path))) == right
        assert list(map(said, Dataset(source, cache=tmp_path, update="never"))) == right

    @needs_linux_mounts
    def test_a_full_disk(
        self, server: FakeServer[Frail], client: cvat.Client, small_disk: Path
    ) -> None:
        task = client.tasks.create(body={"name": "Large", "labels": [{"name": "crab"}]})
        files = [
            UploadFile(png(16, 12, shade=number) + bytes(300_000), name=f"{number}.png")
            for number in range(6)
        ]
        body = {"image_quality": 70, "chunk_size": 1}
        client.tasks.upload_data(task.id, files, body=body).wait(timeout=60)
        with pytest.raises(errors.NoSpaceError, match="the disk is full: 300"):
            Dataset(cvat.task(client, task.id), images="all", cache=small_disk)
        assert as_root("mount", "-o", "remount,size=8m", str(small_disk))
        server.requests.clear()
        dataset = Dataset(cvat.task(client, task.id), images="all", cache=small_disk)
        assert len([sample.load() for sample in dataset]) == 6
        assert 0 < len(chunks(server)) < 6

    @needs_linux_mounts
    @pytest.mark.parametrize("left", [0, 4096])
    def test_a_disk_that_is_full_from_the_start(
        self, client: cvat.Client, small_disk: Path, left: int
    ) -> None:
        source, other = cvat.task(client, MEADOW), small_disk / "other"
        room = os.statvfs(small_disk)
        other.write_bytes(bytes(room.f_bavail * room.f_frsize - left))
        with pytest.raises(errors.NoSpaceError, match="the disk is full"):
            Dataset(source, images="all", cache=small_disk)
        other.unlink()
        dataset = Dataset(source, images="all", cache=small_disk)
        assert list(map(said, dataset)) == list(map(said, Dataset(source)))
        assert len([sample.load() for sample in dataset]) == 5


def test_threads_may_share_a_dataset(client: cvat.Client, long_task: int) -> None:
    dataset = Dataset(cvat.task(client, long_task))
    sizes: list[int] = []

    def read() -> None:
        sizes.extend(len(sample.content) for sample in dataset)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sizes) == 4 * FRAMES


class TestPicturesThatComeSlowly:
    def test_keep_no_program_alive(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int, tmp_path: Path
    ) -> None:
        server.fake.held, server.fake.first = "type=chunk", "/no such request/"
        program = (
            "import sys; from annoport import cvat; from annoport.vision import Dataset; "
            "client = cvat.Client(sys.argv[1], token=sys.argv[2]); "
            "Dataset(cvat.task(client, int(sys.argv[3])), cache=sys.argv[4]); "
            "sys.stdin.read()"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", program, server.url, server.token, str(long_task), tmp_path],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        while not chunks(server) and child.poll() is None:
            time.sleep(0.01)
        try:
            told = child.communicate(timeout=STANDSTILL)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            pytest.fail("the program waits for pictures that nobody wants any more")
        assert (child.returncode, *told) == (0, b"", b"")
        assert chunks(server)

    def test_keep_no_other_dataset_waiting(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int
    ) -> None:
        long = Dataset(cvat.task(client, long_task))
        server.fake.held, server.fake.first = "type=chunk", f"/tasks/{MEADOW}/annotations"
        sample = long[0]  # begins with more chunks than are fetched at a time
        assert len(Dataset(cvat.task(client, MEADOW), images="demand")) == 5
        assert sample.content.startswith(b"\x89PNG")
        # One that came too late for its client was asked for again.
        assert len(chunks(server)) == len(set(chunks(server)))


class TestOtherProcesses:
    def test_a_copy_has_what_is_on_disk(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int
    ) -> None:
        dataset = Dataset(cvat.task(client, long_task), labels={"crab": 4}, images="demand")
        server.requests.clear()
        pickled = pickle.dumps(dataset)
        assert server.token.encode() not in pickled
        copy: Dataset = pickle.loads(pickled)
        assert list(map(said, copy)) == list(map(said, dataset))
        assert copy.label_index == copy[3].label_index == {"crab": 4}
        with pytest.raises(errors.NotCachedError) as caught:
            copy[9].load()
        assert str(caught.value) == (
            f"task {long_task}, frame 9 (09.png): the picture is not in the cache, and a copy in "
            'another process makes no request: make the dataset with images="all"'
        )
        assert chunks(server) == []
        content = dataset[9].content
        server.requests.clear()
        assert copy[9].content == content
        assert server.requests == []

    @needs_fork
    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
    def test_a_forked_process_goes_on(
        self, server: FakeServer[Frail], client: cvat.Client, long_task: int
    ) -> None:
        server.fake.seconds = 0.3
        server.requests.clear()
        dataset = Dataset(cvat.task(client, long_task))
        assert dataset[0].frame.number == 0  # its chunk and the next begin to be fetched
        child = multiprocessing.get_context("fork").Process(target=read_all, args=(dataset,))
        child.start()
        child.join()
        assert child.exitcode == 0
        assert sorted(chunks(server)) == [str(number) for number in range(FRAMES // CHUNK)]


def read_all(dataset: Dataset) -> None:
    assert sum(len(sample.content) > 0 for sample in dataset) == FRAMES


def described(
    sample: Sample,
) -> list[tuple[str, str, tuple[float, float, float, float], dict[str, Value]]]:
    """Return what COCO tells of a sample."""
    return [
        (shape.kind, shape.label, shape.bounds(), dict(shape.attributes))
        for shape in sample.annotations
        if isinstance(shape, Shape)
    ]


class TestFolders:
    def test_coco(self, client: cvat.Client, tmp_path: Path) -> None:
        dataset = Dataset(cvat.task(client, MEADOW))
        with pytest.raises(errors.InvalidAnnotationError, match="tag has no form in COCO"):
            to_coco(dataset, tmp_path / "strict")
        written = to_coco(dataset, tmp_path / "coco", unfit="drop")
        assert (written.pictures, written.annotations, len(written.dropped)) == (5, 4, 1)
        document = json.loads((tmp_path / "coco" / "annotations.json").read_text(encoding="utf-8"))
        assert [one["name"] for one in document["categories"]] == ["deer", "fox", "badger"]
        for image, sample in zip(document["images"], dataset, strict=True):
            content = (tmp_path / "coco" / "images" / image["file_name"]).read_bytes()
            assert content == sample.content
        first, *_, last = document["annotations"]
        assert (first["image_id"], first["category_id"]) == (1, 1)
        assert first["bbox"] == [6.5, 8.0, 23.75, 32.0]
        assert first["area"] == 23.75 * 32
        assert first["attributes"] == {"age": "adult"}
        assert last["segmentation"] == [[5.0, 30.0, 20.0, 28.0, 24.0, 40.0, 8.0, 42.0]]
        assert last["area"] == 193

    def test_coco_goes_back_onto_its_task(self, client: cvat.Client, tmp_path: Path) -> None:
        dataset = Dataset(cvat.task(client, MEADOW))
        before = [described(sample) for sample in dataset]
        to_coco(dataset, tmp_path, unfit="drop")
        found = from_coco(tmp_path / "annotations.json")
        dataset.write(found.on(dataset), mode="replace")
        after = [described(sample) for sample in Dataset(cvat.task(client, MEADOW))]
        assert after == before
        assert sum(map(len, after)) == 4

    def test_yolo(self, client: cvat.Client, tmp_path: Path) -> None:
        dataset = Dataset(cvat.project(client, 1))
        written = to_yolo(dataset, tmp_path, unfit="drop")
        assert (written.pictures, len(written.dropped)) == (8, 1)
        said = json.loads((tmp_path / "data.yaml").read_text(encoding="utf-8"))
        assert said == {
            "path": ".",
            "train": "images/train",
            "validation": "images/validation",
            "names": {"0": "deer", "1": "fox", "2": "badger"},
        }
        text = (tmp_path / "labels" / "train" / "task_1_000000_meadow_000.txt").read_text()
        assert text == f"0 {(6.5 + 30.25) / 2 / 64:.6f} 0.500000 {23.75 / 64:.6f} {32 / 48:.6f}\n"
        pictures = {path.stem for path in tmp_path.glob("images/*/*")}
        assert pictures == {path.stem for path in tmp_path.glob("labels/*/*")}
        assert len(pictures) == 8
        outlines = to_yolo(dataset, tmp_path / "outlines", shapes="polygon", unfit="drop")
        assert outlines.annotations == written.annotations

    def test_yolo_goes_back_onto_its_tasks(self, client: cvat.Client, tmp_path: Path) -> None:
        dataset = Dataset(cvat.project(client, 1))
        before = [described(sample) for sample in dataset]
        names = [label.name for label in dataset.labels]
        to_yolo(dataset, tmp_path, unfit="drop")
        found = from_yolo(tmp_path / "labels", tmp_path / "images", names=names)
        for (_, shapes), expected in zip(found.on(dataset), before, strict=True):
            assert [one.label for one in shapes] == [label for _, label, _, _ in expected]
            bounds = [one.bounds() for one in shapes if isinstance(one, Shape)]
            # Six decimals of 64 pixels.
            assert bounds == [pytest.approx(at, abs=1e-4) for _, _, at, _ in expected]

    def test_yolo_needs_indexes_without_a_gap(self, client: cvat.Client, tmp_path: Path) -> None:
        dataset = Dataset(cvat.task(client, MEADOW), labels={"deer": 1, "fox": 2, "badger": 3})
        with pytest.raises(errors.InvalidArgumentError) as caught:
            to_yolo(dataset, tmp_path)
        assert str(caught.value) == (
            "YOLO counts labels from 0 without a gap; this dataset's indexes are [1, 2, 3]"
        )


def test_what_is_no_source_is_refused(
    server: FakeServer[Frail], client: cvat.Client, tmp_path: Path
) -> None:
    task: Any = client.tasks.retrieve(MEADOW)
    dataset: Any = Dataset(cvat.task(client, MEADOW), images="demand", cache=tmp_path)
    kind: Any = type(cvat.task(client, MEADOW))
    asked = len(server.requests)
    for given, what in (
        (task, "a TaskRead"),
        (dataset, "a Dataset"),
        (kind, "the class CvatSource"),
    ):
        with pytest.raises(errors.InvalidArgumentError) as refused:
            Dataset(given)
        assert str(refused.value) == (
            f"source is {what}: expected a source, such as cvat.task(client, 42)"
        )
    assert len(server.requests) == asked


def test_a_dataset_says_how_much_it_has(client: cvat.Client, tmp_path: Path) -> None:
    dataset = Dataset(cvat.task(client, MEADOW), images="demand", cache=tmp_path)
    assert repr(dataset) == "<Dataset samples=5 labels=3>"
    assert repr(pickle.loads(pickle.dumps(dataset))) == repr(dataset)
