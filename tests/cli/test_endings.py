"""How commands end, each in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from annoport import testing
from annoport.testing.images import png
from tests.cli.commands import command, environment, interruptible, process
from tests.systems import needs_interrupts

EXPORT = ("cvat", "tasks", "create-dataset-export", "1", "--format", "COCO 1.0")


def test_done(env: dict[str, str]) -> None:
    done = process("cvat", "tasks", "retrieve", "1", "--output", "ids", env=env)
    assert done == (0, "1\n", "")


def test_failed(env: dict[str, str]) -> None:
    nowhere = {**env, "CVAT_URL": "http://127.0.0.1:9"}
    done = process("cvat", "tasks", "create", "--set", "name=x", env=nowhere)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "annoport: POST /api/tasks: could not connect to http://127.0.0.1:9 (Connection refused)\n"
    )


def test_wrong_command_line(env: dict[str, str]) -> None:
    done = process("cvat", "tasks", "retrieve", "one", env=env)
    assert (done.code, done.out) == (2, "")
    assert "'one' is not a valid integer" in done.err


def test_no_server(logged_out: dict[str, str]) -> None:
    done = process("cvat", "tasks", "list", env=logged_out)
    assert done == (
        2,
        "",
        (
            "annoport: no server is known: `annoport login cvat URL` remembers one, CVAT_URL and "
            "--url name one (such as https://cvat.example.org)\n"
        ),
    )


def test_wrong_login(env: dict[str, str]) -> None:
    done = process("cvat", "tasks", "list", env={**env, "CVAT_TOKEN": "wrong"})
    assert (done.code, done.out) == (3, "")
    assert done.err == "annoport: tasks_list: 401 Invalid token.\n"


def test_no_login(logged_out: dict[str, str], cvat: Any) -> None:
    done = process("cvat", "tasks", "list", env={**logged_out, "CVAT_URL": cvat.url})
    assert done == (
        3,
        "",
        (
            "annoport: tasks_list: 401 Authentication credentials were not provided. (the client "
            "has no credentials: `annoport login cvat URL` keeps some, or set CVAT_TOKEN or "
            "CVAT_ACCESS_TOKEN or CVAT_USERNAME and CVAT_PASSWORD)\n"
        ),
    )


def test_not_found(env: dict[str, str]) -> None:
    done = process("cvat", "tasks", "retrieve", "99999", env=env)
    said = "annoport: tasks_retrieve: 404 No Task matches the given query.\n"
    assert done == (4, "", said)


def test_a_job_that_fails(env: dict[str, str], cvat: Any) -> None:
    cvat.fake.next_job = "failed"
    done = process(*EXPORT, "--wait", env=env)
    assert (done.code, done.out) == (5, "")
    assert "the annotations cannot be read" in done.err


def test_partly_done(env: dict[str, str]) -> None:
    done = process("cvat", "tasks", "retrieve", "1", "99999", "--output", "ids", env=env)
    assert done == (
        6,
        "1\n",
        (
            "annoport: tasks 99999: tasks_retrieve: 404 No Task matches the given query.\n"
            "annoport: 1 of 2 failed\n"
        ),
    )


def test_nothing_done_of_several(env: dict[str, str]) -> None:
    done = process("cvat", "tasks", "delete", "99998", "99999", "--yes", env=env)
    assert done.code == 4
    assert done.err.endswith("annoport: 2 of 2 failed\n")


@needs_interrupts
def test_ctrl_c_while_a_job_is_waited_for(tmp_path: Path) -> None:
    with testing.serve("cvat", job_seconds=3600.0) as server:
        env = environment(CVAT_URL=server.url, CVAT_TOKEN=server.token)
        running = subprocess.Popen(
            interruptible(*EXPORT, "--wait", "-vv"),
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stderr is not None
        assert running.stdout is not None
        while "GET /api/requests/" not in (line := running.stderr.readline()):
            assert line, "it ended by itself"
        running.send_signal(signal.SIGINT)
        said = running.stderr.read().splitlines()
        assert (running.wait(), running.stdout.read()) == (130, "")
        running.stdout.close()
        running.stderr.close()
        assert said[-1] == "annoport: interrupted"
        start = "annoport: the job runs on; this goes on: annoport job wait "
        assert said[-2].startswith(start)
        token = said[-2].removeprefix(start)
        shown = process("job", "show", token, "-o", "csv", "--columns", "status", env=env)
        assert shown.code == 0
        assert shown.out.splitlines()[1] in {"queued", "started"}


@needs_interrupts
def test_ctrl_c_in_a_download_which_the_same_command_resumes(tmp_path: Path) -> None:
    with testing.serve("cvat", export_bytes=600_000, bytes_per_second=400_000) as server:
        env = environment(CVAT_URL=server.url, CVAT_TOKEN=server.token)
        words = ["cvat", "tasks", "download-dataset", "1", "out/", "--format", "COCO 1.0"]
        running = subprocess.Popen(
            interruptible(*words), env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        while not any(one.stat().st_size for one in tmp_path.glob("out/.*.partial")):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        said = running.stderr.read()
        running.stderr.close()
        assert running.wait() == 130
        assert said == (
            "annoport: the same command, given again, goes on where this was\n"
            "annoport: interrupted\n"
        )
        done = process(*words, "-v", env=env, cwd=tmp_path)
        assert done.code == 0
        assert Path(tmp_path, done.out.strip()).stat().st_size > 600_000
        assert "took up job" in done.err


@needs_interrupts
def test_a_reader_that_has_enough(env: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            command("cvat", "tasks", "list"),
            env=env,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("output", ["jsonl", "table", "csv", "ids", "json"])
def test_a_full_disk(env: dict[str, str], output: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("cvat", "tasks", "list", "--output", output),
            env=env,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"annoport: No space left on device\n")


@needs_interrupts
def test_ctrl_c_in_a_flow_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(8, 8))
    with testing.serve("cvat", job_seconds=3600.0) as server:
        env = environment(CVAT_URL=server.url, CVAT_TOKEN=server.token)
        words = ("cvat", "create-task", "dive", "a.png", "--labels", "crab", "-vv")
        running = subprocess.Popen(
            interruptible(*words), env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        assert running.stderr is not None
        while "GET /api/requests/" not in (line := running.stderr.readline()):
            assert line, "it ended by itself"
        running.send_signal(signal.SIGINT)
        said = running.stderr.read().splitlines()
        running.stderr.close()
        assert running.wait() == 130
        number = max(server.fake.state.tasks)
        assert said[-2:] == [
            f"annoport: task {number} was made: the same command with --into {number} goes on",
            "annoport: interrupted",
        ]
