"""Bodies that are streamed: one file, or a multipart form, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator


class StreamedBody:
    """A body in blocks of at most 256 KiB. Iterating it reads blocking files.

    length: bytes in all, or None if unknown (then send it chunked).
    media_type: value of the Content-Type header.
    replayable: it can be iterated more than once.
    """

    length: int | None
    media_type: str
    replayable: bool

    def __iter__(self) -> Iterator[bytes]: ...
