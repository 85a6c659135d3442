"""A fake Tator, a client that looks at it, and the flows in both shells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from annoport import tator
from annoport.testing import FakeServer, serve
from annoport.testing.tator import FakeTator
from tests.core.both_shells import Shell, shells
from tests.flows import Flows


@pytest.fixture
def server() -> Iterator[FakeServer[FakeTator]]:
    with serve("tator", job_seconds=0.05, ingest_seconds=0.02) as running:
        yield running


@pytest.fixture
def fake(server: FakeServer[FakeTator]) -> FakeTator:
    return server.fake


@pytest.fixture
def client(server: FakeServer[FakeTator]) -> Iterator[tator.Client]:
    """A client that looks at what a flow has left."""
    with tator.Client(server.url, token=server.token) as made:
        yield made


@pytest.fixture(params=shells(), ids=lambda shell: shell.name)
def flows(request: pytest.FixtureRequest, server: FakeServer[FakeTator]) -> Iterator[Any]:
    """Any, because a flow takes what its signature says: the type checker sees that elsewhere."""
    make: Callable[[], Shell] = request.param
    shell = make()
    yield Flows(tator, shell, server)
    shell.finish()


@pytest.fixture(scope="module")
def calm_server() -> Iterator[FakeServer[FakeTator]]:
    """A server for tests that change nothing on it."""
    with serve("tator", job_seconds=0.05, ingest_seconds=0.02) as running:
        yield running


@pytest.fixture(scope="module", params=shells(), ids=lambda shell: shell.name)
def calm_flows(request: pytest.FixtureRequest, calm_server: FakeServer[FakeTator]) -> Iterator[Any]:
    make: Callable[[], Shell] = request.param
    shell = make()
    yield Flows(tator, shell, calm_server)
    shell.finish()
