"""Fixtures of the tests of annoport.core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import pytest
import stamina

from tests.core.both_shells import Shell, shells


@pytest.fixture(params=shells(), ids=lambda kind: kind.name)
def shell(request: pytest.FixtureRequest) -> Iterator[Shell]:
    """The sync and the async shell, in turn."""
    made = cast("Callable[[], Shell]", request.param)()
    yield made
    made.finish()


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Let retries follow without a pause."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield
