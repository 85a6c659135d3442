"""Answering requests for a file or a part of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import anyio
import attrs
from starlette.responses import Response, StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import Request

    from annoport.testing.payloads import Payload

_SINGLE = re.compile(r"bytes=(\d*)-(\d*)")
_SEVERAL = re.compile(r"bytes=\d*-\d*(,\d*-\d*)+")
_BOUNDARY = "00000000000000000001"
_SLICES_PER_SECOND = 20


class Span(NamedTuple):
    """Bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int


class UnsatisfiableRangeError(ValueError):
    """A range that begins beyond the end of the file."""


@attrs.define(kw_only=True)
class Link:
    """The connection that downloads pass through.

    Attributes:
        bytes_per_second: The speed of every download; None is as fast as possible.
        cuts: One number for each of the next downloads, the bytes after which it is dropped.
    """

    bytes_per_second: int | None = None
    cuts: list[int] = attrs.field(factory=list[int])

    async def send(self, payload: Payload, span: Span) -> AsyncIterator[bytes]:
        """Yield the bytes of `span` at the speed of the connection, fewer if it is cut."""
        left = self.cuts.pop(0) if self.cuts else span.stop - span.start
        size = 64 * 1024
        if self.bytes_per_second:
            size = max(1, min(size, self.bytes_per_second // _SLICES_PER_SECOND))
        for chunk in payload.chunks(span.start, min(span.stop, span.start + left), size=size):
            yield chunk
            if self.bytes_per_second:
                await anyio.sleep(len(chunk) / self.bytes_per_second)


def single_range(header: str | None, size: int) -> Span | None:
    """Return the range that a Range header asks for.

    Args:
        header: The value of the header, None without one.
        size: The size of the file.

    Returns:
        The range; None if the whole file is the answer: to no header, a malformed one, or one
        with several ranges.

    Raises:
        UnsatisfiableRangeError: The range begins beyond the end of the file.
    """
    match = _SINGLE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        span = Span(max(0, size - int(last)), size)
    elif last and int(last) < int(first):
        return None
    else:
        span = Span(int(first), min(int(last) + 1, size) if last else size)
    if span.start >= span.stop:
        raise UnsatisfiableRangeError(header)
    return span


def whole(payload: Payload, link: Link, *, headers: Mapping[str, str]) -> Response:
    """Answer 200 with the whole file; `headers` must hold its content-type."""
    return StreamingResponse(
        link.send(payload, Span(0, payload.size)),
        headers={**headers, "content-length": str(payload.size)},
    )


def part(payload: Payload, span: Span, link: Link, *, headers: Mapping[str, str]) -> Response:
    """Answer 206 with `span` of the file; `headers` must hold its content-type."""
    return StreamingResponse(
        link.send(payload, span),
        status_code=206,
        headers={
            **headers,
            "content-length": str(span.stop - span.start),
            "content-range": f"bytes {span.start}-{span.stop - 1}/{payload.size}",
        },
    )


def answer_validated(
    request: Request,
    payload: Payload,
    link: Link,
    *,
    headers: Mapping[str, str],
    unsatisfiable: str = "",
    several: bool = False,
) -> Response:
    """Answer 200, 206, 304 or 416, as a server with strong ETags does.

    Args:
        request: The request, whose range and condition headers count.
        payload: The file.
        link: The connection that the answer passes through.
        headers: Must hold content-type and etag (in lower case), and last-modified if it is sent.
        unsatisfiable: The HTML or XML of the 416.
        several: Whether a request for several ranges gets these and not the whole file.
    """
    etag = headers["etag"]
    if _matches(request.headers.get("if-none-match"), etag):
        kept = {k: v for k, v in headers.items() if k != "content-type"}
        return Response(status_code=304, headers=kept)
    asked = request.headers.get("range")
    condition = request.headers.get("if-range")
    if condition is not None and condition not in (etag, headers.get("last-modified")):
        asked = None
    try:
        span = single_range(asked, payload.size)
        spans = _several_ranges(asked, payload.size) if several else []
    except UnsatisfiableRangeError:
        return _not_satisfiable(payload, headers, unsatisfiable)
    if spans:
        return _parts(payload, spans, headers)
    if span is None:
        return whole(payload, link, headers={"accept-ranges": "bytes", **headers})
    return part(payload, span, link, headers=headers)


def _several_ranges(header: str | None, size: int) -> list[Span]:
    if header is None or not _SEVERAL.fullmatch(header):
        return []
    ranges = header.removeprefix("bytes=").split(",")
    spans = [single_range(f"bytes={one}", size) for one in ranges]
    return [span for span in spans if span is not None]


def _parts(payload: Payload, spans: list[Span], headers: Mapping[str, str]) -> Response:
    """Answer 206 with several parts of the file."""
    body = b""
    for span in spans:
        place = f"bytes {span.start}-{span.stop - 1}/{payload.size}"
        head = f"Content-Type: {headers['content-type']}\r\nContent-Range: {place}"
        body += f"\r\n--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + payload.read(*span)
    body += f"\r\n--{_BOUNDARY}--\r\n".encode()
    media_type = f"multipart/byteranges; boundary={_BOUNDARY}"
    return Response(body, status_code=206, headers={**headers, "content-type": media_type})


def _matches(condition: str | None, etag: str) -> bool:
    return condition is not None and (condition == "*" or etag in re.split(r"\s*,\s*", condition))


def _not_satisfiable(payload: Payload, headers: Mapping[str, str], body: str) -> Response:
    dropped = ("content-type", "etag", "last-modified")
    kept = {k: v for k, v in headers.items() if k not in dropped}
    kept["content-range"] = f"bytes */{payload.size}"
    kept["content-type"] = "application/xml" if body.startswith("<?xml") else "text/html"
    return Response(body, status_code=416, headers=kept)
