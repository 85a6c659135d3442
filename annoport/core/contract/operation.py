"""An operation of a platform as a value: what to send, and what comes back.

The generated `operations` modules are made of these. Types of bodies are given as functions, so
that importing an operation loads no model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar

import msgspec

from annoport.core.contract.extensions import Download, JobStart, Pagination, Upload

T_co = TypeVar("T_co", covariant=True)

LazyType = Callable[[], Any]
"""Gives the type that a body decodes into; a function, so that the model loads on first use."""

Location = Literal["path", "query", "header", "cookie"]


class Parameter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One parameter of an operation.

    name: the Python keyword. wire: the name on the wire.
    style, explode: how arrays and objects are written, as in OpenAPI 3; style "json" is JSON text
        (a parameter with `content`), where a string is taken as ready text.
    multi_segment: a path value whose slashes separate segments and are kept.
    """

    name: str
    wire: str
    location: Location
    required: bool = False
    style: Literal["form", "simple", "spaceDelimited", "pipeDelimited", "deepObject", "json"] = (
        "form"
    )
    explode: bool = True
    multi_segment: bool = False


class Operation(msgspec.Struct, Generic[T_co], frozen=True, kw_only=True, omit_defaults=True):
    """One operation of a platform; `T_co` is the type of its successful answer.

    id: the operationId of the contract.
    path: the path template, with parameters under their wire names.
    bodies: media type -> type of the request body, the preferred one first.
    responses: status ("200", "2XX" or "default") -> media type -> type of the answer. `bytes` is
        a binary body, `str` a text one; a status without media types has no body.
    repeatable: a request that may be sent twice without harm, so that it may be retried.
    secured: whether credentials are sent.
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
    upload: Upload | None = None
    since: str | None = None
    removed: str | None = None
