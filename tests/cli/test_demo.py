"""`annoport demo`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import here


def test_the_demo_removes_nothing_of_others(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    for output in (tmp_path, tmp_path / "mine"):
        done = here("demo", "--output", str(output))
        assert done.code == 1
        assert done.err == (
            f"Error: {output} is in use, and not by an earlier demo: name another folder with "
            "--output\n"
        )
    assert (tmp_path / "mine").read_bytes() == b"mine"


@pytest.mark.slow
def test_demo(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "annoport", "demo", "--output", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for platform in ("ecotaxa", "tator", "cvat"):
        [export] = (tmp_path / "out" / platform).glob("*.zip")
        assert export.stat().st_size > 10_000_000
        assert any((tmp_path / "out" / platform / "files").rglob("*.png"))
        assert not list((tmp_path / "out" / platform).glob(".*partial*"))
    coco = tmp_path / "out" / "cvat" / "files" / "annotations" / "instances_default.json"
    assert json.loads(coco.read_text())["annotations"]
    assert done.stdout.count("logged in as") == 3
    said = done.stdout.splitlines()
    place = str((tmp_path / "out").resolve())
    assert said[2].endswith(place)
    assert said[-1].endswith(place)
