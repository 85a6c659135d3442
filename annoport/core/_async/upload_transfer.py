"""Send the bytes of files: by TUS, in a form of several, or part by part to an object store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urljoin, urlsplit

import attrs

from annoport.core.errors import (
    ApiError,
    ConflictError,
    IncompleteUploadError,
    TransportError,
    UploadError,
)
from annoport.core.http.api_errors import api_error
from annoport.core.http.multipart import StreamedBody
from annoport.core.http.request import Request
from annoport.core.http.response import RawResponse
from annoport.core.http.retry import MISHAPS, Refused, Transient, TransientAnswerError, cause_of
from annoport.core.redact import redact_url
from annoport.core.support.backoff import Patience, after_failures
from annoport.core.support.logs import TRANSFERS
from annoport.core.support.progress import Display
from annoport.core.support.workers import Stop, async_pause
from annoport.core.upload import groups, parts, tus
from annoport.core.upload.groups import GroupState, Taken
from annoport.core.upload.plan import RequestLimit
from annoport.core.upload.refusals import TooLarge
from annoport.core.upload.resuming import Place
from annoport.core.upload.sources import LocalFile
from annoport.core.upload.tus import (
    Append,
    AskOffset,
    Forgotten,
    Has,
    TusState,
    Unsure,
    UploadOutcome,
)

if TYPE_CHECKING:
    from annoport.core._async.caller import AsyncCaller

UNFIT = "upload it again; if that comes back, show it to whoever runs the server"
"""What to do about an answer that is against the rules of uploads."""

_FIRST_REDIRECT_STATUS = 300
_NO_MORE_BYTES = "the server accepted no more bytes"
_NO_OFFSET = "the server did not say how many bytes it has"
_CUTS = 2
_TOO_LARGE = (
    "%s: a request with %d bytes of files is too large for the server or a proxy before it (413): "
    "sending at most %d bytes in one; chunk_size=%d spares the try"
)
_CUT_OFF = (
    "%s: the connection broke off while a request with %d bytes of files was sent, %d times in a "
    "row: sending at most %d bytes in one"
)
_AGAIN = "upload the file again from the start"
_SERVER_ERROR = 500
_GOING_ON = "%s: going on with what an earlier call has sent: the server has %d of %d bytes"
_FROM_THE_START = "%s: the server no longer has what an earlier call has sent: from the start"
_STOPPED = "another part of the upload has failed"
_KNOWN = (
    "the server answers so, too, if it has a file of one of these names from an earlier upload "
    "that was not finished"
)
_HOPELESS = (
    "even {size} bytes in one request are too large for the server or a proxy before it: "
    "its administrator can raise that limit"
)


async def send_step(client: AsyncCaller, request: Request, *, secured: bool) -> RawResponse:
    """Send a step that may be sent twice without harm, and check that the server accepted it."""
    raw = await client.send(request, repeatable=True, secured=secured)
    if raw.status >= _FIRST_REDIRECT_STATUS:
        raise api_error(client.platform, request.operation_id, raw)
    return raw


@attrs.frozen(kw_only=True)
class AsyncSending:
    """What the requests that carry the bytes of one upload have in common.

    Attributes:
        operation_id: The operation that takes the files, for messages.
        secured: Whether to send credentials; only the platform's own origin gets them.
        attempts: Consecutive failures without a new byte to tolerate.
        limit: The most bytes in one request.
        stop: Whether to stop, because another part of the upload has failed.
        noted: Whether the same call goes on where this one ends.
    """

    operation_id: str
    secured: bool
    attempts: int
    limit: RequestLimit
    stop: Stop
    noted: bool = False

    def streamed(self, pieces: StreamedBody, display: Display, before: int, most: int) -> None:
        """Show how much of a body was sent.

        Args:
            pieces: The body.
            display: Shows the bytes.
            before: Bytes that were sent before this body.
            most: Bytes of files that the body has; the last of them are shown once the server
                confirms them.
        """

        def note(sent: int) -> None:
            if self.stop:
                raise TransportError(_STOPPED)
            if sent < most:
                display.bytes(before + sent, None)

        pieces.on_sent = note

    async def paused(self, patience: Patience, cause: Exception, what: str) -> bool:
        """Pause before the next attempt at `what`; return False if there is to be none."""
        wait = patience.pause(cause.retry_after if isinstance(cause, ApiError) else None)
        if wait is None or self.stop:
            return False
        TRANSFERS.info("%s: going on in %.1f s: %s", what, wait, cause)
        await async_pause(wait, self.stop)
        return not self.stop

    def make_smaller(self, size: int, error: ApiError) -> None:
        """Let the next requests be smaller, because the server refused one of `size` bytes.

        Raises:
            ApiError: It cannot be smaller.
        """
        before = self.limit.most
        if not self.limit.refuse(size):
            error.add_note(_HOPELESS.format(size=size))
            raise error
        if self.limit.most != before:
            most = self.limit.most
            TRANSFERS.info(_TOO_LARGE, self.operation_id, size, most, most)

    def incomplete(self, name: str, size: int, why: str, have: int) -> IncompleteUploadError:
        """Return the error for what was not sent to its end."""
        what = "make the same call again to go on" if self.noted else _AGAIN
        return IncompleteUploadError(
            f"{name}: the upload is incomplete ({why}): the server has {have} of {size} bytes; "
            f"{what}",
            name=name,
            expected=size,
            received=have,
        )

    def ease(self, size: int, patience: Patience) -> bool:
        """Let the next requests be smaller if one of `size` bytes was cut off again and again.

        Some servers reset the connection rather than say that a request is too large, and on a bad
        line a large one never arrives.

        Returns:
            Whether they are smaller now.
        """
        before = self.limit.most
        if patience.failures < _CUTS or not self.limit.refuse(size):
            return False
        if self.limit.most != before:
            TRANSFERS.info(_CUT_OFF, self.operation_id, size, _CUTS, self.limit.most)
        return True


class AsyncTusUpload:
    """Sends one file by TUS 1.0.0, chunk by chunk."""

    def __init__(
        self,
        client: AsyncCaller,
        endpoint: Request,
        file: LocalFile,
        *,
        sending: AsyncSending,
        display: Display,
    ) -> None:
        """Prepare the upload; nothing is sent yet.

        Args:
            client: Sends the requests.
            endpoint: Where uploads are created, with the headers that all requests need.
            file: The file to send.
            sending: What the requests have in common.
            display: Shows the bytes that were sent.
        """
        self._client = client
        self._endpoint = endpoint
        self._file = file
        self._sending = sending
        self._display = display
        self._state = TusState(length=file.size, limit=sending.limit)
        self._url = ""
        self._cut = 0  # bytes of the chunk that was cut off last

    @property
    def confirmed(self) -> bool:
        """Whether the server confirmed that it has the whole file."""
        return self._state.confirmed

    async def begin(self, at: Place | None, *, resumed: bool) -> Place:
        """Find the upload of an earlier process, or else create one; return where it is.

        Args:
            at: Where an earlier process has sent the file; None if that is not known.
            resumed: Whether an earlier process may have sent the whole file.

        Raises:
            ApiError: The server refused the upload.
        """
        if at is not None and await self._is_known(at):
            return at
        try:
            return await self._create()
        except ConflictError:
            if not resumed:
                raise
            self._state.presume()
            return Place(url="")

    async def run(self) -> None:
        """Send the file, once the upload is begun.

        Raises:
            IncompleteUploadError: The server stayed away, or lost what it had.
            ChangedDuringUploadError: The file changed while it was being sent.
            ApiError: The server refused the upload.
        """
        state, patience = self._state, Patience(attempts=self._sending.attempts)
        while not state.whole:
            step = state.next()
            try:
                await (self._ask() if isinstance(step, AskOffset) else self._append(step))
            except MISHAPS as error:
                await self._recover(patience, error)
            patience.reached(state.offset)
            self._display.bytes(state.offset, state.length)
        self._display.bytes(state.length, state.length)

    async def _is_known(self, at: Place) -> bool:
        """Whether the server still has what an earlier process has sent."""
        self._url = at.url
        patience, name = Patience(attempts=self._sending.attempts), self._file.name
        while True:
            try:
                raw = await self._exchange(
                    "HEAD", tus.common_headers(self._client.base.origin), None
                )
                outcome = tus.judge_offset(raw.status, raw.headers)
                if isinstance(outcome, Has) and outcome.offset <= self._file.size:
                    self._state.taken_up(outcome.offset)
                    TRANSFERS.info(_GOING_ON, name, outcome.offset, self._file.size)
                    return True
                if not isinstance(outcome, Transient) or raw.status == _SERVER_ERROR:
                    TRANSFERS.info(_FROM_THE_START, name)
                    return False
                raise TransientAnswerError(self._error(raw))
            except MISHAPS as error:
                cause = cause_of(error)
                if not await self._sending.paused(patience, cause, name):
                    raise self._incomplete(f"the server stays away: {cause}") from cause

    async def _create(self) -> Place:
        """Create the upload; a lost response leaves an empty one behind, and another is made."""
        metadata = {"filename": self._file.name, "filetype": self._file.file.media_type}
        headers = tus.creation_headers(self._file.size, metadata, self._client.base.origin)
        request = attrs.evolve(self._endpoint, headers={**self._endpoint.headers, **headers})
        raw = await send_step(self._client, request, secured=self._sending.secured)
        location = raw.headers.get("location")
        if not location:
            raise UploadError(
                f"{self._file.name}: the server did not say where to send the file: {UNFIT}",
                name=self._file.name,
            )
        self._url = self._client.base.path_of(web_address(raw.url, location))
        return Place(url=self._url, stored=raw.headers.get("upload-filename"))

    async def _append(self, step: Append) -> None:
        state, size = self._state, step.stop - step.start
        headers = tus.append_headers(step.start, size, self._client.base.origin)
        body = _streamed(self._file, step.start, step.stop)
        self._sending.streamed(body, self._display, step.start, size)
        try:
            raw = await self._exchange("PATCH", headers, body)
        except TransportError:
            state.appended(step, body.handed_out, None, all_sent=body.all_sent)
            self._cut = 0 if body.all_sent else size
            raise
        outcome = tus.judge_append(raw.status, raw.headers)
        more = state.appended(step, body.handed_out, outcome, all_sent=body.all_sent)
        if isinstance(outcome, TooLarge):
            self._sending.make_smaller(size, self._error(raw))
            return
        self._raise_for(outcome, raw)
        if not more:
            raise TransportError(_NO_MORE_BYTES)

    async def _ask(self) -> None:
        headers = tus.common_headers(self._client.base.origin)
        raw = await self._exchange("HEAD", headers, None)
        outcome = tus.judge_offset(raw.status, raw.headers)
        self._state.answered(raw.status, outcome)
        if self._state.whole:
            return
        if isinstance(outcome, Forgotten):
            why = "the server no longer knows the upload"
            raise self._incomplete(why)
        if isinstance(outcome, Unsure):
            raise TransportError(_NO_OFFSET)
        self._raise_for(outcome, raw)

    async def _exchange(
        self, method: str, headers: dict[str, str], content: StreamedBody | None
    ) -> RawResponse:
        request = attrs.evolve(
            self._endpoint,
            method=method,
            url=self._url,
            headers={**self._endpoint.headers, **headers},
            content=content,
        )
        async with self._client.stream(request, secured=self._sending.secured) as answer:
            return await answer.whole()

    def _raise_for(self, outcome: UploadOutcome, raw: RawResponse) -> None:
        """Raise an error if the response is one, or claims what cannot be true."""
        if self._state.is_false(outcome):
            raise UploadError(
                f"{self._file.name}: the server claims to have more bytes than were sent: {UNFIT}",
                name=self._file.name,
                expected=self._state.length,
            )
        if isinstance(outcome, Transient | Refused):
            _raise_answer(outcome, self._error(raw))

    def _error(self, raw: RawResponse) -> ApiError:
        return api_error(self._client.platform, self._endpoint.operation_id, raw)

    def _incomplete(self, why: str) -> IncompleteUploadError:
        return self._sending.incomplete(self._file.name, self._file.size, why, self._state.offset)

    async def _recover(self, patience: Patience, error: Exception) -> None:
        """Pause after a failure, or give up."""
        cause = cause_of(error)
        state = self._state
        have = f"{self._file.name}: {state.offset} of {state.length} bytes sent"
        if not await self._sending.paused(patience, cause, have):
            why = f"{after_failures(self._sending.attempts + 1)}: {cause}"
            raise self._incomplete(why) from cause
        if self._cut and self._sending.ease(self._cut, patience):
            self._cut = 0


class AsyncGroupUpload:
    """Sends files in one form, which may be sent again."""

    def __init__(
        self,
        client: AsyncCaller,
        form: Callable[[list[LocalFile]], Request],
        files: list[LocalFile],
        *,
        sending: AsyncSending,
        known: int | None,
        display: Display,
        lost: bool = False,
    ) -> None:
        """Prepare the upload; nothing is sent yet.

        Args:
            client: Sends the requests.
            form: Makes the request that has these files.
            files: The files to send.
            sending: What the requests have in common.
            known: Status of the answer if the server has a file already.
            display: Shows the bytes that were sent.
            lost: Whether an earlier process may have sent them, and knew no answer.
        """
        self._client = client
        self._form = form
        self._files = files
        self._sending = sending
        self._display = display
        self._size = sum(file.size for file in files)
        self._state = GroupState(known=known, lost=lost)
        self._cut = False  # whether the form was cut off, and none ever arrived

    @property
    def confirmed(self) -> bool:
        """Whether the server confirmed that it has the files."""
        return self._state.confirmed

    async def run(self) -> bool:
        """Send the files; return False if they have to be sent in smaller requests.

        Raises:
            IncompleteUploadError: The server stayed away.
            ChangedDuringUploadError: A file changed while it was being sent.
            ApiError: The server refused the files.
        """
        patience = Patience(attempts=self._sending.attempts)
        while not self._state.whole:
            self._cut = False
            try:
                if not await self._send():
                    self._display.bytes(0, None)
                    return False
            except MISHAPS as error:
                cause = cause_of(error)
                if not await self._sending.paused(patience, cause, _title(self._files)):
                    why = f"their form failed {self._sending.attempts + 1} times: {cause}"
                    raise self._sending.incomplete(
                        _title(self._files), self._size, why, 0
                    ) from cause
                if self._cut and self._sending.ease(self._size, patience):
                    self._display.bytes(0, None)
                    return False
        self._display.bytes(self._size, None)
        return True

    async def _send(self) -> bool:
        """Send the form once; return False if it is too large."""
        state = self._state
        request = self._form(self._files)
        body = request.content
        if isinstance(body, StreamedBody):
            self._sending.streamed(body, self._display, 0, self._size)
        try:
            async with self._client.stream(request, secured=self._sending.secured) as answer:
                raw = await answer.whole()
        except TransportError:
            all_sent = not isinstance(body, StreamedBody) or body.all_sent
            state.broke(all_sent=all_sent)
            self._cut = not all_sent and not state.lost
            raise
        outcome = groups.judge_group(raw.status)
        state.answered(raw.status, outcome)
        if not isinstance(outcome, Taken) and not state.whole:
            error = api_error(self._client.platform, request.operation_id, raw)
            if raw.status == state.known:
                error.add_note(_KNOWN)
            if not isinstance(outcome, TooLarge):
                _raise_answer(outcome, error)
            self._sending.make_smaller(self._size, error)
        return state.whole


class AsyncPartsUpload:
    """Sends one file to an object store, through presigned URLs that get no credentials."""

    def __init__(
        self, client: AsyncCaller, file: LocalFile, *, sending: AsyncSending, display: Display
    ) -> None:
        """Prepare the upload; nothing is sent yet.

        Args:
            client: Sends the requests.
            file: The file to send.
            sending: What the requests have in common.
            display: Shows the bytes that were sent.
        """
        self._client = client
        self._file = file
        self._sending = sending
        self._display = display

    async def send(self, url: str, start: int, stop: int, label: str) -> str | None:
        """Send the bytes [start, stop), several times if need be, and return their ETag.

        Args:
            url: Presigned URL of the part.
            start: Position of the first byte.
            stop: Position after the last byte.
            label: What messages call the part.

        Raises:
            IncompleteUploadError: The store stayed away, or the URL has expired.
            ChangedDuringUploadError: The file changed while it was being sent.
            PartTooLargeError: The store takes smaller parts only.
            ApiError: The store refused the part.
        """
        patience, attempts = Patience(attempts=self._sending.attempts), self._sending.attempts
        while True:
            try:
                raw = await self._put(url, start, stop)
                outcome = parts.judge_part(raw.status)
                if isinstance(outcome, parts.Stored):
                    self._display.bytes(stop, self._file.size)
                    return raw.headers.get("etag")
                if isinstance(outcome, parts.Dropped):
                    self._raise_dropped(raw, start, label)
                if isinstance(outcome, TooLarge):
                    raise PartTooLargeError(self._error(raw))
                _raise_answer(outcome, self._error(raw))
            except MISHAPS as error:
                cause = cause_of(error)
                what = f"{self._file.name}: {label}"
                if not await self._sending.paused(patience, cause, what):
                    why = f"{label} failed {attempts + 1} times: {cause}"
                    raise self._sending.incomplete(
                        self._file.name, self._file.size, why, start
                    ) from cause

    async def _put(self, url: str, start: int, stop: int) -> RawResponse:
        headers = parts.headers(url, stop - start)
        content = _streamed(self._file, start, stop)
        self._sending.streamed(content, self._display, start, stop - start)
        operation_id = self._sending.operation_id
        request = Request("PUT", url, headers, content, operation_id, presigned=True)
        async with self._client.stream(request, secured=False) as answer:
            return await answer.whole()

    def _raise_dropped(self, raw: RawResponse, start: int, label: str) -> NoReturn:
        cause = self._error(raw)
        why = f"the store refused {label}: its URL has expired, or the upload was dropped"
        raise self._sending.incomplete(self._file.name, self._file.size, why, start) from cause

    def _error(self, raw: RawResponse) -> ApiError:
        return api_error(self._client.platform, self._sending.operation_id, raw)


class PartTooLargeError(Exception):
    """Ends the upload of a file whose parts are too large for the store.

    Attributes:
        error: The error that its answer reports.
    """

    def __init__(self, error: ApiError) -> None:
        super().__init__(str(error))
        self.error = error


def _streamed(file: LocalFile, start: int, stop: int) -> StreamedBody:
    return StreamedBody([file.part(start, stop)] if stop > start else [], "")


def _raise_answer(outcome: Transient | Refused, error: ApiError) -> NoReturn:
    if isinstance(outcome, Transient):
        raise TransientAnswerError(error)
    raise error


def _title(files: list[LocalFile]) -> str:
    if len(files) == 1:
        return files[0].name
    return f"{len(files)} files from {files[0].name} to {files[-1].name}"


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
