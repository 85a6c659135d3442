"""Streaming of lists: an answer begins before all of its rows exist, so it may end too early."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Literal, TypeAlias

from starlette.responses import Response, StreamingResponse

from annoport.testing.tator.state import Row

ListCut: TypeAlias = Literal["json", "gzip", "connection"]
"""How a streamed list ends too early: the JSON text stops inside a whole gzip stream, the gzip
stream stops inside a whole HTTP answer, or the connection is dropped."""
_ROWS_PER_CHUNK = 200


class LineDroppedError(Exception):
    """Raised inside the server to make it drop the connection."""


def streamed(rows: list[Row], *, gzip: bool, cut: ListCut | None = None) -> Response:
    """Answer 200 with a JSON list in chunks, without a content-length."""
    headers = {"content-encoding": "gzip"} if gzip else {}
    return StreamingResponse(
        _chunks(rows, gzip=gzip, cut=cut), media_type="application/json", headers=headers
    )


async def _chunks(rows: list[Row], *, gzip: bool, cut: ListCut | None) -> AsyncIterator[bytes]:
    text = list(_text(rows))
    if cut is not None:
        half = "".join(text).encode()
        text = [half[: len(half) // 2].decode(errors="ignore")]
    coder = zlib.compressobj(wbits=31) if gzip else None
    for piece in text:
        raw = piece.encode()
        yield coder.compress(raw) + coder.flush(zlib.Z_SYNC_FLUSH) if coder else raw
    if cut == "connection":
        raise LineDroppedError
    if coder and cut != "gzip":
        yield coder.flush()


def _text(rows: Iterable[Row]) -> Iterator[str]:
    written = [json.dumps(row) for row in rows]
    yield "["
    for start in range(0, len(written), _ROWS_PER_CHUNK):
        yield (", " if start else "") + ", ".join(written[start : start + _ROWS_PER_CHUNK])
    yield "]"
