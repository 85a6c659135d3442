"""What an overlay can say about an operation, as plain data.

Each class is one `x-annoport-*` extension. The generator checks an overlay against these
classes (their JSON Schema is in `specs/annotations.schema.json`) and writes them into the
generated package; the core acts on them. Nothing here knows a platform.

Pointers are JSON Pointers (RFC 6901) into the JSON body of an answer; "" is the whole body.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class _Annotation(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Shared settings: immutable, keyword-only, and a misspelt key is an error."""


# --------------------------------------------------------------------------- pagination


class NextUrlPagination(_Annotation, frozen=True, tag_field="style", tag="next-url"):
    """Each answer says where the next page is; None ends the list.

    Only the query of that URL is used: servers build its host from the Host header.
    """

    items: str
    next: str
    total: str | None = None
    page_parameter: str | None = None
    size_parameter: str | None = None
    default_size: int | None = None


class PageNumberPagination(_Annotation, frozen=True, tag_field="style", tag="page"):
    """Pages are numbered from `first`; a short or empty page, or `total`, ends the list."""

    items: str
    page_parameter: str
    size_parameter: str
    default_size: int
    first: int = 1
    total: str | None = None


class AfterIdPagination(_Annotation, frozen=True, tag_field="style", tag="after-id"):
    """A page holds the items whose id is greater than the last one's.

    `fixed` are query parameters that make the server's order agree with that rule.
    `size_parameter` is the exclusive upper slice bound that limits a page, and `start_parameter`
    (if any) the lower one; both count from the first item after `after_parameter`.
    """

    items: str
    after_parameter: str
    item_id: str
    size_parameter: str
    default_size: int
    start_parameter: str | None = None
    fixed: dict[str, str | list[str]] = {}


class StartStopPagination(_Annotation, frozen=True, tag_field="style", tag="start-stop"):
    """A page is the slice [start, stop) of the whole list; a short page ends the list."""

    items: str
    start_parameter: str
    stop_parameter: str
    default_size: int


class WindowPagination(_Annotation, frozen=True, tag_field="style", tag="window"):
    """A page is `size` items from `start`; `total` (if any) or a short page ends the list.

    `columns` names the query parameter that lists the wanted columns and `rows` the pointer to
    the rows: a row of another length means that the server dropped a column it does not know.
    `parallel` are pointers to arrays that run beside `items`, one entry an item.
    """

    items: str
    start_parameter: str
    size_parameter: str
    default_size: int
    total: str | None = None
    columns: str | None = None
    rows: str | None = None
    parallel: tuple[str, ...] = ()


Pagination = (
    NextUrlPagination
    | PageNumberPagination
    | AfterIdPagination
    | StartStopPagination
    | WindowPagination
)


# --------------------------------------------------------------------------- downloads


class Download(_Annotation, frozen=True):
    """How the server of a file behaves.

    ranges: which Range requests it honours; "any", "open-ended" (`bytes=N-` only) or "none".
    validator: what proves that two answers are of one file; "etag", "last-modified", or "job"
        where the server sends neither and only the job's identity and the size bind it.
    origin: "platform" when the URL is on the platform's host and needs our credentials,
        "other" when it is presigned or public and must never see them.
    """

    ranges: Literal["any", "open-ended", "none"] = "none"
    validator: Literal["etag", "last-modified", "job"] = "etag"
    origin: Literal["platform", "other"] = "platform"


class Upload(_Annotation, frozen=True):
    """How an operation takes a file.

    style: "form" (multipart in one request), "tus" (TUS 1.0.0 on the same URL) or "parts"
        (presigned part URLs, then a completion request).
    method: name of the generated method that does the whole upload (tus, parts).
    field: the form field that holds the file (form, tus).
    indexed: several files go as `field[0]`, `field[1]`, ..., not as a repeated `field`.
    start, finish: header parameters that open and close the upload (tus).
    file_parameter: query parameter of the finishing request that names the uploaded file.
    unused: further parameters that belong to other ways of sending files.
    path: URL path of the TUS endpoint where it is not the operation's own.
    info: operationId that gives the part URLs, taking the same arguments (parts).
    count_parameter: its parameter that says how many parts there will be.
    urls, key, upload_id: pointers into its answer: the URL of each part, the name of the object
        in the store, and the id of an upload in several parts.
    completion: operationId that puts several parts together. Its body is that of S3 stores:
        `key`, `upload_id`, and `parts` with an `ETag` and a `PartNumber` each.
    """

    style: Literal["form", "tus", "parts"]
    method: str | None = None
    field: str | None = None
    indexed: bool = False
    start: str | None = None
    finish: str | None = None
    file_parameter: str | None = None
    unused: tuple[str, ...] = ()
    path: str | None = None
    info: str | None = None
    count_parameter: str | None = None
    urls: str = "/urls"
    key: str = "/key"
    upload_id: str = "/upload_id"
    completion: str | None = None


# --------------------------------------------------------------------------- jobs


class JobStates(_Annotation, frozen=True):
    """Which values of the status field mean what. A value in none of them is unknown."""

    pending: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()


class JobProgress(_Annotation, frozen=True):
    """Where the progress figure is, and which value means "complete"."""

    at: str
    full: float = 1.0


class JobCancel(_Annotation, frozen=True):
    """How to cancel.

    states: status values in which the server accepts it; empty means any that is not final.
    Afterwards the job may be polled as failed, as cancelled, or not at all (404).
    """

    operation: str
    states: tuple[str, ...] = ()


class JobResult(_Annotation, frozen=True):
    """What a finished job leaves.

    file_operation: operationId that streams the file, taking the job's id.
    file_url: pointer to the file's URL.
    file_name: pointer to the server's name of the file; null there means that there is none.
    value: pointer to what `Job.result()` returns (an id, a document).
    """

    file_operation: str | None = None
    file_url: str | None = None
    file_name: str | None = None
    value: str | None = None


class JobKind(_Annotation, frozen=True):
    """A kind of server job: how to ask for its state and what the answers mean.

    poll: operationId that answers the state, given the job's id as its only path parameter.
    status, message, errors, question: pointers into that answer.
    ignore_case: compare status values case-insensitively.
    answer: operationId that answers a question (body = the answer).
    grace: seconds after creation during which "not found" is no answer.
    gone_after: consecutive "not found" answers that mean the job is gone.
    reread_failure: ask once more after a failure, because its message may not be final.
    retention: seconds for which a finished job is kept; afterwards polling is "not found".
    """

    poll: str
    status: str
    states: JobStates
    ignore_case: bool = False
    progress: JobProgress | None = None
    message: str | None = None
    errors: str | None = None
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
    retention: float | None = None


class JobStart(_Annotation, frozen=True):
    """The operation starts a job.

    kind: name in `x-annoport-job-kinds`.
    id: pointer to the job's id in the answer; with `many`, to a list of ids.
    statuses: success statuses whose answer names a job; others are returned as they are.
    optional: an empty answer is no error (one step of a longer upload, say).
    refused: an id with this value means that the server made no job.
    errors: pointer to why it was refused.
    join_statuses: error statuses that name a running job to join instead.
    """

    kind: str
    id: str
    many: bool = False
    statuses: tuple[int, ...] = (200, 201, 202)
    optional: bool = False
    refused: int | str | None = None
    errors: str | None = None
    join_statuses: tuple[int, ...] = ()


# --------------------------------------------------------------------------- the platform


class Credential(_Annotation, frozen=True):
    """A client keyword that takes a secret and the header that carries it.

    name: the header. prefix: what stands before the secret, e.g. "Bearer".
    """

    name: str = "Authorization"
    prefix: str | None = None


class Login(_Annotation, frozen=True):
    """How `username=` and `password=` become a credential.

    operation: operationId that logs in. username, password: fields of its JSON body.
    token: pointer to the secret in the answer. credential: the keyword it is used as.
    extra: further fields of the body.
    """

    operation: str
    token: str
    credential: str = "token"
    username: str = "username"
    password: str = "password"
    extra: dict[str, bool | int | str] = {}


class ClientHeader(_Annotation, frozen=True):
    """A client keyword sent as a header with every request."""

    header: str
    description: str


class ErrorRule(_Annotation, frozen=True):
    """An error whose status does not say what it is.

    status: the status it comes with. pattern: regular expression searched in the message.
    error: which class it is. retry_after: number of the group that holds seconds to wait.
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
    ]
    retry_after: int | None = None


class Platform(_Annotation, frozen=True):
    """The root extension `x-annoport-platform`.

    title: the platform's name in prose. env_prefix: prefix of the environment variables that
    `Client.from_env()` reads. credentials: client keyword -> header. headers: further client
    keywords. messages: pointers at which an error body may hold its message, tried in order.
    schema_path, schema_accept: where a live server publishes its spec and the Accept header it
    wants. example_url: a base URL for documentation.
    """

    title: str
    env_prefix: str
    example_url: str
    credentials: dict[str, Credential]
    login: Login | None = None
    headers: dict[str, ClientHeader] = {}
    messages: tuple[str, ...] = ()
    error_rules: tuple[ErrorRule, ...] = ()
    schema_path: str | None = None
    schema_accept: str = "application/json"
