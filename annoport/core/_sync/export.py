# Derived from _async/export.py by tools/unasync.py: change that file instead.
"""Whole exports in one call: start or take up, wait, download, verify."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import attrs
import msgspec

from annoport.core._sync.job import Job
from annoport.core._sync.job_start import from_token, start
from annoport.core.contract.extensions import Download
from annoport.core.contract.operation import Operation
from annoport.core.download.lock import FileLock
from annoport.core.download.partial import clear_errors, exists_error
from annoport.core.download.places import LocalPlace, StorePlace, parse_place
from annoport.core.download.target import DownloadOptions
from annoport.core.errors import (
    CorruptFileError,
    DecodeError,
    InvalidArgumentError,
    JobCancelledError,
    JobError,
    JobFailedError,
    JobGoneError,
    JobNeedsInputError,
    JobTimeoutError,
    JobTokenError,
    NotFoundError,
    TargetBusyError,
)
from annoport.core.http.request import Request, build
from annoport.core.support import notes
from annoport.core.support.concurrency import sleep
from annoport.core.support.logs import JOBS
from annoport.core.support.notes import Note, Noted
from annoport.core.support.progress import ProgressOption, show_progress
from annoport.core.support.workers import offload

if TYPE_CHECKING:
    from annoport.core._sync.caller import Caller
    from annoport.core._sync.download import RemoteFile

_NO_RESULT = (
    JobFailedError,
    JobCancelledError,
    JobGoneError,
    NotFoundError,  # the file of a job that the server still knows
    CorruptFileError,
)
"""After these, a call that is made again must not take the job up."""


class _Begun(msgspec.Struct, frozen=True):
    """What a note says: tokens of the jobs that the call has started."""

    tokens: list[str]


@attrs.frozen(kw_only=True)
class Export:
    """One call that starts an export and downloads what it makes.

    Attributes:
        operation: Starts the jobs.
        arguments: Values by the Python names of the parameters.
        body: A model or plain data.
        target: A path, or a URL that fsspec knows.
        options: How to download.
        progress: What the caller wants to see.
        take_up: Seconds for which a job that an earlier call has started is taken up.
        storage_options: Options for fsspec.
        timeout: Seconds for everything; None for no limit.
        on_question: Called with what a job asks.
    """

    client: Caller
    operation: Operation[Any]
    arguments: Mapping[str, Any]
    body: Any
    target: str | os.PathLike[str]
    options: DownloadOptions
    progress: ProgressOption
    take_up: float
    storage_options: Mapping[str, Any] | None
    timeout: float | None
    on_question: Callable[[Any], Any] | None
    _begun: float = attrs.field(factory=time.monotonic, init=False)

    def run(self) -> list[Path]:
        """Do it, and return the paths of the files: one for each job that was started."""
        request = build(
            self.operation, self.arguments, self.body, strict=self.client.options.strict
        )
        place = self._place()
        note = self._note(place, request)
        with clear_errors(note.path.parent):
            note.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(note.lock)
            if not lock.acquire():
                raise TargetBusyError(
                    f"another download to {self.target} is running: wait until it ends, "
                    "or choose another target",
                    path=Path(self.target),
                )
        try:
            return self._run(place, note)
        finally:
            lock.release()

    def _run(self, place: LocalPlace | StorePlace, note: Note[_Begun]) -> list[Path]:
        noted = note.read()
        jobs = [] if noted is None else self._taken_up(noted)
        if jobs:
            try:
                return self._finish(place, note, jobs, going_on=True)
            except NotFoundError as error:
                JOBS.info("%s: starting a new job: %s", self.operation.id, error)
        offload(place.refuse_used, self.options)
        self._refuse_other_file(place)
        jobs = self._start()
        with clear_errors(note.path):  # not in a thread, which a cancelled task would not reach
            note.write(_Begun([job.to_token() for job in jobs]))
        return self._finish(place, note, jobs, going_on=False)

    def _refuse_other_file(self, place: LocalPlace | StorePlace) -> None:
        """Refuse to resume into a target that cannot be the file of a new job."""
        path = place.destination.path if isinstance(place, LocalPlace) else None
        if self.options.overwrite != "resume" or path is None or not path.exists():
            return
        if self._file_rules().validator == "job":
            raise exists_error(path, "it already exists, and each export makes another file")

    # ----------------------------------------------------------------------- where and whose

    def _place(self) -> LocalPlace | StorePlace:
        rules = self.operation.job
        if rules is None or not self.client.job_kind(rules.kind).result.has_file:
            raise InvalidArgumentError(
                f"{self.operation.id} starts no job that makes a file: use client.call()"
            )
        return parse_place(self.target, self.options, self.storage_options, only_folder=rules.many)

    def _file_rules(self) -> Download:
        """Return how the server of the file behaves."""
        kind = self.client.job_kind(self.operation.job.kind) if self.operation.job else None
        if kind is None:
            return Download()
        serving = kind.result.file_operation
        own = None if serving is None else self.client.operation(serving).download
        return own or kind.download or Download()

    def _note(self, place: LocalPlace | StorePlace, request: Request) -> Note[_Begun]:
        """Return the note of this call, which no other call finds."""
        wire = (p.wire for p in self.operation.parameters if p.location == "header")
        content = request.content if isinstance(request.content, bytes) else None
        key = notes.key_of(
            (self.operation.id, request.url, content),
            {name: request.headers[name] for name in wire if name in request.headers},
            (self.client.base.url, self.client.headers, self.client.account_id()),
            place.address,
        )
        return Note(place.note(self.operation.id, key), key, _Begun)

    # ----------------------------------------------------------------------- jobs

    def _taken_up(self, noted: Noted[_Begun]) -> list[Job[Any]]:
        """Return the jobs of a note if they may still be of use; else none."""
        if not noted.is_usable(self.take_up) or self.client.platform.account is None:
            return []
        name, age = self.operation.id, noted.age()
        try:
            jobs = [from_token(self.client, token) for token in noted.content.tokens]
        except JobTokenError as error:
            JOBS.info("%s: starting a new job: %s", name, error)
            return []
        for job in jobs:
            if self._ended_badly(job):
                JOBS.info(
                    "%s: starting a new job: job %s, started %.0f s ago, has no result",
                    *(name, job.id, age),
                )
                return []
        shown = ", ".join(str(job.id) for job in jobs)
        JOBS.info("%s: took up job %s, started %.0f s ago", name, shown, age)
        return jobs

    def _ended_badly(self, job: Job[Any]) -> bool:
        """Whether a job has failed, was cancelled or is gone."""
        watch = job.watch(self._left())
        try:
            while job.status is None:
                delay = job.advance(watch)
                if delay is None:
                    return False
                if job.status is None:
                    sleep(delay)
        except JobTimeoutError:
            if job.status is None:
                raise
            return False
        except JobNeedsInputError:
            return False
        except JobError:
            return True
        return job.is_final

    def _start(self) -> list[Job[Any]]:
        started: object = start(self.client, self.operation, self.arguments, self.body)
        found = cast("list[object]", started) if isinstance(started, list) else [started]
        if not found or not all(isinstance(job, Job) for job in found):
            raise DecodeError(f"{self.operation.id}: the server started no job")
        return cast("list[Job[Any]]", found)

    # ----------------------------------------------------------------------- files

    def _finish(
        self,
        place: LocalPlace | StorePlace,
        note: Note[_Begun],
        jobs: list[Job[Any]],
        *,
        going_on: bool,
    ) -> list[Path]:
        """Wait for the jobs, download their files, and forget that there was something to do."""
        general = attrs.evolve(self.options, going_on=going_on, lasting=True)
        files: list[RemoteFile] = []
        paths: list[Path] = []
        try:
            for job in jobs:
                title = place.title or f"job {job.id}"
                options = general if len(jobs) == 1 else general.within(f"job_{job.id}")
                with show_progress(self.progress, title) as display:
                    file = job.file_shown(display, self._left(), self.on_question)
                    files.append(file)
                    if isinstance(place, LocalPlace):
                        deadline = None if self.timeout is None else self._begun + self.timeout
                        path = file.save(place.destination, options, display, deadline)
                    else:
                        path = file.store(place, options, self.progress, self._left())
                    paths.append(path)
        except _NO_RESULT:
            note.remove()
            raise
        note.remove()
        if isinstance(place, LocalPlace) and self.options.overwrite != "resume":
            for file in files:
                file.forget(place.destination)
        return paths

    def _left(self) -> float | None:
        """Return the seconds that are left; None for no limit."""
        if self.timeout is None:
            return None
        return max(0.0, round(self._begun + self.timeout - time.monotonic(), 1))
