# Derived from _async/upload_transfer.py by tools/unasync.py: change that file instead.
"""Send the bytes of one file: by TUS, or part by part to an object store."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urljoin, urlsplit

import attrs

from annoport.core.errors import ApiError, IncompleteUploadError, TransportError, UploadError
from annoport.core.http.api_errors import api_error
from annoport.core.http.multipart import StreamedBody
from annoport.core.http.request import Request
from annoport.core.http.response import RawResponse
from annoport.core.http.retry import MISHAPS, Refused, Transient, TransientAnswerError, cause_of
from annoport.core.redact import redact_url
from annoport.core.support.backoff import Patience
from annoport.core.support.concurrency import sleep
from annoport.core.support.logs import TRANSFERS
from annoport.core.support.progress import Display
from annoport.core.upload import parts, tus
from annoport.core.upload.sources import LocalFile, LocalPart
from annoport.core.upload.tus import Append, AskOffset, Forgotten, TusState, Unsure, UploadOutcome

if TYPE_CHECKING:
    from annoport.core._sync.caller import Caller

UNFIT = "upload it again; if that comes back, show it to whoever runs the server"
"""What to do about an answer that is against the rules of uploads."""

_FIRST_REDIRECT_STATUS = 300
_NO_MORE_BYTES = "the server accepted no more bytes"
_NO_OFFSET = "the server did not say how many bytes it has"


def send_step(client: Caller, request: Request, *, secured: bool) -> RawResponse:
    """Send a step that may be sent twice without harm, and check that the server accepted it."""
    raw = client.send(request, repeatable=True, secured=secured)
    if raw.status >= _FIRST_REDIRECT_STATUS:
        raise api_error(client.platform, request.operation_id, raw)
    return raw


class TusUpload:
    """Sends one file by TUS 1.0.0, chunk by chunk."""

    def __init__(
        self,
        client: Caller,
        endpoint: Request,
        file: LocalFile,
        *,
        secured: bool,
        display: Display,
        attempts: int,
        chunk: int,
    ) -> None:
        """Prepare the upload; nothing is sent yet.

        Args:
            client: Sends the requests.
            endpoint: Where uploads are created, with the headers that all requests need.
            file: The file to send.
            secured: Whether to send credentials; only the platform's own origin gets them.
            display: Shows the bytes that the server has.
            attempts: Consecutive failures without a new byte to tolerate.
            chunk: Bytes per request.
        """
        self._client = client
        self._endpoint = endpoint
        self._file = file
        self._secured = secured
        self._display = display
        self._attempts = attempts
        self._state = TusState(length=file.size, chunk=chunk)
        self._url = ""

    @property
    def confirmed(self) -> bool:
        """Whether the server confirmed that it has the whole file."""
        return self._state.confirmed

    def run(self) -> str | None:
        """Send the file, and return the server's name for it, if it has one.

        Raises:
            IncompleteUploadError: The server stayed away, or lost what it had.
            ChangedDuringUploadError: The file changed while it was being sent.
            ApiError: The server refused the upload.
        """
        name = self._create()
        state, patience = self._state, Patience(attempts=self._attempts)
        while not state.whole:
            step = state.next()
            try:
                (self._ask() if isinstance(step, AskOffset) else self._append(step))
            except MISHAPS as error:
                self._recover(patience, error)
            patience.reached(state.offset)
            self._display.bytes(state.offset, state.length)
        return name

    def _create(self) -> str | None:
        """Create the upload; a lost response leaves an empty one behind, and another is made."""
        metadata = {"filename": self._file.name, "filetype": self._file.file.media_type}
        headers = tus.creation_headers(self._file.size, metadata, self._client.base.origin)
        request = attrs.evolve(self._endpoint, headers={**self._endpoint.headers, **headers})
        raw = send_step(self._client, request, secured=self._secured)
        location = raw.headers.get("location")
        if not location:
            raise UploadError(
                f"{self._file.name}: the server did not say where to send the file: {UNFIT}",
                name=self._file.name,
            )
        self._url = self._client.base.path_of(web_address(raw.url, location))
        return raw.headers.get("upload-filename")

    def _append(self, step: Append) -> None:
        part, state = self._file.part(step.start, step.stop), self._state
        headers = tus.append_headers(step.start, part.size, self._client.base.origin)
        try:
            raw = self._exchange("PATCH", headers, _streamed(part))
        except TransportError:
            state.appended(step, part.handed_out, None, all_sent=part.all_sent)
            raise
        outcome = tus.judge_append(raw.status, raw.headers)
        more = state.appended(step, part.handed_out, outcome, all_sent=part.all_sent)
        self._raise_for(outcome, raw)
        if not more:
            raise TransportError(_NO_MORE_BYTES)

    def _ask(self) -> None:
        headers = tus.common_headers(self._client.base.origin)
        raw = self._exchange("HEAD", headers, None)
        outcome = tus.judge_offset(raw.status, raw.headers)
        self._state.answered(raw.status, outcome)
        if self._state.whole:
            return
        if isinstance(outcome, Forgotten):
            why = "the server no longer knows the upload"
            raise _incomplete(self._file, why, self._state.offset)
        if isinstance(outcome, Unsure):
            raise TransportError(_NO_OFFSET)
        self._raise_for(outcome, raw)

    def _exchange(
        self, method: str, headers: dict[str, str], content: bytes | StreamedBody | None
    ) -> RawResponse:
        request = attrs.evolve(
            self._endpoint,
            method=method,
            url=self._url,
            headers={**self._endpoint.headers, **headers},
            content=content,
        )
        with self._client.stream(request, secured=self._secured) as answer:
            return answer.whole()

    def _raise_for(self, outcome: UploadOutcome, raw: RawResponse) -> None:
        """Raise an error if the response is one, or claims what cannot be true."""
        if self._state.is_false(outcome):
            raise UploadError(
                f"{self._file.name}: the server claims to have more bytes than were sent: {UNFIT}",
                name=self._file.name,
                expected=self._state.length,
            )
        if isinstance(outcome, Transient | Refused):
            _raise_answer(self._client, self._endpoint.operation_id, outcome, raw)

    def _recover(self, patience: Patience, error: Exception) -> None:
        """Pause after a failure, or give up."""
        cause = cause_of(error)
        state = self._state
        have = f"{self._file.name}: {state.offset} of {state.length} bytes sent"
        if not _paused(patience, cause, have):
            why = f"after {self._attempts + 1} failures in a row without a new byte: {cause}"
            raise _incomplete(self._file, why, self._state.offset) from cause


class PartsUpload:
    """Sends one file to an object store, through presigned URLs that get no credentials."""

    def __init__(
        self, client: Caller, operation_id: str, file: LocalFile, *, display: Display, attempts: int
    ) -> None:
        """Prepare the upload; nothing is sent yet.

        Args:
            client: Sends the requests.
            operation_id: The operation that returned the URLs, for messages.
            file: The file to send.
            display: Shows the bytes that the store has.
            attempts: Failures to tolerate for each part.
        """
        self._client = client
        self._operation_id = operation_id
        self._file = file
        self._display = display
        self._attempts = attempts

    def send(self, url: str, start: int, stop: int, label: str) -> str | None:
        """Send the bytes [start, stop), several times if need be, and return their ETag.

        Args:
            url: Presigned URL of the part.
            start: Position of the first byte.
            stop: Position after the last byte.
            label: What messages call the part.

        Raises:
            IncompleteUploadError: The store stayed away, or the URL has expired.
            ChangedDuringUploadError: The file changed while it was being sent.
            ApiError: The store refused the part.
        """
        patience = Patience(attempts=self._attempts)
        while True:
            try:
                raw = self._put(url, start, stop)
                outcome = parts.judge_part(raw.status)
                if isinstance(outcome, parts.Stored):
                    self._display.bytes(stop, self._file.size)
                    return raw.headers.get("etag")
                if isinstance(outcome, parts.Dropped):
                    self._raise_dropped(raw, start, label)
                _raise_answer(self._client, self._operation_id, outcome, raw)
            except MISHAPS as error:
                cause = cause_of(error)
                if not _paused(patience, cause, f"{self._file.name}: {label}"):
                    why = f"{label} failed {self._attempts + 1} times: {cause}"
                    raise _incomplete(self._file, why, start) from cause

    def _put(self, url: str, start: int, stop: int) -> RawResponse:
        headers = parts.headers(url, stop - start)
        content = _streamed(self._file.part(start, stop))
        request = Request("PUT", url, headers, content, self._operation_id, presigned=True)
        with self._client.stream(request, secured=False) as answer:
            return answer.whole()

    def _raise_dropped(self, raw: RawResponse, start: int, label: str) -> NoReturn:
        cause = api_error(self._client.platform, self._operation_id, raw)
        why = f"the store refused {label}: its URL has expired, or the upload was dropped"
        raise _incomplete(self._file, why, start) from cause


def _paused(patience: Patience, cause: Exception, what: str) -> bool:
    """Pause before the next attempt at `what`; return False if there is none left."""
    wait = patience.pause(cause.retry_after if isinstance(cause, ApiError) else None)
    if wait is not None:
        TRANSFERS.info("%s: going on in %.1f s: %s", what, wait, cause)
        sleep(wait)
    return wait is not None


def _streamed(part: LocalPart) -> bytes | StreamedBody:
    if part.size == 0:
        part.all_sent = True  # no body is read, so nothing else would set this
        return b""
    return StreamedBody([part], "")


def _raise_answer(
    client: Caller, operation_id: str, outcome: Transient | Refused, raw: RawResponse
) -> NoReturn:
    error = api_error(client.platform, operation_id, raw)
    if isinstance(outcome, Transient):
        raise TransientAnswerError(error)
    raise error


def _incomplete(file: LocalFile, why: str, have: int) -> IncompleteUploadError:
    return IncompleteUploadError(
        f"{file.name}: the upload is incomplete ({why}): the server has {have} of {file.size} "
        "bytes; upload the file again from the start",
        name=file.name,
        expected=file.size,
        received=have,
    )


def web_address(asked: str, given: str) -> str:
    """Return the absolute form of a URL that a server sent.

    Args:
        asked: URL of the request.
        given: The URL in the response, absolute or relative.

    Raises:
        UploadError: The URL is not a web address.
    """
    try:
        url = urljoin(asked, given)
        parts_of_url = urlsplit(url)
        _ = parts_of_url.port
    except ValueError:
        parts_of_url = urlsplit("")
        url = given
    if parts_of_url.scheme not in ("http", "https") or not parts_of_url.hostname:
        raise UploadError(
            f"the server sent {redact_url(given)!r}, which is not a web address: {UNFIT}"
        )
    return url
