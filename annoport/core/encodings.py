"""Undoing the content encoding of a body, and noticing when it breaks off.

Our own, because zlib says nothing when compressed data ends too early, and httpx does not ask.
"""

from __future__ import annotations

import zlib

from annoport.core.errors import DecodeError, TransportError

ACCEPTED = "gzip, deflate"
"""What to send as Accept-Encoding."""

_GZIP = 16 + zlib.MAX_WBITS


def decode_content(data: bytes, encoding: str) -> bytes:
    """`data` without the codings that the Content-Encoding header `encoding` lists.

    Raises TransportError when the data breaks off or is damaged, since another try may bring it
    whole, and DecodeError for a coding that was not asked for.
    """
    if not encoding or not data:
        return data
    for coding in reversed(encoding.lower().split(",")):
        data = _undo(coding.strip(), data)
    return data


def _undo(coding: str, data: bytes) -> bytes:
    if coding in ("gzip", "x-gzip"):
        return _inflate(data, _GZIP, coding)
    if coding == "deflate":
        # Some servers send bare deflate data where the standard asks for a zlib wrapper.
        wrapped = len(data) > 1 and data[0] & 0x0F == zlib.DEFLATED and not _word(data) % 31
        return _inflate(data, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS, coding)
    if coding in ("", "identity"):
        return data
    raise DecodeError(f"the body is coded as {coding!r}, but only {ACCEPTED} was asked for")


def _word(data: bytes) -> int:
    return int.from_bytes(data[:2], "big")


def _inflate(data: bytes, window: int, coding: str) -> bytes:
    pieces: list[bytes] = []
    try:
        while data:
            member = zlib.decompressobj(window)
            pieces.append(member.decompress(data))
            if not member.eof:
                raise TransportError(f"the {coding} body breaks off")
            data = member.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise TransportError(f"the {coding} body is damaged: {error}") from None
    return b"".join(pieces)
