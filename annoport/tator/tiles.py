"""Pictures that hold several: how they are asked for, and how they are cut."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from annoport.errors import DecodeError, InvalidArgumentError
from annoport.vision.decoding import decoded

if TYPE_CHECKING:
    from PIL.Image import Image

MOST = 30
"""Pictures of a track in one answer."""


def load_pillow() -> None:
    """Check that pictures can be read.

    Raises:
        ImportError: Pillow is missing.
    """
    if importlib.util.find_spec("PIL") is None:
        raise ImportError(
            "pictures need Pillow, which is not installed: pip install 'annoport[images]'",
            name="PIL",
        )


def grid(count: int) -> tuple[int, int]:
    """Return the columns and rows for a number of pictures, near to a square.

    Args:
        count: How many, at least 1.
    """
    columns = math.ceil(math.sqrt(count))
    return columns, math.ceil(count / columns)


def pairs(sizes: tuple[int, int] | None) -> str | None:
    """Return a size as the server takes it.

    Args:
        sizes: Width and height in pixels.

    Raises:
        InvalidArgumentError: One is less than 1.
    """
    if sizes is None:
        return None
    width, height = sizes
    if width < 1 or height < 1:
        raise InvalidArgumentError(f"size is {width} x {height}: expected 1 x 1 pixels or more")
    return f"{width}x{height}"


def region(given: tuple[float, float, float, float] | None) -> str | None:
    """Return a part of the picture as the server takes it.

    Args:
        given: Left, top, width and height, as fractions.

    Raises:
        InvalidArgumentError: It is not within the picture.
    """
    if given is None:
        return None
    left, top, width, height = given
    inside = left >= 0 and top >= 0 and left + width <= 1 and top + height <= 1
    if not inside or width <= 0 or height <= 0:
        raise InvalidArgumentError(
            f"roi is {given}: expected left, top, width and height as fractions within 0..1"
        )
    return f"{width}:{height}:{left}:{top}"


def check_frames(frames: Sequence[int], count: int | None, medium: str) -> None:
    """Check the numbers of frames.

    Args:
        frames: The numbers.
        count: How many the video has, if it is known.
        medium: What messages call it.

    Raises:
        InvalidArgumentError: There are none, or one is not in the video.
    """
    if not frames:
        raise InvalidArgumentError("frames is empty: pass the numbers of the frames that you want")
    for frame in cast("Sequence[object]", frames):
        if isinstance(frame, bool) or not isinstance(frame, int):
            raise InvalidArgumentError(f"frames: expected whole numbers, got {frame!r}")
        if frame < 0 or (count is not None and frame >= count):
            there = f"has the frames 0 to {count - 1}" if count else "begins with frame 0"
            raise InvalidArgumentError(f"frames: {medium} {there}, not {frame}")


def cut(content: bytes, count: int, columns: int, rows: int) -> Iterator[Image]:
    """Yield the pictures in a picture, row by row.

    Args:
        content: The picture, as the server sent it.
        count: How many there are in it; other places are empty.
        columns: How many stand side by side.
        rows: How many stand one above the other.

    Raises:
        DecodeError: It is no picture, or has not that many places.
    """
    whole = decoded(content, "the answer of the server")
    if whole.width % columns or whole.height % rows:
        raise DecodeError(
            f"the server sent a picture of {whole.width} x {whole.height} pixels, which cannot be "
            f"{columns} x {rows} pictures of one size"
        )
    width, height = whole.width // columns, whole.height // rows
    for number in range(count):
        row, column = divmod(number, columns)
        left, top = column * width, row * height
        yield whole.crop((left, top, left + width, top + height))
