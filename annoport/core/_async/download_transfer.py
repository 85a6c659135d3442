"""Transfer one download: request, check, take bytes, and request the rest after a failure."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import TYPE_CHECKING, NoReturn

import attrs

from annoport.core.contract.extensions import Download
from annoport.core.download import resume
from annoport.core.download.resume import (
    FetchOutcome,
    FetchRequest,
    Fresh,
    Moved,
    Rest,
    Unchanged,
    Unfit,
    Version,
)
from annoport.core.download.routes import AsyncRenew, Route
from annoport.core.errors import (
    ApiError,
    ChangedDuringDownloadError,
    DownloadError,
    IncompleteDownloadError,
    TransportError,
)
from annoport.core.http.api_errors import api_error
from annoport.core.http.encodings import Decoder, decoder_for
from annoport.core.http.options import ATTEMPTS, StallTimeout, Timeouts
from annoport.core.http.retry import (
    MISHAPS,
    Refused,
    Transient,
    TransientAnswerError,
    cause_of,
    is_understood,
)
from annoport.core.support.backoff import LONGEST_REQUESTED_PAUSE, Patience, after_failures
from annoport.core.support.concurrency import async_sleep
from annoport.core.support.logs import TRANSFERS
from annoport.core.support.workers import async_closing, async_offload, async_pause
from annoport.core.values.models import UNSET

if TYPE_CHECKING:
    from annoport.core._async.caller import AsyncCaller
    from annoport.core._async.transport import AsyncStreamedResponse
    from annoport.core.download.partial import Piece
    from annoport.core.download.sinks import Sink
    from annoport.core.support.workers import Stop

# Larger blocks are slower: their memory is returned to the system after each block.
BLOCK = 128 * 1024
_SLOW_BLOCK_SECONDS = 0.25
_MAX_RENEWALS = 2
_LATE = "the time limit has passed"
_TOO_MUCH = "the server sent more bytes than it announced"
# Nobody knows which bytes are missing: those received may be none of this part's.
_TOO_LITTLE = "the server sent fewer bytes than it announced, and called them complete"
_ANEW = "the server sends the file from the first byte: it has changed, or cannot be resumed"
_NOTHING_NEW = "the server sent nothing new"


class ChangedError(Exception):
    """The server's bytes do not continue those received before."""


class LateError(Exception):
    """The time limit passed while bytes arrived; those that arrived are kept."""


class AsyncTransfer:
    """Fetches one file into a sink."""

    def __init__(
        self,
        client: AsyncCaller,
        route: Route,
        rules: Download,
        *,
        label: str,
        renew: AsyncRenew | None = None,
        attempts: int = ATTEMPTS,
        deadline: float | None = None,
        stall_timeout: StallTimeout = UNSET,
    ) -> None:
        """Prepare the transfer; nothing is sent yet.

        Args:
            client: Sends the requests.
            route: Where the file is.
            rules: How the server of the file behaves.
            label: What messages call the file.
            renew: Returns a new route when the old one has expired.
            attempts: Consecutive failures without a new byte to tolerate.
            deadline: When to give up, by the monotonic clock; None for never.
            stall_timeout: Seconds to wait for the next byte, if they are set apart.
        """
        self._client = client
        self._route = route
        self._rules = rules
        self._renew = renew
        self._renewals = 0
        self._attempts = attempts
        self._deadline = deadline
        self._stall = stall_timeout
        self.label = label

    async def run(
        self, sink: Sink, *, begun: Callable[[], None]
    ) -> AsyncGenerator[bytearray, None]:
        """Fetch what the sink lacks, and yield each block after the sink has taken it.

        Args:
            sink: Takes the bytes.
            begun: Called when the sink knows version and name, before it takes any bytes.

        Raises:
            IncompleteDownloadError: The transfer ended early.
            ChangedDuringDownloadError: The file keeps changing on the server.
            NoSpaceError: The disk is full.
            ApiError: The server answered with an error.
        """
        patience, restarts, whole = Patience(attempts=self._attempts), 0, False
        while not whole:
            before = sink.have
            ask = resume.ask_for_rest(self._rules, sink.version, sink.have, cold=sink.cold)
            try:
                async with self._answer(ask, sink.version) as (answer, outcome):
                    tail = await self._open(sink, outcome)
                    if sink.have == 0:
                        begun()
                    async with async_closing(self._take(answer, outcome, sink, tail)) as blocks:
                        async for block in blocks:
                            self._progressed(patience, sink.have)
                            yield block
                whole = not isinstance(outcome, Rest) or sink.have == outcome.total
                if not whole and sink.have <= before:
                    raise TransportError(_NOTHING_NEW)
            except LateError:
                raise self._incomplete(_LATE, sink) from None
            except ChangedError as error:
                restarts += 1
                await self._start_again(sink, str(error), restarts)
            except MISHAPS as error:
                await async_sleep(self._delay(patience, error, sink))

    async def is_current(self, version: Version) -> bool:
        """Whether the server still has this version of the file."""
        patience = Patience(attempts=self._attempts)
        while True:
            try:
                ask = resume.ask_if_changed(version)
                async with self._answer(ask, version) as (_answer, outcome):
                    return isinstance(outcome, Unchanged) or (
                        isinstance(outcome, Fresh) and outcome.version == version
                    )
            except MISHAPS as error:
                await async_sleep(self._delay(patience, error, None))

    async def first_look(self) -> Fresh | None:
        """Return what the server says about the file, without its bytes; None if unclear."""
        try:
            async with self._answer(resume.ask_for_all(), None) as (_answer, outcome):
                return outcome if isinstance(outcome, Fresh) else None
        except MISHAPS:
            return None

    async def piece(self, piece: Piece, stop: Stop, took: Callable[[int], None]) -> None:
        """Fetch what is missing of one piece, for a file fetched over several connections.

        Args:
            piece: The piece to complete.
            stop: Set when another connection has failed.
            took: Called with the number of bytes in each block.

        Raises:
            ChangedError: The file on the server has changed.
            IncompleteDownloadError: The transfer ended early.
        """
        patience, partial = Patience(attempts=self._attempts), piece.partial
        version = partial.version or Version()
        at, end = piece.gap
        while at < end and not stop:
            before = at
            ask = resume.ask_for_piece(self._rules, version, at, end)
            try:
                async with self._answer(ask, version) as (answer, outcome):
                    if not isinstance(outcome, Rest):
                        raise ChangedError("the server does not continue the file")
                    filled = self._fill(piece, answer, outcome.stop, stop)
                    async with async_closing(filled) as counts:
                        async for count in counts:
                            at += count
                            took(count)
                            self._progressed(patience, at)
                if at != outcome.stop and not stop:
                    raise ChangedError(_TOO_LITTLE)
                if at == before:
                    raise TransportError(_NOTHING_NEW)
            except LateError:
                raise self._incomplete(_LATE, partial) from None
            except MISHAPS as error:
                await async_pause(self._delay(patience, error, partial), stop)
        if at >= end:
            await async_offload(piece.done)

    async def _fill(
        self, piece: Piece, answer: AsyncStreamedResponse, end: int, stop: Stop
    ) -> AsyncGenerator[int, None]:
        """Add the body, which ends at `end`, to a piece; yield the bytes in each block."""
        with stop.calling(answer.abort):
            at, _ = piece.gap
            async with async_closing(_blocks(answer, None, self._is_late)) as blocks:
                async for block in blocks:
                    at += len(block)
                    if at > end:
                        raise ChangedError(_TOO_MUCH)
                    await async_offload(piece.write, block)
                    yield len(block)
                    if stop:  # only now, so that the block is kept
                        return

    # ----------------------------------------------------------------------- one response

    @contextlib.asynccontextmanager
    async def _answer(
        self, ask: FetchRequest, version: Version | None
    ) -> AsyncGenerator[tuple[AsyncStreamedResponse, FetchOutcome], None]:
        """Send a request, follow redirects and renew an expired URL; yield the final response.

        That response has bytes, or the status 304.

        Raises:
            TransientAnswerError: The server answered with an error that may pass.
            ApiError: The server answered with another error.
        """
        route = self._route
        for _ in range(resume.MAX_REDIRECTS + 1):
            request = attrs.evolve(route.request, headers={**route.request.headers, **ask.headers})
            async with self._client.stream(
                request, secured=route.secured, timeout=self._timeouts()
            ) as answer:
                outcome = self._judge(ask, version, answer)
                if isinstance(outcome, Fresh | Rest | Unfit | Unchanged):
                    yield answer, outcome
                    return
                if isinstance(outcome, Transient | Refused):
                    await self._refuse(outcome, answer)
                moved = outcome.location if isinstance(outcome, Moved) else None
                asked = answer.url
            route = await self._next_route(route, asked, moved)
        raise DownloadError(
            f"{self.label}: more than {resume.MAX_REDIRECTS} redirects: check base_url, and what "
            "stands before the server"
        )

    def _judge(
        self, ask: FetchRequest, version: Version | None, answer: AsyncStreamedResponse
    ) -> FetchOutcome:
        return resume.judge(
            ask,
            self._rules,
            version,
            answer.status,
            _lower(answer.headers),
            renewable=self._renew is not None and self._renewals < _MAX_RENEWALS,
        )

    async def _next_route(self, route: Route, asked: str, moved: str | None) -> Route:
        if moved is not None:
            return route.redirected(asked, moved, self._client.base, self.label)
        if self._renew is None:
            raise DownloadError(f"{self.label}: its URL has expired: get a new one")
        self._renewals += 1
        self._route = await self._renew()
        return self._route

    async def _refuse(self, outcome: FetchOutcome, answer: AsyncStreamedResponse) -> NoReturn:
        error = api_error(
            self._client.platform, self._route.request.operation_id, await answer.whole()
        )
        if isinstance(outcome, Transient) and not is_understood(error):
            raise TransientAnswerError(error)
        raise error

    # ----------------------------------------------------------------------- its body

    async def _open(self, sink: Sink, outcome: FetchOutcome) -> bytes:
        """Prepare the sink, and return the bytes that the body must begin with."""
        if isinstance(outcome, Fresh):
            self._refuse_page(outcome)
            if sink.have:
                TRANSFERS.info("%s: %s", self.label, _ANEW)
            await async_offload(sink.begin, outcome.version, outcome.name, outcome.media_type)
            return b""
        if isinstance(outcome, Rest):
            if outcome.start >= sink.have:
                return b""
            return await async_offload(sink.tail, outcome.start)
        reason = outcome.reason if isinstance(outcome, Unfit) else "the response has no file"
        raise ChangedError(reason)

    def _refuse_page(self, fresh: Fresh) -> None:
        """Refuse the page of a login form or a proxy, which would be saved as the file."""
        accepted = self._route.request.headers.get("Accept", "")
        if fresh.media_type == "text/html" and fresh.name is None and "html" not in accepted:
            raise DownloadError(
                f"{self.label}: the server sent a web page instead of a file: check base_url and "
                "credentials"
            )

    async def _take(
        self, answer: AsyncStreamedResponse, outcome: FetchOutcome, sink: Sink, tail: bytes
    ) -> AsyncGenerator[bytearray, None]:
        """Hand the body to the sink, after comparing its beginning with `tail`."""
        decoder = decoder_for(outcome.encoding) if isinstance(outcome, Fresh) else None
        end = _end_of(sink, outcome)
        async with async_closing(_blocks(answer, decoder, self._is_late, len(tail))) as blocks:
            async for block in blocks:
                if tail:
                    if not block.startswith(tail):
                        raise ChangedError("the server's file lacks the bytes received before")
                    del block[: len(tail)]
                    tail, sink.cold = b"", False
                if end is not None and sink.have + len(block) > end:
                    raise ChangedError(_TOO_MUCH)
                if block:
                    await async_offload(sink.write, block)
                    yield block
        if tail and end is not None and end < sink.have:
            raise TransportError("the response is too short to be compared with earlier bytes")
        if tail or end not in (None, sink.have):
            raise ChangedError(_TOO_LITTLE)

    # ----------------------------------------------------------------------- failures

    def _progressed(self, patience: Patience, have: int) -> None:
        patience.reached(have)
        self._renewals = 0

    async def _start_again(self, sink: Sink, reason: str, restarts: int) -> None:
        """Drop the bytes received so far, because the file on the server has changed."""
        if restarts > resume.MAX_RESTARTS:
            raise ChangedDuringDownloadError(
                f"{self.label} keeps changing on the server: {reason}; download it when nobody "
                "writes it",
                received=sink.have,
            )
        TRANSFERS.info("%s: starting again from the first byte: %s", self.label, reason)
        await async_offload(sink.drop)

    def _delay(self, patience: Patience, error: Exception, sink: Sink | None) -> float:
        """Return the seconds to pause after a failure, or give up after too many of them."""
        cause = cause_of(error)
        retry_after = cause.retry_after if isinstance(cause, ApiError) else None
        if self._is_late():
            raise self._incomplete(_LATE, sink) from cause
        wait = patience.pause(retry_after)
        if wait is None:
            raise self._incomplete(f"{self._why_no_more(retry_after)}: {cause}", sink) from cause
        if self._deadline is not None and time.monotonic() + wait > self._deadline:
            why = f"the time limit leaves no time for another attempt: {cause}"
            raise self._incomplete(why, sink) from cause
        have, of, _ = _amounts(sink)
        TRANSFERS.info(
            "%s: going on in %.1f s, with %d%s bytes: %s", self.label, wait, have, of, cause
        )
        return wait

    def _why_no_more(self, retry_after: float | None) -> str:
        if retry_after is not None and retry_after > LONGEST_REQUESTED_PAUSE:
            return f"the server asks to wait {retry_after:.0f} s"
        return after_failures(self._attempts + 1)

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _timeouts(self) -> Timeouts:
        left = None if self._deadline is None else self._deadline - time.monotonic()
        return self._client.options.timeout.of_transfer(self._stall, left)

    def _incomplete(self, why: str, sink: Sink | None) -> IncompleteDownloadError:
        have, of, total = _amounts(sink)
        kept = sink.kept if sink is not None else None
        hint = f"; they are kept in {kept}: download again to resume" if kept else ""
        return IncompleteDownloadError(
            f"{self.label} is incomplete ({why}): received {have}{of} bytes{hint}",
            path=kept,
            expected=total,
            received=have,
        )


def _amounts(sink: Sink | None) -> tuple[int, str, int | None]:
    """Return how many bytes were received, out of how many as words, and as a number."""
    have = sink.received if sink is not None else 0
    total = sink.version.total if sink is not None and sink.version is not None else None
    return have, "" if total is None else f" of {total}", total


async def _blocks(
    answer: AsyncStreamedResponse,
    decoder: Decoder | None,
    is_late: Callable[[], bool],
    first: int = 0,
) -> AsyncGenerator[bytearray, None]:
    """Yield the body in large blocks, including what arrived before it broke off.

    Args:
        answer: The response to read.
        decoder: Undoes the content encoding.
        is_late: Whether the time limit has passed.
        first: The least number of bytes in the first block; if fewer arrive, there is none.

    Raises:
        LateError: The time limit has passed.
        TransportError: The body broke off.
    """
    block, needed = bytearray(), first
    failure: Exception | None = None
    since = time.monotonic()
    try:
        async for piece in answer.raw():
            block += piece if decoder is None else decoder.feed(piece)
            if is_late():
                failure = LateError()
                break
            full = len(block) >= BLOCK or time.monotonic() - since > _SLOW_BLOCK_SECONDS
            if full and len(block) >= needed:
                yield block
                block, needed, since = bytearray(), 0, time.monotonic()
        else:
            if decoder is not None:
                decoder.end()
    except TransportError as error:
        failure = error
    if block and len(block) >= needed:
        yield block
    if failure is not None:
        raise failure


def _end_of(sink: Sink, outcome: FetchOutcome) -> int | None:
    """Return where the body ends in the file; None if the server did not say."""
    if isinstance(outcome, Rest):
        return outcome.stop
    return sink.version.total if sink.version is not None else None


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): text for name, text in headers.items()}
