"""Undoing, piece by piece, a compression that a server applied though none was asked for."""

from __future__ import annotations

import zlib

from annoport.core.errors import DownloadError, TransportError

_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class Decoder:
    """Undoes gzip or deflate."""

    def __init__(self, window: int) -> None:
        self._stream = zlib.decompressobj(window)

    def feed(self, piece: bytes) -> bytes:
        """Give what `piece` unpacks to; raises TransportError if it is damaged."""
        try:
            return self._stream.decompress(piece)
        except zlib.error as error:
            raise TransportError(f"the compressed body is damaged: {error}") from None

    def end(self) -> None:
        """Raise TransportError if the compressed data breaks off."""
        if not self._stream.eof:
            raise TransportError("the compressed body breaks off")


def decoder_for(encoding: str | None) -> Decoder | None:
    """Give the decoder of a Content-Encoding; None if there is nothing to undo."""
    if encoding is None:
        return None
    if encoding in ("gzip", "x-gzip"):
        return Decoder(_GZIP_WINDOW)
    if encoding == "deflate":
        return Decoder(zlib.MAX_WBITS)
    message = f"the server compressed the file as {encoding!r} though no compression was asked for"
    raise DownloadError(message)
