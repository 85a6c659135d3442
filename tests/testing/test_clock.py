"""The clock that a test may advance, in every fake."""

from __future__ import annotations

import itertools

from annoport import cvat, ecotaxa, tator, testing
from annoport.testing.clock import Clock


def test_the_clock_only_jumps_forward() -> None:
    clock = Clock()
    before, date = clock.monotonic(), clock.now()
    clock.advance(3600)
    assert 3600 <= clock.monotonic() - before < 3700
    assert 3600 <= (clock.now() - date).total_seconds() < 3700


def test_cvat_s_jobs_follow_the_clock() -> None:
    with (
        testing.serve("cvat", job_seconds=1000) as server,
        cvat.Client(server.url, token=server.token) as client,
    ):
        job = client.tasks.create_dataset_export(1, format="COCO 1.0")
        assert job.refresh().status == "started"
        server.fake.clock.advance(1000)
        assert job.refresh().status == "finished"


def test_ecotaxa_s_jobs_follow_the_clock() -> None:
    with (
        testing.serve("ecotaxa", job_seconds=1000) as server,
        ecotaxa.Client(server.url, token=server.token) as client,
    ):
        job = client.objects.export_general(
            body={"filters": {}, "request": {"project_id": 1, "with_images": "none"}}
        )
        job.refresh()
        server.fake.clock.advance(1001)
        assert job.refresh().state == "F"


def test_tator_s_jobs_follow_the_clock() -> None:
    with (
        testing.serve("tator", job_seconds=1000) as server,
        tator.Client(server.url, token=server.token) as client,
    ):
        media = [one.id for one in itertools.islice(client.media.list(1), 2)]
        [job] = client.jobs.create(1, body={"algorithm_name": "Export COCO", "media_ids": media})
        assert job.refresh().status != "Succeeded"
        server.fake.clock.advance(1001)
        assert job.refresh().status == "Succeeded"
