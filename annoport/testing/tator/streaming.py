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
_ROWS_AT_ONCE = 50
_CHUNK_BYTES = 4090


class LineDroppedError(Exception):
    """Raised inside the server to make it drop the connection."""


def streamed(rows: list[Row], *, gzip: bool, cut: ListCut | None = None) -> Response:
    """Answer 200 with a JSON list in chunks, without a content-length."""
    headers = {"content-encoding": "gzip"} if gzip else {}
    return StreamingResponse(
        _chunks(rows, gzip=gzip, cut=cut), media_type="application/json", headers=headers
    )


async def _chunks(rows: list[Row], *, gzip: bool, cut: ListCut | None) -> AsyncIterator[bytes]:
    text: Iterable[bytes] = _text(rows)
    if cut is not None:
        whole = b"".join(text)
        text = [whole[: len(whole) // 2]]
    coder = zlib.compressobj(wbits=31) if gzip else None
    for piece in text:
        for chunk in _split(coder.compress(piece) if coder else piece):
            yield chunk
    if coder and cut in ("gzip", "connection"):
        yield coder.flush(zlib.Z_SYNC_FLUSH)
    elif coder:
        for chunk in _split(coder.flush()):
            yield chunk
    if cut == "connection":
        raise LineDroppedError


def _split(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _CHUNK_BYTES] for at in range(0, len(data), _CHUNK_BYTES))


def _text(rows: list[Row]) -> Iterator[bytes]:
    """Write the rows as they are asked for, as the server does."""
    yield b"["
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        written = [
            json.dumps(row, separators=(",", ":")) for row in rows[start : start + _ROWS_AT_ONCE]
        ]
        yield (("," if start else "") + ",".join(written)).encode()
    yield b"]"
