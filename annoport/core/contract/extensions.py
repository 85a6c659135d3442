"""What an overlay can say about a platform and its operations, as plain data.

The classes describe the values of the `x-annoport-*` extensions. The generator checks overlays
against them (their JSON Schema is in `specs/extensions.schema.json`) and writes them into the
generated packages; the core acts on them. Nothing here depends on a particular platform.

Pointers are JSON Pointers (RFC 6901) into the JSON body of an answer; "" refers to the whole body.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from annoport.core.contract.filters import Dialect


class _Extension(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Base of all extensions: immutable, keyword-only, and a misspelt key is an error."""


# --------------------------------------------------------------------------- pagination


class IdFilter(_Extension, frozen=True):
    """How to leave out the items up to an id, by a filter in JSON logic (https://jsonlogic.com).

    A list is walked so in the order of the ids, in which nothing is lost or comes twice. The
    condition is joined to the user's own filter by "and".

    Attributes:
        filter_parameter: Query parameter for the filter, as JSON.
        sort_parameter: Query parameter for the order: the variable, after a minus sign if it is
            descending. A list in an order of the user's own goes page by page.
        variable: Name of the id in filters and orders.
        descending: Whether the server's own order is from the highest id down.
    """

    filter_parameter: str
    sort_parameter: str
    variable: str = "id"
    descending: bool = False


class NextUrlPagination(_Extension, frozen=True, tag_field="style", tag="next-url"):
    """Each answer contains the URL of the next page; a null ends the list.

    Only the query of that URL is used, because servers build its host from the Host header.
    Pages of a list that changes meanwhile may lose and repeat items, if there is no `id_filter`.

    Attributes:
        items: Pointer to the items of the page.
        next: Pointer to the URL of the next page.
        total: Pointer to the number of items in the whole list.
        page_parameter: Query parameter with which a user asks for one particular page.
        size_parameter: Query parameter that sets the page size.
        default_size: The page size to ask for; without it, the server decides.
        largest_size: The page size that the later pages of a walk by `id_filter` grow to; without
            it, all are alike.
        item_id: Pointer into an item to its id. An id that comes twice is told.
        id_filter: How to leave out the items up to an id; `item_id` must say where the ids are.
    """

    items: str
    next: str
    total: str | None = None
    page_parameter: str | None = None
    size_parameter: str | None = None
    default_size: int | None = None
    largest_size: int | None = None
    item_id: str | None = None
    id_filter: IdFilter | None = None


class PageNumberPagination(_Extension, frozen=True, tag_field="style", tag="page"):
    """Pages are numbered; `total` or, without it, a short page ends the list.

    Attributes:
        items: Pointer to the items of the page.
        page_parameter: Query parameter for the page number.
        size_parameter: Query parameter for the page size.
        default_size: The page size to ask for.
        first: The number of the first page.
        total: Pointer to the number of items in the whole list.
        item_id: Pointer into an item to its id. An id that comes twice is told.
    """

    items: str
    page_parameter: str
    size_parameter: str
    default_size: int
    first: int = 1
    total: str | None = None
    item_id: str | None = None


class AfterIdPagination(_Extension, frozen=True, tag_field="style", tag="after-id"):
    """A page consists of the items whose id is greater than that of the last item so far.

    Attributes:
        items: Pointer to the items of the page.
        after_parameter: Query parameter for the id that all items must exceed.
        item_id: Pointer into an item to its id; the name of the property is enough.
        size_parameter: Query parameter for the end (exclusive) of the slice that limits a page,
            counted from the first item after `after_parameter`.
        default_size: The page size to ask for.
        largest_size: The page size that later pages grow to; without it, all are alike.
        start_parameter: Query parameter for the start of that slice, if there is one.
        fixed: Query parameters and values that make the server sort by id. A list in an order of
            the user's own is one request for everything.
        streamed: Whether the server sends the items one by one as it finds them, so that one
            request for all of them is fastest, and its answer is read while it arrives.
    """

    items: str
    after_parameter: str
    item_id: str
    size_parameter: str
    default_size: int = 1000
    largest_size: int | None = None
    start_parameter: str | None = None
    fixed: dict[str, str | list[str]] = {}
    streamed: bool = False


class StartStopPagination(_Extension, frozen=True, tag_field="style", tag="start-stop"):
    """A page is the slice [start, stop) of the whole list; a short page ends the list.

    Attributes:
        items: Pointer to the items of the page.
        start_parameter: Query parameter for the start of the slice.
        stop_parameter: Query parameter for the end of the slice, which is exclusive.
        default_size: The page size to ask for.
        largest_size: The page size that later pages grow to; without it, all are alike.
        item_id: Pointer into an item to its id. Each page then begins with the last item of the
            one before, which shows whether positions have moved.
        fixed: Query parameters and values that make the server sort by ascending id. In that
            order nothing is lost or comes twice when positions move; `item_id` must say where
            the ids are.
        breaks_ties: Whether the server puts items that are equal in the user's own order in a
            fixed order. If it does not, a list in such an order is one request for everything.
    """

    items: str
    start_parameter: str
    stop_parameter: str
    default_size: int
    largest_size: int | None = None
    item_id: str | None = None
    fixed: dict[str, str | list[str]] = {}
    breaks_ties: bool = False


class WindowPagination(_Extension, frozen=True, tag_field="style", tag="window"):
    """A page is a number of items from a start; `total` or a short page ends the list.

    Attributes:
        items: Pointer to the items of the page.
        start_parameter: Query parameter for the position of the first item.
        size_parameter: Query parameter for the number of items.
        default_size: The page size to ask for.
        largest_size: The page size that later pages grow to; without it, all are alike.
        total: Pointer to the number of items in the whole list.
        columns: Query parameter that lists the wanted columns.
        rows: Pointer to the rows. A row with more or fewer values than `columns` means that the
            server dropped a column that it does not know.
        order: Query parameter for the order, if the server ignores a column that it does not know
            there. Whether it knows it is found out by asking for the column.
        order_column: Regular expression for the whole order, with a group for the column; an order
            that does not match is not by a column.
        parallel: Pointers to arrays with one entry for each of the items, in the same order.
        item_id: Pointer into an item to its id, as for slices.
        fixed: Query parameters and values that make the server sort by ascending id, as for slices.
        breaks_ties: Whether the server puts items that are equal in the user's own order in a
            fixed order, as for slices.
    """

    items: str
    start_parameter: str
    size_parameter: str
    default_size: int
    largest_size: int | None = None
    total: str | None = None
    columns: str | None = None
    rows: str | None = None
    order: str | None = None
    order_column: str = "-?(.+)"
    parallel: tuple[str, ...] = ()
    item_id: str | None = None
    fixed: dict[str, str | list[str]] = {}
    breaks_ties: bool = False


Pagination = (
    NextUrlPagination
    | PageNumberPagination
    | AfterIdPagination
    | StartStopPagination
    | WindowPagination
)


# --------------------------------------------------------------------------- downloads


class Download(_Extension, frozen=True):
    """How the server of a file behaves.

    Attributes:
        ranges: Which Range requests it honours: "any", "open-ended" (only `bytes=N-`) or "none".
        validator: What proves that two answers are about the same file: "etag", "last-modified",
            or "job" if the server sends neither, so that only the job and the size identify it.
        origin: "platform" if the URL is on the host of the platform, under whatever name, and needs
            our credentials; "other" if it is presigned or public and must never receive them; "url"
            if the URL tells: it gets them on the client's own origin, and nowhere else.
        name: Name of the file where the server sends none, without an extension, such as
            "task_{id}_{type}[_{number:06d}]": values of the operation's parameters, and in
            brackets what is left out without its value.
        suffix: What to add to the names that the server sends if they do not tell its files
            apart, such as "_job{job_id}".
    """

    ranges: Literal["any", "open-ended", "none"] = "none"
    validator: Literal["etag", "last-modified", "job"] = "etag"
    origin: Literal["platform", "other", "url"] = "platform"
    name: str | None = None
    suffix: str | None = None


class StreamRules(_Extension, frozen=True):
    """The operation answers server-sent events until the connection is closed.

    Attributes:
        silence: Seconds without a byte after which the connection is taken for broken. Servers
            send comments to show that it is not.
    """

    silence: float = 60.0


class UploadGroups(_Extension, frozen=True):
    """Small files of an upload in several steps arrive together, many in one form.

    Attributes:
        header: Header parameter that marks such a form.
        fields: Fields of the body that each form has to have, besides its files.
        known: Status of the answer to a form if the server has a file of the same name already:
            what a form is answered that is sent again after its answer was lost.
    """

    header: str
    fields: tuple[str, ...] = ()
    known: int | None = None


class UploadOrder(_Extension, frozen=True):
    """The server can be told the order of the files of one upload.

    Attributes:
        field: The field of the body that lists their names.
        needs: Fields of the body, and the values with which the server heeds the list. With these
            alone, it keeps the order in which the files stand in one form.
        files: What the media types of files begin with that have an order.
        checked: Whether the server refuses a list that does not name just the files that it has.
    """

    field: str
    needs: dict[str, str] = {}
    files: str = ""
    checked: bool = False


class Upload(_Extension, frozen=True):
    """How an operation takes a file.

    Attributes:
        style: "form" (multipart in one request), "tus" (TUS 1.0.0 on the same URL) or "parts"
            (presigned URLs for the parts, then a completion request).
        method: Name of the generated method that does the whole upload; a form needs none.
        field: The form field that holds the file (form, tus).
        indexed: Whether several files are sent as `field[0]`, `field[1]`, ... instead of as a
            repeated `field`.
        start: Header parameter that opens the upload (tus).
        finish: Header parameter that closes the upload (tus).
        file_parameter: Query parameter of the closing request that names the uploaded file (tus).
        folders: Whether the server keeps the folders in the name of a file or cuts them off.
        form_names: Whether the server keeps the names of files in a form, or takes HTML's `&...;`
            for what it stands for and drops what is not printable. By TUS, it keeps them.
        groups: How small files go together in the steps of an upload (tus, indexed).
        order: How the server is told the order of several files.
        parallel: How many files, forms or parts the server takes at the same time.
        unused: Further parameters that belong to other ways of sending files.
        path: URL path of the TUS endpoint, if it is not the path of the operation.
        info: operationId that returns the URLs of the parts and takes the same arguments (parts).
        count_parameter: Its parameter for the number of parts.
        urls: Pointer into its answer to the URLs of the parts.
        key: Pointer into its answer to the name of the object in the store.
        upload_id: Pointer into its answer to the id of an upload in several parts.
        completion: operationId that joins several parts. Its body is that of S3 stores: `key`,
            `upload_id`, and `parts` with an `ETag` and a `PartNumber` each.
    """

    style: Literal["form", "tus", "parts"]
    method: str | None = None
    field: str | None = None
    indexed: bool = False
    start: str | None = None
    finish: str | None = None
    file_parameter: str | None = None
    folders: Literal["kept", "cut"] = "kept"
    form_names: Literal["kept", "cleaned"] = "kept"
    groups: UploadGroups | None = None
    order: UploadOrder | None = None
    parallel: int = 1
    unused: tuple[str, ...] = ()
    path: str | None = None
    info: str | None = None
    count_parameter: str | None = None
    urls: str = "/urls"
    key: str = "/key"
    upload_id: str = "/upload_id"
    completion: str | None = None


class Batch(_Extension, frozen=True):
    """How many items one request takes at most.

    Attributes:
        most: The number.
        of: The array parameter that has the items, by its name on the wire; "" is the body, which
            is a list.
    """

    most: int
    of: str = ""


# --------------------------------------------------------------------------- guards


class Selection(_Extension, frozen=True, tag_field="rule", tag="selection"):
    """An operation takes an empty selection for everything there is.

    A change is then refused unless something selects what it hits; a list that only reads is not
    asked for, because its answer is known.

    Attributes:
        by: Parameters and body fields that select, by their names on the wire; "" is the body.
        count: Parameter with which the caller says how many things will be hit, and which the
            server checks. With it, nothing else needs to select.
        unless: Parameters with the value at which the operation changes nothing.
        answer: JSON text of the answer to an empty selection, where the operation only reads.
    """

    by: tuple[str, ...]
    count: str | None = None
    unless: dict[str, bool | int | str] = {}
    answer: str | None = None


class Ignored(_Extension, frozen=True, tag_field="rule", tag="ignored"):
    """A filter that the server ignores if it does not know a name in it; it is refused.

    Attributes:
        why: What would happen, as the end of a sentence.
        instead: The parameter or body field to use instead.
        pattern: Regular expression that is searched for in the value; other values are sent.
    """

    why: str
    instead: str
    pattern: str | None = None


class Placeholder(_Extension, frozen=True, tag_field="rule", tag="placeholder"):
    """A field that reads fill with a placeholder; sent back, it would become the value.

    It is left out of a body that has it, so that what was read can be changed and sent back; a
    strict client refuses it.

    Attributes:
        value: The placeholder.
    """

    value: str


class Same(_Extension, frozen=True, tag_field="rule", tag="same"):
    """Each item of a list must agree with the object that holds the list.

    Attributes:
        key: The field that must have the same value in the item and in the object.
        why: What would happen otherwise, as the end of a sentence.
    """

    key: str
    why: str


class Only(_Extension, frozen=True, tag_field="rule", tag="only"):
    """A value that the server would misread is refused; an empty one is sent.

    Attributes:
        why: What would happen, as the end of a sentence.
        pattern: Regular expression for the whole value.
        expected: What the pattern means, with an example; it needs one.
        values: The values that the server knows, without a pattern.
        separator: What stands between several values in one text.
    """

    why: str
    pattern: str | None = None
    expected: str | None = None
    values: tuple[str, ...] = ()
    separator: str | None = None


class Beside(_Extension, frozen=True, tag_field="rule", tag="beside"):
    """A field means something only if other fields of its object are there, or are not.

    Attributes:
        why: What would happen otherwise, as the end of a sentence.
        needs: Name of another field -> the value that it must have; null for any but an empty one.
        excludes: Names of other fields that must be empty.
        values: Values of the guarded field that the rule is about; without them, all not empty.
    """

    why: str
    needs: dict[str, bool | int | str | None] = {}
    excludes: tuple[str, ...] = ()
    values: tuple[bool | int | str, ...] = ()


class FilterRule(_Extension, frozen=True):
    """Where conditions of `annoport.filters` can be passed.

    Attributes:
        dialect: How they are written there.
        base64: Whether their JSON is sent in base64.
    """

    dialect: Dialect
    base64: bool = False


FieldGuard = Ignored | Placeholder | Same | Only | Beside
ArgumentGuard = Ignored | Only
Guard = Selection | FieldGuard


# --------------------------------------------------------------------------- jobs


class JobStates(_Extension, frozen=True):
    """What the values of the status field mean. A value that is not listed is unknown.

    Attributes:
        pending: The job waits to be started.
        running: The job is running.
        asking: The job waits until its question is answered.
        done: The job is finished, and its result is there.
        failed: The job ended with an error.
        cancelled: Somebody cancelled the job.
    """

    pending: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()


class JobProgress(_Extension, frozen=True):
    """Where the progress of a job is reported.

    Attributes:
        at: Pointer to the number.
        full: The number that means "complete".
    """

    at: str
    full: float = 1.0


class JobCancel(_Extension, frozen=True):
    """How to cancel a job.

    A cancelled job may report itself as failed or as cancelled, or be gone (404).

    Attributes:
        operation: operationId that cancels the job.
        states: Status values in which the server allows it; empty means any that is not final.
    """

    operation: str
    states: tuple[str, ...] = ()


class ListedFile(_Extension, frozen=True):
    """A file that a job leaves in a list of the server's, where it is found by the id of the job.

    Attributes:
        listed_by: operationId that lists such files.
        job: Pointer into an item to the id of the job.
        name: Pointer into an item to the name of the file.
        arguments: Name on the wire -> value, in which `{@job}` stands for the id of the job,
            `{/pointer}` for what the answer of `JobKind.poll` has there, and `{name}` for what
            `JobKind.within` has under that name.
        url: Pointer into an item to the URL of the file, on the platform's host.
        key: Pointer into an item to the key of the file in an object store, instead of a URL.
        sign: operationId that returns URLs for keys. It takes `sign_arguments` and a body with the
            list `keys`.
        sign_arguments: Its arguments, written like `arguments`.
        signed_url: Pointer into its answer to the URL.
        download: How the server of the file behaves.
    """

    listed_by: str
    job: str
    name: str
    arguments: dict[str, str | tuple[str, ...]] = {}
    url: str | None = None
    key: str | None = None
    sign: str | None = None
    sign_arguments: dict[str, str | tuple[str, ...]] = {}
    signed_url: str = "/0/url"
    download: Download = Download()


class JobResult(_Extension, frozen=True):
    """What a finished job leaves behind.

    Attributes:
        file_operation: operationId that streams the file and takes the id of the job.
        file_url: Pointer to the URL of the file.
        file_name: Pointer to the name of the file on the server; null means that there is none.
        listed: Where else a file may be found, tried in order.
        value: Pointer to what `Job.result()` returns, such as an id or a document; without it,
            that is the final state.
        instead: Where jobs of this kind make no file: what to use, as the end of a sentence.
        no_file: Where a job of this kind may make no file: why, as the end of a sentence.
    """

    file_operation: str | None = None
    file_url: str | None = None
    file_name: str | None = None
    listed: tuple[ListedFile, ...] = ()
    value: str | None = None
    instead: str | None = None
    no_file: str | None = None

    @property
    def has_file(self) -> bool:
        """Whether there is a way to a file."""
        return bool(self.file_operation or self.file_url or self.listed)


class JobRetention(_Extension, frozen=True):
    """How long jobs are known after their end; later, a server answers "not found".

    Attributes:
        done: Seconds for which a finished job is kept.
        failed: Seconds for which a failed job is kept, if known.
        id: Regular expression that is searched for in the id of a job; it is about those that
            have it.
    """

    done: float
    failed: float | None = None
    id: str = ""


class JobSteps(_Extension, frozen=True):
    """The steps of a job. Their status values mean what those of the job itself mean.

    A failed job names the steps that failed, but for those that only failed with one of theirs.

    Attributes:
        at: Pointer to the list of the steps.
        name: Field of a step that says what it is.
        status: Field of a step that has its status.
        id: Field of a step that identifies it.
        children: Field of a step that lists the ids of the steps in it.
    """

    at: str
    name: str
    status: str
    id: str
    children: str


class JobKind(_Extension, frozen=True):
    """A kind of server job: how to poll its state, and what the answers mean.

    Attributes:
        poll: operationId that returns the state. Its only path parameter is the id of the job,
            apart from those in `within`; and so for all other operations on a job.
        within: What these paths hold besides the id, such as the project of the job: name on the
            wire -> the parameter of the operation that starts the job, by its name on the wire, or
            a pointer into the answer that names the job.
        status: Pointer into that answer to the status.
        states: What the values of the status mean.
        ignore_case: Whether status values are compared without regard to case.
        progress: Where that answer reports the progress.
        message: Pointer into that answer to a message about the current state.
        errors: Pointer into that answer to the errors of a failed job.
        steps: Where that answer has the steps of the job.
        question: Pointer into that answer to the question that the job asks.
        answer: operationId that answers the question. Its body is the answer.
        answer_help: What an answer looks like, for the message of the error that asks for one.
        cancel: How to cancel a job; without it, that is not possible.
        restart: operationId that starts a failed job again.
        log: operationId that returns the log of a job.
        result: What a finished job leaves behind.
        download: How the server of the resulting file behaves.
        grace: Seconds after creation during which "not found" says nothing about a job.
        gone_after: Number of consecutive "not found" answers that mean that a job is gone.
        reread_failure: Whether to poll once more after a failure, because the message may not
            be final.
        retention: How long jobs are known after their end. The first that is about a job counts.
        listed_by: operationId that lists the jobs, where a user can look for one.
        slow_start: Seconds in a pending state after which a wait tells, once, that nothing runs the
            job.
        slow_start_help: Why that may be, for this message.
    """

    poll: str
    status: str
    states: JobStates
    within: dict[str, str] = {}
    ignore_case: bool = False
    progress: JobProgress | None = None
    message: str | None = None
    errors: str | None = None
    steps: JobSteps | None = None
    question: str | None = None
    answer: str | None = None
    answer_help: str | None = None
    cancel: JobCancel | None = None
    restart: str | None = None
    log: str | None = None
    result: JobResult = JobResult()
    download: Download | None = None
    grace: float = 0.0
    gone_after: int = 1
    reread_failure: bool = False
    retention: tuple[JobRetention, ...] = ()
    listed_by: str | None = None
    slow_start: float = 60.0
    slow_start_help: str | None = None


class JobLookup(_Extension, frozen=True):
    """How the id of a job follows from its request, to find the job if the answer is lost.

    Attributes:
        id: The id, with what the request says in braces: `{name}` for an argument under its name
            on the wire, `{/pointer}` for a value of the body, `{@user}` for the id of the user.
            If one of them was not passed, the id is unknown.
        words: Name on the wire -> value of the argument -> the word for it in the id; "" is the
            value of an argument that was not passed.
        replace: Text -> what stands for it, in every value.
        created: Pointer into the answer of `JobKind.poll` to the time when the job was created. A
            job that is older than the request is not the one that it started. Without it, no two
            jobs have the same id.
    """

    id: str
    words: dict[str, dict[str, str]] = {}
    replace: dict[str, str] = {}
    created: str | None = None


class JobStorage(_Extension, frozen=True):
    """Arguments that let a job put its file into a storage of the user's instead of offering it.

    Attributes:
        parameter: The parameter that says where the file goes.
        value: Its value for such a storage.
        storage: The parameter that says which one.
        name: The parameter for the name of the file there, which is optional.
        title: What messages call such a storage, such as "cloud storage".
    """

    parameter: str
    value: str
    storage: str
    name: str
    title: str


class JobStart(_Extension, frozen=True):
    """How the answer of an operation names the job that it starts.

    Attributes:
        kind: Name of the kind of job in `x-annoport-job-kinds`.
        id: Pointer to the id of the job or, with `many`, to a list of ids.
        many: Whether the operation may start several jobs.
        within: As in `JobKind`, where this operation has something elsewhere.
        statuses: Success statuses whose answer names a job; other answers are returned as they are.
        optional: Whether there may be no job: the answer is empty, for one step of a longer upload
            say, or has the id of `refused` without a reason, for a dry run say.
        refused: The value of the id which means that the server started no job.
        errors: Pointer to the reasons for that.
        join_statuses: Error statuses whose answer names a running job to join instead.
        lookup: How to find the job without an answer; without it, that is not possible.
        file: Whether the job makes a file, if its kind can leave one.
        transfer: Name of the generated method that starts the job, waits for it and downloads its
            file; it begins with "download".
        transfer_sets: Parameters that this method sets itself: name on the wire -> value.
        transfer_without: Parameters that this method does not have.
        storage: How the file of the job is put into a storage of the user's.
    """

    kind: str
    id: str
    many: bool = False
    within: dict[str, str] = {}
    statuses: tuple[int, ...] = (200, 201, 202)
    optional: bool = False
    refused: int | str | None = None
    errors: str | None = None
    join_statuses: tuple[int, ...] = ()
    lookup: JobLookup | None = None
    file: bool = True
    transfer: str | None = None
    transfer_sets: dict[str, bool | int | str] = {}
    transfer_without: tuple[str, ...] = ()
    storage: JobStorage | None = None


# --------------------------------------------------------------------------- releases


class Releases(_Extension, frozen=True):
    """The releases of a server that know something; all others ignore it or refuse it.

    Attributes:
        since: The first release that knows it, such as "2.68"; without it, the oldest does.
        removed: The first release that no longer knows it; without it, the newest does.
        gaps: Releases between that do not know it: of each gap the first without it, and the first
            that knows it again.
        edition: Which editions of the server know it, and which releases of these, in words;
            without it, all editions do. It refuses no call.
    """

    since: str | None = None
    removed: str | None = None
    gaps: tuple[tuple[str, str], ...] = ()
    edition: str | None = None


class VersionSource(_Extension, frozen=True):
    """Where a server tells its version.

    Attributes:
        pointer: Pointer to the version in the answer.
        operation: operationId that returns it; without it, the document at `schema_path` is read.
    """

    pointer: str
    operation: str | None = None


# --------------------------------------------------------------------------- the platform


class Credential(_Extension, frozen=True):
    """Where a secret goes that is passed to the client as a keyword argument.

    Attributes:
        name: The name of the header, query parameter or cookie.
        prefix: The word before the secret, such as "Bearer"; for headers only.
        location: Where it is sent. Only the platform's own origin gets it, wherever it is.
        scheme: Name of the security scheme in the spec that says all this instead; generated
            packages have what it says in its place.
    """

    name: str = "Authorization"
    prefix: str | None = None
    location: Literal["header", "query", "cookie"] = "header"
    scheme: str | None = None


class Login(_Extension, frozen=True):
    """How `username=` and `password=` become a credential.

    Attributes:
        operation: operationId that logs in.
        token: Pointer to the secret in the answer.
        credential: The keyword of the client that takes such a secret.
        username: Property of the JSON body for the user name.
        password: Property of the JSON body for the password.
        extra: Further properties of the JSON body.
    """

    operation: str
    token: str
    credential: str = "token"
    username: str = "username"
    password: str = "password"
    extra: dict[str, bool | int | str] = {}


class Account(_Extension, frozen=True):
    """How to ask the server whose credentials it gets.

    Attributes:
        operation: operationId that returns the user and takes no arguments.
        id: Pointer to the id of the user in the answer.
    """

    operation: str
    id: str


class OtherProfiles(_Extension, frozen=True):
    """The logins that another program keeps of the platform, in a JSON file of its user.

    Attributes:
        program: The name of that program, for messages.
        folder: The name of its folder among the user's settings.
        author: The folder that this is in on Windows.
        file: The name of the file.
        version: Pointer to the version of its format.
        known_version: The version that is meant here; one of another is not read.
        profiles: Pointer to the profiles by their names.
        default: Pointer to the name of the one that is meant where none is named.
        url: Pointer into a profile to the address of the server.
        credentials: Keyword of the client -> pointer into a profile to its secret.
    """

    program: str
    folder: str
    author: str
    file: str
    version: str
    known_version: int
    profiles: str
    default: str
    url: str
    credentials: dict[str, str]


class EditionProbe(_Extension, frozen=True):
    """How to find out which edition of the platform a server runs.

    Attributes:
        operation: operationId that some editions lack and that takes no arguments.
        lacking: What an edition that lacks it is called.
        having: What an edition that has it is called.
        hosts: Host -> what the edition is called that runs there.
    """

    operation: str
    lacking: str
    having: str
    hosts: dict[str, str] = {}


class ClientHeader(_Extension, frozen=True):
    """A header that is sent with every request; its value is a keyword argument of the client.

    Attributes:
        header: The name of the header.
        description: What the argument means, for the docstring of the client.
    """

    header: str
    description: str


class ErrorRule(_Extension, frozen=True):
    """An error whose status does not tell what kind of error it is.

    Attributes:
        status: The status of the answer.
        pattern: Regular expression that is searched for in the message.
        error: The kind of error; "no-operation" if the server does not have what was called, which
            is not told of requests that only belong to an operation, such as those of an upload.
        retry_after_group: Number of the group in `pattern` that matches the seconds to wait.
        operation: operationId of the only operation that the rule is about, where others mean
            something else by the same answer.
        advice: What the message says after the server's words, which leave it open: what is meant,
            and what to do.
    """

    status: int
    pattern: str
    error: Literal[
        "authentication",
        "permission-denied",
        "not-found",
        "conflict",
        "validation",
        "rate-limit",
        "server",
        "no-operation",
    ]
    retry_after_group: int | None = None
    operation: str | None = None
    advice: str | None = None


class ErrorReason(_Extension, frozen=True):
    """Where an error body gives the reason for its message, which is shown after it.

    Attributes:
        at: Pointer to the reason.
        nothing: The text that stands there if there is none.
    """

    at: str
    nothing: str = ""


class Platform(_Extension, frozen=True):
    """The platform as a whole: its name, its credentials and its errors.

    Attributes:
        title: The name of the platform in prose.
        env_prefix: Prefix of the environment variables that `Client.from_env()` reads.
        example_url: A base URL for documentation and messages.
        credentials: Keyword of the client -> where its secret goes.
        login: How user name and password become a credential; without it, every request has them.
        account: How to ask for the user; without it, `{@user}` has no value in a `JobLookup`, and a
            transfer that was killed begins anew, because nobody may take up the job of another.
        headers: Further keyword of the client -> the header for its value.
        messages: Pointers at which an error body may have its message, tried in order.
        error_rules: Errors whose status does not tell what kind of error they are.
        error_reason: Where an error body gives a reason beside its message.
        environment: Keyword of the client, or `url` -> further environment variables for it, such
            as those of the platform's own client; the first that is set counts, after that which
            `env_prefix` makes.
        schema_path: Where a live server publishes its spec.
        schema_accept: The Accept header to request it with.
        version: Where a server tells its version; without it, it does not.
        longest_address: Characters of a path with its query that servers let through, where lists
            in a query can exceed that; without it, no address is too long.
        edition: How to find out which edition a server runs, if there are several.
        other_profiles: The logins that the platform's own program keeps, which count after ours.
    """

    title: str
    env_prefix: str
    example_url: str
    credentials: dict[str, Credential]
    login: Login | None = None
    account: Account | None = None
    headers: dict[str, ClientHeader] = {}
    messages: tuple[str, ...] = ()
    error_rules: tuple[ErrorRule, ...] = ()
    error_reason: ErrorReason | None = None
    environment: dict[str, tuple[str, ...]] = {}
    schema_path: str | None = None
    schema_accept: str = "application/json"
    version: VersionSource | None = None
    longest_address: int | None = None
    edition: EditionProbe | None = None
    other_profiles: OtherProfiles | None = None
