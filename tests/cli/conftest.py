"""Servers for the command, and an environment that names them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annoport import testing
from tests.cli.commands import environment


@pytest.fixture(scope="module")
def cvat() -> Iterator[Any]:
    """A fake CVAT whose jobs are done at once."""
    with testing.serve("cvat") as server:
        yield server


@pytest.fixture
def env(cvat: Any, tmp_path: Path) -> dict[str, str]:
    """The environment of a process that is logged in to it."""
    config = str(tmp_path / "config")
    return environment(CVAT_URL=cvat.url, CVAT_TOKEN=cvat.token, ANNOPORT_CONFIG=config)


@pytest.fixture
def logged_out(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that knows no server."""
    return environment(ANNOPORT_CONFIG=str(tmp_path / "config"))
