"""The errors and warnings of annoport; every error derives from `AnnoportError`.

No message, repr or attribute contains a credential: secret values in URLs are masked, and text
quoted from a response is scrubbed.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from annoport.core import messages
from annoport.core.redact import redact_text, redact_url

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from pathlib import Path


__all__ = [
    "AnnoportError",
    "ApiError",
    "AuthenticationError",
    "BrokenAnswerError",
    "CertificateError",
    "ChangedDuringDownloadError",
    "ChangedDuringUploadError",
    "ClosedClientError",
    "ConfigurationError",
    "ConflictError",
    "CorruptFileError",
    "CutBaseUrlWarning",
    "CutFileNameWarning",
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
    "PaginationWarning",
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
    "UnsupportedByServerError",
    "UploadError",
    "ValidationError",
]


class AnnoportError(Exception):
    """Base class of all errors of annoport. Every error can be pickled.

    Attributes:
        may_be_done (bool): Whether the server may have done what was asked: its answer was lost,
            and the request was not sent again, because that could do it twice.
    """

    may_be_done = False
    _check = ""

    def doubt(self, check: str) -> None:
        """Say in the message that the server may have done what was asked.

        Args:
            check: How the reader finds out.
        """
        self.may_be_done, self._check = True, check

    def __str__(self) -> str:
        return super().__str__() + self._doubt()

    def _doubt(self) -> str:
        if not self.may_be_done:
            return ""
        return (
            f"; the server may have done it nevertheless, and it was not sent again: {self._check}"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls the class with `args` alone, which loses keyword arguments.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(
    cls: type[AnnoportError], args: tuple[Any, ...], attributes: dict[str, Any]
) -> AnnoportError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class ConfigurationError(AnnoportError, ValueError):
    """The settings of a client cannot work."""


class CertificateError(ConfigurationError):
    """The certificate of a server is not accepted; nothing was sent, and trying again is no use."""


class InvalidArgumentError(AnnoportError, TypeError):
    """An argument of an operation is missing, unknown or invalid; nothing was sent."""


class InvalidBodyError(AnnoportError, ValueError):
    """A request body does not match the operation, or must never be sent; nothing was sent."""


class UnsupportedByServerError(AnnoportError):
    """The server's release does not know what a call would use; nothing was sent.

    Servers ignore an argument that they do not know, and then do something else.

    Attributes:
        operation (str): operationId of the operation that was called.
        server_version (str): The version of the server.
        unsupported (tuple[str, ...]): What the server does not know, with the releases that do.
    """

    def __init__(
        self, message: str, *, operation: str, server_version: str, unsupported: tuple[str, ...]
    ) -> None:
        self.operation = operation
        self.server_version = server_version
        self.unsupported = unsupported
        super().__init__(message)


class ApiError(AnnoportError):
    """The server answered with an error.

    Attributes:
        message (str): What the server said, as one line of at most 300 characters.
        status (int): HTTP status.
        operation (str | None): operationId of the operation that was called, if known.
        method (str): HTTP method of the request.
        url (str): URL of the request, secrets masked.
        request_id (str | None): The server's id for the request, if it sent one.
        body (Any): Parsed JSON, or text of at most 65,536 characters; None when empty or binary.
        headers (dict[str, str]): Response headers by lower-case name, without cookies.
        retry_after (float | None): Seconds to wait before another attempt, if the server said so.
        advice (str): What we know of the cause beyond the server's words; mostly empty.
    """

    advice = ""

    def advise(self, advice: str) -> None:
        """Add to the message what we know of the cause, or what to do.

        Args:
            advice: A clause without a capital letter and a full stop.
        """
        self.advice = advice

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
        advice = f" ({self.advice})" if self.advice else ""
        return f"{subject}: {self.status} {self.message}{request}{advice}{self._doubt()}"


class AuthenticationError(ApiError):
    """The credentials are missing, wrong or expired."""


class PermissionDeniedError(ApiError):
    """The user is not allowed to do this."""


class NotFoundError(ApiError):
    """The resource does not exist, or the user is not allowed to see it."""


class ConflictError(ApiError):
    """The request conflicts with the server's current state."""


class ValidationError(ApiError):
    """The server rejected the content of the request."""


class RateLimitError(ApiError):
    """Too many requests were sent; `retry_after` says how long to wait, if known."""


class ServerError(ApiError):
    """The server failed to handle the request."""


class RedirectError(ApiError):
    """The server answered with a redirect, which is not followed.

    The target is in `headers["location"]`, secrets masked.
    """


class TransportError(AnnoportError):
    """The request could not be sent, or its response could not be read to the end."""


class TimeoutError(TransportError, builtins.TimeoutError):  # noqa: A001 - caught as either
    """The request timed out."""


class DecodeError(AnnoportError, ValueError):
    """A response, or JSON that was saved, does not match its declared type and cannot be read."""


class JobError(AnnoportError):
    """A job on the server brought no result, or does not support what was asked of it.

    Attributes:
        message (str): What happened.
        job_id (int | str | None): The server's id of the job.
        kind (str | None): Kind of the job, as the platform's client names it.
        state (str | None): Last known status, in the server's words.
        state_at (datetime | None): When the server reported it, by the clock of this machine.
        errors (tuple[str, ...]): Errors that the server reported.
        question (Any): What the job asks; set by JobNeedsInputError only.
    """

    def __init__(
        self,
        message: str,
        *,
        job_id: int | str | None = None,
        kind: str | None = None,
        state: str | None = None,
        state_at: datetime.datetime | None = None,
        errors: tuple[str, ...] = (),
        question: Any = None,
    ) -> None:
        self.message = message
        self.job_id = job_id
        self.kind = kind
        self.state = state
        self.state_at = state_at
        self.errors = errors
        self.question = question
        super().__init__(message)


class JobFailedError(JobError):
    """The job ended with an error."""


class JobTimeoutError(JobError, builtins.TimeoutError):
    """The job was not seen to finish within the caller's timeout; it goes on without us."""


class JobCancelledError(JobError):
    """The job was cancelled."""


class JobNeedsInputError(JobError):
    """The job waits for an answer to its question."""


class JobRefusedError(JobError):
    """The server refused to start a job."""


class DownloadError(AnnoportError):
    """A file could not be downloaded.

    Attributes:
        message (str): What happened.
        path (Path | None): The file on disk that the error is about, if there is one.
        expected (int | None): Size of the file in bytes, if known.
        received (int | None): Bytes received so far, if known.
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
    """The transfer ended early; a download to a path can be resumed by calling it again."""


class ChangedDuringDownloadError(DownloadError):
    """The file on the server changed while it was being downloaded."""


class NoSpaceError(DownloadError):
    """The disk is full. What a download has received is kept; what was being unpacked is not."""


class UploadError(AnnoportError):
    """A file could not be uploaded.

    Attributes:
        message (str): What happened.
        name (str | None): Name of the file.
        expected (int | None): Size of the file in bytes.
        received (int | None): Bytes that the server last reported to have.
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
    """The transfer ended early; a new call has to upload the file from the start."""


class ChangedDuringUploadError(UploadError):
    """The local file changed while it was being uploaded."""


class UnsentError(TransportError):
    """The server could not be reached; nothing was sent, so it is safe to try again."""


class UnsentTimeoutError(UnsentError, TimeoutError):
    """The server could not be reached in time; nothing was sent, so it is safe to try again."""


class BrokenAnswerError(DecodeError):
    """The JSON of a response is truncated or malformed; another attempt may bring it intact."""


class PaginationError(AnnoportError):
    """The server's pages do not form one list; reading on would lose or repeat items."""


class ClosedClientError(AnnoportError, RuntimeError):
    """The client was closed before this call."""


class JobGoneError(JobError):
    """The server does not know the job, or no longer keeps it."""


class JobTokenError(AnnoportError, ValueError):
    """A job token is damaged, or belongs to another platform or server."""


class TargetExistsError(DownloadError, FileExistsError):
    """The target already exists and may not be replaced."""


class TargetBusyError(DownloadError):
    """Another process, thread or task is already downloading to this target."""


class CorruptFileError(DownloadError):
    """A file arrived complete, but is damaged: its checksums or its zip structure do not fit."""


class UnsafeArchiveError(DownloadError):
    """An archive was not unpacked because it is unsafe or exceeds the limits."""


class ResponseShapeWarning(UserWarning):
    """A response does not quite match its declared type; its values are kept as received."""


class PaginationWarning(UserWarning):
    """A list changed while it was read page by page: items may be missing or doubled."""


class UnknownJobStatusWarning(UserWarning):
    """The server reported a job status that this version does not know and treats as running."""


class InsecureUrlWarning(UserWarning):
    """Credentials are sent over a connection that others can read."""


class CutBaseUrlWarning(UserWarning):
    """The base URL ended with what every path of the API begins with, and was cut."""


class CutFileNameWarning(UserWarning):
    """The server keeps an uploaded file under its name without folders."""


class UnconfirmedUploadWarning(UserWarning):
    """Every byte of a file was sent, but the server's confirmation was lost."""


class NoFileLocksWarning(UserWarning):
    """The file system has no locks, so two processes may download to the same target at once."""


def _without_cookies(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name.lower(): value for name, value in headers.items()}
    kept.pop("set-cookie", None)
    if "location" in kept:
        kept["location"] = redact_url(kept["location"])
    return kept
