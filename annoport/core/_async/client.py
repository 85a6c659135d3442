"""The client that generated packages build on."""

from __future__ import annotations

import contextlib
import functools
import importlib
import time
import warnings
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, Self, TypeVar, cast

import attrs

from annoport.core._async.retrying import repeat
from annoport.core._async.server_version import AsyncServerVersion
from annoport.core._async.session import AsyncSession
from annoport.core.codec.json import load
from annoport.core.contract.extensions import JobKind, Platform
from annoport.core.contract.operation import Operation
from annoport.core.errors import (
    AnnoportError,
    BrokenAnswerError,
    ClosedClientError,
    ConfigurationError,
    CutBaseUrlWarning,
    DecodeError,
    InsecureUrlWarning,
    InvalidArgumentError,
    NoSuchOperationError,
)
from annoport.core.http import auth as auths
from annoport.core.http.api_errors import api_error
from annoport.core.http.auth import Auth, NoAuth
from annoport.core.http.filters import in_arguments
from annoport.core.http.multipart import StreamedBody
from annoport.core.http.options import (
    ATTEMPTS,
    TAKE_UP,
    ClientOptions,
    StallTimeout,
    TakeUp,
    TimeoutLike,
    Timeouts,
    as_seconds,
    as_timeouts,
)
from annoport.core.http.origin import BaseUrl
from annoport.core.http.parameters import header_value
from annoport.core.http.parsing import parse
from annoport.core.http.request import Request, build, refuse_long_address
from annoport.core.http.response import FIRST_ERROR_STATUS, RawResponse, Response, without_asking
from annoport.core.http.retry import RetryRule, is_broken_json, is_lost
from annoport.core.support.call_site import stacklevel
from annoport.core.values.models import UNSET, Unset
from annoport.core.values.pointers import resolve

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from annoport.core._async.download import AsyncRemoteFile, AsyncRemoteUrl
    from annoport.core._async.item_stream import AsyncItemStream
    from annoport.core._async.job import AsyncJob
    from annoport.core._async.pager import AsyncPager
    from annoport.core._async.stream import AsyncEventStream
    from annoport.core._async.transport import AsyncStreamedResponse
    from annoport.core.download.extract import Limits
    from annoport.core.download.routes import AsyncRenewUrl
    from annoport.core.download.target import Overwrite
    from annoport.core.http.connections import AsyncHttpClient
    from annoport.core.http.tls import ClientCertificate, Verify
    from annoport.core.support.progress import ProgressOption
    from annoport.core.values.models import FileSource

T = TypeVar("T")


class AsyncBaseClient:
    """A client of one platform; generated packages add its resources.

    A client can be shared by concurrent callers. Close it, or use it as a context manager.
    """

    _platform: ClassVar[Platform]
    _package: ClassVar[str]
    _path_prefix: ClassVar[str] = ""

    def __init__(
        self,
        base_url: str,
        *,
        credentials: Mapping[str, str | None] | None = None,
        username: str | None = None,
        password: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        auth: Auth | None = None,
        timeout: TimeoutLike | Unset = UNSET,
        max_retries: int | Unset = UNSET,
        strict: bool = False,
        server_version: str | None = None,
        check_server_version: bool = True,
        verify: Verify = True,
        cert: ClientCertificate | None = None,
        http_client: AsyncHttpClient | None = None,
    ) -> None:
        """Check the settings; nothing is sent yet.

        Args:
            base_url: The platform's address; without a scheme, https is taken.
            credentials: Secrets, each under the platform's keyword for it.
            username: User name to log in with.
            password: Password to log in with.
            headers: Values of the platform's own headers, each under its keyword.
            auth: A strategy to use instead of credentials or a login.
            timeout: Seconds for each step of a request, a `Timeouts`, or None for no limit.
            max_retries: How often a request that is safe to repeat is sent again.
            strict: Raise DecodeError if a response does not match its declared type, and
                PaginationError if a list changed while it was read, instead of warning with
                ResponseShapeWarning and PaginationWarning; and InvalidBodyError if a body holds a
                placeholder of the server's, instead of leaving it out.
            server_version: The version of the server; without it, the server is asked for it
                when it is needed.
            check_server_version: Refuse a call that uses what the server's release does not
                know, with UnsupportedByServerError.
            verify: Whom to trust: True for the authorities that SSL_CERT_FILE, SSL_CERT_DIR or
                REQUESTS_CA_BUNDLE names, or the usual ones; the path of a file or folder of
                certificates; an ssl.SSLContext; or False for everybody.
            cert: A certificate of the client's own, for a server that asks for one: the path of a
                PEM file, or a tuple (certificate, key) or (certificate, key, password).
            http_client: An httpx client to send with; the caller closes it.

        Raises:
            ConfigurationError: The settings cannot work.

        Warns:
            CutBaseUrlWarning: `base_url` ended with what each path of the API begins with.
            InsecureUrlWarning: Credentials would be sent over plain HTTP.
        """
        from annoport.core._async.transport import AsyncTransport
        from annoport.core.http.tls import Trust

        if http_client is not None and (verify is not True or cert is not None):
            raise ConfigurationError(
                "verify= or cert= was passed together with http_client=: pass them to the "
                "httpx client instead"
            )
        base = self._parse_base(base_url)
        chosen = auths.choose(
            self._platform,
            credentials=credentials or {},
            username=username,
            password=password,
            auth=auth,
        )
        if not isinstance(chosen, NoAuth) and not base.is_private_line():
            message = f"credentials for {base.url} are sent in clear text: use https"
            warnings.warn(message, InsecureUrlWarning, stacklevel())
        self._options = ClientOptions().changed(
            timeout=timeout,
            max_retries=max_retries,
            strict=strict,
            check_server_version=check_server_version,
        )
        self._headers = _platform_headers(self._platform, headers or {})
        self._server_version = AsyncServerVersion(_checked_version(server_version))
        self._session = AsyncSession(
            platform=self._platform,
            base=base,
            auth=chosen,
            transport=AsyncTransport(base, Trust(verify, cert), http_client),
            find_operation=self.operation,
        )

    @classmethod
    def _parse_base(cls, base_url: str) -> BaseUrl:
        base = BaseUrl.parse(base_url)
        cut = base.without_suffix(cls._path_prefix)
        if cut is None:
            return base
        warnings.warn(
            f"base_url is {base.url}, but the paths of {cls._platform.title} begin with "
            f"{cls._path_prefix} anyway: {cut.url} is used",
            CutBaseUrlWarning,
            stacklevel(),
        )
        return cut

    def with_options(
        self,
        *,
        timeout: TimeoutLike | Unset = UNSET,
        max_retries: int | Unset = UNSET,
        strict: bool | Unset = UNSET,
        check_server_version: bool | Unset = UNSET,
    ) -> Self:
        """Return a cheap copy of this client with other options.

        The two share connections, login and what is known of the server, and closing one closes
        both. What is not passed stays as it is.

        Args:
            timeout: Seconds for each step of a request, a `Timeouts`, or None for no limit.
            max_retries: How often a request that is safe to repeat is sent again.
            strict: Raise an error if a response does not match its declared type, a list changed
                while it was read, or a body holds a placeholder of the server's.
            check_server_version: Refuse a call that uses what the server's release does not know.

        Raises:
            ConfigurationError: The options cannot work.
        """
        options = self._options.changed(
            timeout=timeout,
            max_retries=max_retries,
            strict=strict,
            check_server_version=check_server_version,
        )
        return self._twin(_options=options)

    def with_headers(self, given: Mapping[str, str | Unset | None]) -> Self:
        """Return a cheap copy of this client that sends other values of the platform's headers.

        Args:
            given: Values, each under its keyword; None for no such header, UNSET for no change.

        Raises:
            ConfigurationError: A value cannot be sent.
        """
        changed = {keyword: text for keyword, text in given.items() if text is not UNSET}
        names = {self._platform.headers[keyword].header for keyword in changed}
        kept = {name: text for name, text in self._headers.items() if name not in names}
        return self._twin(_headers=kept | _platform_headers(self._platform, changed))

    def _twin(self, **changed: Any) -> Self:
        """Return a copy with some attributes changed."""
        twin = type(self).__new__(type(self))
        for name, value in {**vars(self), **changed}.items():
            # A resource belongs to the client that made it.
            if not isinstance(getattr(type(self), name, None), functools.cached_property):
                vars(twin)[name] = value
        return twin

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: connections, locks and secrets stay in their process."""
        raise TypeError(
            "a client cannot be sent to another process: send what makes one, such as "
            "functools.partial(Client, url, token=...)"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self._platform.title} at {self.base.url}>"

    @property
    def platform(self) -> Platform:
        """The core's description of the platform."""
        return self._platform

    @property
    def base(self) -> BaseUrl:
        """The platform's address, split into its parts."""
        return self._session.base

    @property
    def headers(self) -> Mapping[str, str]:
        """The platform's own headers, which are sent with every request."""
        return self._headers

    @property
    def options(self) -> ClientOptions:
        """The options in effect."""
        return self._options

    @classmethod
    def operation(cls, operation_id: str) -> Operation[Any]:
        """Return one of the platform's operations.

        Args:
            operation_id: Its operationId in the platform's API description.

        Raises:
            KeyError: The platform has no such operation.
        """
        module = importlib.import_module(f"{cls._package}.operations")
        return cast("Operation[Any]", module.get(operation_id))

    @classmethod
    def job_kind(cls, name: str) -> JobKind:
        """Return one of the platform's kinds of job.

        Args:
            name: Its name in the platform's extensions.

        Raises:
            KeyError: The platform has no such kind of job.
        """
        return cls._job_kinds()[name]

    @classmethod
    def _job_kinds(cls) -> Mapping[str, JobKind]:
        module = importlib.import_module(f"{cls._package}.job_kinds")
        return cast("Mapping[str, JobKind]", module.JOB_KINDS)

    @classmethod
    def job_kinds(cls) -> list[str]:
        """Return the names of the platform's kinds of job."""
        return list(cls._job_kinds())

    async def server_version(self) -> str | None:
        """Return the version of the server, as it tells it or as the client was told.

        The server is asked once; its answer is remembered.

        Returns:
            The version, or None if the servers of the platform tell none.

        Raises:
            DecodeError: The answer holds no version.
            AnnoportError: As raised by `call`.
        """
        return await self._server_version.get(self)

    async def check_server(self, request: Request) -> None:
        """Refuse a request that uses what the server's release does not know.

        All requests are checked before they are sent. The server is asked for its version by the
        first one that uses something which not all releases know; if that fails, nothing is
        checked.

        Args:
            request: A request that was not sent yet.

        Raises:
            UnsupportedByServerError: The server does not know something that the request uses.
        """
        asked = self._server_version
        if not self._options.check_server_version or not asked.may_be_had(self._platform):
            return
        from annoport.core.http.server_version import depends_on_release, refuse_unknown

        version = asked.known
        if version is None and depends_on_release(request):
            version = await asked.find(self)
        if version is not None:
            refuse_unknown(self._platform, request, version)

    async def explain(self, error: AnnoportError, operation: Operation[Any]) -> None:
        """Add to an error what the server's release says about it.

        If the server does not have the operation, it is asked for its version, unless that is
        known or calls are not checked.

        Args:
            error: What a call of the operation ended with; most errors need no explanation.
            operation: The operation that was called.
        """
        if not isinstance(error, NoSuchOperationError):
            return
        from annoport.core.http.server_version import having  # few errors are such

        asks = self._options.check_server_version
        version = await self._server_version.find(self) if asks else self._server_version.known
        error.explain(having(self._platform, operation, version), version)

    async def call(
        self,
        operation: Operation[T],
        arguments: Mapping[str, Any],
        *,
        body: Any = UNSET,
        content_type: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        timeout: TimeoutLike | Unset = UNSET,
    ) -> Response[T]:
        """Send one request and return the parsed response.

        Args:
            operation: The operation to call.
            arguments: Values by the Python names of the parameters.
            body: A model, plain data or a file.
            content_type: Media type of the body, where the operation accepts several.
            extra_headers: Headers that override all others of the request.
            timeout: Seconds for each step, a `Timeouts`, or None for no limit; the client's
                own if unset.

        Raises:
            InvalidArgumentError: An argument is missing, unknown or invalid; nothing was sent.
            InvalidBodyError: The body does not match the operation; nothing was sent.
            UnsupportedByServerError: The server's release does not know something that the call
                uses; nothing was sent.
            TransportError: The request could not be sent, or its response could not be read.
            ApiError: The server answered with an error.
            DecodeError: The response does not match its declared type.
        """
        if operation.stream is not None:
            raise InvalidArgumentError(
                f"{operation.id} answers events and never ends: use client.event_stream()"
            )
        request = build(operation, arguments, body, content_type, strict=self._options.strict)
        if extra_headers:
            headers = {**request.headers, **_sendable_headers(operation, extra_headers)}
            request = attrs.evolve(request, headers=headers)
        return await self.execute(operation, request, timeout=timeout)

    async def execute(
        self, operation: Operation[T], request: Request, *, timeout: TimeoutLike | Unset = UNSET
    ) -> Response[T]:
        """Send a request that was built beforehand, and return the parsed response.

        A request whose answer is known is not sent.

        Args:
            operation: The operation that the request calls.
            request: The request to send.
            timeout: As for `call`.

        Raises:
            AnnoportError: As raised by `call`.
        """

        def read(raw: RawResponse) -> Response[T]:
            return self.parse(operation, raw)

        if request.answer is not None:
            self._check_open()
            return read(without_asking(request.answer))
        try:
            return await self._send(
                request,
                read,
                repeatable=operation.repeatable,
                secured=operation.secured,
                timeout=timeout,
            )
        except NoSuchOperationError as error:
            await self.explain(error, operation)
            raise

    def parse(
        self, operation: Operation[T], raw: RawResponse, *, where: str | None = None
    ) -> Response[T]:
        """Return an answer that `send` or `stream` brought with its body as the operation's type.

        Args:
            operation: The operation that was called.
            raw: The answer.
            where: What messages call it; the operation by default.

        Raises:
            ApiError: The server answered with an error.
            DecodeError: The response does not match its declared type.
        """
        strict, platform = self._options.strict, self._platform
        try:
            return parse(operation, raw, strict=strict, platform=platform, where=where)
        except DecodeError as error:
            if is_broken_json(raw):
                raise BrokenAnswerError(*error.args) from None
            raise

    async def send(
        self,
        request: Request,
        *,
        repeatable: bool = False,
        secured: bool = True,
        timeout: TimeoutLike | Unset = UNSET,
    ) -> RawResponse:
        """Send a request and return the response unparsed.

        Args:
            request: The request to send.
            repeatable: Whether the request can be sent twice without harm.
            secured: Whether to send credentials; only the platform's own origin gets them.
            timeout: Seconds for each step, a `Timeouts`, or None for no limit; the client's
                own if unset.

        Raises:
            TransportError: The request could not be sent, or its response could not be read.
            ApiError: The server answered with an error.
        """

        def read(raw: RawResponse) -> RawResponse:
            if raw.status >= FIRST_ERROR_STATUS:
                raise api_error(self._platform, request.operation_id, raw)
            return raw

        return await self._send(
            request, read, repeatable=repeatable, secured=secured, timeout=timeout
        )

    @contextlib.asynccontextmanager
    async def stream(
        self, request: Request, *, secured: bool = True, timeout: TimeoutLike | Unset = UNSET
    ) -> AsyncGenerator[AsyncStreamedResponse]:
        """Send a request and yield the response, whatever its status, before its body is read.

        The request is sent once, or a second time after an expired login was renewed.
        Redirects are left to the caller. An absolute URL may lead to another origin, which
        gets no credentials.

        Args:
            request: The request to send.
            secured: Whether to send credentials; only the platform's own origin gets them.
            timeout: Seconds for each step, a `Timeouts`, or None for no limit; the client's
                own if unset.

        Raises:
            TransportError: The request could not be sent, or the connection broke.
        """
        self._check_open()
        refuse_long_address(self._platform, self.base, request)
        await self.check_server(request)
        request = self._with_own_headers(request)
        timeouts = self._timeouts(timeout)
        async with self._session.stream(request, secured=secured, timeouts=timeouts) as response:
            yield response

    async def upload(
        self,
        operation: Operation[Any],
        arguments: Mapping[str, Any],
        files: FileSource | Iterable[FileSource],
        *,
        body: Any = UNSET,
        progress: ProgressOption = False,
        attempts: int = ATTEMPTS,
        chunk_size: int | None = None,
    ) -> Any:
        """Upload files in the way the operation expects.

        Large files are sent in chunks, and an interrupted chunk resumes at the byte that the
        server asks for. Where the operation takes several files, small ones are sent in groups.
        Memory use does not grow with the size or number of the files. If the process is killed,
        the same call goes on with files that were given as paths; what it needs for that is in
        the user's cache folder until the upload is whole.

        Args:
            operation: The operation that takes the files.
            arguments: Values by the Python names of the parameters, without the file.
            files: A path, bytes, an open binary file that can seek, an UploadFile, or a list
                of these or a folder where the operation takes several.
            body: Other content of the request, without the file.
            progress: True for a progress bar, or a function called with the number of bytes
                that were sent, and the total; perhaps from another thread.
            attempts: Consecutive failures without a new byte to tolerate.
            chunk_size: The most bytes of files in one request; by default 16 MiB in a form or
                a part, or what suits the store, and 32 MiB in a chunk. A request that is too
                large for the server is tried again with less.

        Returns:
            The job that the operation starts, its parsed response, or the key of the object
            in a store.

        Raises:
            IncompleteUploadError: The server stayed away, or lost what it had.
            ChangedDuringUploadError: A file changed while it was being sent.
            UploadError: The server's responses do not allow the upload to proceed.
            AnnoportError: As raised by `call`.

        Warns:
            CutFileNameWarning: The server cuts folders off the names of files.
            UnconfirmedUploadWarning: All bytes were sent, but the confirmation was lost.
        """
        from annoport.core._async.upload import upload

        return await upload(
            self,
            operation,
            arguments,
            files,
            body=body,
            progress=progress,
            attempts=attempts,
            chunk_size=chunk_size,
        )

    def paginate(
        self,
        operation: Operation[Any],
        arguments: Mapping[str, Any],
        *,
        body: Any = UNSET,
        page_size: int | Unset | None = UNSET,
    ) -> AsyncPager[Any]:
        """Return a paginated list; nothing is sent until it is iterated.

        Args:
            operation: The operation to call for each page.
            arguments: Values by the Python names of the parameters.
            body: A model or plain data, sent with each request.
            page_size: How many items each request asks for; by default, what is fastest.

        Raises:
            InvalidArgumentError: The operation is not paginated, or an argument is invalid.
        """
        from annoport.core._async.pager import AsyncPager

        # Once for all pages, and here, so that the error shows the line of the call.
        arguments = in_arguments(operation, arguments)
        return AsyncPager(
            self, operation, arguments, body, None if page_size is UNSET else page_size
        )

    def event_stream(
        self, operation: Operation[T], arguments: Mapping[str, Any]
    ) -> AsyncEventStream[T]:
        """Return the events that an operation answers; nothing is sent until one is asked for.

        Args:
            operation: The operation to call.
            arguments: Values by the Python names of the parameters.

        Raises:
            InvalidArgumentError: The operation answers no events, or an argument is invalid.
        """
        from annoport.core._async.stream import AsyncEventStream

        return AsyncEventStream(self, operation, arguments)

    def item_stream(
        self, operation: Operation[Any], arguments: Mapping[str, Any], *, body: Any = UNSET
    ) -> AsyncItemStream[Any]:
        """Return the items of an answer that has one document after another, read as they come.

        Nothing is sent until an item is asked for.

        Args:
            operation: The operation to call.
            arguments: Values by the Python names of the parameters.
            body: A model, plain data or a file.

        Raises:
            InvalidArgumentError: The operation answers no such sequence, or an argument is invalid.
            InvalidBodyError: The body does not match the operation.
        """
        from annoport.core._async.item_stream import AsyncItemStream

        return AsyncItemStream(self, operation, arguments, body)

    async def start_job(
        self, operation: Operation[Any], arguments: Mapping[str, Any], *, body: Any = UNSET
    ) -> Any:
        """Send a request that starts a job.

        Args:
            operation: The operation that starts the job.
            arguments: Values by the Python names of the parameters.
            body: A model or plain data.

        Returns:
            The job, or a list of jobs where there can be several. If the response names no
            job and the operation allows that, its value, or None if it is empty.

        Raises:
            JobRefusedError: The server refused to start a job.
            AnnoportError: As raised by `call`.
        """
        from annoport.core._async.job_start import start

        return await start(self, operation, arguments, body)

    async def download_exports(
        self,
        operation: Operation[Any],
        arguments: Mapping[str, Any],
        target: str | os.PathLike[str],
        *,
        body: Any = UNSET,
        progress: ProgressOption = False,
        overwrite: Overwrite = "error",
        extract_to: str | os.PathLike[str] | None = None,
        take_up: TakeUp = TAKE_UP,
        storage_options: Mapping[str, Any] | None = None,
        connections: int = 1,
        expected_sha256: str | None = None,
        limits: Limits | None = None,
        timeout: float | None = None,
        stall_timeout: StallTimeout = UNSET,
        attempts: int = ATTEMPTS,
        on_question: Callable[[Any], Any] | None = None,
    ) -> list[Path]:
        """Start an export, wait for it, download what it makes, and verify that.

        The generated `download_...` methods call this. If the process is killed, the same call
        goes on where it was: a note beside the target, which is removed in the end, says which job
        was started. For a URL the note is in the user's cache folder.

        Args:
            operation: The operation that starts the export.
            arguments: Values by the Python names of the parameters.
            target: A file or a folder, as for `AsyncRemoteFile.download`; or a URL of an object, or
                of a folder with a slash at its end, for fsspec.
            body: A model or plain data.
            progress: True for a progress bar, or a function called with the number of bytes
                received and the total.
            overwrite: "error", "replace" or "resume", as for `AsyncRemoteFile.download`.
            extract_to: A new folder to unpack a zip into.
            take_up: How old the job of an earlier call may be to be taken up, in seconds or as a
                timedelta; 0 starts a new one each time.
            storage_options: Options for fsspec, where the target is a URL.
            connections: Connections to use at once, where the server allows it.
            expected_sha256: SHA-256 that the file must have, in hexadecimal.
            limits: Limits for unpacking; `Limits()` by default.
            timeout: Seconds for the wait and the download together; None for no limit.
            stall_timeout: Seconds to wait for the next byte, or None for no limit; by default as
                long as the client's `timeout` allows between two pieces of an answer.
            attempts: Consecutive failures without a new byte to tolerate.
            on_question: As for `AsyncJob.wait`.

        Returns:
            The path of each file that the export has made, which is one unless the operation
            starts several jobs; for a URL, the path within the store.

        Raises:
            InvalidArgumentError: The operation starts no export, or an argument is invalid.
            TargetExistsError: The target exists and may not be replaced; if its name is known,
                nothing was started.
            TargetBusyError: The same call is running in another process.
            JobError: As raised by `AsyncJob.wait`.
            DownloadError: As raised by `AsyncRemoteFile.download`.
            ApiError: The server answered with an error.
        """
        from annoport.core._async.export import AsyncExport
        from annoport.core.download.target import DownloadOptions

        options = DownloadOptions(
            overwrite=overwrite,
            connections=connections,
            expected_sha256=expected_sha256,
            extract_to=extract_to,
            limits=limits,
            stall_timeout=stall_timeout,
            attempts=attempts,
        )
        return await AsyncExport(
            client=self,
            operation=operation,
            arguments=arguments,
            body=body,
            target=target,
            options=options,
            progress=progress,
            take_up=as_seconds(take_up),
            storage_options=storage_options,
            timeout=timeout,
            on_question=on_question,
        ).run()

    def job(self, job: int | str, *, kind: Any = None) -> AsyncJob[Any]:
        """Return the job that an id of the server or a token names; nothing is sent.

        Args:
            job: The server's own id of the job, as its pages and answers show it; or what
                `AsyncJob.to_token()` returned, perhaps in another process.
            kind: The kind of the job, where the platform has several; a token knows it.

        Raises:
            InvalidArgumentError: The kind is missing or unknown, or such a job is found by more
                than its id.
            JobTokenError: The token is damaged, or belongs to another platform or server.
        """
        return self._job_within(job, kind, None)

    def _job_within(
        self, job: int | str, kind: str | None, within: Mapping[str, int | str] | None
    ) -> AsyncJob[Any]:
        """Return a job, which may be found by more than its id; generated clients call this.

        Args:
            job: As for `job`.
            kind: As for `job`.
            within: What the paths of the job's operations hold besides its id: name on the wire ->
                value; None if they hold no more, or if `job` is a token.
        """
        from annoport.core._async.job_start import find

        return find(self, job, kind, within)

    async def account_id(self) -> int | str | None:
        """Return the server's id of the user whose credentials are sent; it is asked once.

        Returns:
            The id; None if the platform's extensions do not say how to ask.

        Raises:
            ApiError: The server answered with an error.
            TransportError: The request could not be sent, or its response could not be read.
        """
        account = self._platform.account
        if account is None:
            return None
        if self._session.account_id is None:
            answer = await self.call(self.operation(account.operation), {})
            found = resolve(load(answer.content, account.operation), account.id)
            self._session.account_id = found if isinstance(found, int | str) else None
        return self._session.account_id

    def remote_file(
        self, operation: Operation[Any], arguments: Mapping[str, Any]
    ) -> AsyncRemoteFile:
        """Return the file that an operation serves; nothing is sent until it is read.

        Args:
            operation: The operation that serves the file.
            arguments: Values by the Python names of the parameters.

        Raises:
            InvalidArgumentError: An argument is missing, unknown or invalid.
        """
        from annoport.core._async.download import AsyncRemoteFile

        return AsyncRemoteFile(self, operation, arguments)

    def file_at(
        self,
        address: str,
        *,
        name: str | None = None,
        origin: Literal["platform", "other"] | None = None,
        renew: AsyncRenewUrl | None = None,
    ) -> AsyncRemoteUrl:
        """Return the file at an address that the server or somebody else gave.

        Nothing is sent until it is read, and it is downloaded as safely as the files of the
        platform's operations. Credentials go along if the address is on the client's own origin,
        and never to a presigned URL or after a redirect to another host.

        Args:
            address: A URL, or a path on the platform's host that begins with a slash.
            name: File name to use if the target is a folder and the server sends none.
            origin: "platform" if the URL names the platform's host in another way than the client
                does, as a server behind a proxy may; the file is then requested from the
                client's own origin, with credentials. "other" sends none in any case.
            renew: Returns a new URL when this one has expired.

        Raises:
            InvalidArgumentError: The address is neither a URL nor such a path.
        """
        from annoport.core._async.download import AsyncRemoteUrl
        from annoport.core.download.routes import rules_at

        return AsyncRemoteUrl(self, address, rules_at(address, origin), name=name, renew=renew)

    async def aclose(self) -> None:
        """Close the connections. The login stays valid on the server."""
        await self._session.aclose()

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _send(
        self,
        request: Request,
        read: Callable[[RawResponse], T],
        *,
        repeatable: bool,
        secured: bool,
        timeout: TimeoutLike | Unset,
    ) -> T:
        self._check_open()
        refuse_long_address(self._platform, self.base, request)
        await self.check_server(request)
        request = self._with_own_headers(request)
        timeouts = self._timeouts(timeout)
        session = self._session

        async def log_in() -> None:
            await session.log_in(timeouts)

        async def attempt() -> T:
            raw = await session.send(
                request, secured=secured, repeatable=repeatable, timeouts=timeouts
            )
            return read(raw)

        if secured and session.lacks_login and session.base.takes_credentials(request.url):
            # Outside the attempt: a login may be repeated even where the request may not.
            await repeat(log_in, self._rule(repeatable=True))
        try:
            if isinstance(request.content, StreamedBody) and not request.content.replayable:
                return await attempt()
            return await repeat(attempt, self._rule(repeatable=repeatable))
        except AnnoportError as error:
            if not repeatable and is_lost(error):
                error.doubt("check that before you call again")
            raise

    def _with_own_headers(self, request: Request) -> Request:
        """Return a request with the platform's own headers, which no other origin gets."""
        is_own = not request.presigned and self.base.takes_credentials(request.url)
        if not self._headers or not is_own:
            return request
        return attrs.evolve(request, headers={**self._headers, **request.headers})

    def _rule(self, *, repeatable: bool) -> RetryRule:
        return RetryRule(self._options, repeatable, time.monotonic())

    def _timeouts(self, timeout: TimeoutLike | Unset) -> Timeouts:
        return self._options.timeout if timeout is UNSET else as_timeouts(timeout)

    def _check_open(self) -> None:
        if self._session.is_closed:
            raise ClosedClientError(f"{self!r} is closed: create a new client")


def _checked_version(given: str | None) -> str | None:
    if given is None:
        return None
    from annoport.core.http.server_version import checked  # few programs name a version

    return checked(given)


def _platform_headers(
    platform: Platform, given: Mapping[str, str | Unset | None]
) -> dict[str, str]:
    headers: dict[str, str] = {}
    for keyword, text in given.items():
        if text is not None:
            try:
                headers[platform.headers[keyword].header] = header_value(text)
            except (TypeError, ValueError) as error:
                raise ConfigurationError(f"{keyword}= cannot be sent: {error}") from None
    return headers


def _sendable_headers(operation: Operation[Any], given: Mapping[str, str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, text in given.items():
        try:
            headers[name] = header_value(text)
        except (TypeError, ValueError):  # its message may quote the value, which may be a secret
            raise InvalidArgumentError(
                f"{operation.id}: extra header {name!r} must be Latin-1 text without line breaks"
            ) from None
    return headers
