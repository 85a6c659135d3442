"""Uploads to object stores in parts: each part has a presigned URL and is sent in one request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from urllib.parse import urlsplit

import attrs

from annoport.core.http.retry import Refused, Transient
from annoport.core.upload.refusals import TooLarge, judge_refusal

_NO_MORE = frozenset({401, 403, 404, 410})


def headers(url: str, size: int) -> dict[str, str]:
    """Return the headers of the request that sends a part. url: where the store takes it."""
    sent = {"Accept": "*/*", "Content-Length": str(size)}
    if any(pair.startswith("sig=") for pair in urlsplit(url).query.split("&")):
        sent["x-ms-blob-type"] = "BlockBlob"  # Azure, whose signature is called so, requires it
    return sent


@attrs.frozen
class Stored:
    """The store has the part."""


@attrs.frozen
class Dropped:
    """The URL has expired, or the store no longer knows the upload."""


PartOutcome: TypeAlias = Stored | Dropped | TooLarge | Transient | Refused


def judge_part(status: int) -> PartOutcome:
    """Return what the answer to a part means."""
    if 200 <= status < 300:
        return Stored()
    return Dropped() if status in _NO_MORE else judge_refusal(status)


def completion(key: str, upload_id: str, tags: Iterable[str]) -> dict[str, object]:
    """Return the body of the request that completes an upload.

    Args:
        key: Key of the object.
        upload_id: Id of the upload in the store.
        tags: ETags of all parts, in order.
    """
    parts = [{"ETag": tag, "PartNumber": number} for number, tag in enumerate(tags, 1)]
    return {"key": key, "upload_id": upload_id, "parts": parts}
