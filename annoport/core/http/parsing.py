"""Parsing an answer into the type of its operation, or into the error that it reports."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from annoport.core.codec.fitting import MISFIT, exact
from annoport.core.codec.json import decode
from annoport.core.errors import DecodeError, ResponseShapeWarning
from annoport.core.http.api_errors import api_error
from annoport.core.http.bodies import essence, is_json
from annoport.core.http.response import NO_CONTENT_STATUSES, RawResponse, Response
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

    A success status that the contract does not declare is read as the nearest one that it does.

    Args:
        operation: Declares the types of its answers.
        raw: The answer as received.
        strict: Raise DecodeError if the body does not fit its type, instead of warning; an
            answer without content fits none, and its value is None.
        platform: Provides the rules for error answers; None for the general rules only.
        where: What messages call the answer; None for the operation.

    Raises:
        ApiError: The status is 300 or more.
        DecodeError: The body cannot be decoded.
    """
    if raw.status >= 300:
        raise api_error(platform, operation.id, raw, is_call=True)
    value: Any = _value(operation, raw, where or operation.id, strict=strict)
    request_id = raw.headers.get("x-request-id")
    return Response(raw.status, raw.headers, raw.content, value, request_id, raw.elapsed)


def _value(operation: Operation[Any], raw: RawResponse, where: str, *, strict: bool) -> Any:
    declared = _declared(operation, raw)
    if not declared or _may_be_empty(operation, raw):
        return None
    sent = essence(raw.headers.get("content-type", ""))
    type_ = _pick(declared, sent)()
    if type_ is None:
        return None
    if _says_nothing(raw, type_):
        if exact(None, type_) is MISFIT:
            _tell_nothing(operation, raw, strict=strict)
        return None
    if type_ is bytes:
        return raw.content
    if type_ is str and not is_json(sent):
        return _text(raw)
    if sent in ("text/html", "application/xhtml+xml"):
        raise DecodeError(
            f"{where}: expected JSON, got an HTML page from {redact_url(raw.url)}: "
            "check that base_url is the address of the API"
        )
    return decode(raw.content, type_, strict=strict, where=where)


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


def _pick(declared: Mapping[str, LazyType], sent: str) -> LazyType:
    """Return the type of the media type `sent`, else of the first that is JSON exactly if it is."""
    by_kind = {essence(kind): type_ for kind, type_ in declared.items()}
    wildcard = sent.partition("/")[0] + "/*"
    for kind in (sent, wildcard, "*/*"):
        if kind in by_kind:
            return by_kind[kind]
    for kind, type_ in by_kind.items():
        if is_json(kind) == is_json(sent):
            return type_
    return next(iter(by_kind.values()))


def _text(raw: RawResponse) -> str:
    _, _, parameters = raw.headers.get("content-type", "").partition("charset=")
    charset = parameters.partition(";")[0].strip().strip("\"'") or "utf-8"
    try:
        return raw.content.decode(charset, "replace")
    except LookupError:
        return raw.content.decode("utf-8", "replace")
