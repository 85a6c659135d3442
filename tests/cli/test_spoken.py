"""Messages in the words of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annoport.cli.spoken import spoken
from tests.cli.commands import environment, here


def test_arguments_become_options() -> None:
    options = {"into": "--into", "save_images": "--save-images"}
    said = "pass into=[1, 2], or save_images= and x=1; into='a'"
    assert spoken(said, options) == "pass --into [1, 2], or --save-images and x=1; --into 'a'"
    flags = "save_images=True adds them, save_images=False does not, save_images=Trueish"
    assert spoken(flags, options) == (
        "--save-images adds them, --no-save-images does not, --save-images Trueish"
    )
    query = "GET /api/users?into=1&save_images=2: no"
    assert spoken(query, options) == query


def test_a_file_that_is_there(cvat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in environment(CVAT_URL=cvat.url, CVAT_TOKEN=cvat.token).items():
        monkeypatch.setenv(name, text)
    path = tmp_path / "a.zip"
    path.write_bytes(b"mine")
    words = ("cvat", "tasks", "download-dataset", "1", str(path), "--format", "COCO 1.0", "-q")
    done = here(*words)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"annoport: cannot write {path}: it already exists; choose another target, or pass "
        "--overwrite 'replace' to replace it\n"
    )
    assert here(*words, "--overwrite", "replace").code == 0
