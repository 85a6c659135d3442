"""All that Sphinx needs, in one folder."""

from __future__ import annotations

from pathlib import Path

from generator.__main__ import main


def test_the_folder_is_replaced(tmp_path: Path) -> None:
    stale = tmp_path / "source" / "gone.md"
    stale.parent.mkdir()
    stale.write_text("# Gone\n")
    assert main(["docs", "--to", str(stale.parent)]) == 0
    assert not stale.exists()
    assert (stale.parent / "conf.py").exists()
    assert (stale.parent / "reference" / "cvat" / "tasks.md").exists()
    assert list(tmp_path.iterdir()) == [stale.parent]
    contributing = (stale.parent / "maintain" / "contributing.md").read_text(encoding="utf-8")
    assert "[ARCHITECTURE.md](architecture.md) is the map" in contributing
