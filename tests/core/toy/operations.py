"""The operations of the toy platform."""

from __future__ import annotations

from typing import Any

import msgspec

from annoport.core.contract.extensions import (
    AfterIdPagination,
    IdFilter,
    NextUrlPagination,
    PageNumberPagination,
    Pagination,
    Releases,
    StartStopPagination,
    StreamRules,
    Upload,
    UploadGroups,
    UploadOrder,
    WindowPagination,
)
from annoport.core.contract.operation import LazyType, Operation, Parameter
from tests.core.toy import models

JSON = "application/json"


def _query(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name=name, wire=name.rstrip("_"), location="query") for name in names)


GET_THING: Operation[models.Thing] = Operation(
    id="get_thing",
    method="GET",
    path="/things/{id}",
    parameters=(Parameter(name="id", wire="id", location="path", required=True),),
    responses={"200": {JSON: lambda: models.Thing}},
    repeatable=True,
)
EVERY_THING: Operation[list[models.Thing]] = Operation(
    id="every_thing",
    method="GET",
    path="/things.ndjson",
    responses={"200": {"application/x-ndjson": lambda: list[models.Thing]}},
    repeatable=True,
)
SEPARATED_THINGS: Operation[list[models.Thing]] = Operation(
    id="separated_things",
    method="POST",
    path="/things.seq",
    responses={"200": {"application/json-seq": lambda: list[models.Thing]}},
)
ADD_THING: Operation[models.Thing] = Operation(
    id="add_thing",
    method="POST",
    path="/things",
    bodies={JSON: lambda: models.Thing},
    responses={"201": {JSON: lambda: models.Thing}},
)
UPLOAD: Operation[None] = Operation(
    id="upload",
    method="POST",
    path="/upload",
    bodies={"application/octet-stream": lambda: bytes},
    responses={"200": {}},
)
FILE: Operation[bytes] = Operation(
    id="file",
    method="GET",
    path="/file",
    responses={"200": {"application/octet-stream": lambda: bytes}},
    repeatable=True,
)
OPEN: Operation[models.Thing] = Operation(
    id="open",
    method="GET",
    path="/open",
    responses={"200": {JSON: lambda: models.Thing}},
    repeatable=True,
    secured=False,
)
LOGIN: Operation[Any] = Operation(
    id="login",
    method="POST",
    path="/login",
    bodies={JSON: lambda: dict},
    responses={"200": {JSON: lambda: Any}},
)


def _list(
    name: str, pagination: Pagination, parameters: tuple[Parameter, ...], answer: LazyType
) -> Operation[Any]:
    return Operation(
        id=name,
        method="GET",
        path=f"/{name}",
        parameters=parameters,
        responses={"200": {JSON: answer}},
        repeatable=True,
        pagination=pagination,
    )


LINKED = _list(
    "linked",
    NextUrlPagination(
        items="/results",
        next="/next",
        total="/count",
        page_parameter="page",
        size_parameter="page_size",
        default_size=3,
    ),
    _query("page", "page_size", "filter_"),
    lambda: models.ThingPage,
)
NUMBERED = _list(
    "numbered",
    PageNumberPagination(items="", page_parameter="page", size_parameter="size", default_size=3),
    _query("page", "size"),
    lambda: list[models.Thing],
)
BY_ID = _list(
    "by_id",
    AfterIdPagination(
        items="",
        after_parameter="after",
        item_id="/id",
        size_parameter="stop",
        start_parameter="start",
        default_size=3,
        fixed={"sort_by": "$id"},
    ),
    _query("after", "start", "stop", "sort_by"),
    lambda: list[models.Thing],
)
STREAMED = msgspec.structs.replace(
    BY_ID,
    id="streamed",
    path="/streamed",
    pagination=AfterIdPagination(
        items="",
        after_parameter="after",
        item_id="/id",
        size_parameter="stop",
        start_parameter="start",
        fixed={"sort_by": "$id"},
        streamed=True,
    ),
)
SLICED = _list(
    "sliced",
    StartStopPagination(items="", start_parameter="start", stop_parameter="stop", default_size=3),
    _query("start", "stop"),
    lambda: list[models.Thing],
)
WINDOWED = _list(
    "windowed",
    WindowPagination(
        items="/ids",
        start_parameter="first",
        size_parameter="size",
        default_size=3,
        total="/total",
        columns="fields",
        rows="/rows",
        parallel=("/owners",),
    ),
    _query("first", "size", "fields"),
    lambda: models.Window,
)
ORDERED = _list(
    "ordered",
    WindowPagination(
        items="/ids",
        start_parameter="first",
        size_parameter="size",
        default_size=3,
        total="/total",
        columns="fields",
        rows="/rows",
        order="order",
        order_column="-?(\\w+)",
        fixed={"order": "id"},
    ),
    _query("first", "size", "fields", "order"),
    lambda: models.Window,
)
FILTERED = _list(
    "filtered",
    NextUrlPagination(
        items="/results",
        next="/next",
        total="/count",
        page_parameter="page",
        size_parameter="size",
        default_size=3,
        item_id="/id",
        id_filter=IdFilter(filter_parameter="filter", sort_parameter="sort", descending=True),
    ),
    _query("page", "size", "filter_", "sort"),
    lambda: models.ThingPage,
)
COUNTED = _list(
    "counted",
    PageNumberPagination(
        items="/results",
        page_parameter="page",
        size_parameter="size",
        default_size=3,
        total="/count",
        item_id="/id",
    ),
    _query("page", "size", "sort"),
    lambda: models.ThingPage,
)
CUT = _list(
    "cut",
    StartStopPagination(
        items="",
        start_parameter="start",
        stop_parameter="stop",
        default_size=3,
        item_id="/id",
        fixed={"sort": "id"},
    ),
    _query("start", "stop", "sort"),
    lambda: list[models.Thing],
)
RANGED = _list(
    "ranged",
    WindowPagination(
        items="/ids",
        start_parameter="first",
        size_parameter="size",
        default_size=3,
        total="/total",
        columns="fields",
        rows="/rows",
        parallel=("/owners",),
        item_id="",
        fixed={"sort": "id"},
        breaks_ties=True,
    ),
    _query("first", "size", "sort", "fields"),
    lambda: models.Window,
)

SEND: Operation[dict[str, Any]] = Operation(
    id="send",
    method="POST",
    path="/sets/{id}/files/",
    parameters=(
        Parameter(name="id", wire="id", location="path", required=True),
        Parameter(name="kind", wire="kind", location="query"),
        Parameter(name="filename", wire="filename", location="query"),
        Parameter(name="opens", wire="Upload-Start", location="header"),
        Parameter(name="closes", wire="Upload-Finish", location="header"),
        Parameter(name="team", wire="X-Crew", location="header"),
    ),
    bodies={JSON: lambda: models.Sending, "multipart/form-data": lambda: models.Sending},
    responses={"200": {JSON: lambda: dict[str, Any]}},
    upload=Upload(
        style="tus", field="files", indexed=True, start="Upload-Start", finish="Upload-Finish"
    ),
)
SEND_MANY: Operation[dict[str, Any]] = msgspec.structs.replace(
    SEND,
    id="send_many",
    parameters=(
        *SEND.parameters,
        Parameter(name="together", wire="Upload-Multiple", location="header"),
    ),
    upload=Upload(
        style="tus",
        field="files",
        indexed=True,
        start="Upload-Start",
        finish="Upload-Finish",
        groups=UploadGroups(header="Upload-Multiple", fields=("quality",), known=500),
        order=UploadOrder(field="order", needs={"sorting": "given"}, files="image/", checked=True),
        parallel=3,
    ),
)
WATCH: Operation[models.Thing] = Operation(
    id="watch",
    method="GET",
    path="/watch",
    responses={"200": {"text/event-stream": lambda: models.Thing}},
    repeatable=True,
    stream=StreamRules(silence=0.3),
)
LISTEN: Operation[str] = Operation(
    id="listen",
    method="GET",
    path="/listen",
    responses={"200": {"text/event-stream": lambda: str}},
    repeatable=True,
    stream=StreamRules(silence=0.3),
)
STORE: Operation[dict[str, Any]] = Operation(
    id="store",
    method="GET",
    path="/info/{id}",
    parameters=(
        Parameter(name="id", wire="id", location="path", required=True),
        Parameter(name="count", wire="num", location="query"),
    ),
    responses={"200": {JSON: lambda: dict[str, Any]}},
    repeatable=True,
    upload=Upload(style="parts", info="store", count_parameter="num", completion="complete"),
)
COMPLETE: Operation[dict[str, Any]] = Operation(
    id="complete",
    method="POST",
    path="/complete/{id}",
    parameters=(Parameter(name="id", wire="id", location="path", required=True),),
    bodies={JSON: lambda: dict[str, Any]},
    responses={"200": {JSON: lambda: dict[str, Any]}},
)


# --------------------------------------------------------------------------- releases

LATER = Releases(since="2.10")
ABOUT: Operation[dict[str, Any]] = Operation(
    id="about",
    method="GET",
    path="/about",
    responses={"200": {JSON: lambda: dict[str, Any]}},
    repeatable=True,
    known_by=LATER,  # without effect: nothing can be known of a server before it was asked
)
DRAW: Operation[models.Thing] = Operation(
    id="draw",
    method="POST",
    path="/sheets",
    parameters=(
        Parameter(name="mode", wire="import-mode", location="query", known_by=LATER),
        Parameter(
            name="shades",
            wire="shade",
            location="query",
            values={"pink": LATER, "grey": Releases(removed="2.5")},
        ),
    ),
    bodies={JSON: lambda: models.Sheet, "application/x-www-form-urlencoded": lambda: models.Dot},
    responses={"201": {JSON: lambda: models.Thing}},
)
LIFT: Operation[models.Thing] = Operation(
    id="lift",
    method="GET",
    path="/lift",
    responses={"200": {JSON: lambda: models.Thing}},
    known_by=Releases(since="2.10", removed="3"),
)
JOIN: Operation[dict[str, Any]] = msgspec.structs.replace(COMPLETE, id="join", known_by=LATER)

WHO_AM_I: Operation[dict[str, Any]] = Operation(
    id="who_am_i",
    method="GET",
    path="/me",
    responses={"200": {JSON: lambda: dict[str, Any]}},
    repeatable=True,
)

_ALL: dict[str, Operation[Any]] = {
    operation.id: operation
    for operation in (WHO_AM_I, LOGIN, GET_THING, STORE, COMPLETE, ABOUT, JOIN)
}


def get(operation_id: str) -> Operation[Any]:
    """The operation with that id."""
    return _ALL[operation_id]


def with_pagination(operation: Operation[Any], **changed: Any) -> Operation[Any]:
    """Return a list that is paginated a little differently."""
    pagination: Any = operation.pagination
    return msgspec.structs.replace(
        operation, pagination=msgspec.structs.replace(pagination, **changed)
    )


def growing(operation: Operation[Any], largest: int) -> Operation[Any]:
    """Return a list whose pages grow."""
    return with_pagination(operation, largest_size=largest)
