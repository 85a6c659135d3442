"""Fixtures for users' own tests: `cvat_server`, `tator_server` and `ecotaxa_server`.

Each is a running `annoport.testing.FakeServer`, fresh for every test. pytest finds
them by itself where annoport is installed with the `testing` extra.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from annoport.testing import FakeServer
    from annoport.testing.cvat import FakeCvat
    from annoport.testing.ecotaxa import FakeEcotaxa
    from annoport.testing.tator import FakeTator


@pytest.fixture
def cvat_server() -> Iterator[FakeServer[FakeCvat]]:
    """A fake CVAT on a loopback port."""
    from annoport.testing import serve

    with serve("cvat") as server:
        yield server


@pytest.fixture
def tator_server() -> Iterator[FakeServer[FakeTator]]:
    """A fake Tator on a loopback port."""
    from annoport.testing import serve

    with serve("tator") as server:
        yield server


@pytest.fixture
def ecotaxa_server() -> Iterator[FakeServer[FakeEcotaxa]]:
    """A fake EcoTaxa on a loopback port."""
    from annoport.testing import serve

    with serve("ecotaxa") as server:
        yield server
