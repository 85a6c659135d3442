"""Image files as pictures in memory."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from annoport import errors
from annoport.testing.images import png
from annoport.vision.decoding import decoded


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "I;16")])
def test_large_pictures_are_as_pillow_reads_them(kind: str, mode: str) -> None:
    dice = np.random.default_rng(3)
    if mode == "RGB":
        given = Image.fromarray(dice.integers(0, 256, (700, 900, 3), np.uint8))
    else:
        given = Image.fromarray(dice.integers(0, 65536, (700, 900), np.uint16))
    file = io.BytesIO()
    given.save(file, kind)
    assert len(file.getvalue()) > 200_000  # more than Pillow reads at a time
    plain = Image.open(file)
    image = decoded(file.getvalue(), "picture")
    assert (image.mode, image.size, image.format) == (mode, (900, 700), kind)
    assert np.array_equal(np.asarray(image), np.asarray(plain))


@pytest.mark.parametrize("content", [b"", b"text", png(16, 12)[:-30]])
def test_what_is_no_picture_is_told(content: bytes) -> None:
    with pytest.raises(errors.DecodeError, match=r"^task 1, frame 3: the picture cannot be "):
        decoded(content, "task 1, frame 3")


def test_what_is_too_large_is_told() -> None:
    content = png(16, 12)
    head = b"IHDR" + struct.pack(">II", 60_000, 60_000) + content[24:29]
    huge = content[:12] + head + struct.pack(">I", zlib.crc32(head)) + content[33:]
    with pytest.raises(errors.DecodeError) as caught:
        decoded(huge, "task 1, frame 3")
    assert str(caught.value) == (
        "task 1, frame 3: the picture cannot be decoded: Image size (3600000000 pixels) exceeds "
        "limit of 178956970 pixels, could be decompression bomb DOS attack."
    )
