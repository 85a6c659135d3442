"""Fixtures for all tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import npm_tools
from tests.shared import PLATFORMS, ROOT
from tests.systems import as_root

# Other work on the machine is no fault of the code under test.
settings.register_profile("annoport", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("annoport")


@pytest.fixture(autouse=True)
def cache_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep what a test notes away from the user's own cache, and from other tests."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not as_root("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)):
        pytest.skip("mounting a small file system takes root")
    try:
        yield disk
    finally:
        assert as_root("umount", str(disk))


@pytest.fixture(scope="session")
def npm() -> None:
    """The tools from npm; without npm, tests that need them are skipped."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not there to install the tools that judge")
    npm_tools.install()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has nothing but our wheels and what they depend on."""
    folder = tmp_path_factory.mktemp("wheels")
    sources = [ROOT, *(ROOT / "generated" / f"annoport-{name}" for name in PLATFORMS)]
    wheels = folder / "wheels"
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels)]
    for source in sources:
        _run(*build, str(source))
    _run(sys.executable, "-m", "venv", str(folder / "empty"))
    interpreter = folder / "empty" / "bin" / "python"
    found = [str(path) for path in sorted(wheels.glob("*.whl"))]
    assert len(found) == len(sources)
    _run(str(interpreter), "-m", "pip", "install", "--quiet", *found)
    return interpreter


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
