"""Files that begin like an MP4 file and are noise otherwise."""

from __future__ import annotations

import functools
import hashlib
import struct

from annoport.testing.payloads import Payload

_FILE_TYPE = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"mp41")
_BOX_HEADER = 8
# The period is a prime, so that bytes read at a wrong block offset differ.
_PERIOD = 1_048_573


def mp4(size: int, *, seed: str) -> Payload:
    """Return `size` bytes, at least 28, that depend on `seed`."""
    body = max(0, size - len(_FILE_TYPE) - _BOX_HEADER)
    block = _noise(seed, min(body, _PERIOD))
    whole, rest = divmod(body, _PERIOD)
    header = struct.pack(">I4s", min(body + _BOX_HEADER, 2**32 - 1), b"mdat")
    return Payload([_FILE_TYPE + header, *[block] * whole, block[:rest]])


@functools.lru_cache(maxsize=8)
def _noise(seed: str, size: int) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(size)
