"""The rules of a safe download, as pure decisions: what to ask for, and what an answer means.

The bytes received so far belong to one `Version` of the file. They are only continued if the
server proves that it still serves that version; in case of doubt, the download starts again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

import attrs

from annoport.core.contract.extensions import Download
from annoport.core.download.file_names import from_disposition
from annoport.core.http.ranges import (
    ContentRange,
    parse_content_range,
    parse_length,
    range_header,
    strong_etag,
)
from annoport.core.http.retry import Refused, Transient, judge_error

OVERLAP = 64 * 1024
"""Bytes that are fetched again and compared where nothing else proves the version."""

MAX_REDIRECTS = 5
MAX_RESTARTS = 3
"""How often a download starts again because the file changed meanwhile."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_EXPIRED = frozenset({400, 401, 403, 404, 410})
_SMALLEST_PIECE, _LARGEST_PIECE = 1024 * 1024, 16 * 1024 * 1024
_SIGNATURE_PREFIXES = ("x-amz-", "x-goog-", "x-oss-", "x-cos-")
_SIGNATURE_PARAMETERS = frozenset(
    {
        *("awsaccesskeyid", "googleaccessid", "signature", "expires", "policy", "key-pair-id"),
        *("token", "sig", "se", "sp", "sv", "sr", "st", "spr", "sip"),
        *("ske", "skoid", "sks", "skt", "sktid", "skv"),
        *("response-content-disposition", "response-content-type"),
    }
)


@attrs.frozen(kw_only=True)
class FileIdentity:
    """Identifies a remote file without credentials or signatures, so that it can be stored.

    Attributes:
        key: Digest of everything that distinguishes this file from others.
        label: Name of the file in messages.
        job: Id of the job that made the file, if any.
    """

    key: str
    label: str
    job: str | None = None

    @classmethod
    def of(cls, *identity: str, label: str, job: str | None = None) -> FileIdentity:
        """Return the identity of the file that the strings in `identity` together determine."""
        digest = hashlib.sha256("\0".join((*identity, job or "")).encode()).hexdigest()
        return cls(key=digest, label=label, job=job)


def lasting_url(url: str) -> str:
    """Return the part of a URL that stays the same when the URL is signed again."""
    parts = urlsplit(url)
    query = sorted(
        f"{name}={value}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _signs(name.lower())
    )
    return f"{parts.scheme}://{parts.hostname}:{parts.port or ''}{parts.path}?{'&'.join(query)}"


def _signs(name: str) -> bool:
    return name.startswith(_SIGNATURE_PREFIXES) or name in _SIGNATURE_PARAMETERS


@attrs.frozen(kw_only=True)
class Version:
    """One version of a file.

    Attributes:
        etag: Its strong entity tag, if the server sent one.
        modified: Its Last-Modified header, as sent.
        total: Its size in bytes; None if unknown.
        encoded: Whether the server compressed it unasked, so that offsets mean nothing.
    """

    etag: str | None = None
    modified: str | None = None
    total: int | None = None
    encoded: bool = False


@attrs.frozen(kw_only=True)
class FetchRequest:
    """A request for the bytes [start, stop) of a file.

    Attributes:
        start: Offset of the first byte.
        stop: Offset after the last byte; None for the end of the file.
        have: Number of bytes already received. Those from `start` to `have` are fetched again,
            to be compared.
        headers: Headers that ask for these bytes.
    """

    start: int
    stop: int | None = None
    have: int = 0
    headers: Mapping[str, str]

    @property
    def is_part(self) -> bool:
        """Whether it asks for less than the whole file."""
        return "Range" in self.headers


@attrs.frozen(kw_only=True)
class Fresh:
    """The whole file follows.

    Attributes:
        version: Its version.
        encoding: How its bytes are compressed, if they are.
        name: Its name according to the server, if it sent one.
        media_type: Its media type, in lower case; "" if the server sent none.
    """

    version: Version
    encoding: str | None
    name: str | None
    media_type: str


@attrs.frozen(kw_only=True)
class Rest:
    """The bytes [start, stop) of the known version, which has `total` bytes, follow."""

    start: int
    stop: int
    total: int


@attrs.frozen
class Unfit:
    """The answer does not continue the received bytes: start again. `reason` is for messages."""

    reason: str


@attrs.frozen
class Unchanged:
    """The version named in the request is still the current one (304)."""


@attrs.frozen
class Moved:
    """The file is at `location`."""

    location: str


@attrs.frozen
class Expired:
    """The URL is no longer valid, but a new one can be had."""


FetchOutcome: TypeAlias = Fresh | Rest | Unfit | Unchanged | Moved | Expired | Transient | Refused


def ask_for_all() -> FetchRequest:
    """Return a request for the whole file."""
    return FetchRequest(start=0, headers={"Accept-Encoding": "identity"})


def ask_if_changed(version: Version) -> FetchRequest:
    """Return a request for the whole file, unless it is still `version`."""
    headers = dict(ask_for_all().headers)
    if version.etag is not None:
        headers["If-None-Match"] = version.etag
    elif version.modified is not None:
        headers["If-Modified-Since"] = version.modified
    return FetchRequest(start=0, headers=headers)


def ask_for_rest(
    rules: Download, version: Version | None, have: int, *, cold: bool
) -> FetchRequest:
    """Return a request for the missing bytes, or for all if they cannot be continued safely.

    Args:
        rules: How the server behaves.
        version: Version that the received bytes belong to.
        have: Number of bytes already received.
        cold: Whether another process received them; if so, the last ones are compared too.
    """
    if version is None or have == 0 or not can_resume(rules, version, have):
        return ask_for_all()
    overlap = OVERLAP if cold or rules.validator != "etag" else 0
    if have == version.total:
        overlap = max(1, overlap)  # a range cannot start at the end, but one byte is enough proof
    start = have - overlap
    if start <= 0:
        return ask_for_all()
    return _ask_for_part(rules, version, start, None, have)


def ask_for_piece(rules: Download, version: Version, start: int, stop: int) -> FetchRequest:
    """Return a request for the bytes [start, stop), for a download over several connections."""
    return _ask_for_part(rules, version, start, stop, start)


def can_resume(rules: Download, version: Version, have: int) -> bool:
    """Whether the server can prove that more bytes belong to the same version."""
    if rules.ranges == "none" or version.encoded:
        return False
    if version.total is not None and have > version.total:
        return False
    if rules.validator == "etag":
        return version.etag is not None
    if rules.validator == "last-modified":
        return version.modified is not None and version.total is not None
    return version.total is not None


def piece_size(rules: Download, version: Version, connections: int) -> int | None:
    """Return the number of bytes per piece; None if the file should not be fetched in pieces.

    Pieces need several connections, a server that sends any range and proves the version, and a
    file that is large enough.
    """
    total = version.total
    if connections == 1 or rules.ranges != "any" or version.etag is None or total is None:
        return None
    if total < 2 * _SMALLEST_PIECE:
        return None
    return min(_LARGEST_PIECE, max(_SMALLEST_PIECE, total // (connections * 4)))


def _ask_for_part(
    rules: Download, version: Version, start: int, stop: int | None, have: int
) -> FetchRequest:
    headers = {**ask_for_all().headers, "Range": range_header(start, stop)}
    if rules.validator == "etag" and version.etag is not None:
        headers["If-Range"] = version.etag
    elif rules.validator == "last-modified" and version.modified is not None:
        headers["If-Range"] = version.modified
    return FetchRequest(start=start, stop=stop, have=have, headers=headers)


def judge(
    ask: FetchRequest,
    rules: Download,
    version: Version | None,
    status: int,
    headers: Mapping[str, str],
    *,
    renewable: bool,
) -> FetchOutcome:
    """Return what the answer to a request means.

    Args:
        ask: The request.
        rules: How the server behaves.
        version: Version that the received bytes belong to.
        status: Status of the answer.
        headers: Headers of the answer, with names in lower case.
        renewable: Whether a new URL can be had if this one has expired.
    """
    if status == HTTPStatus.OK:
        return _fresh(headers)
    if status == HTTPStatus.PARTIAL_CONTENT:
        return _judge_part(ask, rules, version, headers)
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and ask.is_part:
        return _judge_no_part(ask, version, headers)
    return _judge_other(status, headers.get("location"), renewable=renewable)


def _judge_other(status: int, location: str | None, *, renewable: bool) -> FetchOutcome:
    """Return the meaning of an answer that holds no byte of the file."""
    if status == HTTPStatus.NOT_MODIFIED:
        return Unchanged()
    if status in _REDIRECTS and location:
        return Moved(location)
    if status in _EXPIRED and renewable:
        return Expired()
    return judge_error(status)


def _judge_no_part(
    ask: FetchRequest, version: Version | None, headers: Mapping[str, str]
) -> Rest | Unfit:
    """Return the meaning of a 416: nothing is missing if the file ends where our bytes end.

    A server looks at the range only if the validator in the request still holds.
    """
    found = parse_content_range(headers.get("content-range"))
    if version is None or found is None or not found.total == ask.have == version.total:
        return Unfit("the server has no such part of the file")
    return Rest(start=ask.have, stop=ask.have, total=ask.have)


def _fresh(headers: Mapping[str, str]) -> Fresh:
    encoding = _encoding(headers)
    version = Version(
        etag=None if encoding else strong_etag(headers.get("etag")),
        modified=None if encoding else headers.get("last-modified"),
        total=None if encoding else parse_length(headers.get("content-length")),
        encoded=encoding is not None,
    )
    return Fresh(
        version=version,
        encoding=encoding,
        name=from_disposition(headers.get("content-disposition")),
        media_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
    )


def _encoding(headers: Mapping[str, str]) -> str | None:
    coding = headers.get("content-encoding", "").strip().lower()
    return coding if coding not in ("", "identity") else None


def _judge_part(
    ask: FetchRequest, rules: Download, version: Version | None, headers: Mapping[str, str]
) -> Rest | Fresh | Unfit:
    found = parse_content_range(headers.get("content-range"))
    if not ask.is_part:
        return _judge_unasked_part(found, headers)
    if (
        version is None
        or found is None
        or found.start is None
        or found.stop is None
        or not found.consistent
    ):
        return Unfit("the server sent a part of the file without saying which one")
    total = found.total if found.total is not None else version.total
    doubt = _wrong_place(ask, found, headers) or _other_version(rules, version, found, headers)
    if doubt is not None or total is None:
        return Unfit(doubt or "the server does not say how large the file is")
    return Rest(start=found.start, stop=found.stop, total=total)


def _judge_unasked_part(found: ContentRange | None, headers: Mapping[str, str]) -> Fresh | Unfit:
    """Return the meaning of a part that answers a request for all: it may be the whole file."""
    if found is None or found.start != 0 or found.stop is None or found.stop != found.total:
        return Unfit("the server sent a part of the file although all of it was requested")
    doubt = _wrong_length(found.stop, headers)
    if doubt is not None:
        return Unfit(doubt)
    fresh = _fresh(headers)
    return attrs.evolve(fresh, version=attrs.evolve(fresh.version, total=found.total))


def _wrong_place(ask: FetchRequest, found: ContentRange, headers: Mapping[str, str]) -> str | None:
    """Return why a part is not the requested one; None if it is."""
    start, stop = found.start or 0, found.stop or 0
    if start != ask.start or (ask.stop is not None and stop > ask.stop):
        return f"the server sent the bytes from {start} to {stop}, not from {ask.start} as asked"
    return _wrong_length(stop - start, headers)


def _wrong_length(count: int, headers: Mapping[str, str]) -> str | None:
    """Return why the body of a part is not the `count` bytes that it should be; None if it is."""
    length = parse_length(headers.get("content-length"))
    if length is not None and length != count:
        return f"the server sent {length} bytes for a part of {count} bytes"
    return "the server sent a compressed part" if _encoding(headers) else None


def _other_version(
    rules: Download, version: Version, found: ContentRange, headers: Mapping[str, str]
) -> str | None:
    """Return why a part may belong to another version; None if it provably does not."""
    if version.total is not None and found.total not in (None, version.total):
        return f"the file had {version.total} bytes and now has {found.total}"
    if rules.validator == "etag":
        same = strong_etag(headers.get("etag")) == version.etag
        return None if same else "the entity tag of the file has changed"
    if found.total is None:
        return "the server does not say how large the file is"
    modified = headers.get("last-modified", version.modified)
    if rules.validator == "last-modified" and modified != version.modified:
        return "the modification time of the file has changed"
    return None
