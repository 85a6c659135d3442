"""The `annoport` command."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

from annoport import cli


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.split() == ["annoport", importlib.metadata.version("annoport")]


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["dmeo"])
    assert ended.value.code == 2
    assert "dmeo" in capsys.readouterr().err


def test_the_demo_removes_nothing_of_others(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    with pytest.raises(SystemExit, match="in use"):
        cli.main(["demo", "--output", str(tmp_path)])
    with pytest.raises(SystemExit, match="in use"):
        cli.main(["demo", "--output", str(tmp_path / "mine")])
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
