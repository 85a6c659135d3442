"""Parsing and writing the headers of HTTP range requests (RFC 9110, section 14)."""

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

    Attributes:
        start: The first byte that the body holds; None if it holds none (`bytes */total`).
        stop: The byte after the last one, or None likewise. An empty range, which some servers
            write as `bytes 5-4/5`, has `start == stop`.
        total: The size of the whole file in bytes, or None if the server does not say.
    """

    start: int | None
    stop: int | None
    total: int | None

    @property
    def consistent(self) -> bool:
        """Whether the numbers can describe part of a file."""
        if self.start is None or self.stop is None:
            return self.total is not None
        return self.start <= self.stop and (self.total is None or self.stop <= self.total)


def parse_content_range(header: str | None) -> ContentRange | None:
    """Parse a `Content-Range` header; return None if it is absent or malformed."""
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
    """Return the entity tag if it is strong (it identifies every byte of the file), else None."""
    tag = (header or "").strip()
    return tag if _STRONG_ETAG.fullmatch(tag) else None


def parse_length(header: str | None) -> int | None:
    """Parse a `Content-Length` header; return None if it is absent or not a number."""
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def range_header(start: int, stop: int | None = None) -> str:
    """Return a `Range` header for the bytes [start, stop); a `stop` of None means to the end."""
    return f"bytes={start}-" if stop is None else f"bytes={start}-{stop - 1}"
