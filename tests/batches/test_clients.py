"""The clients of a process: one for each run and server, and not too many of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from annoport import batches, cvat, testing
from annoport.batches.clients import client_of, close_clients
from annoport.core import BaseClient
from annoport.errors import ClosedClientError, UnsentError


def connect() -> cvat.Client:
    return cvat.Client("http://localhost:1", max_retries=0)


def is_open(client: BaseClient) -> bool:
    """Whether a client tries to send something."""
    try:
        client.call(cvat.operations.SERVER_RETRIEVE_ABOUT, {})
    except UnsentError:  # nobody listens there
        return True
    except ClosedClientError:
        return False
    raise AssertionError("somebody has answered")


def test_threads_share_the_client_of_a_run() -> None:
    def get(server: str) -> int:
        with client_of("a run", server, connect) as client:
            return id(client)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(get, ["one", "other"] * 8))
    assert len(set(found)) == 2
    close_clients("a run")


def test_the_clients_of_a_run_are_closed_after_it(tmp_path: Path) -> None:
    made: list[cvat.Client] = []
    with testing.serve("cvat", job_seconds=0.0) as server:

        def connect() -> cvat.Client:
            made.append(cvat.Client(server.url, token=server.token))
            return made[-1]

        plan = batches.plan([1, 2, 11], "tasks.download_dataset", keywords={"format": "COCO 1.0"})
        report = batches.run_exports(plan, connect, tmp_path, progress=False)
    assert len(report.done) == 3
    [client] = made
    with pytest.raises(ClosedClientError):
        client.tasks.retrieve(1)


def test_a_process_keeps_a_few_clients_of_other_runs() -> None:
    with client_of("first", "", connect) as used:
        idle: list[BaseClient] = []
        for number in range(12):
            with client_of(f"run {number}", "", connect) as client:
                idle.append(client)
        assert is_open(used)
        states = [is_open(client) for client in idle]
    assert states == [False] * 5 + [True] * 7
    for number in range(12):
        close_clients(f"run {number}")
    close_clients("first")
    assert not any(map(is_open, idle))
