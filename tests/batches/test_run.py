"""Whole batches against the fakes: right files, and no work twice, whatever happens on the way."""

from __future__ import annotations

import contextlib
import datetime
import functools
import hashlib
import json
import multiprocessing
import signal
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from annoport import batches, cvat, ecotaxa, testing
from annoport.batches import Item, Report, run_exports
from annoport.errors import (
    BatchError,
    ConfigurationError,
    DownloadError,
    InvalidArgumentError,
    TargetBusyError,
)
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from tests.held import Held, interrupt
from tests.shared import ROOT
from tests.systems import needs_interrupts

TASKS = (1, 2, 3, 4, 5)
FORMAT = {"format": "COCO 1.0"}


@contextlib.contextmanager
def serving(job_seconds: float = 0.0, **options: Any) -> Generator[FakeServer[FakeCvat]]:
    """A CVAT of which every task has images."""
    server = testing.serve("cvat", job_seconds=job_seconds, **options)
    tasks = server.fake.state.tasks
    for task in tasks.values():
        task.images = task.images or tasks[1].images
    with server:
        yield server


@pytest.fixture
def server() -> Iterator[FakeServer[FakeCvat]]:
    with serving() as running:
        yield running


def connecting(server: FakeServer[Any]) -> Callable[[], cvat.Client]:
    return functools.partial(cvat.Client, server.url, token=server.token)


def items(*tasks: int) -> list[Item]:
    return [Item("tasks.download_dataset", [task], FORMAT) for task in tasks or TASKS]


def run(server: FakeServer[Any], to: Path | str, *tasks: int, **options: Any) -> Report:
    return run_exports(items(*tasks), connecting(server), to, progress=False, **options)


def lines(report: Report) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.manifest.read_text().splitlines()]


def states(report: Report) -> dict[str, str]:
    return {result.name: result.state for result in report.results}


def exports_of(server: FakeServer[Any], task: int) -> int:
    path = f"/api/tasks/{task}/dataset/export"
    return sum(seen.method == "POST" and seen.path == path for seen in server.requests)


def right(report: Report, count: int) -> bool:
    """Whether there are so many whole files, of which the manifest tells the truth."""
    noted = {line["path"]: line for line in lines(report) if line["state"] == "done"}
    folder = report.manifest.parent
    found = [path for path in folder.rglob("*.zip") if zipfile.ZipFile(path).testzip() is None]
    for path in found:
        line, content = noted[path.relative_to(folder).as_posix()], path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        assert (line["size"], line["sha256"]) == (len(content), digest)
    hidden = [path for path in folder.rglob(".*") if not path.name.endswith(".jsonl.lock")]
    return len(found) == len(noted) == count and not hidden


# --------------------------------------------------------------------------- a run


def test_each_item_is_fetched_into_a_folder_of_its_own(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    report = run(server, tmp_path / "exports")
    assert states(report) == {f"tasks-{task}": "done" for task in TASKS}
    assert right(report, len(TASKS))
    for result in report.results:
        [file] = result.files
        assert Path(file.path).parent == tmp_path / "exports" / result.name
        assert file.size == Path(file.path).stat().st_size
        assert (result.attempts, result.error) == (1, None)
    assert str(report) == f"5 fetched, 0 already there, 0 failed ({report.manifest})"
    report.raise_failed()


def test_a_second_run_does_only_what_is_missing(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    first = run(server, tmp_path)
    gone, damaged = (Path(first.results[at].files[0].path) for at in (1, 3))
    gone.unlink()
    gone.parent.rmdir()
    damaged.write_bytes(b"short")
    server.requests.clear()
    second = run(server, tmp_path, *TASKS, 6)
    assert states(second) == {
        **dict.fromkeys(["tasks-1", "tasks-3", "tasks-5"], "skipped"),
        **dict.fromkeys(["tasks-2", "tasks-4", "tasks-6"], "done"),
    }
    assert [exports_of(server, task) for task in (*TASKS, 6)] == [0, 1, 0, 1, 0, 1]
    assert right(second, 6)
    assert second.results[0].files == first.results[0].files


def test_the_second_run_asks_the_server_nothing_if_nothing_is_missing(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    run(server, tmp_path)
    server.requests.clear()
    assert {result.state for result in run(server, tmp_path).results} == {"skipped"}
    assert server.requests == []


def test_one_failure_does_not_end_the_run(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    report = run(server, tmp_path, 1, 99, 2)
    assert states(report) == {"tasks-1": "done", "tasks-99": "failed", "tasks-2": "done"}
    [failed] = report.failed
    assert failed.error is not None
    assert failed.error.startswith("NotFoundError: tasks_create_dataset_export: 404 ")
    assert failed.attempts == 1
    with pytest.raises(BatchError) as caught:
        report.raise_failed()
    assert str(caught.value) == (
        f"2 fetched, 0 already there, 1 failed ({report.manifest})\n  tasks-99: {failed.error}"
    )
    assert caught.value.failed == ("tasks-99",)
    [line] = [line for line in lines(report) if line["state"] == "failed"]
    assert (line["item"], line["error"]) == ("tasks-99", failed.error)
    assert states(run(server, tmp_path, 1, 99, 2))["tasks-99"] == "failed"  # it was tried again


def test_an_error_that_may_pass_is_tried_again_after_the_others(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    def connect() -> cvat.Client:
        return cvat.Client(server.url, token=server.token, max_retries=0)

    server.fake.fail_next(500, path="/tasks/1/dataset")
    report = run_exports(items(1, 2), connect, tmp_path, at_once=1, progress=False)
    assert [result.attempts for result in report.done] == [2, 1]
    begun = [line["item"] for line in lines(report) if line["state"] == "started"]
    assert begun == ["tasks-1", "tasks-2", "tasks-1"]
    server.fake.fail_next(500, times=2, path="/tasks/3/dataset")
    report = run_exports(items(3), connect, tmp_path, progress=False)
    assert [result.attempts for result in report.failed] == [2]


def test_a_failed_job_is_told_and_not_tried_again(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    report = run_exports(
        [Item("tasks.download_dataset", [1], {"format": "MOT 1.1"})],
        connecting(server),
        tmp_path,
        progress=False,
    )
    [failed] = report.failed
    assert failed.error is not None
    assert failed.error.startswith("JobFailedError: ")
    assert failed.attempts == 1


def test_no_more_than_at_once_are_under_way(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    class Counting(ThreadPoolExecutor):
        most = 0
        now = 0

        def submit(self, *arguments: Any, **keywords: Any) -> Future[Any]:
            self.now += 1
            self.most = max(self.most, self.now)
            future: Future[Any] = super().submit(*arguments, **keywords)
            future.add_done_callback(self._ended)
            return future

        def _ended(self, _: Future[Any]) -> None:
            self.now -= 1

    with Counting(8) as pool:
        assert right(run(server, tmp_path, executor=pool, at_once=3), len(TASKS))
    assert pool.most == 3


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_pool(server: FakeServer[FakeCvat], tmp_path: Path, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    # In a process of its own, for a process with threads must not fork.
    program = textwrap.dedent(
        """
        import functools, multiprocessing, sys
        from concurrent.futures import ProcessPoolExecutor
        from annoport import batches, cvat

        if __name__ == "__main__":
            url, token, to, method = sys.argv[1:]
            connect = functools.partial(cvat.Client, url, token=token)
            plan = batches.plan(
                range(1, 7), "tasks.download_dataset", keywords={"format": "COCO 1.0"}
            )
            context = multiprocessing.get_context(method)
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                print(batches.run_exports(plan, connect=connect, to=to, executor=pool))
        """
    )
    path = tmp_path / "program.py"
    path.write_text(program)
    command = [sys.executable, str(path), server.url, server.token, str(tmp_path / "to"), method]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.startswith("6 fetched, 0 already there, 0 failed"), done.stderr
    assert right(run(server, tmp_path / "to", 1, 2, 3, 4, 5, 6), 6)


def _die() -> None:
    import os

    os._exit(1)


def test_a_broken_pool_ends_the_run_which_goes_on_with_another(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(_die)
        with pytest.raises(BrokenProcessPool) as caught:
            run(server, tmp_path, executor=pool)
    assert caught.value.__notes__ == [
        "run the batch again with a new executor: it does what is missing"
    ]
    assert right(run(server, tmp_path), len(TASKS))


def test_progress_is_told_to_a_function(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    run_exports(
        items(1, 2, 3),
        connecting(server),
        tmp_path,
        at_once=1,
        progress=lambda ended, total: told.append((ended, total)),
    )
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


# --------------------------------------------------------------------------- several servers, jobs


def test_one_batch_from_several_servers(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    with testing.serve("ecotaxa", job_seconds=0.0) as other:
        request = {"project_id": 1, "split_by": "none", "with_images": "none"}
        plan = [
            *batches.plan([1, 2], "tasks.download_dataset", keywords=FORMAT, server="cvat"),
            Item(
                "objects.download_general",
                keywords={"body": {"filters": {}, "request": request}},
                name="zoo/project 1",
                server="ecotaxa",
            ),
        ]
        connect: dict[str, Callable[[], Any]] = {
            "cvat": connecting(server),
            "ecotaxa": functools.partial(ecotaxa.Client, other.url, token=other.token),
        }
        report = run_exports(plan, connect, tmp_path, progress=False)
    assert list(states(report)) == ["tasks-1", "tasks-2", "zoo/project 1"]
    assert right(report, 3)


def test_several_files_of_one_item(tmp_path: Path) -> None:
    from annoport import tator

    with testing.serve("tator", job_seconds=0.0) as server:
        for algorithm in server.fake.tables.algorithms.rows.values():
            algorithm["files_per_job"] = 10
        connect = functools.partial(tator.Client, server.url, token=server.token)
        with connect() as client:
            media = [medium.id for medium in client.media.list(1)]
        body = {"algorithm_name": "Export COCO", "media_ids": media}
        plan = [Item("jobs.download_results", [1], {"body": body})]
        report = run_exports(plan, connect, tmp_path, progress=False)
        [result] = report.done
        assert len(result.files) > 1
        assert right(report, len(result.files))
        assert run_exports(plan, connect, tmp_path, progress=False).skipped


@pytest.mark.parametrize("to_store", [False, True])
def test_jobs_and_tokens_are_items_too(
    server: FakeServer[FakeCvat], tmp_path: Path, to_store: bool
) -> None:
    with connecting(server)() as client:
        first = client.tasks.create_dataset_export(1, format="COCO 1.0")
        second = client.tasks.create_dataset_export(2, format="COCO 1.0")
        third = client.tasks.create_dataset_export(3, format="COCO 1.0")
        server.requests.clear()
        report = run_exports(
            [first, second.to_token(), *batches.plan([third], name=lambda _: "third")],
            connecting(server),
            f"memory://{tmp_path.name}-jobs" if to_store else tmp_path,
            progress=False,
        )
    assert [result.state for result in report.results] == ["done"] * 3
    assert [result.name for result in report.results] == [
        f"job-{first.id}",
        f"job-{second.id}",
        "third",
    ]
    assert sum(seen.method == "POST" for seen in server.requests) == 0
    assert to_store or right(report, 3)


# --------------------------------------------------------------------------- a store


def test_a_store(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    fsspec: Any = pytest.importorskip("fsspec")
    url = f"memory://{tmp_path.name}/exports"
    manifest = tmp_path / "kept.jsonl"
    report = run(server, url, 1, 2, 3, manifest=manifest)
    assert report.manifest == manifest
    store = fsspec.filesystem("memory")
    for result in report.done:
        [file] = result.files
        assert file.path.startswith(f"{url}/{result.name}/")
        content = store.cat_file(file.path)
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    store.rm_file(report.results[1].files[0].path)
    server.requests.clear()
    again = run(server, url, 1, 2, 3, manifest=manifest)
    assert list(states(again).values()) == ["skipped", "done", "skipped"]
    assert [exports_of(server, task) for task in (1, 2, 3)] == [0, 1, 0]
    assert again.results[0].files == report.results[0].files


def test_the_manifest_of_a_store_is_in_the_cache(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    url = f"memory://{tmp_path.name}/x"
    first = run(server, url, 1)
    assert first.manifest.parent.name == "batches"
    second = run(server, f"{url}/", 1)
    assert (second.manifest, second.skipped[0].files) == (first.manifest, first.done[0].files)


# --------------------------------------------------------------------------- what is in the way


def test_what_the_batch_did_not_make_is_left_alone(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    (tmp_path / "tasks-1").mkdir()
    (tmp_path / "tasks-1" / "mine.txt").write_text("mine")
    for _ in range(2):
        report = run(server, tmp_path, 1, 2)
        [failed] = report.failed
        assert failed.error == (
            f"TargetExistsError: {tmp_path / 'tasks-1'} is there, and is not what this item makes: "
            "remove it, or choose another name= or to="
        )
        assert (tmp_path / "tasks-1" / "mine.txt").read_text() == "mine"
    assert exports_of(server, 1) == 0


def test_an_item_with_other_arguments_does_not_replace_the_first(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    [done] = run(server, tmp_path, 1).done
    plan = [Item("tasks.download_dataset", [1], {"format": "YOLO 1.1"})]
    [failed] = run_exports(plan, connecting(server), tmp_path, progress=False).failed
    assert failed.error is not None
    assert "is not what this item makes" in failed.error
    assert Path(done.files[0].path).exists()
    # How it is downloaded is no other argument.
    plan = [Item("tasks.download_dataset", [1], {**FORMAT, "timeout": 60})]
    assert run_exports(plan, connecting(server), tmp_path, progress=False).skipped


def test_two_runs_on_one_manifest_are_refused(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    refused: list[TargetBusyError] = []

    def again(*_: object) -> None:
        try:
            run(server, tmp_path)
        except TargetBusyError as error:
            refused.append(error)

    run_exports(items(1), connecting(server), tmp_path, progress=again)
    assert str(refused[0]) == (
        f"another run is writing {tmp_path / 'manifest.jsonl'}: wait until it ends, or choose "
        "another to= or manifest="
    )


# --------------------------------------------------------------------------- kills


def test_a_torn_line_is_cut_off(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    manifest = run(server, tmp_path, 1, 2).manifest
    whole = manifest.read_bytes()
    with manifest.open("ab") as file:
        file.write(b'{"item":"tasks-3","key":"12')
    assert states(run(server, tmp_path, 1, 2)) == {"tasks-1": "skipped", "tasks-2": "skipped"}
    assert manifest.read_bytes() == whole
    manifest.write_bytes(whole[:-40])  # of the last item, whose folder is whole
    server.requests.clear()
    report = run(server, tmp_path, 1, 2)
    assert sorted(states(report).values()) == ["done", "skipped"]
    assert exports_of(server, 1) + exports_of(server, 2) == 0
    assert right(report, 2)


def test_a_line_that_is_none_is_an_error(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    manifest = run(server, tmp_path, 1).manifest
    manifest.write_bytes(b"hello\n" + manifest.read_bytes())
    with pytest.raises(ConfigurationError) as caught:
        run(server, tmp_path, 1)
    assert str(caught.value) == (
        f"{manifest}, line 1 is no line of a manifest (JSON is malformed: invalid character "
        "(byte 0)): remove the line, or choose another to= or manifest="
    )


def received(folder: Path) -> int:
    """How many bytes of unfinished files are there."""
    found = 0
    for path in folder.rglob(".*.partial"):
        with contextlib.suppress(FileNotFoundError):
            found += path.stat().st_size if path.is_file() else 0
    return found


def age(note: Path, hours: float) -> None:
    """Make a note older."""
    content = json.loads(note.read_bytes())
    written = datetime.datetime.fromisoformat(content["written"])
    content["written"] = (written - datetime.timedelta(hours=hours)).isoformat()
    note.write_text(json.dumps(content))


@needs_interrupts
@pytest.mark.parametrize("by", ["SIGKILL", "SIGINT"])
def test_a_killed_run_goes_on_with_its_jobs_and_bytes(tmp_path: Path, by: str) -> None:
    program = textwrap.dedent(
        """
        import functools, sys
        from annoport import batches, cvat

        url, token, to = sys.argv[1:]
        connect = functools.partial(cvat.Client, url, token=token)
        plan = batches.plan(range(1, 6), "tasks.download_dataset", keywords={"format": "COCO 1.0"})
        batches.run_exports(plan, connect=connect, to=to)
        """
    )
    with serving(export_bytes=400_000, bytes_per_second=400_000) as server:
        command = [sys.executable, "-c", program, server.url, server.token, str(tmp_path)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as killed:
            while killed.poll() is None and received(tmp_path) < 200_000:
                time.sleep(0.01)
            killed.send_signal(signal.Signals[by])
        assert killed.returncode == -signal.Signals[by]
        assert not list(tmp_path.glob("[!.]*/"))
        for note in tmp_path.rglob(".*.note"):
            age(note, hours=12)
        server.fake.link.bytes_per_second = None
        report = run(server, tmp_path)
        assert right(report, len(TASKS))
        assert [exports_of(server, task) for task in TASKS] == [1] * len(TASKS)
        parts = [seen.headers.get("range", "") for seen in server.requests]
        assert any(part.startswith("bytes=") and part != "bytes=0-" for part in parts)


@needs_interrupts
@pytest.mark.parametrize("part", ["/dataset/export", "/api/requests/"])
def test_an_interrupted_run_does_not_wait_for_the_server(tmp_path: Path, part: str) -> None:
    program = textwrap.dedent(
        """
        import functools, sys
        from annoport import batches, cvat

        url, token, to = sys.argv[1:]
        connect = functools.partial(cvat.Client, url, token=token, timeout=3600.0)
        plan = batches.plan([1, 2], "tasks.download_dataset", keywords={"format": "COCO 1.0"})
        batches.run_exports(plan, connect=connect, to=to, progress=False)
        """
    )
    with FakeServer(Held()) as server:
        server.fake.method, server.fake.part = ("POST" if "export" in part else "GET"), part
        interrupt(server, program, str(tmp_path), breaks_off=True)
        assert not list(tmp_path.glob("[!.]*/"))
        assert right(run(server, tmp_path, 1, 2), 2)


def test_files_of_which_nobody_knows_whether_they_are_all_are_fetched_anew(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    filling = tmp_path / ".tasks-1.partial"
    (filling / "unpacked").mkdir(parents=True)
    (filling / "first of two.zip").write_bytes(b"x")
    (filling / ".old.partial").write_bytes(b"x")
    report = run(server, tmp_path, 1)
    assert right(report, 1)
    assert len(list((tmp_path / "tasks-1").iterdir())) == 1


def test_an_interrupt_does_not_wait_for_jobs(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    def interrupt(ended: int, total: int | None) -> None:
        if ended == 1:
            raise KeyboardInterrupt

    server.fake.next_job = "stuck"
    with pytest.raises(KeyboardInterrupt):
        run_exports(items(1, 2), connecting(server), tmp_path, progress=interrupt)
    for thread in threading.enumerate():
        if thread.name.startswith("annoport-batch"):
            thread.join()


def test_an_interrupt_leaves_what_can_be_resumed(tmp_path: Path) -> None:
    def interrupt(ended: int, total: int | None) -> None:
        if ended == 2:
            raise KeyboardInterrupt

    with serving(job_seconds=0.3) as server:
        before = threading.active_count()
        with pytest.raises(KeyboardInterrupt):
            run_exports(items(), connecting(server), tmp_path, at_once=2, progress=interrupt)
        server.requests.clear()
        report = run(server, tmp_path)
        assert len(report.skipped) == 2
        assert right(report, len(TASKS))
        assert threading.active_count() <= before + 2


def test_a_worker_that_a_run_left_behind_is_waited_for(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    from annoport.core.download.lock import FileLock

    lock, order = FileLock(tmp_path / ".tasks-1.lock"), list[str]()
    assert lock.acquire()

    def release() -> None:
        order.append("released")
        lock.release()

    timer = threading.Timer(1.0, release)
    timer.start()
    assert run(server, tmp_path, 1).done
    assert order == ["released"]
    timer.join()


# --------------------------------------------------------------------------- bad input


def _other(server: FakeServer[Any]) -> Callable[[], Any]:
    return functools.partial(cvat.AsyncClient, server.url, token=server.token)


CANNOT = "item 'tasks-1': 'tasks.{}' cannot be called so: "
BAD: list[tuple[list[Item], dict[str, Any], str]] = [
    (
        [*items(1), *items(1)],
        {},
        "item 'tasks-1' has the same place as item 'tasks-1': pass another name=",
    ),
    (
        [Item("tasks.download_dataset", [1], FORMAT, name="Manifest.JSONL")],
        {},
        "item 'Manifest.JSONL' has the same place as the manifest: pass another name=",
    ),
    (
        [*items(1), Item("tasks.download_dataset", [2], FORMAT, name="tasks-1/b")],
        {},
        "item 'tasks-1/b' is within the folder of 'tasks-1': pass another name=",
    ),
    (
        [Item("tasks.download_dataset", [1], FORMAT, server="x")],
        {},
        "item 'tasks-1' is on the server 'x': expected one of connect=: ''",
    ),
    (
        [Item("tasks.download_data", [1])],
        {},
        CANNOT.format("download_data") + "'Tasks' object has no attribute 'download_data'",
    ),
    (
        [Item("tasks.download_dataset", [1], {"fromat": "COCO 1.0"})],
        {},
        CANNOT.format("download_dataset") + "missing a required argument: 'format'",
    ),
    (
        [Item("tasks.download_dataset", [1], {**FORMAT, "images": True})],
        {},
        CANNOT.format("download_dataset") + "got an unexpected keyword argument 'images'",
    ),
    (items(1), {"at_once": 0}, "at_once is 0 and attempts is 2: expected 1 or more"),
    (items(1), {"attempts": 0}, "at_once is 4 and attempts is 0: expected 1 or more"),
    (
        items(1),
        {"storage_options": {"key": "x"}, "to": "exports"},
        "storage_options go with a URL such as 's3://bucket/', but to is 'exports'",
    ),
    (items(1), {"to": ""}, "to is '': expected a folder, or a URL such as 's3://...'"),
]


@pytest.mark.parametrize(("plan", "options", "message"), BAD)
def test_what_cannot_work_is_refused_before_anything_is_started(
    server: FakeServer[FakeCvat],
    tmp_path: Path,
    plan: list[Item],
    options: dict[str, Any],
    message: str,
) -> None:
    given: dict[str, Any] = {
        "connect": connecting(server),
        "to": tmp_path / "to",
        "progress": False,
        **options,
    }
    with pytest.raises(InvalidArgumentError) as caught:
        run_exports(plan, **given)
    assert str(caught.value) == message
    assert not (tmp_path / "to").exists()
    assert server.requests == []


def test_a_place_where_nothing_can_be_written(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError) as caught:
        run(server, tmp_path / "file" / "exports")
    manifest = tmp_path / "file" / "exports" / "manifest.jsonl"
    assert str(caught.value) == f"cannot write {manifest}: Not a directory"
    with pytest.raises(InvalidArgumentError) as refused:
        run(server, tmp_path / "file")
    assert str(refused.value) == (
        f"to is {str(tmp_path / 'file')!r}: expected a folder, or a URL such as 's3://...'"
    )
    assert server.requests == []


def test_a_client_is_no_way_to_connect(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    shown = "pass what makes a client"
    advice = "such as functools.partial(cvat.Client, url, token=...)"
    with connecting(server)() as client:
        given: Any = client
        with pytest.raises(InvalidArgumentError) as caught:
            run_exports(items(1), given, tmp_path)
        assert str(caught.value) == (
            f"connect is a Client, which other processes cannot use: {shown}, {advice}"
        )
    with pytest.raises(InvalidArgumentError) as caught:
        run_exports(items(1), _other(server), tmp_path)
    assert str(caught.value) == (
        f"connect= returned a AsyncClient: expected a function that makes a sync client, {advice}"
    )


def test_what_cannot_be_sent_to_another_process_is_refused(
    server: FakeServer[FakeCvat], tmp_path: Path
) -> None:
    url, token = server.url, server.token
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
        pytest.raises(InvalidArgumentError, match="the plan cannot be sent to another process"),
    ):
        run_exports(items(1), lambda: cvat.Client(url, token=token), tmp_path, executor=pool)


def test_an_executor_that_fails_an_item(server: FakeServer[FakeCvat], tmp_path: Path) -> None:
    class Unable(Executor):
        def submit(self, *arguments: Any, **keywords: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(ValueError("a worker has died too often"))
            return future

    [failed] = run(server, tmp_path, 1, executor=Unable()).failed
    assert failed.error == "ValueError: a worker has died too often"
