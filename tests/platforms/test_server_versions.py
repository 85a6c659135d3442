"""What a server of an older release does not know is not sent to it."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Iterator
from typing import Any, Literal

import pytest

import annoport_cvat
import annoport_ecotaxa
import annoport_tator
from annoport.errors import UnsupportedByServerError
from annoport.testing import FakeServer, serve
from generator import documents
from tests.shared import ROOT

MIB = 1024 * 1024
OLD, NEW = "2.52.0", "2.68.0"


class Runner:
    """Calls a sync or an async client, and returns what comes of it."""

    def __init__(self, kind: str) -> None:
        self._loop = asyncio.Runner()
        self._prefix = "Async" if kind == "async" else ""
        self._made: list[Any] = []

    def client(self, package: Any, server: FakeServer[Any], **options: Any) -> Any:
        return self.keep(self.of(package)(server.url, token=server.token, **options))

    def of(self, package: Any) -> Any:
        """Return the class of the client."""
        return getattr(package, f"{self._prefix}Client")

    def keep(self, made: Any) -> Any:
        """Return a client, which `close` closes."""
        self._made.append(made)
        return made

    def run(self, given: Any) -> Any:
        async def wait() -> Any:
            return await given

        return self._loop.run(wait()) if inspect.isawaitable(given) else given

    def close(self) -> None:
        for made in self._made:
            self.run(made.aclose() if self._prefix else made.close())
        self._loop.close()


@pytest.fixture(params=["sync", "async"])
def runner(request: pytest.FixtureRequest) -> Iterator[Runner]:
    made = Runner(request.param)
    yield made
    made.close()


def coco(server: FakeServer[Any], padding: int = 0) -> bytes:
    """A file with one box for the first picture of task 1."""
    task = server.fake.state.tasks[1]
    (label, *_) = server.fake.state.labels_of(task)
    document = {
        "categories": [{"id": 1, "name": label.name}],
        "images": [{"id": 1, "file_name": task.images[0].name}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    return json.dumps(document).encode() + b" " * padding


def shapes(server: FakeServer[Any]) -> int:
    return len(server.fake.state.tasks[1].shapes)


def load(runner: Runner, server: FakeServer[Any], client: Any, padding: int, **more: Any) -> None:
    content = coco(server, padding)
    job = runner.run(client.tasks.upload_annotations(1, content, format="COCO 1.0", **more))
    runner.run(job.wait(timeout=60))


@pytest.mark.parametrize("padding", [0, 2 * MIB], ids=["small", "large"])
@pytest.mark.parametrize("resource", ["tasks", "jobs"])
@pytest.mark.parametrize("mode", ["append", "replace"])
def test_an_old_cvat_gets_no_import_mode(
    runner: Runner, padding: int, resource: str, mode: Literal["append", "replace"]
) -> None:
    with serve("cvat", version=OLD, job_seconds=0.02) as server:
        client = runner.client(annoport_cvat, server)
        before = shapes(server)
        upload = getattr(client, resource).upload_annotations
        words = r"import_mode: CVAT 2\.65 and later; this server is 2\.52\.0"
        with pytest.raises(UnsupportedByServerError, match=words):
            runner.run(upload(1, coco(server, padding), format="COCO 1.0", import_mode=mode))
        assert [seen.path for seen in server.requests] == ["/api/server/about"]
        assert shapes(server) == before > 1
        assert runner.run(client.server_version()) == OLD


@pytest.mark.parametrize("padding", [0, 2 * MIB], ids=["small", "large"])
def test_a_new_cvat_appends(runner: Runner, padding: int) -> None:
    with serve("cvat", version=NEW, job_seconds=0.02) as server:
        client = runner.client(annoport_cvat, server)
        before = shapes(server)
        load(runner, server, client, padding, import_mode="append")
        assert shapes(server) == before + 1
        load(runner, server, client, padding, import_mode="replace")
        assert shapes(server) == 1
        assert [seen.path for seen in server.requests].count("/api/server/about") == 1


def test_without_the_argument_nothing_is_asked(runner: Runner) -> None:
    with serve("cvat", version=OLD, job_seconds=0.02) as server:
        load(runner, server, runner.client(annoport_cvat, server), 0)
        assert shapes(server) == 1
        assert "/api/server/about" not in [seen.path for seen in server.requests]


def test_an_old_cvat_replaces_whatever_it_is_told(runner: Runner) -> None:
    """The reason for the check: this is what the real server does."""
    with serve("cvat", version=OLD, job_seconds=0.02) as server:
        client = runner.client(annoport_cvat, server, check_server_version=False)
        load(runner, server, client, 0, import_mode="append")
        assert shapes(server) == 1


def test_a_given_version_counts(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve("cvat", job_seconds=0.02) as server:
        monkeypatch.setenv("CVAT_TOKEN", server.token)
        made = runner.of(annoport_cvat)
        client = runner.keep(made.from_env(server.url, server_version="2.64"))
        assert runner.run(client.server_version()) == "2.64"
        with pytest.raises(UnsupportedByServerError, match=r"this server is 2\.64"):
            load(runner, server, client, 0, import_mode="append")
        options = {"server_version": "2.64", "check_server_version": False}
        unchecked = runner.keep(made.from_env(server.url, **options))
        load(runner, server, unchecked, 0, import_mode="append")
        assert "/api/server/about" not in [seen.path for seen in server.requests]


def test_where_each_platform_tells_its_version(runner: Runner) -> None:
    with serve("ecotaxa", version="0.0.44") as server:
        client = runner.client(annoport_ecotaxa, server)
        assert runner.run(client.server_version()) == "0.0.44"
        assert [seen.path for seen in server.requests] == ["/api/openapi.json"]
    with serve("tator") as server:
        client = runner.client(annoport_tator, server)
        assert runner.run(client.server_version()) is None
        assert server.requests == []


@pytest.mark.parametrize("platform", ["cvat", "ecotaxa"])
def test_a_fake_is_of_the_vendored_release(platform: str) -> None:
    with serve(platform) as server:
        vendored = documents.load(ROOT / "specs" / platform / "source.yaml")["version"]
        assert server.fake.version == vendored


def test_a_fake_of_no_release() -> None:
    with pytest.raises(ValueError, match="version is 'new': expected the numbers of a release"):
        serve("cvat", version="new")
