"""Files on a server, to be downloaded, read or passed on."""

from __future__ import annotations

import functools
import json
import os
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from annoport.core._async.download_transfer import AsyncTransfer, ChangedError
from annoport.core.contract.extensions import Download
from annoport.core.contract.operation import Operation
from annoport.core.download import file_names, resume
from annoport.core.download.extract import Limits, extract, refuse_used
from annoport.core.download.naming import Naming
from annoport.core.download.partial import Partial
from annoport.core.download.places import StorePlace
from annoport.core.download.resume import FileIdentity, Fresh
from annoport.core.download.routes import AsyncRenew, AsyncRenewUrl, Route, check_url
from annoport.core.download.sinks import FileSink, Sink, StoreSink, StreamSink, Writable
from annoport.core.download.stored import note_stored
from annoport.core.download.target import Destination, DownloadOptions, Overwrite, parse_target
from annoport.core.download.verify import check_file, compare_sha256, normal_sha256
from annoport.core.errors import CorruptFileError
from annoport.core.http.options import ATTEMPTS, StallTimeout, checked_stall
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request, build
from annoport.core.redact import without_query
from annoport.core.support.logs import TRANSFERS
from annoport.core.support.progress import Display, ProgressOption, Tally, show_progress
from annoport.core.support.workers import Stop, async_closing, async_offload, async_run_together
from annoport.core.values.models import UNSET

if TYPE_CHECKING:
    from annoport.core._async.caller import AsyncCaller


class AsyncRemoteFile:
    """A file on a server; nothing is sent until it is read.

    Attributes:
        name (str | None): File name to use if the target is a folder and the server sends none.
    """

    def __init__(
        self,
        client: AsyncCaller,
        operation: Operation[Any],
        arguments: Mapping[str, Any],
        *,
        rules: Download | None = None,
        name: str | None = None,
        job: str | None = None,
    ) -> None:
        """Describe the file that `operation` serves for `arguments`.

        Args:
            client: Sends the requests.
            operation: The operation that serves the file.
            arguments: Values by the Python names of the parameters.
            rules: How the server behaves, if the operation itself does not say.
            name: File name to use if the target is a folder and the server sends none.
            job: Id of the job that made the file.

        Raises:
            InvalidArgumentError: An argument is missing, unknown or invalid.
        """
        rules = operation.download or rules or Download()
        secured = operation.secured and rules.origin == "platform"
        route = Route(request=build(operation, arguments), secured=secured)
        known = json.dumps(dict(arguments), sort_keys=True, default=str)
        identity = ("operation", client.base.url, operation.id, known)
        label = _name_of(client.base, route)
        self.name = name
        self._naming = Naming.of_operation(operation, arguments)
        self._set_up(client, rules, route, FileIdentity.of(*identity, label=label, job=job))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._identity.label}>"

    async def download(
        self,
        target: str | os.PathLike[str],
        *,
        overwrite: Overwrite = "error",
        progress: ProgressOption = False,
        connections: int = 1,
        expected_sha256: str | None = None,
        extract_to: str | os.PathLike[str] | None = None,
        limits: Limits | None = None,
        timeout: float | None = None,
        stall_timeout: StallTimeout = UNSET,
        attempts: int = ATTEMPTS,
    ) -> Path:
        """Download the file to `target`, and return its path.

        The target appears only when it is complete. A download that an earlier call left
        unfinished is resumed, if the server proves that it still has the same file.

        Args:
            target: A file, or a folder, which exists or ends with a slash; in a folder, the
                server names the file, and where it does not, what was asked for does.
            overwrite: What to do if the target exists. "error" refuses it and "replace"
                replaces it. "resume" keeps a file downloaded with "resume" if the server
                still has the same one, and replaces it otherwise; a zip that was unpacked
                before is not unpacked again.
            progress: True for a progress bar, or a function called with the number of bytes
                received and the total. The bar needs `annoport[progress]` and a terminal or
                notebook; otherwise nothing is shown.
            connections: Connections to use at once, where the server allows it.
            expected_sha256: SHA-256 that the file must have, in hexadecimal.
            extract_to: A new folder to unpack a zip into.
            limits: Limits for unpacking; `Limits()` by default.
            timeout: Seconds for the whole download; None for no limit.
            stall_timeout: Seconds to wait for the next byte, or None for no limit; by default as
                long as the client's `timeout` allows between two pieces of an answer.
            attempts: Consecutive failures without a new byte to tolerate.

        Raises:
            IncompleteDownloadError: The transfer ended early; call again to resume it.
            ChangedDuringDownloadError: The file keeps changing on the server.
            NoSpaceError: The disk is full; call again to resume.
            CorruptFileError: The file does not match its checksum.
            TargetExistsError: The target exists and may not be replaced.
            TargetBusyError: Another download to the target is running.
            UnsafeArchiveError: The zip is unsafe or exceeds `limits`.
            DownloadError: `extract_to` is not an empty folder, or the server sent no file.
            ApiError: The server answered with an error.
        """
        destination = parse_target(target)
        options = DownloadOptions(
            overwrite=overwrite,
            connections=connections,
            expected_sha256=expected_sha256,
            extract_to=extract_to,
            limits=limits,
            stall_timeout=stall_timeout,
            attempts=attempts,
        )
        deadline = None if timeout is None else time.monotonic() + timeout
        with show_progress(progress, self._title(destination)) as display:
            return await self.save(destination, options, display, deadline)

    async def save(
        self,
        destination: Destination,
        options: DownloadOptions,
        display: Display,
        deadline: float | None,
    ) -> Path:
        """Download like `download`, with arguments that were checked.

        Args:
            destination: The target.
            options: How to download.
            display: Shows the progress.
            deadline: When to give up, by the monotonic clock; None for never.
        """
        options.refuse_used_folder()
        name = destination.name or file_names.safe_name(self.name)
        # Not in a thread: a cancelled task would leave the lock behind.
        partial = Partial.open(destination.folder, name, self._identity)
        try:
            transfer = self._transfer(deadline, options.stall_timeout, options.attempts)
            saving = _Saving(
                partial=partial,
                destination=destination,
                options=options,
                display=display,
                hint=self.name,
                naming=self._naming,
            )
            path = await self._kept(transfer, saving)
            unpacked = path is not None and saving.is_unpacked()
            if path is None:
                path = await self._fill_and_check(transfer, saving)
            if options.folder is not None and not unpacked:
                await async_offload(
                    extract,
                    path,
                    options.folder,
                    limits=options.limits,
                    unpacked=functools.partial(partial.note_unpacked, options.folder),
                )
        finally:
            partial.close()
        return path

    async def store(
        self,
        place: StorePlace,
        options: DownloadOptions,
        progress: ProgressOption,
        timeout: float | None,
    ) -> Path:
        """Write the file to a store like `write_to`, with arguments that were checked.

        Args:
            place: The target.
            options: How to download.
            progress: As for `download`.
            timeout: As for `download`.

        Returns:
            Its path in the store.

        Raises:
            TargetExistsError: The object exists and may not be replaced.
        """
        url = place.url_of(await self.final_name()) if place.is_folder else place.url
        if not options.going_on:
            await async_offload(place.refuse_existing, url, options)
        await self.write_to(
            url,
            storage_options=place.storage_options,
            progress=progress,
            expected_sha256=options.expected_sha256,
            timeout=timeout,
            stall_timeout=options.stall_timeout,
            attempts=options.attempts,
        )
        return await async_offload(place.path_of, url)

    async def final_name(self) -> str:
        """Return what the file is called in a folder; the server is asked without reading it."""
        transfer = self._transfer(None, UNSET, ATTEMPTS)
        seen = await transfer.first_look()
        given = self.name if seen is None else seen.name or self.name
        return self._naming.choose(given, "" if seen is None else seen.media_type)

    async def forget(self, destination: Destination) -> None:
        """Forget that a `lasting` download has made its target, which stays.

        Args:
            destination: The target.
        """
        name = destination.name or file_names.safe_name(self.name)
        partial = Partial.open(destination.folder, name, self._identity)
        try:
            partial.forget_finished()
        finally:
            partial.close()

    async def write_to(
        self,
        out: Writable | str,
        *,
        storage_options: Mapping[str, Any] | None = None,
        progress: ProgressOption = False,
        expected_sha256: str | None = None,
        timeout: float | None = None,
        stall_timeout: StallTimeout = UNSET,
        attempts: int = ATTEMPTS,
    ) -> int:
        """Write the file to an open binary file or, through fsspec, to a URL such as s3://...

        An object at a URL appears only when it is complete. An open file may be left
        incomplete by an error, and is not closed. Zips are not checked.

        Args:
            out: An open binary file, or a URL.
            storage_options: Options for fsspec.
            progress: As for `download`.
            expected_sha256: As for `download`.
            timeout: As for `download`.
            stall_timeout: As for `download`.
            attempts: As for `download`.

        Returns:
            The number of bytes written.

        Raises:
            IncompleteDownloadError: The transfer ended early.
            ChangedDuringDownloadError: The file changed on the server.
            CorruptFileError: The file does not match `expected_sha256`.
            ApiError: The server answered with an error.
        """
        digest = normal_sha256(expected_sha256)
        what = self._identity.label
        if isinstance(out, str):
            settings = dict(storage_options or {})
            sink: FileSink = await async_offload(StoreSink, out, settings, what)
        else:
            sink = FileSink(out, what)
        deadline = None if timeout is None else time.monotonic() + timeout
        transfer = self._transfer(deadline, stall_timeout, attempts)
        try:
            with show_progress(progress, what) as display:
                await self._pour(transfer, sink, display, _nothing)
            if digest is not None:
                compare_sha256(sink.sha256.hexdigest(), digest, what)
            await async_offload(sink.finish)
            if isinstance(out, str):
                note_stored(out, sink.have, sink.sha256.hexdigest())
        except BaseException:
            sink.abandon()
            raise
        return sink.have

    async def stream(
        self,
        *,
        timeout: float | None = None,
        stall_timeout: StallTimeout = UNSET,
        attempts: int = ATTEMPTS,
    ) -> AsyncGenerator[bytes, None]:
        """Yield the file in blocks, resuming after broken connections.

        Args:
            timeout: Seconds for the whole download; None for no limit.
            stall_timeout: Seconds to wait for the next byte, or None for no limit; by default as
                long as the client's `timeout` allows between two pieces of an answer.
            attempts: Consecutive failures without a new byte to tolerate.

        Raises:
            IncompleteDownloadError: The transfer ended early.
            ChangedDuringDownloadError: The server cannot continue the file from where it broke.
            ApiError: The server answered with an error.
        """
        async with async_closing(self._blocks(timeout, stall_timeout, attempts)) as blocks:
            async for block in blocks:
                yield bytes(block)

    async def read(self, *, timeout: float | None = None) -> bytes:
        """Return the content of the file.

        Args:
            timeout: Seconds for the whole download; None for no limit.

        Raises:
            DownloadError: The file could not be read to its end.
            ApiError: The server answered with an error.
        """
        async with async_closing(self._blocks(timeout, UNSET, ATTEMPTS)) as blocks:
            return b"".join([block async for block in blocks])

    # ----------------------------------------------------------------------- steps

    def _blocks(
        self, timeout: float | None, stall_timeout: StallTimeout, attempts: int
    ) -> AsyncGenerator[bytearray, None]:
        """Return the blocks of the file, each one the caller's own."""
        deadline = None if timeout is None else time.monotonic() + timeout
        transfer = self._transfer(deadline, stall_timeout, attempts)
        return transfer.run(StreamSink(self._identity.label), begun=_nothing)

    async def _kept(self, transfer: AsyncTransfer, saving: _Saving) -> Path | None:
        """Return the file of an earlier download if it may stay, or refuse a target in use."""
        partial, destination = saving.partial, saving.destination
        if saving.options.may_be_done:
            path, version = partial.finished(destination.path), partial.version
            settled = self._rules.validator == "job"  # a job makes its file once
            if path and version and (settled or await transfer.is_current(version)):
                return path
        if destination.path is not None or partial.received:
            saving.refuse_taken()
        if saving.options.folder is not None:
            refuse_used(saving.options.folder)
        return None

    async def _fill_and_check(self, transfer: AsyncTransfer, saving: _Saving) -> Path:
        partial = saving.partial
        resumed = partial.received > 0
        if resumed:
            what = self._identity.label
            TRANSFERS.info("%s: resuming, with %d bytes of earlier calls", what, partial.received)
        await self._fill(transfer, saving)
        await async_offload(partial.flush)
        path = saving.path()
        try:
            await async_offload(
                check_file,
                partial.path,
                name=partial.name or path.name,
                media_type=partial.media_type,
                expected_sha256=saving.options.expected_sha256,
            )
        except CorruptFileError:
            await async_offload(partial.drop)
            if not resumed:
                raise
            return await self._fill_and_check(transfer, saving)
        options = saving.options
        await async_offload(
            partial.finish,
            path,
            replace=options.overwrite != "error",
            remember=options.lasting or options.overwrite == "resume",
        )
        return path

    async def _fill(self, transfer: AsyncTransfer, saving: _Saving) -> None:
        if not await self._fill_by_pieces(transfer, saving):
            await self._pour(transfer, saving.partial, saving.display, saving.refuse_taken)

    async def _pour(
        self, transfer: AsyncTransfer, sink: Sink, display: Display, begun: Callable[[], None]
    ) -> None:
        """Fetch into a sink, and show the progress."""
        async with async_closing(transfer.run(sink, begun=begun)) as blocks:
            async for _ in blocks:
                display.bytes(sink.have, sink.version.total if sink.version else None)

    async def _fill_by_pieces(self, transfer: AsyncTransfer, saving: _Saving) -> bool:
        """Fetch over several connections; return False if that is not possible or failed."""
        partial, connections = saving.partial, saving.options.connections
        if partial.pieces is None:
            if connections == 1 or partial.have:
                return False
            seen = await transfer.first_look()
            if seen is None:
                return False
            size = resume.piece_size(self._rules, seen.version, connections)
            if size is None:
                return False
            saving.refuse_taken(seen)
            await async_offload(
                partial.begin_pieces, seen.version, seen.name, seen.media_type, piece=size
            )
        try:
            await self._share_out(transfer, saving)
        except ChangedError:
            await async_offload(partial.drop)
            return False
        return True

    async def _share_out(self, transfer: AsyncTransfer, saving: _Saving) -> None:
        partial, stop = saving.partial, Stop()
        missing = deque(partial.missing_pieces())
        total = (partial.version.total if partial.version else None) or 0
        tally = Tally(saving.display, partial.received, total)

        async def work() -> None:
            while missing and not stop:
                try:
                    piece = missing.popleft()
                except IndexError:  # another thread took the last one
                    return
                await transfer.piece(piece, stop, tally.add)

        count = min(saving.options.connections, len(missing))
        if count:
            await async_run_together([work] * count, stop)

    # ----------------------------------------------------------------------- helpers

    def _set_up(
        self, client: AsyncCaller, rules: Download, route: Route, identity: FileIdentity
    ) -> None:
        self._client = client
        self._rules = rules
        self._route = route
        self._renew: AsyncRenew | None = None
        self._identity = identity

    def _transfer(
        self, deadline: float | None, stall_timeout: StallTimeout, attempts: int
    ) -> AsyncTransfer:
        checked_stall(stall_timeout)
        return AsyncTransfer(
            self._client,
            self._route,
            self._rules,
            label=self._identity.label,
            renew=self._renew,
            attempts=attempts,
            deadline=deadline,
            stall_timeout=stall_timeout,
        )

    def _title(self, destination: Destination) -> str:
        return destination.name or self.name or self._identity.label.rsplit("/", 1)[-1]


class AsyncRemoteUrl(AsyncRemoteFile):
    """A file at a URL that the platform sent."""

    def __init__(
        self,
        client: AsyncCaller,
        url: str,
        rules: Download | None = None,
        *,
        name: str | None = None,
        job: str | None = None,
        renew: AsyncRenewUrl | None = None,
    ) -> None:
        """Describe the file at `url`.

        Args:
            client: Sends the requests.
            url: Where the file is.
            rules: How the server behaves. With `origin` "platform", the file is requested from
                the client's own origin, whatever host the URL names, with credentials; with
                "other", from the URL's host, without them; with "url", from the URL's host, with
                them if that is the client's own origin.
            name: File name to use if the target is a folder and the server sends none.
            job: Id of the job that made the file.
            renew: Returns a new URL when this one has expired.
        """
        rules = rules or Download()
        route = _route_to(client.base, url, rules)
        lasting = resume.lasting_url(client.base.join(route.request.url))
        label = _name_of(client.base, route)
        self.name = name
        self._naming = Naming.of_url(label)
        self._set_up(client, rules, route, FileIdentity.of("url", lasting, label=label, job=job))
        if renew is not None:
            self._renew = _Renewing(client.base, rules, renew).route


@attrs.frozen
class _Renewing:
    """Requests a new URL and turns it into a route."""

    base: BaseUrl
    rules: Download
    renew: AsyncRenewUrl

    async def route(self) -> Route:
        """Return the route to the file at its new URL."""
        return _route_to(self.base, await self.renew(), self.rules)


def _route_to(base: BaseUrl, url: str, rules: Download) -> Route:
    check_url(url)
    target = base.path_of(url) if rules.origin == "platform" else url
    secured = rules.origin != "other" and base.owns(target)
    return Route(request=Request("GET", target, {"Accept": "*/*"}, None, ""), secured=secured)


def _name_of(base: BaseUrl, route: Route) -> str:
    """Return what a file is called in messages and in the sidecar."""
    return without_query(base.join(route.request.url))


@attrs.define(kw_only=True)
class _Saving:
    """The parts of one download to disk."""

    partial: Partial
    destination: Destination
    options: DownloadOptions
    display: Display
    hint: str | None
    naming: Naming

    def path(self, seen: Fresh | None = None) -> Path:
        """Return the path of the target.

        Args:
            seen: What the server says about the file, if the partial does not know it yet.
        """
        if self.destination.name is not None:
            return self.destination.folder / self.destination.name
        known = seen or self.partial
        name = self.naming.choose(known.name or self.hint, known.media_type)
        return self.destination.folder / name

    def is_unpacked(self) -> bool:
        """Whether the file was already unpacked into the requested folder."""
        folder = self.options.folder
        return folder is not None and self.partial.unpacked_into(folder)

    def refuse_taken(self, seen: Fresh | None = None) -> None:
        """Raise TargetExistsError if the target exists and may not be replaced."""
        self.options.refuse_existing(self.path(seen), self.partial)


def _nothing() -> None:
    """Check nothing: there is no target that could be in use."""
