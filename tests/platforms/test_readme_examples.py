"""The wheels install into an empty environment, and each README's example runs there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from annoport import testing
from tests.shared import PLATFORMS, ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("platform", PLATFORMS)
def test_readme_example(platform: str, installed: Path, tmp_path: Path) -> None:
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
            [str(installed), "-W", "error", "-c", example],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]} | settings,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    last = tmp_path / done.stdout.splitlines()[-1]
    assert last.stat().st_size > 0
