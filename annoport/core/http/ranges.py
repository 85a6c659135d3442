"""The words of HTTP range requests (RFC 9110, section 14): parsing, and nothing else."""

from __future__ import annotations

import re

import attrs

_CONTENT_RANGE = re.compile(
    r"\s*bytes\s+(?:([0-9]+)\s*-\s*([0-9]+)|(\*))\s*/\s*([0-9]+|\*)\s*", re.IGNORECASE
)
_STRONG_ETAG = re.compile(r'"[^"\x00-\x20\x7f]*"')


@attrs.frozen
class ContentRange:
    """A `Content-Range` header.

    start, stop: the bytes [start, stop) that the body holds; both None in an answer that holds
        none (`bytes */total`). Some servers write an empty range as `bytes 5-4/5`: start == stop.
    total: size of the whole file, or None if the server does not say.
    """

    start: int | None
    stop: int | None
    total: int | None

    @property
    def consistent(self) -> bool:
        """Whether the numbers can describe a part of one file."""
        if self.start is None or self.stop is None:
            return self.total is not None
        return self.start <= self.stop and (self.total is None or self.stop <= self.total)


def parse_content_range(header: str | None) -> ContentRange | None:
    """Read a `Content-Range` header; None if it is absent or not of this form."""
    match = _CONTENT_RANGE.fullmatch(header or "")
    if match is None:
        return None
    first, last, _star, total = match.groups()
    return ContentRange(
        start=None if first is None else int(first),
        stop=None if last is None else int(last) + 1,
        total=None if total == "*" else int(total),
    )


def strong_etag(header: str | None) -> str | None:
    """Give the entity tag if it proves that two answers are equal byte for byte, else None."""
    tag = (header or "").strip()
    return tag if _STRONG_ETAG.fullmatch(tag) else None


def parse_length(header: str | None) -> int | None:
    """Read a `Content-Length` header; None if it is absent or no number."""
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def range_header(start: int, stop: int | None = None) -> str:
    """Write a `Range` header for the bytes [start, stop), or from `start` on if stop is None."""
    return f"bytes={start}-" if stop is None else f"bytes={start}-{stop - 1}"
