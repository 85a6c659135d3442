"""How fakes are served, and what that leaves alone."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx
import pytest

from annoport import testing
from annoport.testing import FakeServer
from tests.testing.one_file import OneFile


def test_log_files_of_the_program_stay_open(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    handler = logging.FileHandler(path, mode="w")
    log = logging.getLogger("tests.testing.program")
    log.addHandler(handler)
    try:
        log.warning("before")
        with testing.serve("cvat"):
            log.warning("inside")
        log.warning("after")
    finally:
        log.removeHandler(handler)
        handler.close()
    assert path.read_text().split() == ["before", "inside", "after"]


def test_a_server_runs_from_start_to_stop() -> None:
    server = FakeServer(OneFile()).start()
    try:
        assert httpx.get(server.url).status_code == 200
        assert [seen.method for seen in server.requests] == ["GET"]
    finally:
        server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)
    server.stop()  # a cell of a notebook may run twice


def test_a_stopped_server_starts_again_with_its_data() -> None:
    server = testing.serve("cvat").start()
    try:
        server.fake.state.tasks.clear()
        server.stop()
        server.start()
        headers = {"authorization": f"Token {server.token}"}
        assert httpx.get(f"{server.url}/api/tasks", headers=headers).json()["count"] == 0
    finally:
        server.stop()


def test_a_server_has_no_url_before_it_runs() -> None:
    with pytest.raises(RuntimeError, match=r"fake cvat server has no URL .*: call start\(\)"):
        _ = testing.serve("cvat").url


def test_a_server_is_not_started_twice(server: FakeServer[OneFile]) -> None:
    with pytest.raises(RuntimeError, match=f"already running at {server.url}: stop"):
        server.start()
    assert httpx.get(server.url).status_code == 200


def test_a_server_shows_where_it_runs(server: FakeServer[OneFile]) -> None:
    assert repr(server) == f"<FakeServer one file at {server.url}>"
    assert repr(FakeServer(OneFile())) == "<FakeServer one file (not running)>"


def test_a_forgotten_server_runs_until_its_process_ends_cleanly() -> None:
    program = """
        import atexit, gc, threading, urllib.request
        from annoport.testing import serve

        # What is registered first is called last, after the servers were stopped.
        atexit.register(lambda: print("threads:", threading.active_count()))
        server = serve("ecotaxa").start()
        forgotten = server.url
        server = serve("ecotaxa").start()
        gc.collect()
        for url in (forgotten, server.url):
            print(urllib.request.urlopen(f"{url}/status").read().decode())
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["UP!", "UP!", "threads: 1"]
