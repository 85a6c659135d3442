"""Sequences of JSON documents: one a line, or each after a record separator (RFC 7464)."""

from __future__ import annotations

from typing import Any

import msgspec

from annoport.core.codec.shapes import shape_of
from annoport.core.http.bodies import SEPARATED, essence, is_json

_SEPARATOR = b"\x1e"


class Records:
    """Cuts a sequence into its documents while it arrives.

    Args:
        media_type: The media type of the sequence.
    """

    def __init__(self, media_type: str) -> None:
        self._separated = essence(media_type) == SEPARATED
        self._head = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the documents that are whole now.

        Args:
            piece: What came next.
        """
        *whole, self._head = (self._head + piece).split(_SEPARATOR if self._separated else b"\n")
        if self._separated and self._head.endswith(b"\n") and _is_whole(self._head):
            whole.append(self._head)
            self._head = b""
        return [record for record in whole if record.strip()]

    def rest(self) -> list[bytes]:
        """Return the last document, if nothing stands after it; it may be cut off."""
        rest, self._head = self._head, b""
        return [rest] if rest.strip() else []


def item_type(type_: Any) -> Any:
    """Return the type of the documents of a sequence.

    Args:
        type_: The type of the whole sequence, a list.
    """
    shape = shape_of(type_)
    return shape.args[0] if shape.kind == "list" else Any


def is_document(media_type: str, start: bytes) -> bool:
    """Whether an answer is a single JSON array, where a sequence was expected.

    Args:
        media_type: The media type of the answer.
        start: How its body begins.
    """
    return is_json(media_type) and start.lstrip()[:1] == b"["


def _is_whole(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True
