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


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Any]]:
    """A fake of each platform, whose jobs are done at once where it has any."""
    with (
        testing.serve("cvat", job_seconds=0.0) as cvat,
        testing.serve("tator") as tator,
        testing.serve("ecotaxa") as ecotaxa,
    ):
        yield {"cvat": cvat, "tator": tator, "ecotaxa": ecotaxa}


@pytest.fixture
def logged_in_here(
    servers: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let commands in this process be logged in to them."""
    for platform, server in servers.items():
        monkeypatch.setenv(f"{platform.upper()}_URL", server.url)
        monkeypatch.setenv(f"{platform.upper()}_TOKEN", server.token)
    monkeypatch.setenv("ANNOPORT_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
