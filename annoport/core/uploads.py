"""The rules of an upload, as pure decisions: what to send next, and what an answer means.

TUS 1.0.0: the server counts the bytes it has, and is asked for that number whenever it is in
doubt. Parts: each has a URL of its own, and is sent again as a whole.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TypeAlias

import attrs

from annoport.core.errors import InvalidArgumentError
from annoport.core.guards import is_array, is_mapping
from annoport.core.ranges import parse_length
from annoport.core.types import Model

CHUNK = 16 * 1024 * 1024
"""Bytes of one chunk or part, where a larger one is not needed."""

ONE_REQUEST = 1_000_000
"""Bytes that go in one plain form: just what web servers take at most unless told otherwise."""

_FILES_OF_A_FORM = 100  # web frameworks refuse more, against floods of tiny ones
_LEAST_PART, _MOST_PARTS = 5 * 1024 * 1024, 10_000  # what S3 stores allow
_MEBIBYTE = 1024 * 1024
_VERSION = {"Tus-Resumable": "1.0.0"}
_BUSY = frozenset({408, 423, 425, 429, 500, 502, 503, 504})
_ANSWER_LOST = frozenset({502, 504})  # a proxy says so of the server behind it
_FORGOTTEN = frozenset({404, 410})
_NO_MORE = frozenset({401, 403, 404, 410})
_SILENT_ENOUGH = 2


# --------------------------------------------------------------------------- which way


def fits_one_request(sizes: Sequence[int], fields: Mapping[str, object]) -> bool:
    """Whether one plain form does: it saves round trips, but starts anew when it breaks.

    Values that are lists or objects go the long way, in the JSON of the finishing request:
    servers differ in how they read them from a form.
    """
    small = sum(sizes) <= ONE_REQUEST and len(sizes) <= _FILES_OF_A_FORM
    plain = not any(
        is_array(value) or is_mapping(value) or isinstance(value, Model)
        for value in fields.values()
    )
    return small and plain


def chunk_size(wanted: int | None) -> int:
    """Bytes of a TUS chunk. Raises InvalidArgumentError."""
    return CHUNK if wanted is None else _checked(wanted, 1)


def part_size(total: int, wanted: int | None) -> int:
    """Bytes of a part of a file: so many that there are not too many parts.

    Raises InvalidArgumentError for a wish that stores do not take.
    """
    least = -(-total // _MOST_PARTS)
    if wanted is None:
        return max(CHUNK, -(-least // _MEBIBYTE) * _MEBIBYTE)
    if wanted < total:  # the last part may be smaller
        least = max(least, _LEAST_PART)
    return _checked(wanted, least)


def _checked(wanted: int, least: int) -> int:
    if isinstance(wanted, bool) or wanted < max(1, least):
        raise InvalidArgumentError(f"chunk_size is {wanted!r}: expected at least {max(1, least)}")
    return wanted


def cut(total: int, size: int) -> list[tuple[int, int]]:
    """[start, stop) of each part; an empty file is one empty part."""
    return [(at, min(total, at + size)) for at in range(0, max(total, 1), size)]


# --------------------------------------------------------------------------- TUS on the wire


def creation(length: int, metadata: Mapping[str, str | None], origin: str) -> dict[str, str]:
    """Headers of the request that makes an upload."""
    headers = {**talk(origin), "Upload-Length": str(length)}
    written = upload_metadata(metadata)
    return {**headers, "Upload-Metadata": written} if written else headers


def upload_metadata(pairs: Mapping[str, str | None]) -> str:
    """The Upload-Metadata header: names in ASCII, values in Base64 of UTF-8."""
    return ",".join(
        f"{name} {base64.b64encode(text.encode()).decode('ascii')}"
        for name, text in pairs.items()
        if text
    )


def appending(start: int, size: int, origin: str) -> dict[str, str]:
    """Headers of the request that appends a chunk at `start`."""
    return {
        **talk(origin),
        "Upload-Offset": str(start),
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(size),
    }


def talk(origin: str) -> dict[str, str]:
    """Headers of every TUS request."""
    # Browsers send Origin. Servers build the upload's URL from it, and may fail without.
    return {**_VERSION, "Accept": "*/*", "Origin": origin}


# --------------------------------------------------------------------------- what answers mean


@attrs.frozen
class Has:
    """The server has the bytes before `offset`."""

    offset: int


@attrs.frozen
class Unsure:
    """The answer does not tell what the server has: ask it. taken: but it is no error."""

    taken: bool = False


@attrs.frozen
class Busy:
    """An error that may pass. lost: it is a proxy's, and the server's own answer was lost."""

    lost: bool = False


@attrs.frozen
class Forgotten:
    """The server knows no such upload, or not any more."""


@attrs.frozen
class Refused:
    """An error that will not pass."""


Verdict: TypeAlias = Has | Unsure | Busy | Forgotten | Refused


def judge_append(status: int, headers: Mapping[str, str]) -> Verdict:
    """What the answer to a chunk means. headers: read whatever their case."""
    if 200 <= status < 300:
        offset = parse_length(headers.get("upload-offset"))
        return Unsure(taken=True) if offset is None else Has(offset)
    if status == HTTPStatus.CONFLICT or status in _FORGOTTEN:
        return Unsure()
    return _judge_error(status)


def judge_ask(status: int, headers: Mapping[str, str]) -> Verdict:
    """What the answer to a question for the offset means."""
    offset = parse_length(headers.get("upload-offset"))
    if 200 <= status < 300:
        return Unsure() if offset is None else Has(offset)
    return Forgotten() if status in _FORGOTTEN else _judge_error(status)


def judge_part(status: int) -> Verdict:
    """What the answer of a store to a part means; Forgotten is a URL that has expired."""
    if 200 <= status < 300:
        return Has(0)
    return Forgotten() if status in _NO_MORE else _judge_error(status)


def _judge_error(status: int) -> Busy | Refused:
    return Busy(lost=status in _ANSWER_LOST) if status in _BUSY else Refused()


# --------------------------------------------------------------------------- one TUS upload


@attrs.frozen
class Append:
    """Send the bytes [start, stop)."""

    start: int
    stop: int


@attrs.frozen
class Ask:
    """Ask the server for its offset."""


@attrs.define(kw_only=True)
class Tally:
    """How far one TUS upload has come.

    length: of the file. chunk: most bytes of one request.
    offset: bytes that the server said it has. most: bytes that it can have, as they were sent.
    whole: it has all. confirmed: it said so itself.

    Once it has all bytes, a server need not know the upload any more: asked for the offset it may
    say "not found", or fail. So when the answer to the last chunk is lost, or does not tell, that
    counts as whole; but only if every byte of it had been sent, and an error only when it comes
    twice. What refused the last chunk by an error of its own does not count as done.
    """

    length: int
    chunk: int
    offset: int = 0
    most: int = 0
    whole: bool = False
    confirmed: bool = True
    _ask: bool = attrs.field(default=False, init=False)
    _answer_lost: bool = attrs.field(default=False, init=False)
    _errors: int = attrs.field(default=0, init=False)

    def next(self) -> Append | Ask:
        """What to do next, as long as it is not whole."""
        if self._ask:
            return Ask()
        return Append(self.offset, min(self.length, self.offset + self.chunk))

    def appended(self, step: Append, sent: int, verdict: Verdict | None, *, all_sent: bool) -> bool:
        """Note what came of a chunk; whether the server has more bytes now.

        sent: bytes that left. verdict: on the answer; None if there was none.
        """
        self.most = max(self.most, step.start + sent)
        if isinstance(verdict, Has):
            return self._has(verdict.offset)
        lost = verdict is None or verdict in (Busy(lost=True), Unsure(taken=True))
        self._answer_lost = lost and all_sent and step.stop == self.length
        self._ask, self._errors = True, 0
        return False

    def asked(self, status: int, verdict: Verdict) -> None:
        """Note the answer to a question."""
        if isinstance(verdict, Has):
            self._has(verdict.offset)
        elif self._answer_lost:
            self._errors += status == HTTPStatus.INTERNAL_SERVER_ERROR
            if isinstance(verdict, Forgotten) or self._errors >= _SILENT_ENOUGH:
                self.whole, self.confirmed = True, False

    def is_false(self, verdict: Verdict) -> bool:
        """Whether the server claims to have bytes that were never sent."""
        return isinstance(verdict, Has) and verdict.offset > self.most

    def _has(self, offset: int) -> bool:
        more = offset > self.offset
        self.offset, self.whole = offset, offset == self.length
        self._ask = self._answer_lost = False
        return more or self.whole


def completion(key: str, upload_id: str, tags: Iterable[str]) -> dict[str, object]:
    """The body that lets a store put parts together. tags: the ETag of each part, in order."""
    parts = [{"ETag": tag, "PartNumber": number} for number, tag in enumerate(tags, 1)]
    return {"key": key, "upload_id": upload_id, "parts": parts}
