"""All `x-annoport-*` extensions: what each is, and where it may stand."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import attrs

from annoport.core.contract.extensions import (
    Batch,
    Download,
    FieldGuard,
    FilterRule,
    Guard,
    JobKind,
    JobStart,
    Pagination,
    Platform,
    Releases,
    StreamRules,
    Upload,
)
from generator.spec.walk import SCHEMA_KINDS

Absent: TypeAlias = Literal["empty", "cut"]
"""What it means that a property is not there."""

PREFIX = "x-annoport-"
"""What the name of each extension begins with."""


@attrs.frozen
class Extension:
    """One extension.

    Attributes:
        type: What its value converts to.
        places: The kinds of nodes, as `walk` calls them, where it has an effect.
        doc: What it means, for people who write overlays; published in the JSON Schema.
    """

    type: Any
    places: tuple[str, ...]
    doc: str


_VERSIONED = ("operation", "parameter", "property")

EXTENSIONS = {
    "x-annoport-platform": Extension(
        Platform, ("root",), "The platform: its name, how to log in, and what its errors look like."
    ),
    "x-annoport-job-kinds": Extension(
        dict[str, JobKind], ("root",), "How server jobs behave, by the name of their kind."
    ),
    "x-annoport-example": Extension(
        str,
        ("info",),
        "Python code for the README of the package, with everything that it needs to run.",
    ),
    "x-annoport-names": Extension(
        dict[str, dict[str, str | None]],
        ("root",),
        "The table of methods: resource -> method -> the operation's own name, which is its "
        "operationId in snake_case, or its x-annoport-name. The own name remains as an alias. A "
        "method that maps to nothing has the operation's own name.",
    ),
    "x-annoport-resources": Extension(
        dict[str, str],
        ("root",),
        "Resource -> what it is about, in a phrase without a full stop, for its docstring.",
    ),
    "x-annoport-aliases": Extension(
        list[str], ("operation",), "Further names of the method, in snake_case."
    ),
    "x-annoport-resource": Extension(
        str,
        ("operation",),
        "The attribute of the client that holds the method, in snake_case; by default, made from "
        "the operation's first tag. x-annoport-names takes precedence.",
    ),
    "x-annoport-name": Extension(
        str,
        ("operation", "parameter", "property"),
        "The Python name of the method, argument or attribute; by default, made from the name in "
        "the spec.",
    ),
    "x-annoport-class": Extension(
        str, ("component",), "The class name of a schema; by default, made from its key."
    ),
    "x-annoport-retry": Extension(
        Literal["safe", "unsafe"],
        ("operation",),
        "Whether the request may be sent twice without harm; by default, GET, HEAD, OPTIONS, PUT "
        "and DELETE are safe, and POST and PATCH are not.",
    ),
    "x-annoport-since": Extension(
        str, _VERSIONED, 'The first version of the server that has it, as text ("2.40").'
    ),
    "x-annoport-removed": Extension(
        str, _VERSIONED, 'The first version of the server that lacks it, as text ("2.61").'
    ),
    "x-annoport-gaps": Extension(
        list[tuple[str, str]],
        _VERSIONED,
        "The releases between that lack it: of each gap the first release without it and the first "
        "that has it again.",
    ),
    "x-annoport-edition": Extension(
        str,
        _VERSIONED,
        "Which editions of the server have it, and which releases of these, where the editions "
        'differ ("app.cvat.ai only"). It never refuses a call: the docstring and the error of a '
        "404 name it.",
    ),
    "x-annoport-checked": Extension(
        bool,
        _VERSIONED,
        "The marks x-annoport-since and x-annoport-removed beside it are exact: what uses this is "
        "refused, and not sent to a server that is known to lack it. Without it, the marks only "
        "inform.",
    ),
    "x-annoport-values": Extension(
        dict[str, Releases],
        tuple(sorted(SCHEMA_KINDS)),
        "Value of the enum, as text -> the releases that know it, where not all do. It is refused, "
        "and not sent to any other server. A value that older servers took as free text has none.",
    ),
    "x-annoport-multi-segment": Extension(
        bool,
        ("parameter",),
        "True if the value of a path parameter may contain slashes, which are sent as they are.",
    ),
    "x-annoport-type": Extension(
        Literal["null", "any"],
        ("body", "property"),
        '"null": this answer is JSON null. "any": this property may hold any JSON value; it is not '
        "a schema that somebody forgot to write.",
    ),
    "x-annoport-job": Extension(
        JobStart,
        ("operation",),
        "For an operation that starts a server job: which kind, and where its id is.",
    ),
    "x-annoport-absent": Extension(
        Absent,
        ("property",),
        '"empty": the server leaves the list out if it has no items; the attribute is then an '
        'empty list instead of UNSET. "cut": every answer has it, unless an argument of the call, '
        "such as fields, asks for others only; the type of the attribute does not know UNSET.",
    ),
    "x-annoport-utc": Extension(
        bool,
        ("property",),
        "True: the date and time is UTC, though the server writes it without an offset. Read, it "
        "is aware; sent, it is written as the server does.",
    ),
    "x-annoport-secret": Extension(
        bool,
        ("property",),
        "Whether the value is a secret, which the repr of the model does not show; by default, a "
        "text whose name says that it is a password, a token or the like.",
    ),
    "x-annoport-guard": Extension(
        Guard | list[FieldGuard],
        ("operation", "parameter", "property"),
        "What must never be sent: on an operation, an empty selection; on a parameter or on a "
        "property of a request body, a filter that the server ignores or a value that it misreads; "
        "on such a property also a placeholder, a list whose items do not agree with the object "
        "that holds it, or what means nothing without another property or beside it. A property "
        "can have a list of guards.",
    ),
    "x-annoport-body-guards": Extension(
        dict[str, list[FieldGuard]],
        ("operation",),
        "What must never be sent in the body of this operation, though other operations take it: "
        'JSON Pointer into the body, with "*" for every item of a list -> guards.',
    ),
    "x-annoport-filter": Extension(
        FilterRule,
        ("parameter", "component"),
        "A condition of annoport.filters can be passed here: how it is written. On a schema, "
        "wherever the body of a request is or holds one.",
    ),
    "x-annoport-batch": Extension(
        Batch,
        ("operation",),
        "For an operation on many items: how many it takes at once. More are not sent.",
    ),
    "x-annoport-pagination": Extension(
        Pagination,
        ("operation",),
        "For an operation that returns a list page by page: how to get the next page.",
    ),
    "x-annoport-unpaged": Extension(
        str,
        ("operation",),
        "For an operation whose answer looks like a page of a list and is none: why, such as that "
        "the server always sends the whole list.",
    ),
    "x-annoport-download": Extension(
        Download,
        ("operation",),
        "For an operation that returns a file: what the server offers to resume a download.",
    ),
    "x-annoport-upload": Extension(
        Upload, ("operation",), "For an operation that receives a file: how the file is sent."
    ),
    "x-annoport-stream": Extension(
        StreamRules,
        ("operation",),
        "For an operation that responds with server-sent events: when the connection counts as "
        "broken. The schema of text/event-stream is that of the data of each event.",
    ),
    "x-annoport-upload-doc": Extension(
        str,
        ("operation",),
        "The docstring of the generated upload method; a blank line separates paragraphs.",
    ),
}
