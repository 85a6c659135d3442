"""The object store, which presigned URLs lead to on an origin of its own.

It refuses requests that carry the platform's token.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote, unquote, urlencode
from xml.sax.saxutils import escape

import attrs
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from annoport.testing.clock import Clock
from annoport.testing.payloads import Payload
from annoport.testing.ranges import Link, UnsatisfiableRangeError, answer_validated, single_range
from annoport.testing.tator.answers import TatorError
from annoport.testing.tator.state import Row

BUCKET = "tator"
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_CREDENTIAL = "FAKE/20260101/us-east-2/s3/aws4_request"


@attrs.define(kw_only=True)
class StoredObject:
    """A file in the store."""

    payload: Payload
    etag: str
    modified: datetime


class StoreError(Exception):
    """A refusal, in the XML of S3."""

    def __init__(self, status: int, code: str, message: str, **more: str) -> None:
        """Hold what the answer consists of."""
        super().__init__(message)
        self.status = status
        self.parts = {"Code": code, "Message": message, **more}

    def response(self) -> Response:
        """Return the answer."""
        inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in self.parts.items())
        return Response(
            f'<?xml version="1.0" encoding="utf-8"?>\n<Error>{inner}</Error>',
            status_code=self.status,
            media_type="application/xml",
        )


class ObjectStore:
    """Objects by key, uploads in parts, and the signatures that give access to them.

    url: the store's own origin; set when the server starts.
    min_part_bytes: the smallest size of a part, except for the last one.
    """

    def __init__(self, link: Link, clock: Clock, *, min_part_bytes: int) -> None:
        """Start empty; downloads pass through `link`."""
        self._clock = clock
        self.url = ""
        self.min_part_bytes = min_part_bytes
        self.objects: dict[str, StoredObject] = {}
        self._link = link
        self._uploads: dict[str, dict[int, bytes]] = {}
        self._secrets = [secrets.token_bytes(16)]

    # ------------------------------------------------------------------- for the platform

    def put(self, key: str, content: bytes | Payload) -> StoredObject:
        """Store a file; an older one under the same key is replaced."""
        payload = content if isinstance(content, Payload) else Payload([content])
        stored = StoredObject(
            payload=payload, etag=f'"{payload.digest}"', modified=self._clock.now()
        )
        self.objects[key] = stored
        return stored

    def sign(
        self, key: str, seconds: int, *, method: str = "GET", query: Mapping[str, str] | None = None
    ) -> str:
        """Return a URL that gives access to `key` for `seconds`."""
        date = self._clock.now().strftime(_DATE_FORMAT)
        signed = _signed_text(method, key, date, str(seconds))
        parameters = {
            **(query or {}),
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": _CREDENTIAL,
            "X-Amz-Date": date,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Signature": _signature(self._secrets[-1], signed),
        }
        return f"{self.url}/{BUCKET}/{quote(key)}?{urlencode(parameters)}"

    def expire_urls(self) -> None:
        """Make all URLs that were signed so far expire."""
        self._secrets.append(secrets.token_bytes(16))

    def key_in(self, url: str) -> str | None:
        """Return the key in a URL of the store, None for any other URL."""
        prefix = f"{self.url}/{BUCKET}/"
        if not url.startswith(prefix):
            return None
        return unquote(url.partition("?")[0].removeprefix(prefix))

    def start_upload(self) -> str:
        """Open an upload in parts and return its id."""
        upload_id = secrets.token_urlsafe(36)
        self._uploads[upload_id] = {}
        return upload_id

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[Row]) -> None:
        """Join the parts; TatorError where one is unknown, changed or too small."""
        received = self._uploads.get(upload_id)
        if received is None:
            raise _completion_error("NoSuchUpload", "The specified upload does not exist.")
        for part in parts:
            content = received.get(part["PartNumber"])
            if content is None or part["ETag"].strip('"') != _md5(content):
                raise _completion_error(
                    "InvalidPart", "One or more of the specified parts could not be found."
                )
        contents = [received[part["PartNumber"]] for part in parts]
        if any(len(content) < self.min_part_bytes for content in contents[:-1]):
            raise _completion_error(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed object size.",
            )
        stored = self.put(key, Payload(contents))
        stored.etag = f'"{stored.payload.digest}-{len(contents)}"'

    # ------------------------------------------------------------------- as a server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as an ASGI application."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except StoreError as error:
            response = error.response()
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        prefix = f"/{BUCKET}/"
        path = unquote(request.url.path)
        if not path.startswith(prefix):
            raise StoreError(404, "NoSuchBucket", "The specified bucket does not exist")
        key = path.removeprefix(prefix)
        self._check_signature(request, key)
        if request.method == "PUT":
            return self._receive(request, key, await request.body())
        return self._download(request, key)

    def _check_signature(self, request: Request, key: str) -> None:
        query = request.query_params
        if "X-Amz-Signature" not in query:
            raise StoreError(403, "AccessDenied", "Access Denied")
        if "authorization" in request.headers:
            raise StoreError(
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
                "Signature query string parameter or the Authorization header should be specified",
                ArgumentName="Authorization",
            )
        date, seconds = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
        signed = _signed_text(request.method, key, date, seconds)
        given = query["X-Amz-Signature"]
        known = [hmac.compare_digest(_signature(used, signed), given) for used in self._secrets]
        if not any(known):
            raise StoreError(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            )
        now = self._clock.now()
        end = datetime.strptime(date, _DATE_FORMAT).replace(tzinfo=UTC) + timedelta(
            seconds=int(seconds)
        )
        if now >= end or not known[-1]:
            raise StoreError(
                403,
                "AccessDenied",
                "Request has expired",
                Expires=end.isoformat().replace("+00:00", "Z"),
                ServerTime=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
            )

    def _receive(self, request: Request, key: str, content: bytes) -> Response:
        upload_id = request.query_params.get("uploadId")
        if upload_id is None:
            self.put(key, content).etag = f'"{_md5(content)}"'
        elif upload_id in self._uploads:
            self._uploads[upload_id][int(request.query_params["partNumber"])] = content
        else:
            raise StoreError(404, "NoSuchUpload", "The specified upload does not exist.")
        modified = format_datetime(self._clock.now(), usegmt=True)
        headers = {"etag": f'"{_md5(content)}"', "last-modified": modified}
        return Response(headers=headers, media_type="text/html")

    def _download(self, request: Request, key: str) -> Response:
        stored = self.objects.get(key)
        if stored is None:
            raise StoreError(404, "NoSuchKey", "The specified key does not exist.", Key=key)
        asked = request.headers.get("range")
        try:
            single_range(asked, stored.payload.size)
        except UnsatisfiableRangeError:
            if request.headers.get("if-range") in (None, stored.etag):
                raise StoreError(
                    416,
                    "InvalidRange",
                    "The requested range is not satisfiable",
                    ActualObjectSize=str(stored.payload.size),
                    RangeRequested=str(asked),
                ) from None
        headers = {
            "content-type": "binary/octet-stream",
            "etag": stored.etag,
            "last-modified": format_datetime(stored.modified, usegmt=True),
        }
        return answer_validated(request, stored.payload, self._link, headers=headers)


def _signed_text(method: str, key: str, date: str, seconds: str) -> str:
    return "\n".join((method, key, date, seconds))


def _signature(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _completion_error(code: str, message: str) -> TatorError:
    return TatorError(
        f"An error occurred ({code}) when calling the CompleteMultipartUpload operation: {message}"
    )


_CACHE_MARGIN = 3600


class UrlCache:
    """The presigned URLs that the server hands out again, whatever expiration is asked for."""

    def __init__(self, store: ObjectStore, clock: Clock) -> None:
        """Start empty."""
        self._store = store
        self._clock = clock
        self._kept: dict[tuple[int, str], tuple[str, float]] = {}

    def url(self, user: int, key: str, seconds: int) -> str:
        """Return the cached URL for `key`, a new one if there is none."""
        now = self._clock.monotonic()
        kept = self._kept.get((user, key))
        if kept is not None and now < kept[1]:
            return kept[0]
        url = self._store.sign(key, seconds)
        if seconds > _CACHE_MARGIN:
            self._kept[user, key] = (url, now + seconds - _CACHE_MARGIN)
        return url

    def clear(self) -> None:
        """Forget all URLs."""
        self._kept.clear()
