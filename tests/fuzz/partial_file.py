"""What a download has left on the disk, read without the code that wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from tests.core.file_server import etag_of
from tests.fuzz.server_styles import Style

WINDOW = 64 * 1024
"""Bytes that a resume may fetch again to compare them."""

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@attrs.frozen(kw_only=True)
class Kept:
    """The partial file of a target.

    Attributes:
        spans: The bytes that are there.
        content: The bytes of the file.
        etag, total: What its sidecar says about the whole file.
        piece: The size of a piece, if it is fetched in pieces.
    """

    spans: tuple[tuple[int, int], ...] = ()
    content: bytes = attrs.field(default=b"", repr=False)
    etag: str | None = None
    total: int | None = None
    piece: int | None = None

    @property
    def count(self) -> int:
        """How many bytes are there."""
        return sum(stop - start for start, stop in self.spans)

    def may_go_on(self, style: Style) -> bool:
        """Return whether there is something that proves that a resume is right."""
        if style.rules.validator == "job":
            return self.total is not None
        return self.etag is not None

    def belongs_to(self, content: bytes, style: Style) -> bool:
        """Return whether the bytes are those of `content`, and the sidecar says so."""
        if not self.may_go_on(style) or self.total not in (None, len(content)):
            return False
        if style.rules.validator == "etag" and self.etag != etag_of(content):
            return False
        return self.is_part_of(content)

    def is_part_of(self, content: bytes) -> bool:
        """Return whether each byte is that of `content`, whatever the sidecar says."""
        return all(self.content[start:stop] == content[start:stop] for start, stop in self.spans)

    def asked_again(self, ranges: str, size: int) -> int:
        """Return how many of the bytes a request asks for; `ranges` is its Range header or ""."""
        match = _RANGE.fullmatch(ranges)
        first, last = match.groups() if match else ("0", "")
        begin, end = int(first), int(last) + 1 if last else max(size, len(self.content))
        shared = (min(stop, end) - max(start, begin) for start, stop in self.spans)
        return sum(max(0, count) for count in shared)


def read_kept(target: Path) -> Kept:
    """Read what is on the disk for `target`, which has at most one partial file."""
    found = list(target.parent.glob(f".{target.name}.*.partial"))
    if not found:
        return Kept()
    content = found[0].read_bytes()
    known = json.loads(found[0].with_name(f"{found[0].name}.json").read_bytes())
    piece, total = known.get("piece"), known.get("total")
    spans = [(0, len(content))]
    if piece is not None:
        spans = list(_piece_spans(known)) if len(content) == total else []  # not allocated yet
    return Kept(
        spans=tuple(spans), content=content, etag=known.get("etag"), total=total, piece=piece
    )


def _piece_spans(known: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield the bytes that a sidecar says are there."""
    piece, total = known["piece"], known["total"]
    for index in known.get("pieces", []):
        yield index * piece, min((index + 1) * piece, total)
    for index, count in known.get("begun", {}).items():
        yield int(index) * piece, int(index) * piece + count
