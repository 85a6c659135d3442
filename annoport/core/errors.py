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
    "BatchError",
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
    "InvalidAnnotationError",
    "InvalidArgumentError",
    "InvalidBodyError",
    "InvalidFunctionError",
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
    "NoSuchOperationError",
    "NotCachedError",
    "NotFoundError",
    "PaginationError",
    "PaginationWarning",
    "PartialWriteError",
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

    What to do: catch it around a whole program, to log what went wrong; around a single call,
    catch the class that you can do something about.

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
    """The settings of a client cannot work, such as its address, credentials or a proxy.

    It comes when the client is made, or with the first request that the settings spoil.

    What to do: correct the setting that the message names.
    """


class CertificateError(ConfigurationError):
    """The certificate of a server, or ours, is not accepted; nothing is tried again.

    What to do: pass the certificate of an authority that you trust as `verify=`, or name it in
    SSL_CERT_FILE. For a server that asks for a certificate of yours, pass `cert=`.
    """


class InvalidArgumentError(AnnoportError, TypeError):
    """An argument is missing, unknown or invalid; nothing was sent.

    What to do: correct the argument that the message names. Unknown ones come with the known ones
    that look like them.
    """


class InvalidAnnotationError(AnnoportError, ValueError):
    """An annotation, or the specification of a label, breaks a rule; nothing was sent.

    What to do: correct the field that the message names, or, for one that does not fit the labels
    of the place that it goes to, say in a mapping what it is there.

    Attributes:
        item (str): The annotation, such as "Box 'crab' on frame 3".
        field (str): The field of it, such as "right" or "attributes['length']".
        rule (str): What is wrong with it.
    """

    def __init__(self, item: str, field: str, rule: str) -> None:
        super().__init__(f"{item}: {field}: {rule}")
        self.item, self.field, self.rule = item, field, rule


class InvalidFunctionError(AnnoportError, ValueError):
    """A function that annotates pictures breaks a rule; nothing of that picture was written.

    What to do: correct the function as the message says. What was annotated before stays; run it
    again with the same arguments, and it goes on from there.

    Attributes:
        function (str): The function, by its name.
        rule (str): What is wrong with it.
        frame (str): The picture, such as "task 42, frame 3 (a.png)"; empty if it is about none.
    """

    def __init__(self, function: str, rule: str, *, frame: str = "") -> None:
        where = f", {frame}" if frame else ""
        super().__init__(f"function {function}{where}: {rule}")
        self.function, self.rule, self.frame = function, rule, frame


class InvalidBodyError(AnnoportError, ValueError):
    """A request body does not match the operation, or must never be sent; nothing was sent.

    What to do: correct the body at the place that the message names, such as `$.labels[0].name`.
    What is refused although it fits would do something else on the server than it says: the message
    explains what, and what to send instead.
    """


class UnsupportedByServerError(AnnoportError):
    """The server's release does not know what a call would use; nothing was sent.

    Servers ignore an argument that they do not know, and then do something else.

    What to do: leave out what `unsupported` lists, or use a server of a release that knows it.
    If the server is wrong about its version, make the client with `check_server_version=False`.

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
    """The server answered with an error, and its status has no class of its own below.

    What to do: read `message`, which is what the server said; `body` has all of it. Whoever runs
    the server finds the request by `request_id`.

    Attributes:
        message (str): What the server said, as one line; of more than 300 characters, the beginning
            and the end.
        status (int): HTTP status.
        operation (str | None): operationId of the operation that was called, if known.
        method (str): HTTP method of the request.
        url (str): URL of the request, secrets masked.
        request_id (str | None): The server's id for the request, if it sent one.
        body (Any): Parsed JSON, or text; None when empty or binary. What is too long for 65,536
            characters is cut in the middle.
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
        said = f"{subject}: {self.status} {self.message}{self._details()}{request}"
        advice = f" ({self.advice})" if self.advice else ""
        return f"{said}{advice}{self._doubt()}"

    def _details(self) -> str:
        """Return what is known beyond what the server said."""
        return ""


class AuthenticationError(ApiError):
    """The credentials are missing, wrong or expired.

    An expired login with user name and password is renewed first, without an error.

    What to do: pass a valid token, or user name and password, to the client or in the environment;
    make a new token on the platform if the old one has expired.
    """


class PermissionDeniedError(ApiError):
    """The user is known, but not allowed to do this.

    What to do: ask for the role that it takes on the platform, or use an account that has it.
    """


class NotFoundError(ApiError):
    """What was asked for does not exist, or the user is not allowed to see it.

    What to do: check the id, and that the account (and organization) is one that sees it in the
    browser.
    """


class NoSuchOperationError(ApiError):
    """The server has no such operation, because it is of another release or edition.

    What to do: see in the message which releases have it; use another operation, or a server that
    has it.

    Attributes:
        known_by (str | None): The releases that have the operation, in words, if known.
        server_version (str | None): The version of the server, if known.
    """

    known_by: str | None = None
    server_version: str | None = None

    def explain(self, known_by: str | None, server_version: str | None) -> None:
        """Say in the message which server would have the operation, and which this one is.

        Args:
            known_by: The releases that have the operation, in words; None if not known.
            server_version: The version of the server; None if not known.
        """
        self.known_by, self.server_version = known_by, server_version

    def _details(self) -> str:
        other = (
            f"it is in {self.known_by}" if self.known_by else "it is of another release or edition"
        )
        this = f"; this server is {self.server_version}" if self.server_version else ""
        return f": {other}{this}"


class ConflictError(ApiError):
    """The request does not fit the state of the server: it exists already, or is in use.

    What to do: read the present state, decide again, and repeat the call if it is still needed.
    """


class ValidationError(ApiError):
    """The server rejected the content of the request.

    What to do: correct the field that the message names, such as `shapes[3].points`.
    """


class RateLimitError(ApiError):
    """Too many requests were sent in a short time; the client has waited and tried again in vain.

    What to do: wait for the seconds of `retry_after`, if the server named any, and send less at
    the same time; or make the client with a higher `max_retries`.
    """


class ServerError(ApiError):
    """The server failed over the request, or was not there behind its proxy.

    What is safe to repeat was sent again before this error.

    What to do: try again later. If `may_be_done` is set, check first whether the server has done
    it. If it comes each time, whoever runs the server finds the cause in its log.
    """


class RedirectError(ApiError):
    """The server answered with a redirect, which is not followed.

    The target is in `headers["location"]`, secrets masked.

    What to do: if it leads to another address of the platform, make the client with that
    `base_url`; if to a page for logging in, check the credentials.
    """


class TransportError(AnnoportError):
    """The request could not be sent, or its response could not be read to the end.

    What is safe to repeat was sent again before this error.

    What to do: check network, proxy and server, and call again. If `may_be_done` is set, check
    first whether the server has done what was asked.
    """


class TimeoutError(TransportError, builtins.TimeoutError):  # noqa: A001 - caught as either
    """The server was reached, but took longer to read or to answer than `timeout` allows.

    What to do: allow more seconds, with `timeout=` of the client or of `with_options`. If
    `may_be_done` is set, check first whether the server has done what was asked.
    """


class DecodeError(AnnoportError, ValueError):
    """A response, or JSON that was saved, cannot be read as the type that it should have.

    A client that is not strict reads what does not quite fit all the same, and warns with
    `ResponseShapeWarning`.

    What to do: if the message speaks of HTML, correct `base_url`; a proxy or a page for logging in
    may have answered as well. If only details do not fit, use a client without `strict=True`, and
    report it to annoport.
    """


class JobError(AnnoportError):
    """A job on the server brought no result, or does not support what was asked of it.

    What to do: the message says what this kind of job cannot do; the page of the documentation on
    jobs lists what each can.

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
    """The job ended with an error.

    What to do: read `errors`, and `job.log()` where the platform keeps one; correct the cause, and
    start a new job, or `job.restart()` where the platform can.
    """


class JobTimeoutError(JobError, builtins.TimeoutError):
    """The job was not seen to finish within the caller's timeout; it goes on without us.

    What to do: call `job.wait()` again, or keep `job.to_token()` and go on later with
    `client.job(token)`, in another process as well.
    """


class JobCancelledError(JobError):
    """The job was cancelled, by this program or by somebody else.

    What to do: start a new job if its result is still needed.
    """


class JobNeedsInputError(JobError):
    """The job waits for an answer to its question.

    What to do: read `question`, and pass `on_question=` to `wait` or `download`, or call
    `job.answer(...)` and wait again.
    """


class JobRefusedError(JobError):
    """The server refused to start a job, although it accepted the request.

    What to do: correct what `errors` lists, and start the job again.
    """


class DownloadError(AnnoportError):
    """A file could not be downloaded.

    What to do: the message says what is in the way: a target that is no path, a folder that cannot
    be written, a server that sends something else than a file.

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
    """The transfer ended early, after several attempts without a new byte, or out of time.

    What to do: call `download` again with the same target: it resumes from the bytes that are kept
    in `path`. Other targets, such as open files, start anew. For slow servers, allow more
    `attempts`, or a longer `stall_timeout`.
    """


class ChangedDuringDownloadError(DownloadError):
    """The file on the server changed while it was being downloaded.

    What to do: download it again when nobody writes it; two versions are never mixed.
    """


class NoSpaceError(DownloadError):
    """The disk is full. What a download has received is kept; what was being unpacked is not.

    What to do: free some space, and call `download` again with the same target: it resumes.
    """


class NotCachedError(AnnoportError):
    """A dataset that makes no request needs something that it has not kept.

    What to do: make the dataset once with `update="auto"` and `images="all"`.
    """


class PartialWriteError(AnnoportError):
    """A call that takes several requests ended half way; what it has stored stays stored.

    What to do: put right what `__cause__` says, then call again with what is left, as the message
    says. Do not call again with everything: that would store twice what is in `done`.

    Attributes:
        done (tuple[Any, ...]): What the server has stored, in the order of the input: ids, unless
            the call says otherwise.
        left (int): How many items of the input were not stored.
    """

    def __init__(self, message: str, *, done: tuple[Any, ...] = (), left: int = 0) -> None:
        self.done = done
        self.left = left
        super().__init__(message)


class BatchError(AnnoportError):
    """Some exports of a batch have failed; the others are whole.

    What to do: put right what the message says of each, and run the batch again: it does only what
    is missing.

    Attributes:
        failed (tuple[str, ...]): The names of the items that have failed.
    """

    def __init__(self, message: str, *, failed: tuple[str, ...] = ()) -> None:
        self.failed = failed
        super().__init__(message)


class UploadError(AnnoportError):
    """A file could not be uploaded, because the server or store does not keep to its contract.

    What to do: upload it again. If the same error comes back, what stands before the server (a
    proxy, a gateway) may cut or answer requests of uploads: show the message to whoever runs it.

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
    """The transfer ended early, after several attempts without a new byte.

    What to do: make the same call again. Where the message says so, it goes on from what the
    server has; otherwise it sends everything anew.
    """


class ChangedDuringUploadError(UploadError):
    """The local file changed while it was being uploaded.

    What to do: upload it again when nothing writes to it, or upload a copy.
    """


class UnsentError(TransportError):
    """The server could not be reached; nothing was sent, so it is safe to try again.

    What to do: check the address, the network and the proxy in the message, and that the server
    runs.
    """


class UnsentTimeoutError(UnsentError, TimeoutError):
    """The server could not be reached in time; nothing was sent, so it is safe to try again.

    What to do: as for `UnsentError`. If this program has many requests under way, none of the
    connections may have become free: allow more time with `Timeouts(pool=...)`.
    """


class BrokenAnswerError(DecodeError):
    """The JSON of a response is truncated or malformed; another attempt may bring it intact.

    What is safe to repeat was sent again before this error.

    What to do: call again. If `may_be_done` is set, check first whether the server has done what
    was asked. If it comes each time, a proxy may cut long answers: ask for smaller pages.
    """


class PaginationError(AnnoportError):
    """The server's pages do not form one list; reading on would lose or repeat items.

    What to do: read the list again, when nobody changes it, or with a client without `strict=True`,
    which warns with `PaginationWarning` where that is enough. If the server ignores paging, check
    that nothing between you and it changes addresses.
    """


class ClosedClientError(AnnoportError, RuntimeError):
    """The client was closed before this call; its copies from `with_options` are closed with it.

    What to do: make a new client, or keep the calls inside the `with` block.
    """


class JobGoneError(JobError):
    """The server does not know the job, or no longer keeps it.

    What to do: if it may have finished, look on the platform for what it has made; otherwise start
    a new job. Download the result soon after the end, for servers keep it for a limited time.
    """


class JobTokenError(AnnoportError, ValueError):
    """A job token is damaged, or belongs to another platform or server.

    What to do: pass the whole text of `job.to_token()` to a client of the server that runs the job.
    """


class TargetExistsError(DownloadError, FileExistsError):
    """The target already exists and may not be replaced.

    What to do: choose another target, or pass `overwrite="replace"`, or `overwrite="resume"` to
    keep a file that is still the same on the server.
    """


class TargetBusyError(DownloadError):
    """Another process, thread or task is already downloading to this target.

    What to do: wait until it ends, or choose another target.
    """


class CorruptFileError(DownloadError):
    """A file arrived complete, but is damaged: its checksums or its zip structure do not fit.

    What to do: download it again. If it is damaged each time, it is so on the server: export it
    anew, or correct `expected_sha256`.
    """


class UnsafeArchiveError(DownloadError):
    """An archive was not unpacked, because it is unsafe or exceeds the limits; the file is kept.

    What to do: look at the archive. If you trust it and it is only large, pass higher `limits`.
    """


class ResponseShapeWarning(UserWarning):
    """A response does not quite match its declared type; its values are kept as received.

    What to do: check the value at the place that the message names before you rely on its type,
    and report it to annoport. `strict=True` makes it a `DecodeError`.
    """


class PaginationWarning(UserWarning):
    """A list changed while it was read page by page: items may be missing or doubled.

    What to do: read it again when nobody changes it, if every item matters. `strict=True` makes it
    a `PaginationError`.
    """


class UnknownJobStatusWarning(UserWarning):
    """The server reported a job status that this version does not know and treats as running.

    What to do: update annoport; pass `timeout=` to `wait`, in case that the status is a final one.
    """


class InsecureUrlWarning(UserWarning):
    """Credentials are sent over a connection that others can read.

    What to do: use the https address of the server.
    """


class CutBaseUrlWarning(UserWarning):
    """The base URL ended with what every path of the API begins with, and was cut.

    What to do: pass the address without it, as the warning has it.
    """


class CutFileNameWarning(UserWarning):
    """The server keeps an uploaded file under its name without folders.

    What to do: nothing, or name the file yourself with `UploadFile(content, name=...)`.
    """


class UnconfirmedUploadWarning(UserWarning):
    """Every byte of a file was sent, but the server's confirmation was lost.

    What to do: check on the server that the file is there, before you upload it again.
    """


class NoFileLocksWarning(UserWarning):
    """The file system has no locks, so two processes may download to the same target at once.

    What to do: nothing, if only one process downloads to this folder; else use a local disk.
    """


def _without_cookies(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name.lower(): value for name, value in headers.items()}
    kept.pop("set-cookie", None)
    if "location" in kept:
        kept["location"] = redact_url(kept["location"])
    return kept


_REFUSALS = frozenset((400, 403, 404, 405, 413, 414, 415, 422))
"""The statuses of answers that the same request gets again."""


def again(cause: BaseException, how: str = "", *, anew: str | None = None) -> str:
    """Return what to do after a call that ended half way, as a clause of its message.

    What was refused would be refused again, so that something has to be changed first.

    Args:
        cause: What the call ended with.
        how: What follows "call again", such as " with the rest".
        anew: The same where something was changed; None for the same words.
    """
    while isinstance(cause, PartialWriteError) and cause.__cause__ is not None:
        cause = cause.__cause__
    refused = isinstance(cause, (InvalidArgumentError, InvalidBodyError)) or (
        isinstance(cause, ApiError)
        and not isinstance(cause, ConflictError)
        and cause.status in _REFUSALS
    )
    if not refused:
        return f"call again{how}"
    return f"put right what was refused, then call again{how if anew is None else anew}"
