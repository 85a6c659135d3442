"""The wheels install into an empty environment, and each README's example runs there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from annoport import testing
from tests.shared import PLATFORMS, ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds nothing but our wheels and what they need."""
    folder = tmp_path_factory.mktemp("wheels")
    sources = [ROOT, *(ROOT / "generated" / f"annoport-{name}" for name in PLATFORMS)]
    wheels = folder / "wheels"
    for source in sources:
        build = [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(wheels),
        ]
        _run(*build, str(source))
    _run(sys.executable, "-m", "venv", str(folder / "empty"))
    interpreter = folder / "empty" / "bin" / "python"
    found = [str(path) for path in sorted(wheels.glob("*.whl"))]
    assert len(found) == len(sources)
    _run(str(interpreter), "-m", "pip", "install", "--quiet", *found)
    return interpreter


@pytest.mark.parametrize("platform", PLATFORMS)
def test_readme_example(platform: str, python: Path, tmp_path: Path) -> None:
    readme = (ROOT / "generated" / f"annoport-{platform}" / "README.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    prefix = platform.upper()
    with testing.serve(platform) as server:
        settings = {
            f"{prefix}_URL": server.url,
            f"{prefix}_USERNAME": server.username,
            f"{prefix}_PASSWORD": server.password,
        }
        if f"{prefix}_TOKEN" in example:
            settings = {f"{prefix}_URL": server.url, f"{prefix}_TOKEN": server.token}
        done = subprocess.run(
            [str(python), "-W", "error", "-c", example],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]} | settings,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    last = tmp_path / done.stdout.splitlines()[-1]
    assert last.stat().st_size > 0


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
