"""Answers: what the transport hands over, and what a caller gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from annoport.core import errors
from annoport.core.bodies import essence, is_json
from annoport.core.codec import decode
from annoport.core.errors import DecodeError
from annoport.core.guards import is_mapping
from annoport.core.redact import redact_url

if TYPE_CHECKING:
    from annoport.core.annotations import Platform
    from annoport.core.operation import LazyType, Operation

T = TypeVar("T")


class Headers(Mapping[str, str]):
    """Headers by name, whatever the case. Values of a repeated header are joined with ", ".

    Made from pairs or a mapping. `get_all(name)` gives the values one by one.
    """

    __slots__ = ("_values",)

    def __init__(self, pairs: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        if is_mapping(pairs):
            pairs = pairs.items()
        for name, value in cast("Iterable[tuple[str, str]]", pairs):
            self._values.setdefault(name.lower(), []).append(value)

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._values[name.lower()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({list(self._values)})"

    def get_all(self, name: str) -> list[str]:
        """Each value of a header that may come more than once (Set-Cookie, Link)."""
        return list(self._values.get(name.lower(), ()))


@attrs.frozen
class RawResponse:
    """An answer as the transport read it, body decoded from its content encoding.

    url: absolute, of the request. elapsed: seconds. method: of the request.
    """

    status: int
    headers: Headers
    content: bytes = attrs.field(repr=lambda content: f"<{len(content)} bytes>")
    url: str = attrs.field(repr=redact_url)
    elapsed: float
    method: str = ""


@attrs.frozen
class Response(Generic[T]):
    """An answer with its body as the operation's type."""

    status: int
    headers: Headers
    content: bytes = attrs.field(repr=lambda content: f"<{len(content)} bytes>")
    value: T
    request_id: str | None = None


def parse(
    operation: Operation[T], raw: RawResponse, *, strict: bool, platform: Platform | None = None
) -> Response[T]:
    """The answer as the operation's type.

    Raises the ApiError of a status of 300 or more, and DecodeError for a body that cannot be
    read. An undeclared success status is read as the nearest declared one.
    """
    if raw.status >= 300:
        raise errors.from_response(platform, operation.id, raw)
    value: Any = _value(operation, raw, strict=strict)
    return Response(raw.status, raw.headers, raw.content, value, raw.headers.get("x-request-id"))


def _value(operation: Operation[Any], raw: RawResponse, *, strict: bool) -> Any:
    declared = _declared(operation, raw)
    if not declared or _may_be_empty(operation, raw):
        return None
    sent = essence(raw.headers.get("content-type", ""))
    type_ = _pick(declared, sent)()
    if type_ is None:
        return None
    if type_ is bytes:
        return raw.content
    if type_ is str and not is_json(sent):
        return _text(raw)
    if sent in ("text/html", "application/xhtml+xml"):
        raise DecodeError(
            f"{operation.id}: expected JSON, got an HTML page; "
            f"{redact_url(raw.url)} may not be the address of an API"
        )
    return decode(raw.content, type_, strict=strict, where=operation.id)


def _may_be_empty(operation: Operation[Any], raw: RawResponse) -> bool:
    step = operation.job is not None and operation.job.optional and not raw.content
    return step or raw.status == 204 or raw.method == "HEAD"


def _declared(operation: Operation[Any], raw: RawResponse) -> Mapping[str, LazyType]:
    """The media types of a status: the same, its class, `default`, or the nearest success."""
    responses = operation.responses
    for status in (str(raw.status), f"{raw.status // 100}XX", "default"):
        if status in responses:
            return responses[status]
    if not raw.content:
        return {}
    successes = [status for status in responses if status.startswith("2") and responses[status]]
    if not successes:
        return {}
    return responses[min(successes, key=lambda status: abs(_number(status) - raw.status))]


def _number(status: str) -> int:
    return int(status.upper().replace("X", "0"))


def _pick(declared: Mapping[str, LazyType], sent: str) -> LazyType:
    """The type of the media type that was sent; else the first that is JSON as the answer is."""
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
