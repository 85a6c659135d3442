"""The conversations that carry the bytes of one file: by TUS, or part by part to a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urljoin, urlsplit

import attrs

from annoport.core import uploads
from annoport.core.concurrency import async_sleep
from annoport.core.downloads import Patience
from annoport.core.errors import (
    ApiError,
    IncompleteUploadError,
    TransportError,
    UploadError,
    from_response,
)
from annoport.core.local_files import LocalFile, LocalPart
from annoport.core.multipart import StreamedBody
from annoport.core.progress import Display
from annoport.core.redact import redact_url
from annoport.core.request import Request
from annoport.core.response import RawResponse
from annoport.core.routes import platform_target
from annoport.core.uploads import Append, Ask, Busy, Forgotten, Has, Refused, Tally, Unsure, Verdict

if TYPE_CHECKING:
    from annoport.core._async.client import AsyncBaseClient

_FIRST_REDIRECT_STATUS = 300
_NO_MORE_BYTES = "the server took no more bytes"
_NO_OFFSET = "the server does not say how many bytes it has"


class _PassingError(Exception):
    """The server's answer was an error that may pass. error: which one."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(str(error))
        self.error = error


_MISHAPS = (TransportError, _PassingError)


async def taken(client: AsyncBaseClient, request: Request, *, secured: bool) -> RawResponse:
    """Send a step that may be sent twice without harm, and see that the server took it."""
    raw = await client.send(request, repeatable=True, secured=secured)
    if raw.status >= _FIRST_REDIRECT_STATUS:
        raise from_response(client.platform, request.operation_id, raw)
    return raw


class AsyncTusUpload:
    """Sends one file by TUS 1.0.0, chunk by chunk.

    endpoint: where uploads are made, with the headers that all requests need.
    attempts: failures in a row without a new byte that are borne. chunk: bytes of one request.
    """

    def __init__(
        self,
        client: AsyncBaseClient,
        endpoint: Request,
        file: LocalFile,
        *,
        secured: bool,
        shown: Display,
        attempts: int,
        chunk: int,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._file = file
        self._secured = secured
        self._shown = shown
        self._attempts = attempts
        self._tally = Tally(length=file.size, chunk=chunk)
        self._url = ""

    @property
    def confirmed(self) -> bool:
        """Whether the server itself said that it has the whole file."""
        return self._tally.confirmed

    async def run(self) -> str | None:
        """Send the file; gives the server's name for it, if it has one.

        Raises IncompleteUploadError, ChangedDuringUploadError, ApiError.
        """
        name = await self._create()
        tally, patience = self._tally, Patience(attempts=self._attempts)
        while not tally.whole:
            step = tally.next()
            try:
                await (self._ask() if isinstance(step, Ask) else self._append(step))
            except _MISHAPS as error:
                await self._rest(patience, error)
            patience.reached(tally.offset)
            self._shown.bytes(tally.offset, tally.length)
        return name

    async def _create(self) -> str | None:
        """Make the upload; after a lost answer again, which leaves one without a byte behind."""
        metadata = {"filename": self._file.name, "filetype": self._file.file.media_type}
        told = uploads.creation(self._file.size, metadata, self._client.base.origin)
        request = attrs.evolve(self._endpoint, headers={**self._endpoint.headers, **told})
        raw = await taken(self._client, request, secured=self._secured)
        location = raw.headers.get("location")
        if not location:
            raise UploadError(f"{self._file.name}: the server did not say where it is to be sent")
        self._url = platform_target(self._client.base, web_address(raw.url, location))
        return raw.headers.get("upload-filename")

    async def _append(self, step: Append) -> None:
        part, tally = self._file.part(step.start, step.stop), self._tally
        headers = uploads.appending(step.start, part.size, self._client.base.origin)
        try:
            raw = await self._exchange("PATCH", headers, _streamed(part))
        except TransportError:
            tally.appended(step, part.handed_out, None, all_sent=part.all_sent)
            raise
        verdict = uploads.judge_append(raw.status, raw.headers)
        more = tally.appended(step, part.handed_out, verdict, all_sent=part.all_sent)
        self._weigh(verdict, raw)
        if not more:
            raise TransportError(_NO_MORE_BYTES)

    async def _ask(self) -> None:
        raw = await self._exchange("HEAD", uploads.talk(self._client.base.origin), None)
        verdict = uploads.judge_ask(raw.status, raw.headers)
        self._tally.asked(raw.status, verdict)
        if self._tally.whole:
            return
        if isinstance(verdict, Forgotten):
            why = "the server does not know the upload any more"
            raise _incomplete(self._file, why, self._tally.offset)
        if isinstance(verdict, Unsure):
            raise TransportError(_NO_OFFSET)
        self._weigh(verdict, raw)

    async def _exchange(
        self, method: str, headers: dict[str, str], content: bytes | StreamedBody | None
    ) -> RawResponse:
        request = attrs.evolve(
            self._endpoint,
            method=method,
            url=self._url,
            headers={**self._endpoint.headers, **headers},
            content=content,
        )
        async with self._client.stream(request, secured=self._secured) as answer:
            return await answer.whole()

    def _weigh(self, verdict: Verdict, raw: RawResponse) -> None:
        """Raise what an answer stands for that is an error, or a lie."""
        if self._tally.is_false(verdict):
            raise UploadError(
                f"{self._file.name}: the server says that it has more bytes than were sent",
                name=self._file.name,
                expected=self._tally.length,
            )
        if isinstance(verdict, Busy | Refused):
            _refuse(self._client, self._endpoint.operation_id, verdict, raw)

    async def _rest(self, patience: Patience, error: Exception) -> None:
        """Pause after a mishap, or give up."""
        cause = error.error if isinstance(error, _PassingError) else error
        if not await _paused(patience, cause):
            why = f"after {self._attempts + 1} attempts without a new byte: {cause}"
            raise _incomplete(self._file, why, self._tally.offset) from cause


class AsyncPartsUpload:
    """Sends one file to an object store, by presigned URLs that see no credentials."""

    def __init__(
        self,
        client: AsyncBaseClient,
        operation_id: str,
        file: LocalFile,
        shown: Display,
        attempts: int,
    ) -> None:
        self._client = client
        self._operation_id = operation_id
        self._file = file
        self._shown = shown
        self._attempts = attempts

    async def send(self, url: str, start: int, stop: int, shown: str) -> str | None:
        """Send one part, again and again if need be; gives its ETag. shown: for messages."""
        patience = Patience(attempts=self._attempts)
        while True:
            try:
                raw = await self._put(url, start, stop)
                verdict = uploads.judge_part(raw.status)
                if isinstance(verdict, Has):
                    self._shown.bytes(stop, self._file.size)
                    return raw.headers.get("etag")
                if isinstance(verdict, Forgotten):
                    self._expired(raw, start, shown)
                _refuse(self._client, self._operation_id, verdict, raw)
            except _MISHAPS as error:
                cause = error.error if isinstance(error, _PassingError) else error
                if not await _paused(patience, cause):
                    why = f"{shown} failed {self._attempts + 1} times: {cause}"
                    raise _incomplete(self._file, why, start) from cause

    async def _put(self, url: str, start: int, stop: int) -> RawResponse:
        headers = {"Accept": "*/*", "Content-Length": str(stop - start)}
        if any(pair.startswith("sig=") for pair in urlsplit(url).query.split("&")):
            headers["x-ms-blob-type"] = "BlockBlob"  # Azure wants to be told
        content = _streamed(self._file.part(start, stop))
        request = Request("PUT", url, headers, content, self._operation_id, presigned=True)
        async with self._client.stream(request, secured=False) as answer:
            return await answer.whole()

    def _expired(self, raw: RawResponse, start: int, shown: str) -> NoReturn:
        cause = from_response(self._client.platform, self._operation_id, raw)
        why = f"the store refuses {shown}: its URL has expired, or the upload was dropped"
        raise _incomplete(self._file, why, start) from cause


async def _paused(patience: Patience, cause: Exception) -> bool:
    """Pause before another try; False if there is to be none."""
    wait = patience.pause(cause.retry_after if isinstance(cause, ApiError) else None)
    if wait is not None:
        await async_sleep(wait)
    return wait is not None


def _streamed(part: LocalPart) -> bytes | StreamedBody:
    if part.size == 0:
        part.all_sent = True  # whoever sends nothing has sent all of it
        return b""
    return StreamedBody([part], "")


def _refuse(
    client: AsyncBaseClient, operation_id: str, verdict: Verdict, raw: RawResponse
) -> NoReturn:
    error = from_response(client.platform, operation_id, raw)
    if isinstance(verdict, Busy):
        raise _PassingError(error)
    raise error


def _incomplete(file: LocalFile, why: str, have: int) -> IncompleteUploadError:
    return IncompleteUploadError(
        f"{file.name} was not uploaded whole ({why}): the server has {have} of {file.size} bytes; "
        "upload it again from the start",
        name=file.name,
        expected=file.size,
        received=have,
    )


def web_address(asked: str, given: str) -> str:
    """The whole URL of what a server gave as one; UploadError if it leads nowhere."""
    try:
        url = urljoin(asked, given)
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
        url = given
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UploadError(f"the server gave {redact_url(given)!r}, which is no web address")
    return url
