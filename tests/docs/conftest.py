"""What the blocks of our pages presuppose."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import annoport_cvat as cvat
from annoport import UploadFile, testing
from annoport.testing import FakeServer
from annoport.testing.images import png
from tests.docs.blocks import text_of
from tests.shared import PLATFORMS

_WITH_IMAGES, _EMPTY = 42, 43
_STORAGE = {
    "provider_type": "AWS_S3_BUCKET",
    "resource": "survey",
    "display_name": "Survey",
    "credentials_type": "KEY_SECRET_KEY_PAIR",
    "key": "key",
    "secret_key": "secret",
}


@pytest.fixture
def servers(page: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, FakeServer[Any]]]:
    """A fake server of each platform that the page speaks of, which the environment names."""
    text = text_of(page)
    named = [name for name in PLATFORMS if name == "cvat" or name in text]
    running: dict[str, FakeServer[Any]] = {name: testing.serve(name) for name in named}
    with ThreadPoolExecutor() as pool:  # each takes a while to start, and to stop
        list(pool.map(_start, running.values()))
        for name, server in running.items():
            monkeypatch.setenv(f"{name.upper()}_URL", server.url)
            monkeypatch.setenv(f"{name.upper()}_TOKEN", server.token)
        _furnish(running["cvat"])
        yield running
        list(pool.map(_stop, running.values()))


def _start(server: FakeServer[Any]) -> None:
    server.start()


def _stop(server: FakeServer[Any]) -> None:
    server.stop()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a page is run in, with the files that a user has."""
    monkeypatch.chdir(tmp_path)
    # The fake CVAT can make frames of pictures only; it looks at the content, not at the name.
    Path("dive.mp4").write_bytes(png(64, 48))
    for name in ("dive/1.png", "dive/2.png", "dive/10.png", "dives/left.png", "dives/right.png"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(png(64, 48))
    return tmp_path


def _furnish(server: FakeServer[Any]) -> None:
    """Make what the pages speak of: task 1 is completed, 42 has images, 43 waits for its video."""
    with cvat.Client(server.url, token=server.token) as client:
        while client.tasks.create(body={"name": "dive", "labels": [{"name": "crab"}]}).id < _EMPTY:
            pass
        files = [UploadFile(png(64, 48, shade=shade), name=f"{shade}.png") for shade in (90, 120)]
        client.tasks.upload_data(_WITH_IMAGES, files, body={"image_quality": 70}).wait()
        for job in client.jobs.list(task_id=1):
            client.jobs.partial_update(job.id, body={"stage": "acceptance", "state": "completed"})
        client.cloudstorages.create(body=_STORAGE)
    server.requests.clear()
