"""A fake CVAT to read from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annoport import cvat, testing
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat


@pytest.fixture
def server() -> Iterator[FakeServer[FakeCvat]]:
    with testing.serve("cvat", job_seconds=0.0, anonymous_per_minute=None) as running:
        yield running


@pytest.fixture
def client(server: FakeServer[FakeCvat]) -> Iterator[cvat.Client]:
    with cvat.Client(server.url, token=server.token) as made:
        yield made
