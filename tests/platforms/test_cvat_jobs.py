"""Background requests of CVAT that are gone or cancelled, and exports to a cloud storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import annoport_cvat
from annoport import Job, errors
from annoport.core.jobs.polling import why_gone
from annoport.core.jobs.tokens import JobToken
from annoport.core.values.models import UploadFile
from annoport.testing import FakeServer, images, serve

CREATED = "(a finished one for 500 s, a failed one for 365 days)"
IMPORTED = "(a finished one for 1 h, a failed one for 30 days)"
EMPTY = b'{"categories": [], "images": [], "annotations": []}'
EXPORTED = "(a finished one for 24 h)"


@pytest.fixture
def server() -> Iterator[FakeServer[Any]]:
    with serve("cvat", job_seconds=0.02) as running:
        yield running


@pytest.fixture
def client(server: FakeServer[Any]) -> Iterator[annoport_cvat.Client]:
    with annoport_cvat.Client(server.url, token=server.token) as made:
        yield made


def create(client: annoport_cvat.Client) -> Job[Any]:
    task = client.tasks.create(body={"name": "new", "labels": [{"name": "fish"}]})
    png = UploadFile(images.png(8, 8), name="a.png")
    return client.tasks.upload_data(task.id, [png], body={"image_quality": 70})


def load(client: annoport_cvat.Client) -> Job[Any]:
    return client.tasks.upload_annotations(1, EMPTY, format="COCO 1.0")


def export(client: annoport_cvat.Client, **more: Any) -> Job[Any]:
    return client.tasks.create_dataset_export(1, format="COCO 1.0", **more)


@pytest.mark.parametrize(
    ("start", "kept", "seconds"),
    [(create, CREATED, 520), (load, IMPORTED, 31 * 86_400), (export, EXPORTED, 86_420)],
)
def test_a_request_that_is_gone_says_how_long_it_is_kept(
    server: FakeServer[Any],
    client: annoport_cvat.Client,
    start: Callable[[annoport_cvat.Client], Job[Any]],
    kept: str,
    seconds: float,
) -> None:
    server.fake.job_seconds = 10
    job = start(client)
    job.refresh()
    server.fake.clock.advance(seconds)
    with pytest.raises(errors.JobGoneError) as caught:
        job.wait()
    assert str(caught.value) == (
        f"job {job.id} (request) is gone: the server no longer knows it: since it was seen as "
        f"'started' it has ended and is no longer kept {kept}, or was removed; look whether its "
        "result is there"
    )
    token = JobToken(platform="CVAT", url=client.base.url, kind="request", id=job.id)
    with pytest.raises(errors.JobGoneError) as caught:
        client.job(token.to_text()).cancel()
    assert str(caught.value) == (
        f"job {job.id} (request) is gone: the server does not know it: it never existed, was "
        f"removed or cancelled, or ended longer ago than it is kept {kept}"
    )


def test_kinds_of_request_are_kept_for_times_of_their_own(client: annoport_cvat.Client) -> None:
    kind = client.job_kind("request")
    assert [
        why_gone(kind, f"action={action}&target=task&target_id=1", None).rpartition(" it is ")[2]
        for action in ("merge", "calculate", "other")
    ] == ["kept (a finished one for 5 min)", "kept (a finished one for 2 min)", "kept"]


def test_cancel_twice(server: FakeServer[Any], client: annoport_cvat.Client) -> None:
    server.fake.queue_seconds = 60
    job = export(client)
    job.cancel()
    job.cancel()
    with pytest.raises(errors.JobCancelledError) as caught:
        job.wait()
    assert str(caught.value) == f"job {job.id} (request) was cancelled"


def test_a_request_that_somebody_else_cancelled(
    server: FakeServer[Any], client: annoport_cvat.Client
) -> None:
    server.fake.queue_seconds = 60
    job = export(client)
    job.refresh()
    client.requests.create_cancel(str(job.id))
    with pytest.raises(errors.JobGoneError) as caught:
        job.wait()
    assert str(caught.value) == (
        f"job {job.id} (request) is gone: the server no longer knows it: since it was seen as "
        f"'queued' it has ended and is no longer kept {EXPORTED}, or was removed; this client did "
        "not cancel it, but others may have; look whether its result is there"
    )


def test_an_export_to_a_cloud_storage_says_where_its_file_is(
    client: annoport_cvat.Client, tmp_path: Path
) -> None:
    job = export(client, location="cloud_storage", cloud_storage_id=3, filename="dive.zip")
    assert job.stored_in == "cloud storage 3 as 'dive.zip'"
    said = (
        f"job {job.id} (request) makes no file to download: it puts it into cloud storage 3 as "
        "'dive.zip'; wait() returns when it is there"
    )
    for fetch in (lambda: job.download(tmp_path), job.file):
        with pytest.raises(errors.DownloadError) as caught:
            fetch()
        assert str(caught.value) == said
    assert job.wait().result_url is None
    again = client.job(job.to_token())
    assert again.stored_in == job.stored_in


def test_an_export_to_the_default_storage_has_no_file_to_download(
    client: annoport_cvat.Client, tmp_path: Path
) -> None:
    job = export(client, location="cloud_storage", cloud_storage_id=3)
    token = JobToken(platform="CVAT", url=client.base.url, kind="request", id=job.id)
    with pytest.raises(errors.DownloadError) as caught:
        client.job(token.to_text()).download(tmp_path)
    assert str(caught.value) == (
        f"job {job.id} (request) has finished, but made no file to download: an export to a cloud "
        "storage, which may be the default of the task or project, leaves its file there, and no "
        "other request than an export makes one"
    )


def test_a_cloud_storage_has_to_be_named(
    server: FakeServer[Any], client: annoport_cvat.Client
) -> None:
    with pytest.raises(errors.InvalidArgumentError) as caught:
        client.tasks.create_backup_export(1, location="cloud_storage")
    assert str(caught.value) == (
        "tasks_create_backup_export: argument 'cloud_storage_id' is missing: with "
        "location='cloud_storage' the file goes to a cloud storage, so say to which"
    )
    headers = {"Authorization": f"Token {server.token}"}
    query = "format=COCO%201.0&location=cloud_storage"
    url = f"{server.url}/api/tasks/1/dataset/export?{query}"
    assert httpx.post(url, headers=headers).status_code == 500
