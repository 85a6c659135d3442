# Derived from _async/upload.py by tools/unasync.py: change that file instead.
"""The conversation of one upload: which way the files go, and going on after a mishap."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urljoin, urlsplit

import attrs
import msgspec

from annoport.core import uploads
from annoport.core.annotations import Upload
from annoport.core.bodies import entries
from annoport.core.call_site import stacklevel
from annoport.core.concurrency import sleep
from annoport.core.downloads import Patience
from annoport.core.errors import (
    ApiError,
    IncompleteUploadError,
    InvalidArgumentError,
    InvalidBodyError,
    TransportError,
    UnconfirmedUploadWarning,
    UploadError,
    from_response,
)
from annoport.core.guards import is_list, is_mapping
from annoport.core.local_files import LocalFile, LocalPart, local_files
from annoport.core.multipart import StreamedBody
from annoport.core.operation import Operation
from annoport.core.pointers import resolve
from annoport.core.progress import Display, ProgressOption, display
from annoport.core.redact import redact_url
from annoport.core.request import Request, build
from annoport.core.response import RawResponse
from annoport.core.routes import platform_target
from annoport.core.types import UNSET, Model, Unset
from annoport.core.uploads import Append, Ask, Busy, Forgotten, Has, Refused, Tally, Unsure, Verdict
from annoport.core.workers import offload

if TYPE_CHECKING:
    from annoport.core._sync.client import BaseClient
    from annoport.core.types import FileSource

_FIRST_REDIRECT_STATUS = 300
_NO_MORE_BYTES = "the server took no more bytes"
_NO_OFFSET = "the server does not say how many bytes it has"


class _PassingError(Exception):
    """The server's answer was an error that may pass. error: which one."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(str(error))
        self.error = error


_MISHAPS = (TransportError, _PassingError)


def upload(
    client: BaseClient,
    operation: Operation[Any],
    arguments: Mapping[str, Any],
    files: FileSource | Iterable[FileSource],
    *,
    body: Any = UNSET,
    progress: ProgressOption = False,
    attempts: int = uploads.ATTEMPTS,
    chunk_size: int | None = None,
) -> Any:
    """Send files the way that the operation takes them; otherwise as the client's `upload`."""
    rules = operation.upload
    if rules is None:
        raise InvalidArgumentError(f"{operation.id} takes no upload: use call()")
    sources = offload(
        local_files, files, field=rules.field or "file", where=operation.id, several=rules.indexed
    )
    title = sources[0].name if len(sources) == 1 else f"{len(sources)} files"
    with display(progress, title) as shown:
        one = _Uploading(
            client, operation, rules, arguments, sources, body, shown, attempts, chunk_size
        )
        if rules.style == "parts":
            return one.by_parts()
        return one.by_tus_or_form()


@attrs.frozen
class _Uploading:
    """One upload, with all that the caller said about it."""

    client: BaseClient
    operation: Operation[Any]
    rules: Upload
    arguments: Mapping[str, Any]
    files: list[LocalFile]
    body: Any
    shown: Display
    attempts: int
    chunk_size: int | None

    # ----------------------------------------------------------------------- forms and TUS

    def by_tus_or_form(self) -> Any:
        """Send the files; gives what the operation gives."""
        self._refuse(self.rules.start, self.rules.finish, self.rules.file_parameter)
        fields = self._fields()
        sizes = [file.size for file in self.files]
        if self.rules.style == "form" or uploads.fits_one_request(sizes, fields):
            return self._in_one_form(fields)
        return self._by_tus()

    def _in_one_form(self, fields: Mapping[str, Any]) -> Any:
        total = sum(file.size for file in self.files)
        self.shown.bytes(0, total)
        held = [file.file for file in self.files]
        files = held if self.rules.indexed else held[0]
        given = self._finish(self.arguments, {**fields, self._field(): files})
        self.shown.bytes(total, total)
        return given

    def _by_tus(self) -> Any:
        rules, arguments = self.rules, self.arguments
        size = uploads.chunk_size(self.chunk_size)
        if rules.start is not None:
            opening = {**arguments, self._name(rules.start): True}
            self._open(build(self._bare(), opening))
        total, done, doubtful = sum(file.size for file in self.files), 0, list[str]()
        stored: str | None = None
        for file in self.files:
            sending = TusUpload(
                self.client,
                self._endpoint(),
                file,
                secured=self.operation.secured,
                shown=_Share(self.shown, done, total),
                attempts=self.attempts,
                chunk=size,
            )
            stored = sending.run()
            done += file.size
            if not sending.confirmed:
                doubtful.append(file.name)
        if rules.finish is not None:
            arguments = {**arguments, self._name(rules.finish): True}
        if rules.file_parameter is None:
            _warn_of(doubtful)
        else:
            arguments = {**arguments, self._name(rules.file_parameter): self._stored(stored)}
        try:
            return self._finish(arguments, self.body)
        except ApiError as error:
            if doubtful:
                error.add_note(_doubt(doubtful))
            raise

    def _finish(self, arguments: Mapping[str, Any], body: Any) -> Any:
        operation = self.operation
        if operation.job is None:
            return (self.client.call(operation, arguments, body=body)).value
        job = self.client.start_job(operation, arguments, body=body)
        if job is None:
            raise UploadError(
                f"{operation.id}: the server took the upload, but started no job with it"
            )
        return job

    def _open(self, request: Request) -> None:
        """Send the step that opens the upload; twice does no harm."""
        raw = self.client.send(request, repeatable=True, secured=self.operation.secured)
        if raw.status >= _FIRST_REDIRECT_STATUS:
            raise from_response(self.client.platform, self.operation.id, raw)

    def _endpoint(self) -> Request:
        """Where uploads are made. Without a query: servers add the upload's id to the URL."""
        operation = self._bare()
        if self.rules.path is not None:
            operation = msgspec.structs.replace(operation, path=self.rules.path)
        request = build(operation, self.arguments)
        return attrs.evolve(request, url=request.url.partition("?")[0])

    def _bare(self) -> Operation[Any]:
        """The operation without its body."""
        return msgspec.structs.replace(self.operation, bodies={}, body_required=False)

    def _stored(self, name: str | None) -> str:
        if name is None:
            raise UploadError(
                f"{self.operation.id}: the server took {self.files[0].name}, but did not say "
                "what it calls it",
                name=self.files[0].name,
            )
        return name

    def _fields(self) -> dict[str, Any]:
        if not (isinstance(self.body, Unset | Model) or is_mapping(self.body)):
            kind = type(self.body).__name__
            raise InvalidBodyError(
                f"{self.operation.id}: beside files, the body is a model or a dict, got {kind}"
            )
        fields = dict(entries(self.body))
        if any(name.partition("[")[0] == self.rules.field for name in fields):
            raise InvalidArgumentError(
                f"{self.operation.id}: {self.rules.field} in the body: give the files by themselves"
            )
        return fields

    def _field(self) -> str:
        field = self.rules.field
        if field is None:
            raise InvalidArgumentError(f"{self.operation.id}: no form field takes the file")
        return field

    # ----------------------------------------------------------------------- parts

    def by_parts(self) -> str:
        """Send one file to a store; gives its key there."""
        rules, file = self.rules, self.files[0]
        self._refuse(rules.count_parameter)
        if self.body is not UNSET:
            raise InvalidArgumentError(f"{self.operation.id}: takes no body beside the file")
        parts = uploads.cut(file.size, uploads.part_size(file.size, self.chunk_size))
        arguments = dict(self.arguments)
        if rules.count_parameter is not None:
            arguments[self._name(rules.count_parameter)] = len(parts)
        info = self._found(rules.info)
        answer = (self.client.call(info, arguments)).value
        urls = self._urls(answer, len(parts))
        key = self._text(answer, rules.key)
        sending = PartsUpload(self.client, info.id, file, self.shown, self.attempts)
        tags: list[str] = []
        for number, (url, (start, stop)) in enumerate(zip(urls, parts, strict=True), 1):
            shown = f"part {number} of {len(parts)}"
            tag = sending.send(url, start, stop, shown)
            if tag is None and len(parts) > 1:
                raise UploadError(
                    f"{file.name}: the store sent no ETag for {shown}, so the parts cannot be "
                    "put together",
                    name=file.name,
                )
            tags.append(tag or "")
        if len(parts) > 1:
            self._complete(key, self._text(answer, rules.upload_id), tags)
        return key

    def _complete(self, key: str, upload_id: str, tags: list[str]) -> None:
        operation = self._found(self.rules.completion)
        names = {parameter.name for parameter in operation.parameters}
        arguments = {name: value for name, value in self.arguments.items() if name in names}
        body = uploads.completion(key, upload_id, tags)
        self.client.call(operation, arguments, body=body)

    def _text(self, answer: object, pointer: str) -> str:
        found = resolve(answer, pointer)
        if not isinstance(found, str):
            raise UploadError(f"{self.operation.id}: the answer holds no text at {pointer!r}")
        return found

    def _urls(self, answer: object, count: int) -> list[str]:
        """The URL of each part."""
        found = resolve(answer, self.rules.urls)
        urls = [url for url in found if isinstance(url, str)] if is_list(found) else []
        if len(urls) != count:
            raise UploadError(
                f"{self.operation.id}: asked for the URLs of {count} parts, got {len(urls)}"
            )
        return [_web_address(self.client.base.url, url) for url in urls]

    def _found(self, operation_id: str | None) -> Operation[Any]:
        if operation_id is None or operation_id == self.operation.id:
            return self.operation
        return self.client.operation(operation_id)

    # ----------------------------------------------------------------------- small things

    def _name(self, wire: str) -> str:
        """The argument that is sent under that name."""
        for parameter in self.operation.parameters:
            if parameter.wire == wire:
                return parameter.name
        raise InvalidArgumentError(f"{self.operation.id} has no parameter {wire!r}")

    def _refuse(self, *wires: str | None) -> None:
        """Refuse arguments that the upload sets itself."""
        for wire in wires:
            if wire is not None and self.arguments.get(self._name(wire), UNSET) is not UNSET:
                raise InvalidArgumentError(
                    f"{self.operation.id}: argument {self._name(wire)!r} is set by the upload"
                )


class TusUpload:
    """Sends one file by TUS 1.0.0, chunk by chunk.

    endpoint: where uploads are made, with the headers that all requests need.
    attempts: failures in a row without a new byte that are borne. chunk: bytes of one request.
    """

    def __init__(
        self,
        client: BaseClient,
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

    def run(self) -> str | None:
        """Send the file; gives the server's name for it, if it has one.

        Raises IncompleteUploadError, ChangedDuringUploadError, ApiError.
        """
        name = self._create()
        tally, patience = self._tally, Patience(attempts=self._attempts)
        while not tally.whole:
            step = tally.next()
            try:
                (self._ask() if isinstance(step, Ask) else self._append(step))
            except _MISHAPS as error:
                self._rest(patience, error)
            patience.reached(tally.offset)
            self._shown.bytes(tally.offset, tally.length)
        return name

    def _create(self) -> str | None:
        """Make the upload; after a lost answer again, which leaves one without a byte behind."""
        metadata = {"filename": self._file.name, "filetype": self._file.file.media_type}
        told = uploads.creation(self._file.size, metadata, self._client.base.origin)
        request = attrs.evolve(self._endpoint, headers={**self._endpoint.headers, **told})
        raw = self._client.send(request, repeatable=True, secured=self._secured)
        if raw.status >= _FIRST_REDIRECT_STATUS:
            raise from_response(self._client.platform, request.operation_id, raw)
        location = raw.headers.get("location")
        if not location:
            raise UploadError(f"{self._file.name}: the server did not say where it is to be sent")
        self._url = platform_target(self._client.base, _web_address(raw.url, location))
        return raw.headers.get("upload-filename")

    def _append(self, step: Append) -> None:
        part, tally = self._file.part(step.start, step.stop), self._tally
        headers = uploads.appending(step.start, part.size, self._client.base.origin)
        try:
            raw = self._exchange("PATCH", headers, _streamed(part))
        except TransportError:
            tally.appended(step, part.handed_out, None, all_sent=part.all_sent)
            raise
        verdict = uploads.judge_append(raw.status, raw.headers)
        more = tally.appended(step, part.handed_out, verdict, all_sent=part.all_sent)
        self._weigh(verdict, raw)
        if not more:
            raise TransportError(_NO_MORE_BYTES)

    def _ask(self) -> None:
        raw = self._exchange("HEAD", uploads.talk(self._client.base.origin), None)
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

    def _rest(self, patience: Patience, error: Exception) -> None:
        """Pause after a mishap, or give up."""
        cause = error.error if isinstance(error, _PassingError) else error
        if not _paused(patience, cause):
            why = f"after {self._attempts + 1} attempts without a new byte: {cause}"
            raise _incomplete(self._file, why, self._tally.offset) from cause


class PartsUpload:
    """Sends one file to an object store, by presigned URLs that see no credentials."""

    def __init__(
        self, client: BaseClient, operation_id: str, file: LocalFile, shown: Display, attempts: int
    ) -> None:
        self._client = client
        self._operation_id = operation_id
        self._file = file
        self._shown = shown
        self._attempts = attempts

    def send(self, url: str, start: int, stop: int, shown: str) -> str | None:
        """Send one part, again and again if need be; gives its ETag. shown: for messages."""
        patience = Patience(attempts=self._attempts)
        while True:
            try:
                raw = self._put(url, start, stop)
                verdict = uploads.judge_part(raw.status)
                if isinstance(verdict, Has):
                    self._shown.bytes(stop, self._file.size)
                    return raw.headers.get("etag")
                if isinstance(verdict, Forgotten):
                    self._expired(raw, start, shown)
                _refuse(self._client, self._operation_id, verdict, raw)
            except _MISHAPS as error:
                cause = error.error if isinstance(error, _PassingError) else error
                if not _paused(patience, cause):
                    why = f"{shown} failed {self._attempts + 1} times: {cause}"
                    raise _incomplete(self._file, why, start) from cause

    def _put(self, url: str, start: int, stop: int) -> RawResponse:
        headers = {"Accept": "*/*", "Content-Length": str(stop - start)}
        if any(pair.startswith("sig=") for pair in urlsplit(url).query.split("&")):
            headers["x-ms-blob-type"] = "BlockBlob"  # Azure wants to be told
        content = _streamed(self._file.part(start, stop))
        request = Request("PUT", url, headers, content, self._operation_id, presigned=True)
        with self._client.stream(request, secured=False) as answer:
            return answer.whole()

    def _expired(self, raw: RawResponse, start: int, shown: str) -> NoReturn:
        cause = from_response(self._client.platform, self._operation_id, raw)
        why = f"the store refuses {shown}: its URL has expired, or the upload was dropped"
        raise _incomplete(self._file, why, start) from cause


class _Share(Display):
    """The display of all files, for one of them. done: bytes of those before it."""

    def __init__(self, shown: Display, done: int, total: int) -> None:
        self._shown = shown
        self._done = done
        self._total = total

    def bytes(self, done: int, total: int | None) -> None:  # noqa: ARG002 (of the one file)
        """Show the bytes of all files."""
        self._shown.bytes(self._done + done, self._total)


def _paused(patience: Patience, cause: Exception) -> bool:
    """Pause before another try; False if there is to be none."""
    wait = patience.pause(cause.retry_after if isinstance(cause, ApiError) else None)
    if wait is not None:
        sleep(wait)
    return wait is not None


def _streamed(part: LocalPart) -> bytes | StreamedBody:
    if part.size == 0:
        part.all_sent = True  # whoever sends nothing has sent all of it
        return b""
    return StreamedBody([part], "")


def _refuse(client: BaseClient, operation_id: str, verdict: Verdict, raw: RawResponse) -> NoReturn:
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


def _web_address(asked: str, given: str) -> str:
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


def _warn_of(names: list[str]) -> None:
    if names:
        warnings.warn(_doubt(names), UnconfirmedUploadWarning, stacklevel())


def _doubt(names: list[str]) -> str:
    return (
        f"every byte of {', '.join(names)} was sent, but the server's answer to the last ones was "
        "lost, and it does not say any more what it has: check that the file is there"
    )
