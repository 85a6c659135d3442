"""What the tests of the fakes share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annoport.testing import FakeServer
from tests.testing.one_file import OneFile


@pytest.fixture
def server() -> Iterator[FakeServer[OneFile]]:
    with FakeServer(OneFile()) as running:
        yield running
