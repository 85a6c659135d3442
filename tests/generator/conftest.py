"""Fixtures of the generator's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.generator.live import Live, serving


@pytest.fixture
def live() -> Iterator[Live]:
    with serving() as running:
        yield running
