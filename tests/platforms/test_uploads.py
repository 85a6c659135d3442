"""Files reach the fake platforms byte for byte, by the generated upload methods."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import annoport_cvat as cvat
import annoport_tator as tator
from annoport import UploadFile
from annoport.errors import IncompleteUploadError, ValidationError
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png
from annoport.testing.tator import FakeTator

MIB = 1024 * 1024


class Runner:
    """Calls methods of a sync or an async client, and gives what they give."""

    def __init__(self, package: Any, server: FakeServer[Any], kind: str, **options: Any) -> None:
        self._loop = asyncio.Runner()
        self._client = getattr(package, "Client" if kind == "sync" else "AsyncClient")(
            server.url, token=server.token, **options
        )

    def __call__(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        """Call `client.<name>`, such as "tasks.retrieve"."""
        method: Any = self._client
        for part in name.split("."):
            method = getattr(method, part)
        return self.settle(method(*arguments, **keywords))

    def settle(self, given: Any) -> Any:
        """The result of an awaitable, or the value itself."""

        async def wait() -> Any:
            return await given

        return self._loop.run(wait()) if inspect.isawaitable(given) else given

    def close(self) -> None:
        self("close" if hasattr(self._client, "close") else "aclose")
        self._loop.close()


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server() -> Iterator[FakeServer[FakeCvat]]:
    with serve("cvat", job_seconds=0.02) as running:
        yield running


@pytest.fixture
def run(server: FakeServer[FakeCvat], kind: str) -> Iterator[Runner]:
    runner = Runner(cvat, server, kind)
    yield runner
    runner.close()


def image(shade: int, size: int) -> bytes:
    """A picture with so many bytes behind it, which no two pictures share."""
    return png(8, 6, shade=shade) + hashlib.shake_256(bytes([shade])).digest(size)


def sums(server: FakeServer[FakeCvat], task: int) -> dict[str, str]:
    """Name -> SHA-256 of the pictures that a task has."""
    return {one.name: _sum(one.content) for one in server.fake.state.tasks[task].images}


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def steps(server: FakeServer[Any], *kept: str) -> list[str]:
    """The methods of the requests whose path holds one of these texts."""
    return [seen.method for seen in server.requests if any(text in seen.path for text in kept)]


# --------------------------------------------------------------------------- CVAT


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1000, ["POST"]), (2 * MIB, [*["PATCH"] * 2, *["POST"] * 3])],
    ids=["small", "large"],
)
def test_data_of_a_task(
    server: FakeServer[FakeCvat], run: Runner, tmp_path: Path, size: int, expected: list[str]
) -> None:
    contents = {"a.png": image(10, size), "взлёт ü.png": image(20, size)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    task = run("tasks.create", body={"name": "Dive", "labels": [{"name": "whale"}]})
    files = [tmp_path / name for name in contents]
    job = run("tasks.upload_data", task.id, files, body=cvat.models.DataRequest(image_quality=61))
    run.settle(job.wait(timeout=60))
    assert sums(server, task.id) == {name: _sum(content) for name, content in contents.items()}
    assert server.fake.state.tasks[task.id].image_quality == 61
    assert sorted(steps(server, f"/tasks/{task.id}/data")) == expected
    assert all("origin" in seen.headers for seen in server.requests if seen.method == "PATCH")


def names(server: FakeServer[FakeCvat], task: int) -> list[str]:
    """The names of a task's frames, in order."""
    return [one.name for one in server.fake.state.tasks[task].images]


def test_many_small_files_go_in_groups(
    server: FakeServer[FakeCvat], run: Runner, tmp_path: Path
) -> None:
    contents = {f"img{number}.png": image(number, 300_000) for number in range(60)}
    contents["img7b.png"] = image(7, 2 * MIB)
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    task = run("tasks.create", body={"name": "Dive", "labels": [{"name": "whale"}]})
    server.fake.lose_next(path=f"/tasks/{task.id}/data/")  # of a group or of the large file
    server.fake.fail_next(503, path=f"/tasks/{task.id}/data/")
    body = cvat.models.DataRequest(image_quality=61)
    job = run("tasks.upload_data", task.id, tmp_path, body=body)
    run.settle(job.wait(timeout=60))
    assert sums(server, task.id) == {name: _sum(content) for name, content in contents.items()}
    natural = [f"img{number}.png" for number in range(60)]
    natural.insert(8, "img7b.png")
    assert names(server, task.id) == natural
    groups = [seen.headers for seen in server.requests if "upload-multiple" in seen.headers]
    assert len({headers["content-length"] for headers in groups}) == 2
    assert steps(server, "/data/").count("PATCH") == 1


@pytest.mark.parametrize("count", [3, 101], ids=["one form", "steps"])
def test_the_order_of_a_list(server: FakeServer[FakeCvat], run: Runner, count: int) -> None:
    files = [UploadFile(image(one, 10), name=f"{one}.png") for one in reversed(range(count))]
    listed = [str(file.name) for file in files]
    options: list[tuple[dict[str, Any], list[str]]] = [
        ({}, listed),
        ({"sorting_method": "lexicographical"}, sorted(listed)),
        ({"sorting_method": "predefined", "upload_file_order": listed[::-1]}, listed[::-1]),
    ]
    for chosen, expected in options:
        task = run("tasks.create", body={"name": "Dive", "labels": [{"name": "whale"}]})
        job = run("tasks.upload_data", task.id, files, body={"image_quality": 70, **chosen})
        run.settle(job.wait(timeout=60))
        assert names(server, task.id) == expected


def test_a_group_whose_answer_was_lost(server: FakeServer[FakeCvat], run: Runner) -> None:
    """CVAT answers 500 to a group that it has; the order of the files proves that it has it."""
    files = [UploadFile(image(one, 10), name=f"{one}.png") for one in range(101)]
    task = run("tasks.create", body={"name": "Dive", "labels": [{"name": "whale"}]})
    path = f"/tasks/{task.id}/data/"
    server.fake.fail_next(503, path=path)  # the start, which is sent again
    server.fake.lose_next(path=path)
    server.fake.lose_next(path=path)
    job = run("tasks.upload_data", task.id, files, body={"image_quality": 70})
    run.settle(job.wait(timeout=60))
    assert names(server, task.id) == [f"{one}.png" for one in range(101)]


class KilledError(Exception):
    """Ends an upload as a signal does: at any moment, and without a word to the server."""


def killed_at(stop: int) -> Callable[[int, int | None], None]:
    """Return a progress function that ends the upload once so many bytes were sent."""

    def kill(done: int, total: int | None) -> None:
        if done >= stop:
            raise KilledError

    return kill


@pytest.mark.parametrize("stop", [MIB, 9 * MIB, 17 * MIB, 30 * MIB])
def test_a_killed_upload_goes_on(
    server: FakeServer[FakeCvat], run: Runner, tmp_path: Path, stop: int
) -> None:
    contents = {f"{number}.png": image(number, 600_000) for number in range(30)}
    contents |= {"x.png": image(100, 9 * MIB), "y.png": image(101, 5 * MIB)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    task = run("tasks.create", body={"name": "Dive", "labels": [{"name": "whale"}]})
    given = ("tasks.upload_data", task.id, tmp_path)
    with pytest.raises(KilledError):
        run(*given, body={"image_quality": 70}, chunk_size=4 * MIB, progress=killed_at(stop))
    job = run(*given, body={"image_quality": 70}, chunk_size=4 * MIB)
    run.settle(job.wait(timeout=60))
    assert sums(server, task.id) == {name: _sum(content) for name, content in contents.items()}


def test_a_killed_backup_goes_on(server: FakeServer[FakeCvat], run: Runner, tmp_path: Path) -> None:
    server.fake.export_bytes = 9 * MIB
    job = run("tasks.create_backup_export", 1)
    path = run.settle(job.download(tmp_path / "backup.zip"))
    with pytest.raises(KilledError):
        run("tasks.upload_backup", path, chunk_size=2 * MIB, progress=killed_at(7 * MIB))
    before = len([seen for seen in server.requests if seen.method == "PATCH"])
    job = run("tasks.upload_backup", path, chunk_size=2 * MIB)
    made = run.settle(job.result(timeout=60))
    assert run("tasks.retrieve", int(made)).name == run("tasks.retrieve", 1).name
    assert len([seen for seen in server.requests if seen.method == "PATCH"]) - before <= 3


def test_a_server_that_fails_in_the_middle(server: FakeServer[FakeCvat], run: Runner) -> None:
    content = image(10, 40 * MIB)
    task = run("tasks.create", body={"name": "Dive", "labels": [{"name": "whale"}]})
    seen: list[int] = []

    def progress(done: int, total: int | None) -> None:
        if not seen:
            server.fake.fail_next(503, path=f"/tasks/{task.id}/data/")
        seen.append(done)

    file = UploadFile(content, name="a.png")
    body = {"image_quality": 70}
    job = run("tasks.upload_data", task.id, file, body=body, progress=progress)
    run.settle(job.wait(timeout=60))
    assert sums(server, task.id) == {"a.png": _sum(content)}
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (MIB, len(content))
    assert "HEAD" in steps(server, "/data/")


@pytest.mark.parametrize("padding", [0, 2 * MIB], ids=["small", "large"])
@pytest.mark.parametrize("owner", ["tasks", "jobs"])
def test_annotations(server: FakeServer[FakeCvat], run: Runner, owner: str, padding: int) -> None:
    job = run("tasks.create_dataset_export", 1, format="COCO 1.0")
    exported = run.settle(run.settle(job.file(timeout=60)).read())
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(".json"))
        document = json.loads(archive.read(name))
    document["annotations"] = document["annotations"][:3]
    content = json.dumps(document).encode() + b" " * padding
    number = 1 if owner == "tasks" else run.settle(run("jobs.list", task_id=1).first()).id
    job = run(f"{owner}.upload_annotations", number, content, format="COCO 1.0")
    run.settle(job.wait(timeout=60))
    assert len(server.fake.state.tasks[1].shapes) == 3
    with pytest.raises(ValidationError, match="Unknown input format 'Pottery'"):
        run(f"{owner}.upload_annotations", number, content, format="Pottery")


@pytest.mark.parametrize("export_bytes", [0, 2 * MIB], ids=["small", "large"])
@pytest.mark.parametrize("owner", ["tasks", "projects"])
def test_backups(
    server: FakeServer[FakeCvat], run: Runner, tmp_path: Path, owner: str, export_bytes: int
) -> None:
    server.fake.export_bytes = export_bytes
    job = run(f"{owner}.create_backup_export", 1)
    path = run.settle(job.download(tmp_path / "backup.zip"))
    with path.open("rb") as file:
        job = run(f"{owner}.upload_backup", file)
    made = run.settle(job.result(timeout=60))
    assert run(f"{owner}.retrieve", int(made)).name == run(f"{owner}.retrieve", 1).name


def test_a_dataset(server: FakeServer[FakeCvat], run: Runner, tmp_path: Path) -> None:
    server.fake.export_bytes = 0
    job = run("projects.create_dataset_export", 1, format="COCO 1.0", save_images=True)
    path = run.settle(job.download(tmp_path / "set.zip"))
    before = len(server.fake.state.tasks)
    job = run("projects.upload_dataset", 1, str(path), format="COCO 1.0")
    run.settle(job.wait(timeout=60))
    assert len(server.fake.state.tasks) == before + 1


# --------------------------------------------------------------------------- Tator


@pytest.fixture
def store() -> Iterator[FakeServer[FakeTator]]:
    with serve("tator", job_seconds=0.02) as running:
        yield running


@pytest.fixture
def ask(store: FakeServer[FakeTator], kind: str) -> Iterator[Runner]:
    runner = Runner(tator, store, kind)
    yield runner
    runner.close()


@pytest.mark.parametrize(("size", "count"), [(0, 1), (MIB, 1), (17 * MIB, 2)])
def test_a_file_for_the_store(
    store: FakeServer[FakeTator], ask: Runner, tmp_path: Path, size: int, count: int
) -> None:
    content = hashlib.shake_256(b"seed").digest(size)
    path = tmp_path / "dive.mp4"
    path.write_bytes(content)
    key = ask("transfers.upload_file", 1, path, filename="dive.mp4")
    stored = store.fake.store.objects[key]
    assert key.endswith(".mp4")
    assert stored.payload.size == size
    assert _sum(stored.payload.read()) == _sum(content)
    puts = [seen for seen in store.requests if seen.method == "PUT"]
    assert len(puts) == count
    for put in puts:
        assert put.headers["host"].startswith(store.fake.store_host)
        assert "authorization" not in put.headers
        assert store.token not in str(put)
    assert len(steps(store, "UploadCompletion")) == count - 1


def test_a_killed_upload_to_the_store_goes_on(
    store: FakeServer[FakeTator], ask: Runner, tmp_path: Path
) -> None:
    content = hashlib.shake_256(b"seed").digest(17 * MIB)
    path = tmp_path / "dive.mp4"
    path.write_bytes(content)
    given = {"filename": "dive.mp4", "chunk_size": 6 * MIB}
    with pytest.raises(KilledError):
        ask("transfers.upload_file", 1, path, progress=killed_at(13 * MIB), **given)
    key = ask("transfers.upload_file", 1, path, **given)
    assert _sum(store.fake.store.objects[key].payload.read()) == _sum(content)
    assert len(steps(store, "UploadInfo")) == 1
    puts = [seen for seen in store.requests if seen.method == "PUT"]
    assert len(puts) == 4  # the third was cut off


def test_urls_that_expire_in_the_middle(store: FakeServer[FakeTator], ask: Runner) -> None:
    def expire(done: int, total: int | None) -> None:
        if done == 16 * MIB:
            store.fake.expire_urls()

    with pytest.raises(IncompleteUploadError, match="part 2 of 2: its URL has expired"):
        ask("transfers.upload_file", 1, bytes(17 * MIB), progress=expire)
    assert steps(store, "UploadCompletion") == []
