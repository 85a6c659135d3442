# Derived from _async/job.py by tools/unasync.py: change that file instead.
"""Jobs that run on a server."""

from __future__ import annotations

import datetime
import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from annoport.core._sync.download import RemoteFile, RemoteUrl
from annoport.core.codec import json as codec
from annoport.core.contract.extensions import Download, JobCancel, JobKind, ListedFile
from annoport.core.contract.operation import Operation
from annoport.core.download.extract import Limits
from annoport.core.download.places import LocalPlace, parse_place
from annoport.core.download.target import DownloadOptions, Overwrite
from annoport.core.errors import (
    AnnoportError,
    DownloadError,
    JobCancelledError,
    JobError,
    JobFailedError,
    JobGoneError,
    JobNeedsInputError,
    JobTimeoutError,
    NotFoundError,
)
from annoport.core.http.options import ATTEMPTS, StallTimeout, Timeouts
from annoport.core.http.response import Response
from annoport.core.http.retry import is_lost
from annoport.core.jobs import listed, places
from annoport.core.jobs.places import Place
from annoport.core.jobs.polling import (
    ANSWER_PATIENCE,
    Cancelled,
    Done,
    Failed,
    Gone,
    JobWatch,
    NeedsInput,
    Overdue,
    PollAgain,
    Reading,
    Step,
    look_up,
    read_answer,
    utc_now,
    warn_unknown,
    why_gone,
)
from annoport.core.jobs.tokens import JobToken
from annoport.core.support.concurrency import sleep
from annoport.core.support.logs import JOBS
from annoport.core.support.progress import Display, ProgressOption, show_progress
from annoport.core.support.type_variables import StartedT_co
from annoport.core.support.workers import offload, settled
from annoport.core.values.models import UNSET

if TYPE_CHECKING:
    from annoport.core._sync.caller import Caller

_log = logging.getLogger("annoport")

S_co = TypeVar("S_co", covariant=True)
E = TypeVar("E", bound=JobError)

_FINAL = frozenset({"done", "failed", "cancelled"})


@attrs.define
class _Reply:
    """The last reply to a question; `taken_up` once the job has gone on.

    `lost` is the error if the server did not confirm the reply.
    """

    question: object
    given: object
    at: float
    lost: AnnoportError | None = None
    taken_up: bool = False


class Job(Generic[S_co, StartedT_co]):
    """A job on a server.

    `S_co` is the model of its state, `StartedT_co` that of the answer that started it.

    Attributes:
        id (int | str): The server's id of the job.
        kind (str): Kind of the job, as the platform's client names it.
        started (StartedT_co | None): The parsed response that started the job; None if this client
            did not start it.
        joined (bool): Whether the job was already running when it was requested.
        stored_in (str | None): Where the job puts its file, if it was asked to put it into a
            storage of yours, such as "cloud storage 3 as 'dive.zip'"; there is none to download.
        within (Mapping[str, int | str]): What the paths of its operations hold besides its id, such
            as its project: name on the wire -> value; nothing for most jobs.
    """

    def __init__(
        self,
        client: Caller,
        kind: str,
        job_id: int | str,
        *,
        started: Any = None,
        joined: bool = False,
        created: datetime.datetime | None = None,
        stored_in: str | None = None,
        within: Place | None = None,
    ) -> None:
        """Take up a job; nothing is sent.

        Args:
            client: Sends the requests.
            kind: Kind of the job.
            job_id: The server's id of the job.
            started: The parsed response that started the job.
            joined: Whether the job was already running when it was requested.
            created: When it was started; servers may not know a job in its first seconds.
            stored_in: Where its file goes, if it is not for download.
            within: What the paths of its operations hold besides its id.
        """
        self.id = job_id
        self.kind = kind
        self.started: StartedT_co | None = started
        self.joined = joined
        self.stored_in = stored_in
        self.within: Place = dict(within or {})
        self._client = client
        self._rules: JobKind = client.job_kind(kind)
        self._created = created
        self._state: S_co | None = None
        self._document: object = None
        self._reading: Reading | None = None
        self._state_at: datetime.datetime | None = None
        self._cancelled = False
        self._warned: set[str] = set()
        self._told_slow_start = False
        self._reply_given: _Reply | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} ({self.kind}) status={self.status!r}>"

    # ----------------------------------------------------------------------- last known state

    @property
    def state(self) -> S_co | None:
        """The state that the server last reported; None before the first request."""
        return self._state

    @property
    def status(self) -> str | None:
        """The status that the server last reported, in its words; None before the first request."""
        return None if self._reading is None else self._reading.status

    @property
    def progress(self) -> float | None:
        """The fraction that is done, from 0 to 1; None if the server does not report it."""
        return None if self._reading is None else self._reading.progress

    @property
    def message(self) -> str | None:
        """The server's last message about the job; None if it sent none."""
        return None if self._reading is None else self._reading.message

    @property
    def question(self) -> object:
        """What the job asks, as the server sent it; None if there is no question."""
        reading = self._reading
        return reading.question if reading is not None and reading.phase == "asking" else None

    @property
    def is_final(self) -> bool:
        """Whether the job had ended (done, failed or cancelled) at the last request."""
        return self._reading is not None and self._reading.phase in _FINAL

    # ----------------------------------------------------------------------- waiting

    def refresh(self) -> S_co:
        """Request the job's state and return it.

        Raises:
            ApiError: The server answered with an error.
            TransportError: The request could not be sent, or its response could not be read.
        """
        return self._poll(self._client)

    def wait(
        self,
        timeout: float | None = None,
        *,
        on_progress: Callable[[Job[S_co]], object] | None = None,
        on_question: Callable[[Any], Any] | None = None,
    ) -> S_co:
        """Wait until the job has finished, and return its final state.

        Args:
            timeout: Seconds to wait; None for no limit.
            on_progress: Called with the job after each change.
            on_question: Called with what the job asks; returns the body of the answer, or
                None to leave the question open.

        A job that the server does not begin to run for a minute is told once, as a warning of the
        logger "annoport".

        Raises:
            JobFailedError: The job ended with an error.
            JobCancelledError: The job was cancelled.
            JobGoneError: The server does not know the job, or no longer keeps it.
            JobTimeoutError: The job did not finish in time; it keeps running.
            JobNeedsInputError: The job asks a question that was not answered.
            AnnoportError: The server could not be asked.
        """
        watch = self.watch(timeout)
        while True:
            delay = self.advance(watch, on_progress, on_question)
            if delay is None:
                return self.final_state()
            sleep(delay)

    def watch(self, timeout: float | None = None) -> JobWatch:
        """Return the record of a new wait.

        Args:
            timeout: Seconds to wait; 0 asks once, None has no limit.
        """
        now = time.monotonic()
        age = None if self._created is None else utc_now() - self._created
        return JobWatch(
            kind=self._rules,
            begun=now,
            created=None if age is None else now - age.total_seconds(),
            deadline=None if timeout is None else now + timeout,
            cancelled=self._cancelled,
            job_id=self.id,
            status=self.status,
        )

    def advance(
        self,
        watch: JobWatch,
        on_progress: Callable[[Job[S_co]], object] | None = None,
        on_question: Callable[[Any], Any] | None = None,
    ) -> float | None:
        """Request the state once, as one step of a wait; raises what `wait` raises.

        Args:
            watch: The wait that this step belongs to.
            on_progress: As for `wait`.
            on_question: As for `wait`.

        Returns:
            Seconds until the next step, or None if the job has finished.
        """
        before = self._reading
        client = self._client.with_options(max_retries=0, timeout=self._patience(watch))
        cause: AnnoportError | None = None
        try:
            self._poll(client)
        except AnnoportError as error:
            cause = error
        watch.cancelled = self._cancelled  # meanwhile, by a callback or by another task
        if cause is not None:
            step = self._step_after(cause, watch)
        else:
            if on_progress is not None and self._reading != before:
                settled(on_progress(self))
            step = watch.answered(self._known(), time.monotonic())
            self._tell_slow_start(watch)
        if isinstance(step, NeedsInput):
            self._reply(step.question, on_question)
            step = watch.stirred(time.monotonic())
        elif isinstance(step, Done):
            return None
        if isinstance(step, PollAgain):
            if cause is not None:
                self._note(f"asking again in {step.delay:.1f} s: {cause}")
            return step.delay
        raise self._end(step, watch) from cause

    def _tell_slow_start(self, watch: JobWatch) -> None:
        notice = watch.slow_start(self._known(), time.monotonic())
        if notice is not None and not self._told_slow_start:
            self._told_slow_start = True
            _log.warning("job %s (%s) %s", self.id, self.kind, notice)

    def _step_after(self, error: AnnoportError, watch: JobWatch) -> Step:
        """Return what to do after an error; one that ends the wait says what is known."""
        try:
            return watch.erred(error, time.monotonic())
        except AnnoportError:
            at = "" if self._state_at is None else f" at {self._state_at:%Y-%m-%d %H:%M:%S} UTC"
            known = f"{self.status!r}{at}" if self.status else "unknown"
            error.add_note(
                f"job {self.id} ({self.kind}) may be running on: its last known status is {known}"
            )
            raise

    def result(
        self,
        timeout: float | None = None,
        *,
        on_progress: Callable[[Job[S_co]], object] | None = None,
        on_question: Callable[[Any], Any] | None = None,
    ) -> Any:
        """Wait, then return what the job made.

        Args:
            timeout: As for `wait`.
            on_progress: As for `wait`.
            on_question: As for `wait`.

        Returns:
            The part of the final state that says what this kind of job makes, such as an id; the
            whole of it, as `wait` returns it, where no part does.

        Raises:
            JobError: As raised by `wait`.
        """
        state = self.wait(timeout, on_progress=on_progress, on_question=on_question)
        pointer = self._rules.result.value
        return state if pointer is None else look_up(state, pointer)

    # ----------------------------------------------------------------------- the file

    def file(self, timeout: float | None = None) -> RemoteFile:
        """Wait, then return the file that the job made.

        Args:
            timeout: Seconds to wait; None for no limit.

        Raises:
            DownloadError: The job made no file, or puts it into a storage of yours.
            JobError: As raised by `wait`.
        """
        self._refuse_without_file()
        self.wait(timeout)
        return self._file()

    def file_shown(
        self,
        display: Display,
        timeout: float | None = None,
        on_question: Callable[[Any], Any] | None = None,
    ) -> RemoteFile:
        """Wait and show how it goes, then return the file that the job made.

        Args:
            display: Shows the progress of the job.
            timeout: Seconds to wait; None for no limit.
            on_question: As for `wait`.

        Raises:
            DownloadError: The job made no file.
            JobError: As raised by `wait`.
        """

        def show(job: Job[S_co]) -> None:
            display.waiting(f"{job.message or job.status}: job {job.id}", job.progress)

        self.wait(timeout, on_progress=show, on_question=on_question)
        return self._file()

    def download(
        self,
        target: str | os.PathLike[str],
        *,
        overwrite: Overwrite = "error",
        progress: ProgressOption = False,
        connections: int = 1,
        storage_options: Mapping[str, Any] | None = None,
        expected_sha256: str | None = None,
        extract_to: str | os.PathLike[str] | None = None,
        limits: Limits | None = None,
        timeout: float | None = None,
        stall_timeout: StallTimeout = UNSET,
        attempts: int = ATTEMPTS,
        on_question: Callable[[Any], Any] | None = None,
    ) -> Path:
        """Wait, then download the file that the job made, and return its path.

        A target or folder that is in use is refused before the wait, and so is a job that makes no
        file here, because its kind never does or because it puts the file into a storage of yours.

        Args:
            target: A file or a folder, as for `RemoteFile.download`; or a URL of an object, or
                of a folder with a slash at its end, for fsspec.
            overwrite: "error", "replace" or "resume", as for `RemoteFile.download`.
            progress: True for a progress bar, or a function called with the number of bytes
                received and the total.
            connections: Connections to use at once, where the server allows it.
            storage_options: Options for fsspec, where the target is a URL.
            expected_sha256: SHA-256 that the file must have, in hexadecimal.
            extract_to: A new folder to unpack a zip into.
            limits: Limits for unpacking; `Limits()` by default.
            timeout: Seconds for the wait and the download together; None for no limit.
            stall_timeout: Seconds to wait for the next byte, or None for no limit; by default as
                long as the client's `timeout` allows between two pieces of an answer.
            attempts: Consecutive failures without a new byte to tolerate.
            on_question: As for `wait`.

        Returns:
            The path of the file; for a URL, its path in the store.

        Raises:
            JobError: As raised by `wait`.
            DownloadError: The job made no file, or as raised by `RemoteFile.download`.
            ApiError: The server answered with an error.
        """
        self._refuse_without_file()
        options = DownloadOptions(
            overwrite=overwrite,
            connections=connections,
            expected_sha256=expected_sha256,
            extract_to=extract_to,
            limits=limits,
            stall_timeout=stall_timeout,
            attempts=attempts,
        )
        place = parse_place(target, options, storage_options, only_folder=False)
        offload(place.refuse_used, options)
        deadline = None if timeout is None else time.monotonic() + timeout
        with show_progress(progress, place.title or f"job {self.id}") as display:
            file = self.file_shown(display, timeout, on_question)
            if isinstance(place, LocalPlace):
                return file.save(place.destination, options, display, deadline)
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            return file.store(place, options, progress, left)

    # ----------------------------------------------------------------------- actions

    def cancel(self) -> None:
        """Ask the server to cancel the job; a job that has ended or was cancelled is left as it is.

        Raises:
            JobError: This kind of job cannot be cancelled, or not in its current status.
            JobGoneError: The server does not know the job, and this client did not cancel it.
            ApiError: The server answered with an error.
        """
        rules = self._rules.cancel
        if rules is None:
            raise self._error(JobError, "cannot be cancelled: the platform does not support it")
        try:
            self._cancel(rules)
        except NotFoundError as error:
            if not self._cancelled:
                raise self._gone() from error

    def _cancel(self, rules: JobCancel) -> None:
        self.refresh()
        if self.is_final:
            return
        if rules.states and self.status not in rules.states:
            allowed = " or ".join(rules.states)
            raise self._error(
                JobError, f"cannot be cancelled in the status {self.status!r}, only while {allowed}"
            )
        self._note("asking the server to cancel it")
        before = self._cancelled
        self._cancelled = True  # first: a waiting caller may see the end before our response
        try:
            self._act(rules.operation)
        except AnnoportError:
            self._cancelled = before
            raise

    def answer(self, body: Any) -> None:
        """Answer the question that the job asks.

        Args:
            body: The answer, in the form that the platform expects.

        Raises:
            JobError: This kind of job takes no answers.
            ApiError: The server answered with an error.
        """
        if self._rules.answer is None:
            raise self._error(JobError, "takes no answers, because such jobs ask nothing")
        self._note("answering its question")
        self._act(self._rules.answer, body)

    def restart(self) -> None:
        """Run the job again after a failure.

        Raises:
            JobError: This kind of job cannot be restarted.
            ApiError: The server answered with an error.
        """
        if self._rules.restart is None:
            raise self._error(JobError, "cannot be restarted: start a new one")
        self._note("asking the server to run it again")
        self._act(self._rules.restart)
        self._reading, self._cancelled = None, False

    def log(self) -> str:
        """Return the job's log.

        Raises:
            JobError: This kind of job has no log.
            ApiError: The server answered with an error.
        """
        if self._rules.log is None:
            raise self._error(
                JobError, "has no log on this platform: see `message`, and `errors` of a failed job"
            )
        response = self._act(self._rules.log)
        return response.content.decode("utf-8", "replace")

    def to_token(self) -> str:
        """Return a line of text with which `client.job()` finds this job in another process."""
        token = JobToken(
            platform=self._client.platform.title,
            url=self._client.base.url,
            kind=self.kind,
            id=self.id,
            created=self._created,
            stored_in=self.stored_in,
            within=dict(self.within),
        )
        return token.to_text()

    # ----------------------------------------------------------------------- steps

    def _poll(self, client: Caller) -> S_co:
        operation: Operation[S_co] = client.operation(self._rules.poll)
        response = client.call(operation, self._arguments(operation))
        self._document = codec.load(response.content, operation.id)
        self._state = response.value
        self._state_at = utc_now()
        before, reading = self.status, read_answer(self._rules, self._document)
        self._reading = reading
        if reading.status != before:
            self._note(
                f"{reading.status!r}" if before is None else f"{before!r} -> {reading.status!r}"
            )
        if self._reply_given is not None and reading.phase != "asking":
            self._reply_given.taken_up = True
        if reading.phase == "unknown" and reading.status not in self._warned:
            self._warned.add(reading.status)
            warn_unknown(self.kind, self.id, reading.status)
        return response.value

    def _note(self, what: str) -> None:
        JOBS.info("job %s (%s): %s", self.id, self.kind, what)

    def _act(self, operation_id: str, body: Any = UNSET) -> Response[Any]:
        operation = self._client.operation(operation_id)
        return self._client.call(operation, self._arguments(operation), body=body)

    def _arguments(self, operation: Operation[Any]) -> dict[str, Any]:
        return places.arguments(operation, self._rules, self.id, self.within)

    def _reply(self, question: object, on_question: Callable[[Any], Any] | None) -> None:
        """Answer a question, unless it was answered a moment ago."""
        last = self._reply_given
        if last is not None and last.question == question and not last.taken_up:
            if time.monotonic() - last.at < ANSWER_PATIENCE:
                return
            if last.lost is not None:
                raise last.lost
            raise self._needs_input("did not react to the answer to its question", question)
        given = None
        if on_question is not None and self._rules.answer is not None:
            given = settled(on_question(question))
        if given is None:
            raise self._needs_input("asks a question that was not answered", question)
        if last is not None and (last.question, last.given) == (question, given):
            raise self._needs_input("repeats its question: the answer was not enough", question)
        lost = None
        try:
            self.answer(given)
        except AnnoportError as error:
            if not is_lost(error):
                raise
            lost = error  # the next answers about the job show whether it has the reply
        self._reply_given = _Reply(question, given, time.monotonic(), lost)

    def _file(self) -> RemoteFile:
        rules = self._rules.result
        self._ensure_file_fields()
        name = None
        if rules.file_name is not None:
            name = look_up(self._document, rules.file_name)
            if name is None:
                raise self._no_file()
        hint = None if name is None else str(name)
        if rules.file_operation is not None:
            operation = self._client.operation(rules.file_operation)
            return RemoteFile(
                self._client,
                operation,
                self._arguments(operation),
                rules=self._rules.download,
                name=hint,
                job=self._identity,
            )
        if rules.file_url is None:
            return self._listed_file()
        return RemoteUrl(
            self._client,
            self._file_url(),
            self._rules.download or Download(),
            name=hint,
            job=self._identity,
            renew=self._new_file_url,
        )

    @property
    def _identity(self) -> str:
        """What no other job on the server has; an id alone may be that of another project's."""
        return "/".join(map(str, [*self.within.values(), self.id]))

    def _listed_file(self) -> RemoteFile:
        """Return the file of a job that only a list of the server's tells of."""
        for rules in self._rules.result.listed:
            item = listed.find(rules, self._ask(rules.listed_by, rules.arguments), self.id)
            if item is not None:
                return self._file_of(rules, item)
        raise self._no_file()

    def _file_of(self, rules: ListedFile, item: object) -> RemoteUrl:
        name, key = look_up(item, rules.name), look_up(item, rules.key or "")

        def address() -> str:
            if rules.sign is None:
                url = look_up(item, rules.url or "")
            else:
                signed = self._ask(rules.sign, rules.sign_arguments, {"keys": [key]})
                url = look_up(signed, rules.signed_url)
            if not isinstance(url, str) or not url:
                raise self._no_file()
            return url

        return RemoteUrl(
            self._client,
            address(),
            rules.download,
            name=None if name is None else str(name),
            job=self._identity,
            renew=address if rules.sign is not None else None,
        )

    def _ask(
        self, operation_id: str, templates: Mapping[str, str | tuple[str, ...]], body: Any = UNSET
    ) -> object:
        """Return the parsed JSON answer of an operation whose arguments depend on the job."""
        operation = self._client.operation(operation_id)
        arguments = listed.arguments(operation, templates, self.id, self._document, self.within)
        response = self._client.call(operation, arguments, body=body)
        return codec.load(response.content, operation.id)

    def _ensure_file_fields(self) -> None:
        """Request the state again if it names no file yet: some servers add that late."""
        rules = self._rules.result
        needed = [pointer for pointer in (rules.file_name, rules.file_url) if pointer is not None]
        if any(look_up(self._document, pointer) is None for pointer in needed):
            self.refresh()

    def _new_file_url(self) -> str:
        self.refresh()
        return self._file_url()

    def _file_url(self) -> str:
        pointer = self._rules.result.file_url
        url = None if pointer is None else look_up(self._document, pointer)
        if not isinstance(url, str) or not url:
            raise self._no_file()
        return url

    def _refuse_without_file(self) -> None:
        """Refuse to fetch a file that is not made or goes elsewhere, before a long wait for it."""
        if self.stored_in is not None:
            raise DownloadError(
                f"job {self.id} ({self.kind}) makes no file to download: it puts it into "
                f"{self.stored_in}; wait() returns when it is there"
            )
        result = self._rules.result
        if not result.has_file:
            raise DownloadError(
                f"job {self.id} ({self.kind}): jobs of this kind make no file to download: "
                f"{result.instead or 'result() returns its final state'}"
            )

    def _no_file(self) -> DownloadError:
        hint = self._rules.result.no_file
        return DownloadError(
            f"job {self.id} ({self.kind}) has finished, but made no file to download"
            + (f": {hint}" if hint else "")
        )

    def _known(self) -> Reading:
        if self._reading is None:
            raise ValueError("the server has not been asked yet")
        return self._reading

    def final_state(self) -> S_co:
        """Return the state of a job that has finished.

        Raises:
            JobError: The server sent no state.
        """
        if self._state is None:
            raise self._error(JobError, "has finished, but the server sent no state")
        return self._state

    def _patience(self, watch: JobWatch) -> Timeouts:
        """Return the client's timeouts, shortened so that no lost answer outlasts the wait."""
        usual = self._client.options.timeout
        limit = watch.read_limit(time.monotonic())
        return Timeouts(
            connect=limit if usual.connect is None else min(limit, usual.connect),
            read=limit if usual.read is None else min(limit, usual.read),
            write=usual.write,
            pool=usual.pool,
        )

    def _end(self, step: Failed | Cancelled | Gone | Overdue, watch: JobWatch) -> JobError:
        """Return the error for a wait that ends without a result."""
        if isinstance(step, Failed):
            return self._error(JobFailedError, f"failed: {step.reason}", errors=step.errors)
        if isinstance(step, Cancelled):
            return self._error(JobCancelledError, "was cancelled")
        if isinstance(step, Gone):
            return self._gone(step.reason)
        seconds = (watch.deadline or watch.begun) - watch.begun
        return self._error(
            JobTimeoutError,
            f"{self._what_is_known(step, seconds)}: wait again, or keep to_token() for later",
        )

    def _what_is_known(self, step: Overdue, seconds: float) -> str:
        """Return what a wait of so many seconds has shown, and since when it is known."""
        status = f"its status is {self.status!r}"
        if step.cause is None:
            return (
                f"has not finished within {seconds:g} s, {status}; it keeps running on the server"
            )
        if step.silence is None:
            return (
                f"may have finished or not: the server gave no usable answer within {seconds:g} s "
                f"(the last attempt: {step.cause})"
            )
        return (
            f"was not seen to finish within {seconds:g} s: {step.silence:.1f} s ago {status}, but "
            f"since then the server gave no usable answer (the last attempt: {step.cause}), so "
            "it may have finished"
        )

    def _needs_input(self, why: str, question: object) -> JobNeedsInputError:
        help_text = f" ({self._rules.answer_help})" if self._rules.answer_help else ""
        return self._error(
            JobNeedsInputError,
            f"{why}: {question!r}; pass on_question= or call answer(){help_text}",
            question=question,
        )

    def _gone(self, reason: str | None = None) -> JobGoneError:
        reason = reason or why_gone(self._rules, self.id, self.status)
        return self._error(JobGoneError, f"is gone: {reason}")

    def _error(self, kind: type[E], message: str, **details: Any) -> E:
        return kind(
            f"job {self.id} ({self.kind}) {message}",
            job_id=self.id,
            kind=self.kind,
            state=self.status,
            state_at=self._state_at,
            **details,
        )
