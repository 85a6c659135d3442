"""Fixtures of the generator's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.generator.spec_server import SpecServer, serving


@pytest.fixture
def live() -> Iterator[SpecServer]:
    with serving() as running:
        yield running
