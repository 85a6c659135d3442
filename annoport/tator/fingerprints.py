"""How Tator tells whether it already has a file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

HEAD = 100 * 1024 * 1024
"""Bytes at the beginning of a file that count."""

_BLOCK = 1024 * 1024


class Digest:
    """Takes in a file from its beginning, as an open file does, for its fingerprint.

    Attributes:
        have: Bytes that came, of which only the first count.
    """

    def __init__(self) -> None:
        self._head = hashlib.md5(usedforsecurity=False)
        self.have = 0

    def write(self, block: bytes, /) -> int:
        """Take in the next bytes of the file.

        Args:
            block: The bytes.
        """
        self._head.update(block[: max(0, HEAD - self.have)])
        self.have += len(block)
        return len(block)

    def fingerprint(self, size: int) -> str:
        """Return the fingerprint.

        Args:
            size: Size of the whole file in bytes.
        """
        text = f"{self._head.hexdigest()}{size}"
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


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
    digest = Digest()
    with Path(path).open("rb") as file:
        while digest.have < HEAD and (block := file.read(min(_BLOCK, HEAD - digest.have))):
            digest.write(block)
        return digest.fingerprint(os.fstat(file.fileno()).st_size)
