"""How Tator tells whether it already has a file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_HEAD = 100 * 1024 * 1024
_BLOCK = 1024 * 1024


def fingerprint(path: str | os.PathLike[str]) -> str:
    """Return what Tator calls the `md5` of a media file, which is no MD5 sum of the whole file.

    It is the MD5 sum of a text: the sum of the first 104,857,600 bytes in hexadecimal, followed by
    the size of the file. With any other value, the server's checks for duplicates find nothing.

    Args:
        path: The file.

    Returns:
        32 hexadecimal digits, for the `md5` of a `MediaSpec` or `TranscodeSpec`.

    Raises:
        OSError: The file cannot be read.
    """
    head, left = hashlib.md5(usedforsecurity=False), _HEAD
    with Path(path).open("rb") as file:
        while left and (block := file.read(min(_BLOCK, left))):
            head.update(block)
            left -= len(block)
        size = os.fstat(file.fileno()).st_size
    return hashlib.md5(f"{head.hexdigest()}{size}".encode(), usedforsecurity=False).hexdigest()
