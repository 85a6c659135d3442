"""What a file is called in a folder."""

from __future__ import annotations

from typing import Any

import pytest

from annoport.core.contract.extensions import Download
from annoport.core.contract.operation import Operation, Parameter
from annoport.core.download.file_names import MAX_NAME_BYTES, extension_of, with_suffix
from annoport.core.download.naming import Naming
from annoport.core.values.models import UNSET


def operation(download: Download | None = None) -> Operation[Any]:
    """Return the operation of a file."""
    return Operation(
        id="frames_retrieve",
        method="GET",
        path="/frames/{id}",
        parameters=(
            Parameter(name="id", wire="id", location="path", required=True),
            Parameter(name="number", wire="frame-number", location="query"),
        ),
        responses={},
        download=download,
    )


def name(download: Download | None, given: str | None = None, **arguments: object) -> str:
    """Return the name of a picture."""
    return Naming.of_operation(operation(download), arguments).choose(given, "image/png")


NAMED = Download(name="frame_{id}", suffix="_of_{id}")


def test_the_server_names_the_file() -> None:
    assert name(None, "a.jpg", id=1) == "a.jpg"
    assert name(None, "../..", id=1) == "frames_retrieve_1.png"


def test_the_overlay_names_what_the_server_does_not() -> None:
    assert name(NAMED, id=1) == "frame_1.png"
    assert name(NAMED, "..", id=1) == "frame_1_of_1.png"


def test_the_overlay_tells_files_of_one_name_apart() -> None:
    assert name(NAMED, "a.b.jpg", id=7) == "a.b_of_7.jpg"
    assert name(NAMED, "a", id=7) == "a_of_7"


def test_the_arguments_name_what_nobody_else_does() -> None:
    assert name(None, id=1) == "frames_retrieve_1.png"
    assert name(None, id=1, number=2) == "frames_retrieve_1_2.png"
    assert name(None, id=1, number=UNSET) == name(None, id=1, number=None)
    assert name(None, id="a/b") == "frames_retrieve_a_b.png"


@pytest.mark.parametrize("url", ["http://x/files/export.bin", "http://x/export.bin?a=b/c"])
def test_a_url_names_its_file(url: str) -> None:
    assert Naming.of_url(url).choose(None, "image/png") == "export.bin"
    assert Naming.of_url("http://x/").choose(None, "image/png") == "download"


def test_a_media_type_has_an_extension() -> None:
    assert extension_of("application/zip") == ".zip"
    assert extension_of("application/octet-stream") == extension_of("") == ""


def test_a_suffix_is_never_cut_off() -> None:
    long = with_suffix("é" * 300 + ".zip", "_job7")
    assert long.endswith("é_job7.zip")
    assert len(long.encode()) <= MAX_NAME_BYTES
    assert with_suffix(".zip", "_job7") == ".zip_job7"
