"""Exports of three fakes on a Dask cluster that loses workers, and into a store of moto's.

A run of the batch is a process of its own. Workers are killed twice at random moments, and the run
once, which is then started again. In the end there are as many right files as items, of which the
manifest tells the truth; a file that was whole has stayed as it was, and nothing has been asked of
the server about it since.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import attrs

from annoport import batches, cvat, ecotaxa, tator, testing
from annoport.batches import Item, Report
from annoport.testing import FakeServer

# Their types are not ours to check: neither is in the environment of the tests.
DISTRIBUTED: Any = importlib.import_module("distributed")
MOTO: Any = importlib.import_module("moto.server")
S3FS: Any = importlib.import_module("s3fs")

_CLIENTS: dict[str, Callable[..., Any]] = {
    "cvat": cvat.Client,
    "ecotaxa": ecotaxa.Client,
    "tator": tator.Client,
}
_PLATFORMS = tuple(_CLIENTS)
_MEDIA = 17
_AT_ONCE = 8
_LOOK_EVERY = 0.05
"""Seconds."""
_STORED = 30
"""The most items that go to the store."""


# --------------------------------------------------------------------------- the batch


def item(number: int, tasks: list[int]) -> Item:
    """Return an item of one of the platforms, which asks for something that no other does."""
    platform, rank = _PLATFORMS[number % len(_PLATFORMS)], number // len(_PLATFORMS)
    more: dict[str, Any] = {"name": f"{platform}/{number}", "server": platform}
    if platform == "cvat":
        keywords = {"format": "COCO 1.0", "save_images": True}
        return Item("tasks.download_dataset", [tasks[rank]], keywords, **more)
    if platform == "ecotaxa":
        request = {"project_id": 1, "split_by": "none", "with_images": "none"}
        body: dict[str, Any] = {"filters": {"samples": str(rank)}, "request": request}
        return Item("objects.download_general", [], {"body": body}, **more)
    media = [place + 1 for place in range(_MEDIA) if (rank + 1) >> place & 1]
    body = {"algorithm_name": "Export COCO", "media_ids": media}
    return Item("jobs.download_results", [1], {"body": body}, **more)


def run(to: str, count: str, scheduler: str, tasks: str, servers: str) -> None:
    """Run the batch in this process, which may be killed."""
    connect = {
        name: functools.partial(_CLIENTS[name], url, token=token)
        for name, (url, token) in json.loads(servers).items()
    }
    plan = [item(number, json.loads(tasks)) for number in range(int(count))]
    with DISTRIBUTED.Client(scheduler) as cluster:
        report = batches.run_exports(
            plan,
            connect=connect,
            to=to,
            executor=cluster.get_executor(),
            at_once=_AT_ONCE,
            progress=False,
        )
    report.raise_failed()
    print(report, flush=True)


# --------------------------------------------------------------------------- what is watched


@attrs.define(kw_only=True)
class Watch:
    """Sees items become whole, and checks that nothing is done to them afterwards.

    Attributes:
        root: The folder of the batch.
        servers: The fakes, by platform.
        whole: Item -> its file when it was first seen, and how many requests there were by then.
    """

    root: Path
    servers: dict[str, FakeServer[Any]]
    whole: dict[str, tuple[Path, int, int]] = attrs.field(
        factory=dict[str, tuple[Path, int, int]], init=False
    )

    def look(self) -> int:
        """Return how many items are whole."""
        for folder in self.root.glob("[!.]*/[!.]*"):
            name = folder.relative_to(self.root).as_posix()
            if name not in self.whole:
                [path] = folder.iterdir()
                asked = len(self.servers[name.partition("/")[0]].requests)
                self.whole[name] = (path, path.stat().st_ino, asked)
        return len(self.whole)

    def check(self) -> None:
        """Check that whole files have stayed, and that nobody has asked about them again."""
        for name, (path, inode, asked) in self.whole.items():
            assert path.stat().st_ino == inode, f"{path} was made again"
            platform = name.partition("/")[0]
            later = self.servers[platform].requests[asked:]
            marks = _marks(platform, path)
            again = [
                seen for seen in later if any(mark in f"{seen.path}?{seen.query}" for mark in marks)
            ]
            assert again == [], (name, again)


def _marks(platform: str, path: Path) -> tuple[str, ...]:
    """Return what the address of a request has in it that is about a file."""
    if platform == "cvat":
        task = path.name.split("_")[1]
        return f"/tasks/{task}/", f"target_id={task}&", f"target_id%3D{task}%26"
    if platform == "ecotaxa":
        return (f"/jobs/{_job_of(path)}/",)
    return (path.stem.removeprefix("coco_"),)


def _job_of(path: Path) -> int:
    """Return the job of EcoTaxa that a file is named after."""
    return int(path.stem.rpartition("job")[2])


# --------------------------------------------------------------------------- what is right


def right_files(root: Path, servers: dict[str, FakeServer[Any]], plan: list[Item]) -> int:
    """Check each file against what its server has, and the manifest; return how many there are."""
    lines = [json.loads(line) for line in (root / "manifest.jsonl").read_text().splitlines()]
    last = {line["item"]: line for line in lines}
    assert set(last) == {each.name for each in plan}
    for each in plan:
        line = last[each.name]
        [path] = (root / each.name).iterdir()
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        noted = (line["state"], line["key"], line["path"], line["size"], line["sha256"])
        place = path.relative_to(root).as_posix()
        assert noted == ("done", each.key, place, len(content), digest)
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
        assert content == _on_server(servers[each.server], each, path), path
    hidden = [path for path in root.rglob(".*") if not path.name.endswith(".jsonl.lock")]
    assert hidden == [], hidden
    return len(last)


def _on_server(server: FakeServer[Any], each: Item, path: Path) -> bytes:
    """Return the file that the server has made for an item."""
    fake = server.fake
    if each.server == "cvat":
        assert path.name.startswith(f"task_{each.arguments[0]}_")
        [made] = [
            known.done
            for known in fake.queue.all()
            if known.plan.subject["task_id"] == each.arguments[0]
        ]
        return bytes(made.payload.read())
    if each.server == "ecotaxa":
        job = fake.jobs.find(_job_of(path))
        asked = each.keywords["body"]["filters"]["samples"]
        assert job.params["filters"]["samples"] == asked
        with ecotaxa.Client(server.url, token=server.token) as client:
            return client.job(job.id).file().read()
    [stored] = [found for key, found in fake.store.objects.items() if key.endswith(path.name)]
    content = bytes(stored.payload.read())
    media = [image["id"] for image in _document(content)["images"]]
    assert media == each.keywords["body"]["media_ids"]
    return content


def _document(content: bytes) -> Any:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        with zipfile.ZipFile(file) as archive:
            return json.loads(archive.read("annotations.json"))


# --------------------------------------------------------------------------- the judges


@contextlib.contextmanager
def serving(count: int) -> Generator[tuple[dict[str, FakeServer[Any]], list[int]]]:
    """Run the fakes; yield them, and the tasks of CVAT."""
    with contextlib.ExitStack() as stack:
        options = {"job_seconds": 0.2, "export_bytes": 200_000, "bytes_per_second": 4_000_000}
        serve: Callable[..., FakeServer[Any]] = testing.serve
        servers = {name: serve(name, **options) for name in _PLATFORMS}
        state = servers["cvat"].fake.state
        tasks: list[int] = []
        for _ in range(count):
            tasks.append(state.new_id("task"))
            state.tasks[tasks[-1]] = attrs.evolve(state.tasks[1], id=tasks[-1])
        for server in servers.values():
            stack.enter_context(server)
        yield servers, tasks


def judge_kills(count: int, dice: random.Random) -> None:
    """A batch on a cluster of two workers that are killed, as the run is."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(count) as (servers, tasks),
        DISTRIBUTED.LocalCluster(
            n_workers=2, threads_per_worker=_AT_ONCE // 2, dashboard_address=None
        ) as cluster,
    ):
        root = Path(folder) / "exports"
        watch = Watch(root=root, servers=servers)
        addresses = {name: (server.url, server.token) for name, server in servers.items()}
        command = [sys.executable, "-m", "tests.judges.batches", "run", str(root), str(count)]
        command += [cluster.scheduler_address, json.dumps(tasks), json.dumps(addresses)]

        def kill_worker() -> None:
            nanny = dice.choice(list(cluster.workers.values()))
            os.kill(nanny.pid, signal.SIGKILL)

        moments = sorted(dice.uniform(0.05, 0.9) * count for _ in range(3))
        with subprocess.Popen(command) as first:
            _wait(watch, first, moments[0])
            kill_worker()
            _wait(watch, first, moments[1])
            first.kill()
        before = watch.look()
        with subprocess.Popen(command) as second:
            _wait(watch, second, moments[2])
            kill_worker()
            while second.poll() is None:
                watch.look()
                time.sleep(_LOOK_EVERY)
        assert second.returncode == 0
        assert watch.look() == count
        watch.check()
        plan = [item(number, tasks) for number in range(count)]
        assert right_files(root, servers, plan) == count
        print(f"batches on Dask: {count} right files, {before} whole when the run was killed")


def _wait(watch: Watch, process: subprocess.Popen[bytes], moment: float) -> None:
    """Wait until so many items are whole."""
    while watch.look() < moment:
        assert process.poll() is None, "the run ended too early"
        time.sleep(_LOOK_EVERY)


def judge_store(count: int) -> None:
    """A batch into a store that speaks S3, a second one that finds it, and one that mends it."""
    moto = MOTO.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    moto.start()
    host, port = moto.get_host_and_port()
    options: dict[str, Any] = {
        "endpoint_url": f"http://{host}:{port}",
        "key": "someone",
        "secret": "something",
    }
    try:
        store = S3FS.S3FileSystem(**options, skip_instance_cache=True)
        store.mkdir("bucket")
        with tempfile.TemporaryDirectory() as folder, serving(count) as (servers, tasks):
            connect = {
                name: functools.partial(_CLIENTS[name], server.url, token=server.token)
                for name, server in servers.items()
            }
            plan = [item(number, tasks) for number in range(count)]

            def go() -> Report:
                return batches.run_exports(
                    plan,
                    connect=connect,
                    to="s3://bucket/exports",
                    manifest=Path(folder) / "manifest.jsonl",
                    at_once=_AT_ONCE,
                    progress=False,
                    storage_options=options,
                )

            first = go()
            assert len(first.done) == count, str(first)
            for each, result in zip(plan, first.results, strict=True):
                [file] = result.files
                content: bytes = store.cat_file(file.path)
                digest = hashlib.sha256(content).hexdigest()
                assert (file.size, file.sha256) == (len(content), digest)
                path = Path(file.path)
                assert content == _on_server(servers[each.server], each, path), file
            store.rm_file(first.results[1].files[0].path)
            second = go()
            assert (len(second.skipped), len(second.done)) == (count - 1, 1), str(second)
            print(f"batches to S3: {count} right objects")
    finally:
        moto.stop()


def main() -> None:
    """Judge as many items as the first argument says, or run the batch."""
    for name in ("distributed", "werkzeug"):  # of workers that were killed, and of requests
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if sys.argv[1] == "run":
        run(*sys.argv[2:])
        return
    count = int(sys.argv[1])
    judge_kills(count, random.Random(1))
    judge_store(min(count, _STORED))


if __name__ == "__main__":
    main()
