"""Every error that annoport raises: one tree under `AnnoportError`.

No message, repr or attribute holds a credential: query values that are secrets are masked, and
text that an answer echoes is scrubbed.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from annoport.core import messages
from annoport.core.redact import redact_text, redact_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


__all__ = [
    "AnnoportError",
    "ApiError",
    "AuthenticationError",
    "BrokenAnswerError",
    "ChangedDuringDownloadError",
    "ChangedDuringUploadError",
    "ClosedClientError",
    "ConfigurationError",
    "ConflictError",
    "CorruptFileError",
    "DecodeError",
    "DownloadError",
    "IncompleteDownloadError",
    "IncompleteUploadError",
    "InsecureUrlWarning",
    "InvalidArgumentError",
    "InvalidBodyError",
    "JobCancelledError",
    "JobError",
    "JobFailedError",
    "JobGoneError",
    "JobNeedsInputError",
    "JobRefusedError",
    "JobTimeoutError",
    "JobTokenError",
    "NoFileLocksWarning",
    "NoSpaceError",
    "NotFoundError",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitError",
    "RedirectError",
    "ResponseShapeWarning",
    "ServerError",
    "TargetBusyError",
    "TargetExistsError",
    "TimeoutError",
    "TransportError",
    "UnconfirmedUploadWarning",
    "UnknownJobStatusWarning",
    "UnsafeArchiveError",
    "UnsentError",
    "UnsentTimeoutError",
    "UploadError",
    "ValidationError",
]


class AnnoportError(Exception):
    """Base of all errors of annoport. Each one can be pickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The usual way calls the class with `args` only, which loses keyword arguments.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(
    cls: type[AnnoportError], args: tuple[Any, ...], attributes: dict[str, Any]
) -> AnnoportError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class ConfigurationError(AnnoportError, ValueError):
    """A client was set up in a way that cannot work."""


class InvalidArgumentError(AnnoportError, TypeError):
    """An argument of an operation is missing, unknown or of no use; nothing was sent."""


class InvalidBodyError(AnnoportError, ValueError):
    """A request body does not fit what the operation takes; nothing was sent."""


class ApiError(AnnoportError):
    """The server answered with an error.

    message: what the server said, at most 300 characters.
    status: HTTP status. operation: operationId or None. method, url: of the request.
    request_id: the server's id of the request, if it sent one.
    body: parsed JSON or text, at most 64 kB; None when empty or binary.
    headers: of the answer, in lower case, without cookies.
    retry_after: seconds to wait before another try, if the server said so.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        operation: str | None = None,
        method: str = "",
        url: str = "",
        request_id: str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = messages.shorten(redact_text(message))
        self.status = status
        self.operation = operation
        self.method = method
        self.url = redact_url(url)
        self.request_id = request_id
        self.body = body
        self.headers = _without_cookies(headers or {})
        self.retry_after = retry_after
        super().__init__(self.message)

    def __str__(self) -> str:
        subject = self.operation or f"{self.method} {self.url}".strip() or "request"
        request = f" (request {self.request_id})" if self.request_id else ""
        return f"{subject}: {self.status} {self.message}{request}"


class AuthenticationError(ApiError):
    """The credentials are missing, wrong or expired."""


class PermissionDeniedError(ApiError):
    """The user may not do this."""


class NotFoundError(ApiError):
    """There is no such thing, or the user may not see it."""


class ConflictError(ApiError):
    """The request conflicts with the state of the server."""


class ValidationError(ApiError):
    """The server refused what was sent."""


class RateLimitError(ApiError):
    """Too many requests; `retry_after` says how long to wait, if known."""


class ServerError(ApiError):
    """The server failed."""


class RedirectError(ApiError):
    """The server answered with a redirect, which is not followed.

    Its target is in `headers["location"]`, secrets masked.
    """


class TransportError(AnnoportError):
    """The request could not be sent, or its answer could not be read whole."""


class TimeoutError(TransportError, builtins.TimeoutError):  # noqa: A001 - a timeout to both
    """No answer in time."""


class DecodeError(AnnoportError, ValueError):
    """An answer is not what the contract promises, and cannot be read."""


class JobError(AnnoportError):
    """A server job did not bring its result.

    job_id, kind: which job. state: its last status, as the server named it.
    errors: what the server reported. question: what the job asks (JobNeedsInputError).
    """

    def __init__(
        self,
        message: str,
        *,
        job_id: int | str | None = None,
        kind: str | None = None,
        state: str | None = None,
        errors: tuple[str, ...] = (),
        question: Any = None,
    ) -> None:
        self.message = message
        self.job_id = job_id
        self.kind = kind
        self.state = state
        self.errors = errors
        self.question = question
        super().__init__(message)


class JobFailedError(JobError):
    """The server ended the job with an error."""


class JobTimeoutError(JobError, builtins.TimeoutError):
    """The job was not done in the time that the caller gave; it goes on."""


class JobCancelledError(JobError):
    """Someone cancelled the job."""


class JobNeedsInputError(JobError):
    """The job stands still until its question is answered."""


class JobRefusedError(JobError):
    """The server made no job."""


class DownloadError(AnnoportError):
    """A file could not be downloaded.

    path: the target, if it is a file. expected, received: sizes in bytes, if known.
    """

    def __init__(
        self,
        message: str,
        *,
        path: Path | None = None,
        expected: int | None = None,
        received: int | None = None,
    ) -> None:
        self.message = message
        self.path = path
        self.expected = expected
        self.received = received
        super().__init__(message)


class IncompleteDownloadError(DownloadError):
    """The transfer ended early; what came is kept and the next call goes on from there."""


class ChangedDuringDownloadError(DownloadError):
    """The file on the server is no longer the one whose first part was fetched."""


class NoSpaceError(DownloadError):
    """The disk is full; what came is kept."""


class UploadError(AnnoportError):
    """A file could not be uploaded.

    name: of the file. expected: its size in bytes. received: bytes that the server said it has.
    """

    def __init__(
        self,
        message: str,
        *,
        name: str | None = None,
        expected: int | None = None,
        received: int | None = None,
    ) -> None:
        self.message = message
        self.name = name
        self.expected = expected
        self.received = received
        super().__init__(message)


class IncompleteUploadError(UploadError):
    """The transfer ended early; what the server has of it is of no use to another call."""


class ChangedDuringUploadError(UploadError):
    """The file here is no longer the one whose first part was sent."""


class UnsentError(TransportError):
    """No connection to the server; nothing was sent, so trying again is safe."""


class UnsentTimeoutError(UnsentError, TimeoutError):
    """No connection to the server in time; nothing was sent, so trying again is safe."""


class BrokenAnswerError(DecodeError):
    """The answer's JSON breaks off or is no JSON, so another try may bring it whole."""


class PaginationError(AnnoportError):
    """The server's pages do not form one list, so going on would lose or repeat items."""


class ClosedClientError(AnnoportError, RuntimeError):
    """The client was closed before this call."""


class JobGoneError(JobError):
    """The server does not know the job, or not any more."""


class JobTokenError(AnnoportError, ValueError):
    """A job token is damaged, or belongs to another platform or server."""


class TargetExistsError(DownloadError, FileExistsError):
    """The target exists already and may not be replaced."""


class TargetBusyError(DownloadError):
    """Another process, or another part of this one, is downloading to this target."""


class CorruptFileError(DownloadError):
    """A file came whole but its own checksums do not fit."""


class UnsafeArchiveError(DownloadError):
    """An archive was not unpacked because it could do harm, or more than the limits allow."""


class ResponseShapeWarning(UserWarning):
    """An answer is not quite what the contract promises; what came was kept."""


class UnknownJobStatusWarning(UserWarning):
    """The server named a job status that this version does not know; it is taken as running."""


class InsecureUrlWarning(UserWarning):
    """Credentials travel where others can read them."""


class UnconfirmedUploadWarning(UserWarning):
    """All bytes of a file were sent, but the server's word that it has them was lost."""


class NoFileLocksWarning(UserWarning):
    """The file system has no locks, so two processes on one target are not kept apart."""


def _without_cookies(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name.lower(): value for name, value in headers.items()}
    kept.pop("set-cookie", None)
    if "location" in kept:
        kept["location"] = redact_url(kept["location"])
    return kept
