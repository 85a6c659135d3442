"""A fake EcoTaxa, and a client of each kind; flows are called through `flow`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from annoport import ecotaxa, testing
from annoport.testing.ecotaxa import FakeEcotaxa
from tests.core.both_shells import Shell, shells

Server = testing.FakeServer[FakeEcotaxa]


@pytest.fixture(params=shells(), ids=lambda kind: kind.name)
def shell(request: pytest.FixtureRequest) -> Iterator[Shell]:
    made: Shell = request.param()
    yield made
    made.finish()


@pytest.fixture
def server() -> Iterator[Server]:
    with testing.serve("ecotaxa", job_seconds=0.01, queue_seconds=0.01) as running:
        yield running


@pytest.fixture
def client(shell: Shell, server: Server) -> Any:
    kind: Any = ecotaxa.Client if shell.name == "sync" else ecotaxa.AsyncClient
    return shell.keep(kind(server.url, token=server.token))


@pytest.fixture
def flow(shell: Shell, client: Any) -> Callable[..., Any]:
    """Calls the flow of a name in either shell: `flow("objects_table", 1)`."""

    def call(name: str, *arguments: Any, **keywords: Any) -> Any:
        own = name if shell.name == "sync" else f"async_{name}"
        return shell.run(getattr(ecotaxa, own)(client, *arguments, **keywords))

    return call
