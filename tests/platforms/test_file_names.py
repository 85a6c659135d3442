"""Files in one folder: whatever the server calls them, none takes the place of another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import annoport_cvat
import annoport_ecotaxa
import annoport_tator
from annoport import testing


def names(folder: Path) -> list[str]:
    """Return the entries of a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def cvat() -> Iterator[annoport_cvat.Client]:
    """Provide a client of a fake CVAT."""
    with (
        testing.serve("cvat") as server,
        annoport_cvat.Client(server.url, token=server.token) as client,
    ):
        yield client


def test_frames_of_cvat(cvat: annoport_cvat.Client, tmp_path: Path) -> None:
    for task in (1, 2):
        for number in (0, 1):
            frame = cvat.tasks.retrieve_data(task, type="frame", number=number)
            content = frame.read()
            path = frame.download(f"{tmp_path}/", overwrite="replace")
            assert path.read_bytes() == content
    assert names(tmp_path) == [
        "task_1_frame_000000.jpg",
        "task_1_frame_000001.jpg",
        "task_2_frame_000000.jpg",
        "task_2_frame_000001.jpg",
    ]


def test_chunks_and_previews_of_cvat(cvat: annoport_cvat.Client, tmp_path: Path) -> None:
    for quality in ("compressed", "original"):
        cvat.tasks.retrieve_data(1, type="chunk", number=0, quality=quality).download(tmp_path)
    cvat.jobs.retrieve_data(1, type="chunk", index=0).download(tmp_path)
    for task in (1, 2):
        preview = cvat.remote_file(annoport_cvat.operations.TASKS_RETRIEVE_PREVIEW, {"id": task})
        preview.download(tmp_path)
    assert names(tmp_path) == [
        "job_1_chunk_index_000000.zip",
        "task_1_chunk_000000_compressed.zip",
        "task_1_chunk_000000_original.zip",
        "tasks_retrieve_preview_1.jpg",
        "tasks_retrieve_preview_2.jpg",
    ]


def test_two_exports_of_ecotaxa_in_one_minute(tmp_path: Path) -> None:
    with (
        testing.serve("ecotaxa") as server,
        annoport_ecotaxa.Client(server.url, token=server.token) as client,
    ):
        body = {"filters": {}, "request": {"project_id": "1"}}
        jobs = [client.objects.export_general(body=body) for _ in range(2)]
        paths = [job.download(tmp_path, overwrite="replace") for job in jobs]
        again = client.jobs.file(int(jobs[0].id)).download(tmp_path, overwrite="replace")
    assert len(names(tmp_path)) == 2
    assert [path.stem.rpartition("_")[2] for path in paths] == [f"job{job.id}" for job in jobs]
    assert again == paths[0]


def test_files_of_tator(tmp_path: Path) -> None:
    with (
        testing.serve("tator") as server,
        annoport_tator.Client(server.url, token=server.token) as client,
    ):
        media = [medium.id for medium in client.media.list(1)][:2]
        for medium in media:
            client.media.get_permalink(medium).download(tmp_path)
    assert [name.partition(".")[0] for name in names(tmp_path)] == [f"media_{i}" for i in media]
