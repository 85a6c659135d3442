"""Archives that are read with `zipfile`, whatever is wrong with them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from annoport.core.download.zips import unzipping
from annoport.core.errors import CorruptFileError

METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflated": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}
TEXT = b"".join(b"%d whales " % number for number in range(40))


def read(archive: bytes) -> None:
    with unzipping("it is"), zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for member in opened.infolist():
            opened.read(member)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("method", METHODS)
def test_damage_of_any_byte_is_one_kind_of_error(method: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", METHODS[method]) as archive:
        archive.writestr("whäle.txt", TEXT)
    whole = packed.getvalue()
    read(whole)
    messages: list[str] = []
    for position in range(len(whole)):
        for mask in (0xFF, 0x01, 0x40):
            damaged = bytearray(whole)
            damaged[position] ^= mask
            try:
                read(bytes(damaged))
            except CorruptFileError as error:
                messages.append(str(error))
    beginning = "it is no zip file that can be unpacked: "
    assert len(messages) > len(whole)
    assert all(len(one) > len(beginning) and one.startswith(beginning) for one in messages)


def test_a_disk_that_fails_is_another_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), unzipping("it is"):
        zipfile.ZipFile(tmp_path / "absent.zip")
