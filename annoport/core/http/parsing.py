"""Parsing an answer into the type of its operation, or into the error that it reports."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urljoin

from annoport.core.codec.fitting import MISFIT, exact
from annoport.core.codec.json import decode
from annoport.core.errors import DecodeError, ResponseShapeWarning
from annoport.core.http.api_errors import api_error
from annoport.core.http.bodies import essence, is_json, is_range, is_sequence
from annoport.core.http.records import Records, is_document, item_type
from annoport.core.http.response import (
    FIRST_ERROR_STATUS,
    NO_CONTENT_STATUSES,
    RawResponse,
    Response,
)
from annoport.core.redact import redact_url
from annoport.core.support.call_site import stacklevel

if TYPE_CHECKING:
    from annoport.core.contract.extensions import Platform
    from annoport.core.contract.operation import LazyType, Operation

T = TypeVar("T")


def parse(
    operation: Operation[T],
    raw: RawResponse,
    *,
    strict: bool,
    platform: Platform | None = None,
    where: str | None = None,
) -> Response[T]:
    """Return the answer with its body as the type of the operation.

    A success status that the contract does not declare is read as the nearest one that it does. A
    redirect is a success where the contract declares it; its value is the URL that it leads to.

    Args:
        operation: Declares the types of its answers.
        raw: The answer as received.
        strict: Raise DecodeError if the body does not fit its type, instead of warning; an
            answer without content fits none, and its value is None.
        platform: Provides the rules for error answers; None for the general rules only.
        where: What messages call the answer; None for the operation.

    Raises:
        ApiError: The status is 300 or more, and no redirect that the contract declares.
        DecodeError: The body cannot be decoded.
    """
    location = raw.headers.get("location")
    if location is not None and _is_declared_redirect(operation, raw.status):
        target: Any = urljoin(raw.url, location)
        return _response(raw, target)
    if raw.status >= 300:
        raise api_error(platform, operation.id, raw, is_call=True)
    value: Any = _value(operation, raw, where or operation.id, strict=strict)
    return _response(raw, value)


def _response(raw: RawResponse, value: Any) -> Response[Any]:
    request_id = raw.headers.get("x-request-id")
    return Response(raw.status, raw.headers, raw.content, value, request_id, raw.elapsed)


def _value(operation: Operation[Any], raw: RawResponse, where: str, *, strict: bool) -> Any:
    declared = _declared(operation, raw)
    if not declared or _may_be_empty(operation, raw):
        if raw.content and _leads_elsewhere(operation):
            _tell_no_redirect(operation, raw, strict=strict)
        return None
    sent = essence(raw.headers.get("content-type", ""))
    kind, lazy = _pick(declared, sent)
    type_ = lazy()
    if type_ is None:
        return None
    if _says_nothing(raw, type_):
        if exact(None, type_) is MISFIT:
            _tell_nothing(operation, raw, strict=strict)
        return None
    form = _form(type_, kind, sent)
    if form != "JSON":
        return raw.content if form == "bytes" else _text(raw)
    if sent in ("text/html", "application/xhtml+xml"):
        raise DecodeError(
            f"{where}: expected JSON, got an HTML page from {redact_url(raw.url)}: "
            "check that base_url is the address of the API"
        )
    if is_sequence(kind) and not is_document(sent, raw.content):
        return _items(raw, kind, type_, where, strict=strict)
    return decode(raw.content, type_, strict=strict, where=where)


def _form(type_: Any, kind: str, sent: str) -> Literal["bytes", "text", "JSON"]:
    """Return how a body is read: the media type that was sent decides where the contract does not.

    Args:
        type_: The declared type.
        kind: The declared media type.
        sent: The media type of the answer; "" if it has none.
    """
    if type_ is bytes:
        return "bytes"
    if is_json(sent) or not (type_ is str or (type_ is Any and is_range(kind) and sent)):
        return "JSON"
    return "text" if type_ is str or sent.startswith("text/") else "bytes"


def _items(raw: RawResponse, kind: str, type_: Any, where: str, *, strict: bool) -> list[Any]:
    parser = Records(kind)
    records = [*parser.feed(raw.content), *parser.rest()]
    item = item_type(type_)
    return [
        decode(record, item, strict=strict, where=f"{where}, item {number}")
        for number, record in enumerate(records, start=1)
    ]


def _leads_elsewhere(operation: Operation[Any]) -> bool:
    """Whether a redirect is the only success of an operation."""
    return bool(operation.responses) and all(
        status.startswith("3") for status in operation.responses
    )


def _is_declared_redirect(operation: Operation[Any], status: int) -> bool:
    if not 300 <= status < FIRST_ERROR_STATUS:
        return False
    return not {str(status), "3XX", "3xx"}.isdisjoint(operation.responses)


def _tell_no_redirect(operation: Operation[Any], raw: RawResponse, *, strict: bool) -> None:
    """Tell that the server answered where it should have told where to go."""
    found = (
        f"{operation.id}: expected a redirect ({' or '.join(operation.responses)}), got "
        f"{raw.status} with {len(raw.content)} bytes"
    )
    if strict:
        raise DecodeError(f"{found}: a client that is not strict gives None")
    warnings.warn(f"{found}; the value is None", ResponseShapeWarning, stacklevel())


def _may_be_empty(operation: Operation[Any], raw: RawResponse) -> bool:
    step = operation.job is not None and operation.job.optional and not raw.content
    return step or raw.method == "HEAD"


def _says_nothing(raw: RawResponse, type_: Any) -> bool:
    """Whether the answer has no body on purpose: it does not even claim to be JSON.

    One that does has lost its body on the way. An empty file or text is a value.
    """
    if raw.status in NO_CONTENT_STATUSES:
        return True
    return not raw.content and type_ not in (bytes, str) and "content-type" not in raw.headers


def _tell_nothing(operation: Operation[Any], raw: RawResponse, *, strict: bool) -> None:
    """Tell that a value is missing although the server reports a success."""
    found = (
        f"{operation.id}: the server accepted the request, but its answer ({raw.status}) is empty, "
        "where the contract has a value"
    )
    if strict:
        raise DecodeError(f"{found}: a client that is not strict gives None")
    warnings.warn(f"{found}; the value is None", ResponseShapeWarning, stacklevel())


def _declared(operation: Operation[Any], raw: RawResponse) -> Mapping[str, LazyType]:
    """Return the declared media types of the answer's status.

    They are those of the status itself, of its class, of `default` or of the nearest success. An
    answer without content is none of the contract's if any success may be without.
    """
    responses = operation.responses
    for status in (str(raw.status), f"{raw.status // 100}XX", "default"):
        if status in responses:
            return responses[status]
    successes = [status for status in responses if status.startswith("2")]
    if not raw.content and not all(responses[status] for status in successes):
        return {}
    successes = [status for status in successes if responses[status]]
    if not successes:
        return {}
    return responses[min(successes, key=lambda status: abs(_number(status) - raw.status))]


def _number(status: str) -> int:
    return int(status.upper().replace("X", "0"))


def _pick(declared: Mapping[str, LazyType], sent: str) -> tuple[str, LazyType]:
    """Return the media type that was `sent`, else the first that is JSON exactly if it is."""
    by_kind = {essence(kind): type_ for kind, type_ in declared.items()}
    wildcard = sent.partition("/")[0] + "/*"
    for kind in (sent, wildcard, "*/*"):
        if kind in by_kind:
            return kind, by_kind[kind]
    for kind, type_ in by_kind.items():
        if is_json(kind) == is_json(sent):
            return kind, type_
    return next(iter(by_kind.items()))


def _text(raw: RawResponse) -> str:
    _, _, parameters = raw.headers.get("content-type", "").partition("charset=")
    charset = parameters.partition(";")[0].strip().strip("\"'") or "utf-8"
    try:
        return raw.content.decode(charset, "replace")
    except LookupError:
        return raw.content.decode("utf-8", "replace")
