"""Image files as pictures in memory."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from annoport.core.errors import DecodeError

if TYPE_CHECKING:
    from PIL.Image import Image

_ORIENTATION = 0x0112  # a tag of EXIF


def decoded(content: bytes, what: str) -> Image:
    """Return the picture in an image file, with all its pixels.

    Args:
        content: The bytes of the file.
        what: What messages call it.

    Raises:
        DecodeError: They are no picture, or not a whole one.
    """
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(content))
        # In one piece: between pieces, a thread that decodes waits for those that run Python.
        image.decodermaxblock = max(image.decodermaxblock, len(content))
        image.load()
    except MemoryError:
        raise
    except Exception as error:  # what is raised for a damaged file depends on its format
        raise DecodeError(f"{what}: the picture cannot be decoded: {error}") from error
    return image


def orientation(image: Image) -> int:
    """Return how a picture is to be turned when it is shown, as EXIF numbers it.

    It is 1 for one that is shown as it is; from 5 on, width and height change places. Damaged
    metadata give 0.

    Args:
        image: The picture; its pixels are not decoded.
    """
    found: object = image.getexif().get(_ORIENTATION, 1)
    return found if isinstance(found, int) else 0
