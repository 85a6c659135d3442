"""The client that generated packages build on."""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import time
import warnings
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

import attrs

from annoport.core._async.retrying import repeat
from annoport.core._async.session import AsyncSession
from annoport.core.contract.extensions import JobKind, Platform
from annoport.core.contract.operation import Operation
from annoport.core.errors import (
    BrokenAnswerError,
    ClosedClientError,
    ConfigurationError,
    DecodeError,
    InsecureUrlWarning,
    InvalidArgumentError,
)
from annoport.core.http import auth as auths
from annoport.core.http.api_errors import api_error
from annoport.core.http.auth import Auth, NoAuth
from annoport.core.http.multipart import StreamedBody
from annoport.core.http.options import ATTEMPTS, ClientOptions, TimeoutLike, Timeouts, as_timeouts
from annoport.core.http.origin import BaseUrl
from annoport.core.http.parameters import header_value
from annoport.core.http.parsing import parse
from annoport.core.http.request import Request, build
from annoport.core.http.response import RawResponse, Response
from annoport.core.http.retry import RetryRule, is_broken_json
from annoport.core.support.call_site import stacklevel
from annoport.core.values.models import UNSET, Unset

if TYPE_CHECKING:
    from annoport.core._async.download import AsyncRemoteFile
    from annoport.core._async.job import AsyncJob
    from annoport.core._async.pager import AsyncPager
    from annoport.core._async.transport import AsyncStreamedResponse
    from annoport.core.http.connections import AsyncHttpClient
    from annoport.core.support.progress import ProgressOption
    from annoport.core.values.models import FileSource

T = TypeVar("T")

_FIRST_ERROR_STATUS = 400


class AsyncBaseClient:
    """A client of one platform; generated packages add its resources.

    One client may be used by many at a time. Close it, or use it as a context manager.
    """

    _platform: ClassVar[Platform]
    _package: ClassVar[str]

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
        http_client: AsyncHttpClient | None = None,
    ) -> None:
        """Check the settings; nothing is sent yet.

        base_url: the platform's address. credentials: keyword of the platform -> secret.
        username, password: to log in with. headers: keyword of the platform -> value.
        auth: a strategy instead of these.
        timeout: seconds for each step of a request, or None to wait for ever.
        max_retries: how often a request that is safe to repeat is repeated.
        strict: an answer that does not fit its declared shape is an error.
        http_client: a client of httpx to send with; it stays the caller's to close.

        Raises ConfigurationError for settings that cannot work.
        """
        from annoport.core._async.transport import AsyncTransport

        base = BaseUrl.parse(base_url)
        chosen = auths.choose(
            self._platform,
            credentials=credentials or {},
            username=username,
            password=password,
            auth=auth,
        )
        if not isinstance(chosen, NoAuth) and not base.is_private_line():
            message = f"credentials for {base.url} go over http, where others can read them"
            warnings.warn(message, InsecureUrlWarning, stacklevel())
        self._options = ClientOptions().changed(
            timeout=timeout, max_retries=max_retries, strict=strict
        )
        self._session = AsyncSession(
            platform=self._platform,
            base=base,
            auth=chosen,
            headers=_platform_headers(self._platform, headers or {}),
            transport=AsyncTransport(base, http_client),
            find_operation=self.operation,
        )

    def with_options(
        self,
        *,
        timeout: TimeoutLike | Unset = UNSET,
        max_retries: int | Unset = UNSET,
        strict: bool | Unset = UNSET,
    ) -> Self:
        """This client with other options: a cheap copy that shares connections and login.

        Closing one of the two closes both.
        """
        twin = copy.copy(self)
        state = vars(twin)
        for name in list(state):
            if isinstance(getattr(type(self), name, None), functools.cached_property):
                del state[name]  # a resource belongs to the client that made it
        state["_options"] = self._options.changed(
            timeout=timeout, max_retries=max_retries, strict=strict
        )
        return twin

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self._platform.title} at {self.base.url}>"

    @property
    def platform(self) -> Platform:
        """What the core knows about the platform."""
        return self._platform

    @property
    def base(self) -> BaseUrl:
        """The platform's address, taken apart."""
        return self._session.base

    @property
    def options(self) -> ClientOptions:
        """The options in force."""
        return self._options

    @classmethod
    def operation(cls, operation_id: str) -> Operation[Any]:
        """The operation of the platform with that operationId."""
        module = importlib.import_module(f"{cls._package}.operations")
        return cast("Operation[Any]", module.get(operation_id))

    @classmethod
    def job_kind(cls, name: str) -> JobKind:
        """The kind of job that the platform's annotations call `name`; KeyError if none."""
        module = importlib.import_module(f"{cls._package}.job_kinds")
        return cast("JobKind", module.JOB_KINDS[name])

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
        """Send one request and read its answer.

        arguments: by the Python names of the parameters. body: a model, plain data or a file.
        content_type: media type of the body, where the operation takes several.
        extra_headers: sent on top of all others. timeout: seconds, instead of the client's.

        Raises ApiError for an error answer, TransportError when there was none, DecodeError
        for one that cannot be read, InvalidArgumentError and InvalidBodyError before sending.
        """
        request = build(operation, arguments, body, content_type)
        if extra_headers:
            headers = {**request.headers, **_sendable_headers(operation, extra_headers)}
            request = attrs.evolve(request, headers=headers)
        return await self.execute(operation, request, timeout=timeout)

    async def execute(
        self, operation: Operation[T], request: Request, *, timeout: TimeoutLike | Unset = UNSET
    ) -> Response[T]:
        """Send a request that was built before; otherwise as `call`."""

        def read(raw: RawResponse) -> Response[T]:
            return self._parse(operation, raw)

        return await self._send(
            request,
            read,
            repeatable=operation.repeatable,
            secured=operation.secured,
            timeout=timeout,
        )

    async def send(
        self,
        request: Request,
        *,
        repeatable: bool = False,
        secured: bool = True,
        timeout: TimeoutLike | Unset = UNSET,
    ) -> RawResponse:
        """Send a request and give the answer as it is; otherwise as `call`.

        repeatable: it may be sent twice without harm.
        secured: send credentials, as far as it goes to the platform's own origin.
        """

        def read(raw: RawResponse) -> RawResponse:
            if raw.status >= _FIRST_ERROR_STATUS:
                raise api_error(self._platform, request.operation_id, raw)
            return raw

        return await self._send(
            request, read, repeatable=repeatable, secured=secured, timeout=timeout
        )

    @contextlib.asynccontextmanager
    async def stream(
        self, request: Request, *, secured: bool = True, timeout: TimeoutLike | Unset = UNSET
    ) -> AsyncGenerator[AsyncStreamedResponse]:
        """Send a request and give the answer, whatever its status, before its body is read.

        Not repeated, except that a login that has expired is renewed. Redirects are the
        caller's to follow. A whole URL in the request may lead to another origin; credentials
        do not go there.
        """
        self._check_open()
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
        """Upload files the way that the operation takes them, and give what it then answers.

        That is the job that it starts, the value of its answer, or the key of the object that
        a store keeps. Large files go in chunks, and a chunk that broke off goes on from the
        byte that the server names. Memory is constant.

        arguments, body: as in `call`, without the file. files: a path, bytes, an open binary
            file that can seek, an UploadFile, or a list of these where several are taken.
        progress: True for a bar, or a function called with the bytes that the server has, and
            with those in all.
        attempts: failures in a row without a new byte that are borne.
        chunk_size: bytes of a chunk or part, instead of 16 MiB or what suits the store.

        Raises IncompleteUploadError, ChangedDuringUploadError, UploadError, and what `call`
        raises. Warns with UnconfirmedUploadWarning.
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
        self, operation: Operation[Any], arguments: Mapping[str, Any], *, body: Any = UNSET
    ) -> AsyncPager[Any]:
        """The list that an operation answers in pages; nothing is sent before it is iterated."""
        from annoport.core._async.pager import AsyncPager

        return AsyncPager(self, operation, arguments, body)

    async def start_job(
        self, operation: Operation[Any], arguments: Mapping[str, Any], *, body: Any = UNSET
    ) -> Any:
        """Send a request that starts a job; gives the job, or a list of jobs."""
        from annoport.core._async.job_start import start

        return await start(self, operation, arguments, body)

    def job(self, token: str) -> AsyncJob[Any]:
        """The job that `Job.to_token()` described, perhaps in another process."""
        from annoport.core._async.job_start import from_token

        return from_token(self, token)

    def remote_file(
        self, operation: Operation[Any], arguments: Mapping[str, Any]
    ) -> AsyncRemoteFile:
        """The file that an operation answers; nothing is sent before it is read."""
        from annoport.core._async.download import AsyncRemoteFile

        return AsyncRemoteFile(self, operation, arguments)

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
        timeouts = self._timeouts(timeout)
        session = self._session

        async def log_in() -> None:
            await session.log_in(timeouts)

        async def attempt() -> T:
            raw = await session.send(
                request, secured=secured, repeatable=repeatable, timeouts=timeouts
            )
            return read(raw)

        if secured and session.lacks_login and session.base.owns(request.url):
            # Apart from the attempt: a login may be repeated where the request may not.
            await repeat(log_in, self._rule(repeatable=True))
        if isinstance(request.content, StreamedBody) and not request.content.replayable:
            return await attempt()
        return await repeat(attempt, self._rule(repeatable=repeatable))

    def _rule(self, *, repeatable: bool) -> RetryRule:
        return RetryRule(self._options, repeatable, time.monotonic())

    def _timeouts(self, timeout: TimeoutLike | Unset) -> Timeouts:
        return self._options.timeout if timeout is UNSET else as_timeouts(timeout)

    def _parse(self, operation: Operation[T], raw: RawResponse) -> Response[T]:
        try:
            return parse(operation, raw, strict=self._options.strict, platform=self._platform)
        except DecodeError as error:
            if is_broken_json(raw):
                raise BrokenAnswerError(*error.args) from None
            raise

    def _check_open(self) -> None:
        if self._session.is_closed:
            raise ClosedClientError(f"{self!r} is closed: make a new one")


def _platform_headers(platform: Platform, given: Mapping[str, str | None]) -> dict[str, str]:
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
                f"{operation.id}: the extra header {name!r} is no Latin-1 text without line breaks"
            ) from None
    return headers
