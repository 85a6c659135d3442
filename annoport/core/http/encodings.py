"""Undoing the content encoding of a body, and noticing when it breaks off.

Our own, because zlib says nothing when compressed data ends too early, and httpx does not ask.
"""

from __future__ import annotations

import zlib

from annoport.core.errors import DecodeError, DownloadError, TransportError

ACCEPTED = "gzip, deflate"
"""What to send as Accept-Encoding."""

_GZIP = 16 + zlib.MAX_WBITS
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_NAMELESS = ("", "identity")


class Decoder:
    """Undoes one coding piece by piece; raises TransportError for data that is damaged.

    The data may be several compressed members in a row.
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._head = b""
        self._stream = zlib.decompressobj()
        self._in_member = False
        self._members = 0

    def feed(self, piece: bytes) -> bytes:
        """Give what `piece` unpacks to."""
        unpacked: list[bytes] = []
        data = self._head + piece
        self._head = b""
        while data:
            if not self._in_member:
                data = data.lstrip(b"\0") if self._members else data
                if len(data) < 2:  # too little to tell how it is wrapped
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
        """Raise TransportError if the compressed data breaks off."""
        if self._head or self._in_member or not self._members:
            raise TransportError(f"the {self._coding} body breaks off")

    def _window(self, data: bytes) -> int:
        # Some servers send bare deflate data where the standard asks for a zlib wrapper.
        if self._coding == "deflate":
            word = int.from_bytes(data[:2], "big")
            wrapped = data[0] & 0x0F == zlib.DEFLATED and not word % 31
            return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
        return _WINDOWS[self._coding]


def decode_content(data: bytes, encoding: str) -> bytes:
    """`data` without the codings that the Content-Encoding header `encoding` lists.

    Raises TransportError when the data breaks off or is damaged, since another try may bring it
    whole, and DecodeError for a coding that was not asked for.
    """
    if not encoding or not data:
        return data
    for listed in reversed(encoding.lower().split(",")):
        coding = listed.strip()
        if coding in _WINDOWS:
            decoder = Decoder(coding)
            data = decoder.feed(data)
            decoder.end()
        elif coding not in _NAMELESS:
            raise DecodeError(f"the body is coded as {coding!r}, but only {ACCEPTED} was asked for")
    return data


def decoder_for(encoding: str | None) -> Decoder | None:
    """Give the decoder for a file that a server compressed though that was not asked for.

    encoding: the Content-Encoding; None if there is nothing to undo. Raises DownloadError for
    an encoding that is not known.
    """
    if encoding is None:
        return None
    if encoding in _WINDOWS:
        return Decoder(encoding)
    raise DownloadError(
        f"the server compressed the file as {encoding!r} though no compression was asked for"
    )
