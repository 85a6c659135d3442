"""Starting jobs on the fake platforms when the answer is lost after the server did the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import annoport_cvat as cvat
import annoport_ecotaxa as ecotaxa
import annoport_tator as tator
from annoport import UploadFile
from annoport.errors import ServerError, TransportError
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png
from tests.platforms.test_uploads import Runner

MIB = 1024 * 1024
DATA = {"image_quality": 70}
COCO = b'{"images": [], "annotations": [], "categories": []}'

STARTS: dict[str, Callable[[Runner], Any]] = {
    "task export": lambda run: run("tasks.create_dataset_export", 1, format="COCO 1.0"),
    "task export with images": lambda run: run(
        "tasks.create_dataset_export", 1, format="CVAT for images 1.1", save_images=True
    ),
    "job export": lambda run: run(
        "jobs.create_dataset_export", 1, format="COCO 1.0", save_images=False
    ),
    "project export": lambda run: run("projects.create_dataset_export", 1, format="COCO 1.0"),
    "task backup": lambda run: run("tasks.create_backup_export", 1),
    "project backup": lambda run: run("projects.create_backup_export", 1),
    "task annotations": lambda run: run("tasks.upload_annotations", 1, COCO, format="COCO 1.0"),
    "job annotations": lambda run: run("jobs.upload_annotations", 1, COCO, format="COCO 1.0"),
    "project dataset": lambda run: run("projects.upload_dataset", 1, COCO, format="COCO 1.0"),
}


@pytest.fixture
def server() -> Iterator[FakeServer[FakeCvat]]:
    with serve("cvat", job_seconds=0.2) as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, server: FakeServer[FakeCvat]) -> Iterator[Runner]:
    runner = Runner(cvat, server, request.param, max_retries=0)
    yield runner
    runner.close()


@pytest.mark.parametrize("what", STARTS)
def test_a_job_is_found(server: FakeServer[FakeCvat], run: Runner, what: str) -> None:
    server.fake.lose_next(method="POST")
    job = STARTS[what](run)
    posts = [seen.path for seen in server.requests if seen.method == "POST"]
    assert len(posts) == 1
    assert job.id == server.fake.queue.all()[0].plan.id
    assert (job.started, job.joined) == (None, False)


def test_a_job_of_an_hour_ago_is_not_taken_for_ours(
    server: FakeServer[FakeCvat], run: Runner
) -> None:
    run.settle(run("tasks.upload_annotations", 1, COCO, format="COCO 1.0").wait(timeout=60))
    (old,) = server.fake.queue.all()
    old.created_date = old.created_date.replace(year=old.created_date.year - 1)
    server.fake.fail_next(504, path="/annotations")  # this one never reached the server
    with pytest.raises(ServerError, match="look for job 'action=import&target=task&target_id=1"):
        run("tasks.upload_annotations", 1, COCO, format="COCO 1.0")


@pytest.mark.parametrize("size", [1000, 2 * MIB], ids=["one form", "the last step of several"])
def test_an_upload_whose_last_answer_is_lost(
    server: FakeServer[FakeCvat], run: Runner, size: int
) -> None:
    task = run("tasks.create", body={"name": "Dive", "labels": [{"name": "whale"}]})
    content = png(8, 8).ljust(size, b"\0")

    def progress(done: int, total: int | None) -> None:
        if size == 1000 or done == total:
            server.fake.lose_next(method="POST", path=f"/tasks/{task.id}/data")

    file = UploadFile(content, name="a.png")
    job = run("tasks.upload_data", task.id, file, body=DATA, progress=progress)
    run.settle(job.wait(timeout=60))
    assert job.id == f"action=create&target=task&target_id={task.id}"
    assert [image.name for image in server.fake.state.tasks[task.id].images] == ["a.png"]


def test_a_backup_gets_a_random_id_so_its_error_says_what_to_check(
    server: FakeServer[FakeCvat], run: Runner
) -> None:
    server.fake.lose_next(method="POST")
    with pytest.raises(TransportError) as caught:
        run("tasks.upload_backup", b"zip")
    assert str(caught.value).endswith(
        "the server may have done it nevertheless, and it was not sent again: look for a new job "
        "with requests_list before you call again"
    )


def test_a_transcode_is_found_by_the_id_that_was_chosen_for_it() -> None:
    uid = "11111111-2222-3333-4444-555555555555"
    with serve("tator") as server, tator.Client(server.url, token=server.token) as client:
        project = client.projects.list()[0].id
        kind = client.media_types.list(project)[0].id
        body = {
            "type": kind,
            "uid": uid,
            "gid": uid,
            "url": "https://store.test/dive.mp4",
            "name": "dive.mp4",
            "section": "dives",
            "md5": "0" * 32,
            "size": 1000,
        }
        server.fake.lose_next(method="POST")
        assert client.transcodes.create(project, body=body).id == uid


def test_an_ecotaxa_job_cannot_be_found_so_its_error_says_what_to_check() -> None:
    with serve("ecotaxa") as server, ecotaxa.Client(server.url, token=server.token) as client:
        server.fake.lose_next(method="POST")
        with pytest.raises(
            TransportError, match="look for a new job with list_jobs before"
        ) as lost:
            client.projects.import_file(1, body={"source_path": "a.zip"})
        assert lost.value.may_be_done
