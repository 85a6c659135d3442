# Derived from _async/upload.py by tools/unasync.py: change that file instead.
"""Upload files: choose the way they are sent, and take the steps before and after."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import msgspec

from annoport.core._sync.caller import Caller
from annoport.core._sync.upload_files import Files
from annoport.core._sync.upload_note import UploadNote
from annoport.core._sync.upload_transfer import (
    UNFIT,
    PartsUpload,
    PartTooLargeError,
    Sending,
    send_step,
    web_address,
)
from annoport.core.contract.extensions import Upload, UploadGroups
from annoport.core.contract.operation import Operation
from annoport.core.errors import (
    ApiError,
    IncompleteUploadError,
    InvalidArgumentError,
    InvalidBodyError,
    UnconfirmedUploadWarning,
    UploadError,
)
from annoport.core.http.bodies import entries
from annoport.core.http.options import ATTEMPTS
from annoport.core.http.request import Request, build
from annoport.core.support.call_site import stacklevel
from annoport.core.support.logs import TRANSFERS
from annoport.core.support.progress import Display, ProgressOption, show_progress
from annoport.core.support.workers import Stop, offload
from annoport.core.upload import order, parts, plan
from annoport.core.upload.plan import RequestLimit
from annoport.core.upload.refusals import TooLarge, judge_refusal
from annoport.core.upload.resuming import PartsBegun, is_noted, key_of
from annoport.core.upload.sources import LocalFile, local_files, some_of, warn_of_cut_folders
from annoport.core.upload.tally import Tally
from annoport.core.values.models import UNSET, Model, Unset
from annoport.core.values.pointers import resolve
from annoport.core.values.type_guards import is_list, is_mapping

if TYPE_CHECKING:
    from annoport.core.values.models import FileSource


_TAKEN_UP = "%s: going on with an upload that was begun %.0f s ago: %d of %d files are there"
_STORE_FORGOT = "%s: the store no longer takes the parts of an earlier call: from the start"
_FORGOTTEN = (
    "this call went on with what an earlier one had sent; the same call now begins from the start"
)
_SMALLER_PARTS = (
    "%s: a part of %d bytes is too large for the store (413): starting again with parts of "
    "%d bytes; that chunk_size spares the try"
)


class Uploader(Caller, Protocol):
    """A client that also starts jobs: the last request of an upload may start one."""

    def start_job(
        self, operation: Operation[Any], arguments: Mapping[str, Any], *, body: Any = UNSET
    ) -> Any: ...


def upload(
    client: Uploader,
    operation: Operation[Any],
    arguments: Mapping[str, Any],
    files: FileSource | Iterable[FileSource],
    *,
    body: Any = UNSET,
    progress: ProgressOption = False,
    attempts: int = ATTEMPTS,
    chunk_size: int | None = None,
) -> Any:
    """Upload files in the way the operation expects; see `upload` of the client."""
    rules = operation.upload
    if rules is None:
        raise InvalidArgumentError(f"{operation.id} takes no upload: use client.call()")
    sources = offload(
        local_files,
        files,
        field=rules.field or "file",
        where=operation.id,
        several=rules.indexed,
        cut_folders=rules.folders == "cut",
        cleaned_names=rules.form_names == "cleaned",
    )
    warn_of_cut_folders(sources, operation.id)
    title = sources[0].name if len(sources) == 1 else f"{len(sources)} files"
    with show_progress(progress, title) as display:
        task = _Upload(
            client=client,
            operation=operation,
            rules=rules,
            arguments=arguments,
            files=sources,
            body=body,
            display=display,
            attempts=attempts,
            chunk_size=chunk_size,
            in_order=not isinstance(files, AbstractSet),
        )
        if rules.style == "parts":
            return task.by_parts()
        return task.by_tus_or_form()


@attrs.frozen(kw_only=True)
class _Upload:
    """One upload, as the caller requested it."""

    client: Uploader
    operation: Operation[Any]
    rules: Upload
    arguments: Mapping[str, Any]
    files: list[LocalFile]
    body: Any
    display: Display
    attempts: int
    chunk_size: int | None
    in_order: bool

    # ----------------------------------------------------------------------- forms and TUS

    def by_tus_or_form(self) -> Any:
        """Send the files, and return what the operation returns."""
        rules = self.rules
        groups = None if rules.groups is None else rules.groups.header
        self._refuse(rules.start, rules.finish, rules.file_parameter, groups)
        fields, size = self._fields(), plan.chunk_size(self.chunk_size)
        if rules.style == "form":
            return self._in_one_form(fields)
        fields |= order.required(rules.order, fields, self.files) if self.in_order else {}
        sizes = [file.size for file in self.files]
        named = all(file.fits_form for file in self.files)
        if named and plan.fits_one_request(sizes, fields, size):
            try:
                return self._in_one_form(fields)
            except ApiError as error:
                if not isinstance(judge_refusal(error.status), TooLarge):
                    raise
        return self._by_steps(fields, RequestLimit(size))

    def _in_one_form(self, fields: Mapping[str, Any]) -> Any:
        total = sum(file.size for file in self.files)
        self.display.bytes(0, total)
        held = [file.file for file in self.files]
        files = held if self.rules.indexed else held[0]
        result = self._finish(self.arguments, {**fields, self._field(): files})
        self.display.bytes(total, total)
        return result

    def _by_steps(self, fields: dict[str, Any], limit: RequestLimit) -> Any:
        rules = self.rules
        closing = {**self.arguments, **self._flag(rules.finish)}
        named = {} if rules.file_parameter is None else self._stored(self.files[0].name)
        ordered = order.listed(rules.order, fields, self.files) if self.in_order else {}
        body = {**fields, **ordered} if ordered else self.body
        # A last request that is invalid, or that the server does not know in full, is to fail
        # before gigabytes are sent.
        strict = self.client.options.strict
        last = build(self.operation, {**closing, **named}, body, strict=strict)
        self.client.check_server(last)
        with self._note(last) as note:
            try:
                return self._all_steps(fields, limit, closing, body, note)
            except ApiError as error:
                if note.age is not None:
                    note.forget()
                    error.add_note(_FORGOTTEN)
                raise

    def _all_steps(
        self,
        fields: Mapping[str, Any],
        limit: RequestLimit,
        closing: dict[str, Any],
        body: Any,
        note: UploadNote,
    ) -> Any:
        """Open the upload, send the files and close it, as far as an earlier process did not."""
        rules = self.rules
        files = self._files(fields, limit, note)
        if not note.begun.finishing:
            if rules.start is not None:
                opening = build(self._bare(), {**self.arguments, **self._flag(rules.start)})
                send_step(self.client, opening, secured=self.operation.secured)
            files.run()
        if rules.file_parameter is not None:
            closing = {**closing, **self._stored(files.stored)}
        elif not (
            rules.order is not None
            and rules.order.checked
            and rules.order.field in dict(entries(body))
        ):
            _warn_of(files.doubtful)
        note.change(lambda begun: setattr(begun, "finishing", True), urgent=False)
        try:
            result = self._finish(closing, body)
        except ApiError as error:
            note.change(lambda begun: setattr(begun, "finishing", False))
            if files.doubtful:
                error.add_note(_doubt(files.doubtful))
            raise
        note.forget()
        return result

    @contextlib.contextmanager
    def _note(self, last: Request) -> Generator[UploadNote]:
        """Hold the note of this upload, by the request that ends it."""
        if not is_noted(self.files) or self.client.platform.account is None:
            yield UploadNote.unused()
            return
        wires = (one.wire for one in self.operation.parameters if one.location == "header")
        key = key_of(
            (
                last.operation_id,
                last.url,
                last.content if isinstance(last.content, bytes) else None,
            ),
            {name: last.headers[name] for name in wires if name in last.headers},
            self.client.base.url,
            self.client.account_id(),
            self.files,
        )
        with UploadNote.of(key) as note:
            if note.age is not None:
                there = len(note.begun.done)
                TRANSFERS.info(_TAKEN_UP, self.operation.id, note.age, there, len(self.files))
            yield note

    def _files(self, fields: Mapping[str, Any], limit: RequestLimit, note: UploadNote) -> Files:
        rules = self.rules
        return Files(
            client=self.client,
            endpoint=self._endpoint(),
            form=None if rules.groups is None else self._form(rules.groups, fields),
            known=None if rules.groups is None else rules.groups.known,
            parallel=rules.parallel,
            sending=self._sending(limit, note, self.operation.id),
            tally=Tally(self.display, sum(file.size for file in self.files)),
            files=self.files,
            note=note,
        )

    def _sending(self, limit: RequestLimit, note: UploadNote, operation: str) -> Sending:
        return Sending(
            operation_id=operation,
            secured=self.operation.secured,
            attempts=self.attempts,
            limit=limit,
            stop=Stop(),
            noted=note.is_kept,
        )

    def _form(
        self, groups: UploadGroups, fields: Mapping[str, Any]
    ) -> Callable[[list[LocalFile]], Request]:
        """Return what makes the request for several files in one form."""
        arguments = {**self.arguments, **self._flag(groups.header)}
        shared = {name: fields[name] for name in groups.fields if name in fields}

        def make(files: list[LocalFile]) -> Request:
            sent = {**shared, self._field(): [file.file for file in files]}
            return build(self.operation, arguments, sent)

        return make

    def _finish(self, arguments: Mapping[str, Any], body: Any) -> Any:
        """Send the request that makes the platform use the files, and return its result."""
        start = self.operation.job
        if start is None:
            return (self.client.call(self.operation, arguments, body=body)).value
        # Earlier steps may get an empty response, but this one has to name the job.
        sure = msgspec.structs.replace(start, optional=False)
        operation = msgspec.structs.replace(self.operation, job=sure)
        return self.client.start_job(operation, arguments, body=body)

    def _endpoint(self) -> Request:
        """Return a request for the place where uploads are created.

        It has no query, because servers append the upload's id to the URL.
        """
        operation = self._bare()
        if self.rules.path is not None:
            operation = msgspec.structs.replace(operation, path=self.rules.path)
        request = build(operation, self.arguments)
        return attrs.evolve(request, url=request.url.partition("?")[0])

    def _bare(self) -> Operation[Any]:
        """Return the operation without its body."""
        return msgspec.structs.replace(
            self.operation, bodies={}, body_required=False, selection=None
        )

    def _flag(self, wire: str | None) -> dict[str, bool]:
        """Return the argument that tells the server which step a request is."""
        return {} if wire is None else {self._name(wire): True}

    def _stored(self, name: str | None) -> dict[str, str]:
        """Return the argument that holds the server's name for the file."""
        if name is None:
            raise UploadError(
                f"{self.operation.id}: the server accepted {self.files[0].name}, but did not "
                f"say under which name it keeps the file: {UNFIT}",
                name=self.files[0].name,
            )
        return {self._name(self.rules.file_parameter or ""): name}

    def _fields(self) -> dict[str, Any]:
        if not (isinstance(self.body, Unset | Model) or is_mapping(self.body)):
            kind = type(self.body).__name__
            raise InvalidBodyError(
                f"{self.operation.id}: with files, body must be a model or a dict, got {kind}"
            )
        fields = dict(entries(self.body))
        if any(name.partition("[")[0] == self.rules.field for name in fields):
            raise InvalidArgumentError(
                f"{self.operation.id}: body has {self.rules.field!r}: pass the files separately"
            )
        return fields

    def _field(self) -> str:
        field = self.rules.field
        if field is None:
            raise InvalidArgumentError(f"{self.operation.id}: no form field takes the file")
        return field

    # ----------------------------------------------------------------------- parts

    def by_parts(self) -> str:
        """Send one file to a store, and return its key there."""
        rules, file = self.rules, self.files[0]
        self._refuse(rules.count_parameter)
        if self.body is not UNSET:
            raise InvalidArgumentError(f"{self.operation.id} takes no body, only the file")
        size = plan.part_size(file.size, self.chunk_size)
        info = build(self._operation(rules.info), self.arguments)
        with self._note(info) as note:
            while True:
                resumed = note.begun.parts is not None
                try:
                    key = self._in_parts(file, size, note)
                except PartTooLargeError as refused:
                    smaller = plan.smaller_part(file.size, size)
                    if smaller is None:
                        raise refused.error from None
                    TRANSFERS.info(_SMALLER_PARTS, self.operation.id, min(size, file.size), smaller)
                    size = smaller
                except (ApiError, IncompleteUploadError) as error:
                    if not resumed or not isinstance(error.__cause__ or error, ApiError):
                        raise
                    TRANSFERS.info(_STORE_FORGOT, file.name)
                else:
                    note.forget()
                    return key
                note.forget()

    def _in_parts(self, file: LocalFile, size: int, note: UploadNote) -> str:
        begun = note.begun.parts
        if begun is None:
            begun = self._begin_parts(file, size)
            note.change(lambda noted: setattr(noted, "parts", begun))
        bounds = plan.cut(file.size, begun.size)
        sending = PartsUpload(
            self.client,
            file,
            sending=self._sending(
                RequestLimit(begun.size), note, self._operation(self.rules.info).id
            ),
            display=Tally(self.display, file.size).share(),
        )
        for number, (url, (start, stop)) in enumerate(zip(begun.urls, bounds, strict=True), 1):
            if number not in begun.tags:
                label = f"part {number} of {len(bounds)}"
                tag = sending.send(url, start, stop, label)
                if tag is None and len(bounds) > 1:
                    raise UploadError(
                        f"{file.name}: the store sent no ETag for {label}, so the parts cannot be "
                        f"joined: {UNFIT}",
                        name=file.name,
                    )
                tags = begun.tags
                note.change(lambda _: tags.update({number: tag or ""}))  # noqa: B023 (called at once)
        if len(bounds) > 1:
            self._complete(begun.key, begun.upload_id, [*dict(sorted(begun.tags.items())).values()])
        return begun.key

    def _begin_parts(self, file: LocalFile, size: int) -> PartsBegun:
        """Ask where the parts go."""
        rules, count = self.rules, len(plan.cut(file.size, size))
        arguments = dict(self.arguments)
        if rules.count_parameter is not None:
            arguments[self._name(rules.count_parameter)] = count
        if count > 1:  # a server that cannot join parts is to get none
            self.client.check_server(self._joining())
        answer = (self.client.call(self._operation(rules.info), arguments)).value
        urls = self._urls(answer, count)
        key = self._text(answer, rules.key)
        upload_id = self._text(answer, rules.upload_id) if count > 1 else ""
        return PartsBegun(key=key, upload_id=upload_id, size=size, urls=urls)

    def _complete(self, key: str, upload_id: str, tags: list[str]) -> None:
        operation = self._operation(self.rules.completion)
        body = parts.completion(key, upload_id, tags)
        self.client.call(operation, self._shared(operation), body=body)

    def _joining(self) -> Request:
        """Return the request that joins the parts, without its body."""
        operation = self._operation(self.rules.completion)
        bare = msgspec.structs.replace(operation, bodies={}, body_required=False)
        return build(bare, self._shared(operation))

    def _shared(self, operation: Operation[Any]) -> dict[str, Any]:
        """Return the arguments that another operation takes, too."""
        names = {parameter.name for parameter in operation.parameters}
        return {name: value for name, value in self.arguments.items() if name in names}

    def _text(self, answer: object, pointer: str) -> str:
        found = resolve(answer, pointer)
        if not isinstance(found, str):
            raise UploadError(
                f"{self.operation.id}: the response has no text at {pointer!r}: {UNFIT}"
            )
        return found

    def _urls(self, answer: object, count: int) -> list[str]:
        """Return the URL of each part."""
        found = resolve(answer, self.rules.urls)
        urls = [url for url in found if isinstance(url, str)] if is_list(found) else []
        if len(urls) != count:
            raise UploadError(
                f"{self.operation.id}: requested URLs for {count} parts, got {len(urls)}: {UNFIT}"
            )
        return [web_address(self.client.base.url, url) for url in urls]

    def _operation(self, operation_id: str | None) -> Operation[Any]:
        """Return the operation of one step; the upload's own if the extensions name none."""
        if operation_id is None or operation_id == self.operation.id:
            return self.operation
        return self.client.operation(operation_id)

    # ----------------------------------------------------------------------- helpers

    def _name(self, wire: str) -> str:
        """Return the Python name of the parameter that requests call `wire`."""
        for parameter in self.operation.parameters:
            if parameter.wire == wire:
                return parameter.name
        raise InvalidArgumentError(f"{self.operation.id} has no parameter {wire!r}")

    def _refuse(self, *wires: str | None) -> None:
        """Refuse arguments that the upload sets itself."""
        for wire in wires:
            if wire is not None and self.arguments.get(self._name(wire), UNSET) is not UNSET:
                raise InvalidArgumentError(
                    f"{self.operation.id}: the upload itself sets {self._name(wire)!r}: "
                    "leave it out"
                )


def _warn_of(names: list[str]) -> None:
    if names:
        warnings.warn(_doubt(names), UnconfirmedUploadWarning, stacklevel())


def _doubt(names: list[str]) -> str:
    there = "the file is" if len(names) == 1 else "the files are"
    return (
        f"every byte of {some_of(names)} was sent, but the server's confirmation was lost and "
        f"it no longer reports what it has: check that {there} there"
    )
