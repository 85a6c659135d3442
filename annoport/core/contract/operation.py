"""An operation of a platform as a value: what to send and what to expect.

The generated `operations` modules consist of these. The types of bodies are wrapped in functions,
so that importing an operation loads no model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar

import msgspec

from annoport.core.contract.extensions import (
    ArgumentGuard,
    Batch,
    Download,
    FieldGuard,
    FilterRule,
    JobStart,
    Pagination,
    Releases,
    Selection,
    StreamRules,
    Upload,
)

T_co = TypeVar("T_co", covariant=True)

LazyType = Callable[[], Any]
"""Returns the type of a body; a function, so that the model is loaded on first use."""

Location = Literal["path", "query", "header", "cookie"]


class Parameter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One parameter of an operation.

    Attributes:
        name: The Python name of the argument.
        wire: The name on the wire.
        location: Where the parameter is sent.
        required: Whether it must be passed.
        style: How lists and dicts are written, as in OpenAPI 3. "json" writes JSON text (an
            OpenAPI parameter with `content`), for which a string is sent as it is.
        explode: Whether each item of a list or dict is written separately, as in OpenAPI 3.
        reserved: Whether the reserved characters of a query value are left as they are, but for
            those that would end it.
        multi_segment: Whether slashes in a path value separate segments, and are kept.
        timed: Whether a value has a time of day. One without is refused: the server would take
            it for midnight.
        integer: Whether a path value must be a whole number. Text is refused, even of digits:
            it would hide that arguments were passed in the wrong order.
        guard: Why a value is refused, if the server would ignore or misread it.
        filter: How a condition of `annoport.filters` is written, if the parameter takes one.
        known_by: The releases that know the parameter, if not all do; it is sent to no other.
        values: Value -> the releases that know it, where not all do.
    """

    name: str
    wire: str
    location: Location
    required: bool = False
    style: Literal["form", "simple", "spaceDelimited", "pipeDelimited", "deepObject", "json"] = (
        "form"
    )
    explode: bool = True
    reserved: bool = False
    multi_segment: bool = False
    timed: bool = False
    integer: bool = False
    guard: ArgumentGuard | None = None
    filter: FilterRule | None = None
    known_by: Releases | None = None
    values: dict[str | int, Releases] = {}


class Operation(msgspec.Struct, Generic[T_co], frozen=True, kw_only=True, omit_defaults=True):
    """One operation of a platform; `T_co` is the type of its successful answer.

    Attributes:
        id: The operationId in the contract.
        method: The HTTP method, in upper case.
        path: The path template, with the wire names of its parameters.
        parameters: The parameters in the path, query, headers and cookies.
        bodies: Media type -> type of the request body, in order of preference.
        body_required: Whether a body must be passed.
        responses: Status ("200", "2XX" or "default") -> media type -> type of the answer. `bytes`
            is a binary body, `str` a text one; a status without media types has no body.
        repeatable: Whether a request may be sent twice without harm, so that it may be retried.
        secured: Whether credentials are sent.
        pagination: How the answer is split into pages, if it is.
        job: How the answer names the server job that the operation starts, if it starts one.
        download: How the file that the operation returns can be downloaded, if it returns one.
        stream: How the server sends events, if the answer consists of these.
        upload: How the operation takes a file, if it takes one.
        batch: How many items one request may have, if there is a limit.
        selection: What selects the things that the operation is about, if selecting nothing would
            mean everything.
        filters: Pointer into the body ("" for the whole) -> how a condition of `annoport.filters`
            is written there.
        guards: Pointer into the body, with "*" for every item -> what must not be sent there.
        since: The first release of the platform that has the operation, if known.
        removed: The first release of the platform that lacks it, if known.
        known_by: The releases that have the operation, if not all do; it is sent to no other.
            `since` and `removed` may be inexact, and only inform.
        edition: The editions of the server that have the operation, and which releases of these, in
            words, if not all editions do.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    bodies: dict[str, LazyType] = {}
    body_required: bool = False
    responses: dict[str, dict[str, LazyType]] = {}
    repeatable: bool = False
    secured: bool = True
    pagination: Pagination | None = None
    job: JobStart | None = None
    download: Download | None = None
    stream: StreamRules | None = None
    upload: Upload | None = None
    batch: Batch | None = None
    selection: Selection | None = None
    filters: dict[str, FilterRule] = {}
    guards: dict[str, tuple[FieldGuard, ...]] = {}
    since: str | None = None
    removed: str | None = None
    known_by: Releases | None = None
    edition: str | None = None
