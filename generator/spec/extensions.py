"""All `x-annoport-*` extensions: what each is, and where it may stand."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from annoport.core.contract.extensions import (
    Download,
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

PREFIX = "x-annoport-"
"""What the name of each extension begins with."""


@attrs.frozen
class Extension:
    """One extension.

    type: what its value converts to. places: kinds of nodes, as `walk` calls them, where it has
    an effect. doc: what it says, for people who write overlays.
    """

    type: Any
    places: tuple[str, ...]
    doc: str


_VERSIONED = ("operation", "parameter", "property")

EXTENSIONS = {
    "x-annoport-platform": Extension(
        Platform, ("root",), "The platform: its name, how to log in, and how its errors look."
    ),
    "x-annoport-job-kinds": Extension(
        dict[str, JobKind], ("root",), "Name of a kind of server job -> how such jobs behave."
    ),
    "x-annoport-example": Extension(
        str, ("info",), "Python code for the README of the package; `client` is there already."
    ),
    "x-annoport-names": Extension(
        dict[str, dict[str, str | None]],
        ("root",),
        "Resource -> method -> the operation's own name: its operationId in snake_case, or what "
        "x-annoport-name says; that stays as an alias. Without a name after it, a method is called "
        "what its operation is called.",
    ),
    "x-annoport-aliases": Extension(
        list[str], ("operation",), "Further names of the method, in snake_case."
    ),
    "x-annoport-resource": Extension(
        str,
        ("operation",),
        "The attribute of the client that holds the method, in snake_case; "
        "without it, the operation's first tag. x-annoport-names has the last word.",
    ),
    "x-annoport-name": Extension(
        str,
        ("operation", "parameter", "property"),
        "The Python name of the method, argument or attribute; "
        "without it, one made from the name in the spec.",
    ),
    "x-annoport-class": Extension(
        str, ("component",), "The class name of a schema; without it, one made from its key."
    ),
    "x-annoport-retry": Extension(
        Literal["safe", "unsafe"],
        ("operation",),
        "Whether the request may be sent twice without harm; without it, GET, HEAD, OPTIONS, "
        "PUT and DELETE are safe, and POST and PATCH are not.",
    ),
    "x-annoport-since": Extension(
        str, _VERSIONED, 'The first version of the server that has it, as text ("2.40").'
    ),
    "x-annoport-removed": Extension(
        str, _VERSIONED, 'The first version of the server that lacks it, as text ("2.61").'
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
        bool, ("parameter",), "A path parameter may hold slashes, which are sent as they are."
    ),
    "x-annoport-type": Extension(
        Literal["null", "any"],
        ("body", "property"),
        '"null": this answer is JSON null. "any": this property may hold any JSON value, '
        "which is meant, and not forgotten.",
    ),
    "x-annoport-absent": Extension(
        Literal["empty"],
        ("property",),
        '"empty": a server leaves a list out where it has no items, so the attribute is an empty '
        "list then, and never UNSET.",
    ),
    "x-annoport-guard": Extension(
        Guard,
        ("operation", "parameter", "property"),
        "What must never be sent. On an operation a selection; on a parameter a filter that is "
        "ignored; on a property of a request body that, a placeholder or a list whose items must "
        "agree with their holder.",
    ),
    "x-annoport-job": Extension(JobStart, ("operation",), "The operation starts a server job."),
    "x-annoport-pagination": Extension(
        Pagination, ("operation",), "The operation answers a list page by page."
    ),
    "x-annoport-download": Extension(
        Download, ("operation",), "The operation answers a file, and how far a resume is possible."
    ),
    "x-annoport-stream": Extension(
        StreamRules,
        ("operation",),
        "The operation answers server-sent events; the schema of text/event-stream is that of "
        "their data.",
    ),
    "x-annoport-upload": Extension(Upload, ("operation",), "The operation takes a file, and how."),
    "x-annoport-upload-doc": Extension(
        str, ("operation",), "Words for the generated upload method; a blank line parts paragraphs."
    ),
}
