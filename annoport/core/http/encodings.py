"""Decoding the content encoding of a body, and noticing when the data ends too early.

Our own, because zlib does not report truncated data by itself, and httpx does not check for it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from annoport.core.errors import DecodeError, DownloadError, TransportError

ACCEPTED = "gzip, deflate"
"""The value of the Accept-Encoding header."""

_GZIP = 16 + zlib.MAX_WBITS
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_NAMELESS = ("", "identity")


class Decoder:
    """Decodes one content coding piece by piece.

    The data may consist of several compressed members in a row.

    Args:
        coding: The name of the coding, such as "gzip"; one that `decoder_for` accepts.
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._head = b""
        self._stream = zlib.decompressobj()
        self._in_member = False
        self._members = 0

    def feed(self, piece: bytes) -> bytes:
        """Return the data that `piece` decodes to, which may be none yet.

        Raises:
            TransportError: The data is damaged.
        """
        unpacked: list[bytes] = []
        data = self._head + piece
        self._head = b""
        while data:
            if not self._in_member:
                data = data.lstrip(b"\0") if self._members else data
                if len(data) < 2:  # too short to show which wrapper it has
                    self._head = data
                    break
                self._stream = zlib.decompressobj(self._window(data))
                self._in_member = True
            try:
                unpacked.append(self._stream.decompress(data))
            except zlib.error as error:
                raise TransportError(f"the {self._coding} body is damaged: {error}") from None
            data = self._stream.unused_data
            if self._stream.eof:
                self._in_member = False
                self._members += 1
        return b"".join(unpacked)

    def end(self) -> None:
        """Raise TransportError if the compressed data is truncated."""
        if self._head or self._in_member or not self._members:
            raise TransportError(f"the {self._coding} body is truncated")

    def _window(self, data: bytes) -> int:
        # Some servers send bare deflate data where the standard requires a zlib wrapper.
        if self._coding == "deflate":
            word = int.from_bytes(data[:2], "big")
            wrapped = data[0] & 0x0F == zlib.DEFLATED and not word % 31
            return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
        return _WINDOWS[self._coding]


def decode_content(data: bytes, encoding: str) -> bytes:
    """Return `data`, decoded from its content encoding.

    Args:
        data: The body as received.
        encoding: The Content-Encoding header; "" if there is none.

    Raises:
        TransportError: The data is truncated or damaged; another attempt may bring it whole.
        DecodeError: The encoding was not requested, and is not supported.
    """
    if not encoding or not data:
        return data
    for decoder in decoders_of(encoding):
        data = decoder.feed(data)
        decoder.end()
    return data


def fed(decoders: Iterable[Decoder], piece: bytes) -> bytes:
    """Return what a piece of a body decodes to, through one decoder after the other."""
    for decoder in decoders:
        piece = decoder.feed(piece)
    return piece


def decoders_of(encoding: str) -> list[Decoder]:
    """Return what decodes a body that is read piece by piece, in the order of use.

    Args:
        encoding: The Content-Encoding header; "" if there is none.

    Raises:
        DecodeError: The encoding was not requested, and is not supported.
    """
    decoders: list[Decoder] = []
    for listed in reversed(encoding.lower().split(",")):
        coding = listed.strip()
        if coding in _WINDOWS:
            decoders.append(Decoder(coding))
        elif coding not in _NAMELESS:
            raise DecodeError(
                f"the body is encoded as {coding!r}, but only {ACCEPTED} were accepted"
            )
    return decoders


def decoder_for(encoding: str | None) -> Decoder | None:
    """Return the decoder for a file that the server compressed without being asked to.

    Args:
        encoding: The Content-Encoding header; None if there is nothing to decode.

    Raises:
        DownloadError: The encoding is not supported.
    """
    if encoding is None:
        return None
    if encoding in _WINDOWS:
        return Decoder(encoding)
    raise DownloadError(
        f"the server encoded the file as {encoding!r}, which is not supported, "
        "although no encoding was requested"
    )
