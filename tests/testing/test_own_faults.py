"""What goes wrong in a fake itself is told once, where a test sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from annoport import cvat, ecotaxa, tator, testing
from annoport.errors import JobFailedError
from annoport.testing import FakeServer
from annoport.testing.images import png
from tests.testing.one_file import OneFile

EITHER = (
    ". Either a test has put its data into a state that no server's are in, or this is a fault of "
    "annoport"
)


def export_of_cvat(server: FakeServer[Any]) -> None:
    with cvat.Client(server.url, token=server.token) as client:
        server.fake.state.tasks[1].shapes = [{}]
        with pytest.raises(JobFailedError, match="the fake itself failed: KeyError"):
            client.tasks.create_dataset_export(1, format="COCO 1.0").wait()
        assert client.tasks.retrieve(2).id == 2  # the next requests do not meet it again


def function_of_cvat(server: FakeServer[Any]) -> None:
    with cvat.Client(server.url, token=server.token) as client:
        server.fake.state.tasks[1].shapes = None
        body = {"function": "animal-detector", "task": 1}
        with pytest.raises(JobFailedError, match="the fake itself failed: AttributeError"):
            client.lambda_.create_requests(body=body).wait()


def export_of_ecotaxa(server: FakeServer[Any]) -> None:
    with ecotaxa.Client(server.url, token=server.token) as client:
        server.fake.state.things[200_000_001].sample = None
        body = {"filters": {}, "request": {"project_id": 1}}
        job = client.objects.export_general(body=body)
        with pytest.raises(JobFailedError, match="the fake itself failed: AttributeError"):
            job.wait()
        assert client.users.show_current_user().id == 1


def job_of_tator(server: FakeServer[Any]) -> None:
    with tator.Client(server.url, token=server.token) as client:
        media = client.media.list(1).first()
        assert media is not None
        body = {"algorithm_name": "Export COCO", "media_ids": [media.id]}
        [job] = client.jobs.create(1, body=body)
        del server.fake.tables.media.rows[media.id]["width"]
        with pytest.raises(JobFailedError):
            job.wait()


def request_to_cvat(server: FakeServer[Any]) -> None:
    server.fake.state.tasks[1] = None
    headers = {"authorization": f"Token {server.token}"}
    for _ in range(2):
        assert httpx.get(f"{server.url}/api/tasks/1", headers=headers).status_code == 500


def request_to_ecotaxa(server: FakeServer[Any]) -> None:
    server.fake.state.projects[1] = None
    assert httpx.get(f"{server.url}/projects/1").status_code == 500


@pytest.mark.parametrize(
    ("platform", "act", "doing"),
    [
        (
            "cvat",
            export_of_cvat,
            (
                "request action=export&target=task&target_id=1&user_id=1&format=COCO_1~0"
                "&subresource=annotations: KeyError: 'frame'"
            ),
        ),
        (
            "cvat",
            function_of_cvat,
            (
                "request action=autoannotate&target=task&target_id=1: "
                "AttributeError: 'NoneType' object has no attribute 'append'"
            ),
        ),
        (
            "cvat",
            request_to_cvat,
            "GET /api/tasks/1: AttributeError: 'NoneType' object has no attribute 'id'",
        ),
        (
            "ecotaxa",
            export_of_ecotaxa,
            "job 1, GeneralExport: AttributeError: 'NoneType' object has no attribute 'project_id'",
        ),
        (
            "ecotaxa",
            request_to_ecotaxa,
            "GET /api/projects/1: AttributeError: 'NoneType' object has no attribute 'access'",
        ),
        ("tator", job_of_tator, "job alg-1-proj-1-usr-1-name-export-coco-00001: KeyError: 'width'"),
    ],
)
def test_what_goes_wrong_in_a_fake_is_raised_at_its_end(
    platform: str, act: Callable[[FakeServer[Any]], None], doing: str
) -> None:
    serve: Any = testing.serve  # which server it returns is told by the name of the platform
    server: FakeServer[Any] = serve(platform, job_seconds=0.01)
    with pytest.raises(RuntimeError) as caught, server:
        act(server)
    assert str(caught.value) == f"the fake {platform} server failed itself, in {doing}{EITHER}"
    assert str(caught.value.__cause__) in doing
    server.start()
    server.stop()  # it is told once


def test_it_does_not_hide_what_ended_the_block() -> None:
    def block() -> None:
        with FakeServer(OneFile()) as server:
            server.fake.went_wrong("a download", ValueError("no such byte"))
            raise LookupError("of the test")

    with pytest.raises(LookupError, match="of the test") as caught:
        block()
    assert caught.value.__notes__ == [
        f"the fake one file server failed itself, in a download: ValueError: no such byte{EITHER}"
    ]


def test_an_ingest_that_cannot_be_done(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(png(4, 4))
    server = testing.serve("tator", ingest_seconds=1000).start()
    with tator.Client(server.url, token=server.token) as client:
        made = tator.upload_media(client, 1, image, wait=False).medium
        del server.fake.tables.media.rows[made.id]["height"]
        server.fake.clock.advance(1000)
        client.media.list(1).first()
    with pytest.raises(RuntimeError) as caught:
        server.stop()
    expected = f"the ingest of medium {made.id}: KeyError: 'height'{EITHER}"
    assert str(caught.value) == f"the fake tator server failed itself, in {expected}"


def test_work_that_the_platform_refuses_is_no_fault_of_the_fake() -> None:
    with (
        testing.serve("tator", job_seconds=0.3) as server,
        tator.Client(server.url, token=server.token) as client,
    ):
        media = client.media.list(1).first()
        assert media is not None
        body = {"algorithm_name": "Export COCO", "media_ids": [media.id]}
        [job] = client.jobs.create(1, body=body)
        client.media.delete(media.id)
        with pytest.raises(JobFailedError):
            job.wait()
