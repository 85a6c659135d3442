"""TUS 1.0.0, as pure decisions: what to send next, and what an answer means.

The server counts the bytes that it has; in case of doubt, it is asked for that number.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeAlias

import attrs

from annoport.core.http.ranges import parse_length
from annoport.core.http.retry import Refused, Transient, judge_error
from annoport.core.upload.plan import RequestLimit
from annoport.core.upload.refusals import TooLarge, judge_refusal

_VERSION = {"Tus-Resumable": "1.0.0"}
_FORGOTTEN = frozenset({404, 410})
_SILENT_ENOUGH = 2


# --------------------------------------------------------------------------- on the wire


def creation_headers(
    length: int, metadata: Mapping[str, str | None], origin: str
) -> dict[str, str]:
    """Return the headers of the request that creates an upload."""
    headers = {**common_headers(origin), "Upload-Length": str(length)}
    written = upload_metadata(metadata)
    return {**headers, "Upload-Metadata": written} if written else headers


def upload_metadata(pairs: Mapping[str, str | None]) -> str:
    """Return the Upload-Metadata header: names in ASCII, values in Base64 of UTF-8."""
    return ",".join(
        f"{name} {base64.b64encode(text.encode()).decode('ascii')}"
        for name, text in pairs.items()
        if text
    )


def append_headers(start: int, size: int, origin: str) -> dict[str, str]:
    """Return the headers of the request that appends a chunk at `start`."""
    return {
        **common_headers(origin),
        "Upload-Offset": str(start),
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(size),
    }


def common_headers(origin: str) -> dict[str, str]:
    """Return the headers of every TUS request."""
    # Servers build the URL of the upload from Origin, which browsers send, and may fail without.
    return {**_VERSION, "Accept": "*/*", "Origin": origin}


# --------------------------------------------------------------------------- what answers mean


@attrs.frozen
class Has:
    """The server has the bytes before `offset`."""

    offset: int


@attrs.frozen
class Unsure:
    """The answer does not say how many bytes the server has: ask it.

    Attributes:
        taken: Whether the answer was a success all the same.
    """

    taken: bool = False


@attrs.frozen
class Forgotten:
    """The server does not know the upload, or no longer knows it."""


UploadOutcome: TypeAlias = Has | Unsure | Forgotten | TooLarge | Transient | Refused


def judge_append(status: int, headers: Mapping[str, str]) -> UploadOutcome:
    """Return what the answer to a chunk means; `headers` must ignore the case of names."""
    if 200 <= status < 300:
        offset = parse_length(headers.get("upload-offset"))
        return Unsure(taken=True) if offset is None else Has(offset)
    if status == HTTPStatus.CONFLICT or status in _FORGOTTEN:
        return Unsure()
    return judge_refusal(status)


def judge_offset(status: int, headers: Mapping[str, str]) -> UploadOutcome:
    """Return what the answer to a request for the offset means."""
    offset = parse_length(headers.get("upload-offset"))
    if 200 <= status < 300:
        return Unsure() if offset is None else Has(offset)
    return Forgotten() if status in _FORGOTTEN else judge_error(status)


# --------------------------------------------------------------------------- one upload


@attrs.frozen
class Append:
    """Send the bytes [start, stop)."""

    start: int
    stop: int


@attrs.frozen
class AskOffset:
    """Ask the server for its offset."""


@attrs.define(kw_only=True)
class TusState:
    """The progress of one TUS upload.

    A server that has all bytes may forget the upload: asked for the offset, it answers "not found"
    or fails. Suppose that every byte of the last chunk was sent, but its answer was lost or gave no
    offset. Then "not found" means that the upload is complete, and so does a second error 500. If
    the last chunk was answered by an error, neither means that.

    Attributes:
        length: Bytes of the file.
        limit: The most bytes in one request.
        offset: Bytes that the server says it has.
        most: Bytes that it can have, because they were sent.
        whole: Whether the upload is complete.
        confirmed: False if that was only concluded, and not said by the server.
    """

    length: int
    limit: RequestLimit
    offset: int = 0
    most: int = 0
    whole: bool = False
    confirmed: bool = True
    _ask: bool = attrs.field(default=False, init=False)
    _answer_lost: bool = attrs.field(default=False, init=False)
    _errors: int = attrs.field(default=0, init=False)

    def next(self) -> Append | AskOffset:
        """Return what to do next; not to be called once the upload is complete."""
        if self._ask:
            return AskOffset()
        return Append(self.offset, min(self.length, self.offset + self.limit.most))

    def appended(
        self, step: Append, sent: int, outcome: UploadOutcome | None, *, all_sent: bool
    ) -> bool:
        """Note the outcome of a chunk, and return whether the server now has more bytes.

        Args:
            step: What was to be sent.
            sent: Number of bytes that were sent.
            outcome: What the answer means; None if there was none.
            all_sent: Whether every byte of the chunk was sent.
        """
        self.most = max(self.most, step.start + sent)
        if isinstance(outcome, Has):
            return self._has(outcome.offset)
        if isinstance(outcome, TooLarge):
            return False  # nothing was taken
        lost = outcome is None or outcome in (Transient(lost=True), Unsure(taken=True))
        self._answer_lost = lost and all_sent and step.stop == self.length
        self._ask, self._errors = True, 0
        return False

    def answered(self, status: int, outcome: UploadOutcome) -> None:
        """Note the answer to a request for the offset."""
        if isinstance(outcome, Has):
            self._has(outcome.offset)
        elif self._answer_lost:
            self._errors += status == HTTPStatus.INTERNAL_SERVER_ERROR
            if isinstance(outcome, Forgotten) or self._errors >= _SILENT_ENOUGH:
                self.whole, self.confirmed = True, False

    def taken_up(self, offset: int) -> None:
        """Note that an earlier process had sent so many bytes."""
        self.most = offset
        self._has(offset)

    def presume(self) -> None:
        """Note that the server must have the whole file from an earlier process."""
        self.whole, self.confirmed = True, False

    def is_false(self, outcome: UploadOutcome) -> bool:
        """Whether the server claims to have bytes that were never sent."""
        return isinstance(outcome, Has) and outcome.offset > self.most

    def _has(self, offset: int) -> bool:
        more = offset > self.offset
        self.offset, self.whole = offset, offset == self.length
        self._ask = self._answer_lost = False
        return more or self.whole
