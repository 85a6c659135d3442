"""Async clients on trio, the other event loop."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

import annoport_cvat
from annoport import async_wait_all, testing
from annoport.errors import JobTimeoutError


def test_a_whole_export(tmp_path: Path) -> None:
    with testing.serve("cvat", job_seconds=0.1, export_bytes=5_000_000) as server:

        async def export() -> Path:
            async with annoport_cvat.AsyncClient(
                server.url, username=server.username, password=server.password
            ) as client:
                server.fake.fail_next(503, times=1)
                tasks = [task async for task in client.tasks.list() if task.size]
                jobs = [
                    await client.tasks.create_dataset_export(task.id, format="COCO 1.0")
                    for task in tasks
                ]
                await async_wait_all(jobs)
                return await jobs[0].download(
                    tmp_path / "export.zip", connections=3, extract_to=tmp_path / "files"
                )

        path = trio.run(export)
        assert path.stat().st_size > 5_000_000
        assert any((tmp_path / "files").rglob("*.json"))


def test_a_wait_can_be_cut_short() -> None:
    with testing.serve("cvat", job_seconds=60.0) as server:

        async def export() -> None:
            async with annoport_cvat.AsyncClient(server.url, token=server.token) as client:
                task = await client.tasks.list().first()
                assert task is not None
                job = await client.tasks.create_dataset_export(task.id, format="COCO 1.0")
                with trio.move_on_after(0.3) as scope:
                    await job.wait()
                assert scope.cancelled_caught
                with pytest.raises(JobTimeoutError):
                    await job.wait(timeout=0.2)

        trio.run(export)
