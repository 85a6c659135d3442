"""What the folder of frames refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from annoport.cvat.frame_shelf import FrameShelf
from annoport.errors import DownloadError


@pytest.mark.parametrize("sent", ["text/html", ""])
def test_what_is_no_picture_is_not_saved(tmp_path: Path, sent: str) -> None:
    with FrameShelf(tmp_path, "key", "resume") as shelf:
        with pytest.raises(DownloadError) as caught:
            shelf.save(3, "frame", sent, b"<html>log in</html>")
        assert str(caught.value) == (
            f"frame 3: the server sent 19 bytes of {sent or 'nothing that it names'} in place of a "
            "picture"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError) as caught, FrameShelf(tmp_path / "file", "key", "resume"):
        pass
    assert str(caught.value) == f"cannot write {tmp_path / 'file'}: File exists"
